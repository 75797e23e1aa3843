//! The documentation page `docs/config.md`, generated from the table of keys.

use super::SECTIONS;
use super::key::{ConfigKey, ConfigSection, Effect};

/// The text above the tables.
const INTRODUCTION: &str = "\
# The configuration

<!-- Made from the table of keys in `src/runner_config`: `cargo run --example config-page > docs/config.md`. -->

runner-lite uses GitLab Runner's `config.toml` unchanged. It reads the first of these files:

1. `--config FILE`, or the variable `RUNNER_LITE_CONFIG`. An empty path means no file at all.
2. `~/.gitlab-runner/config.toml`, if it can be read.
3. `/etc/gitlab-runner/config.toml`, if it can be read.

It uses the `[[runners]]` section that `--runner NAME` names, or else the first section with the executor `docker`. With
`-v`, the second line of the log names the section, and the log lists the files that were tried. An unknown key causes a
warning with its line. A value of a wrong type is an error with its position. Both suggest a correction. Keys that only
matter for a GitLab server or for another executor are ignored without a warning.

A key with a flag can be set on the command line: `--docker-memory 2g`. A flag overrides the file. Repeat the flag for each
item of a list and for each `key:value` of a table, or write a table as JSON: `--docker-tmpfs /tmp:rw,noexec`,
`--docker-sysctls '{\"net.core.somaxconn\": \"1024\"}'`. `runner-lite register` takes the same flags and writes the keys to
the file. Three flags do more in `exec` than their keys in the file: `--docker-host` is the same as `--host`,
`--docker-pull-policy` as `--pull-policy`, and `--env` as `--variable`. The last two also override the pipeline file.

`runner-lite register --description mine --executor docker --docker-image ruby:2.6` adds a runner to the file. The command has
GitLab Runner's flags and `--template-config`, contacts no server, and keeps the file's comments and order.

The column \"Goes to\" names the field of the Engine API's create request, and the object that gets it: the *job*'s container,
the *services*' containers, *all* of them, or the *network*. `runner-lite show --container JOB` prints the requests.
";

/// The page in Markdown.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in &SECTIONS {
        page.push_str(&effective_keys(section));
    }
    page.push_str("\n## Ignored keys\n");
    for section in &SECTIONS {
        page.push_str(&ignored_keys(section));
    }
    page
}

/// The table of the keys with an effect.
fn effective_keys(section: &ConfigSection) -> String {
    let mut rows = section.keys.iter().filter(|key| key.effect != Effect::Nothing).map(row).peekable();
    if rows.peek().is_none() {
        return String::new();
    }
    let head = "| Key | Meaning | Type | Flag | Goes to |\n| --- | --- | --- | --- | --- |\n";
    format!("\n## {}\n\n{head}{}", capitalised(section.title), rows.collect::<String>())
}

fn row(key: &ConfigKey) -> String {
    let goes_to = match key.effect {
        Effect::Create { of, field } => {
            let fields: Vec<_> = field.split(", ").map(|field| format!("`{field}`")).collect();
            format!("{}; {}", fields.join(", "), of.words())
        }
        Effect::Here | Effect::Nothing => String::new(),
    };
    let flag = if key.flag.is_empty() { String::new() } else { format!("`--{}`", key.flag) };
    format!("| `{}` | {} | {} | {flag} | {goes_to} |\n", key.name, key.meaning, key.kind.words())
}

/// The table of the keys without an effect.
fn ignored_keys(section: &ConfigSection) -> String {
    let keys = section.keys.iter().filter(|key| key.effect == Effect::Nothing);
    let mut lines = keys.map(|key| format!("| `{}` | {} |\n", key.name, key.meaning)).peekable();
    if lines.peek().is_none() {
        return String::new();
    }
    format!(
        "\n{}:\n\n| Key | About |\n| --- | --- |\n{}",
        capitalised(section.title),
        lines.collect::<String>()
    )
}

/// The title of a section at the start of a line: a header in code, other titles with a capital letter.
fn capitalised(title: &str) -> String {
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
    fn the_page_is_generated_from_the_table_of_keys() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == markdown(),
            "docs/config.md is old: cargo run --example config-page > docs/config.md"
        );
    }
}
