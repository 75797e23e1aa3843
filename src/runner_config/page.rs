//! The documentation page of keys, `docs/config.md`, made from the table of keys.

use super::SECTIONS;
use super::key::{Effect, Key, Section};

/// What stands above the tables.
const ABOVE: &str = "\
# The configuration

<!-- Made from the table of keys in `src/runner_config`: `cargo run --example config-page > docs/config.md`. -->

runner-lite takes GitLab Runner's `config.toml` as it is. The first of these is read:

1. `--config FILE`, or the variable `RUNNER_LITE_CONFIG`. An empty path is no file at all.
2. `~/.gitlab-runner/config.toml`, if it can be read.
3. `/etc/gitlab-runner/config.toml`, if it can be read.

Of its `[[runners]]` the one counts that `--runner NAME` names, or else the first one with the executor `docker`. The log
says in its second line which it was, and `-v` where else was looked. An unknown key is a warning with its line, a wrong
type is an error with its place, and both say what would be right. What only a runner that serves a GitLab server needs,
and what belongs to another executor, is accepted in silence.

Each key with a flag can be typed: `--docker-memory 2g`. A flag outranks the file. A list is made by repeating the flag; a
table by `key:value` a time, or as JSON: `--docker-tmpfs /tmp:rw,noexec`, `--docker-sysctls '{\"net.core.somaxconn\": \"1024\"}'`.
`runner-lite register` writes them into the file. Three flags say more to `exec` than to the file: `--docker-host` is
`--host`, `--docker-pull-policy` is `--pull-policy` and outranks the pipeline file, and so does `--env`, which is
`--variable`.

\"Goes to\" names the field of the Engine API's create request, and which containers have it: the *job*'s, the *services*'
or *all* of these. `runner-lite show --container JOB` prints the requests.
";

/// The page, as Markdown.
pub fn markdown() -> String {
    let mut page = ABOVE.to_owned();
    for section in &SECTIONS {
        page.push_str(&effective(section));
    }
    page.push_str("\n## Accepted in silence\n");
    for section in &SECTIONS {
        page.push_str(&silent(section));
    }
    page
}

/// The table of a section's keys that do something.
fn effective(section: &Section) -> String {
    let mut rows = section.keys.iter().filter(|key| key.effect != Effect::Nothing).map(row).peekable();
    if rows.peek().is_none() {
        return String::new();
    }
    let head = "| Key | Type | Meaning | Goes to | Flag |\n| --- | --- | --- | --- | --- |\n";
    format!("\n## `{}`\n\n{head}{}", section.title, rows.collect::<String>())
}

fn row(key: &Key) -> String {
    let goes_to = match key.effect {
        Effect::Create { of, field } => {
            let fields: Vec<_> = field.split(", ").map(|field| format!("`{field}`")).collect();
            format!("{}; {}", fields.join(", "), of.words())
        }
        Effect::Here | Effect::Nothing => String::new(),
    };
    let flag = if key.flag.is_empty() { String::new() } else { format!("`--{}`", key.flag) };
    format!("| `{}` | {} | {} | {goes_to} | {flag} |\n", key.name, key.kind.words(), key.meaning)
}

/// The list of those that do nothing, and what they are about.
fn silent(section: &Section) -> String {
    let keys = section.keys.iter().filter(|key| key.effect == Effect::Nothing);
    let mut lines = keys.map(|key| format!("| `{}` | {} |\n", key.name, key.meaning)).peekable();
    if lines.peek().is_none() {
        return String::new();
    }
    format!("\n{}:\n\n| Key | About |\n| --- | --- |\n{}", capital(section.title), lines.collect::<String>())
}

/// A title at the head of a line: as code where it is a section's, else with a capital letter.
fn capital(title: &str) -> String {
    if title.starts_with('[') {
        return format!("`{title}`");
    }
    let mut characters = title.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_keys_is_the_table_of_keys() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == markdown(),
            "docs/config.md is old: cargo run --example config-page > docs/config.md"
        );
    }
}
