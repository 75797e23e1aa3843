//! The documentation page `docs/commands.md`, generated from the same texts as `--help`.

use clap::{Arg, Command, CommandFactory};

use super::arguments::{Args, is_config_flag};

/// The text above the commands.
const INTRODUCTION: &str = "\
# Commands and options

<!-- Made from the texts of `--help`: `cargo run --example commands-page > docs/commands.md`. -->

`runner-lite COMMAND --help` prints the same. Options that set a key of GitLab Runner's `config.toml`, such as
`--docker-memory 2g`, are listed in [config.md](config.md) and left out here; [exit-codes.md](exit-codes.md) lists the exit codes.
";

/// The page in Markdown.
pub fn markdown() -> String {
    let mut program = Args::command();
    program.build();
    let mut page = INTRODUCTION.to_owned();
    page.push_str(&contents(&program));
    for command in shown_commands(&program) {
        page.push_str(&section(command, "runner-lite"));
    }
    page
}

fn shown_commands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

/// A list of the commands, with links to their sections.
fn contents(program: &Command) -> String {
    let line = |command: &Command| {
        let name = command.get_name();
        format!("| [`{name}`](#runner-lite-{name}) | {} |\n", about(command))
    };
    let lines: String = shown_commands(program).map(line).collect();
    format!("\n| Command | Purpose |\n| --- | --- |\n{lines}")
}

/// The first line of a command's help.
fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// The section of a command, and those of its own commands.
fn section(command: &Command, above: &str) -> String {
    let name = format!("{above} {}", command.get_name());
    let texts = command.get_long_about().or(command.get_about()).map(ToString::to_string);
    let mut text = format!("\n## `{name}`\n\n{}\n", texts.unwrap_or_default());
    text.push_str(&table("Argument", command.get_positionals()));
    text.push_str(&table("Option", command.get_arguments().filter(|arg| !arg.is_positional())));
    if let Some(more) = command.get_after_long_help().or(command.get_after_help()) {
        text.push_str(&format!("\n```text\n{}\n```\n", more.to_string().trim_end()));
    }
    text.push_str(&shown_commands(command).map(|command| section(command, &name)).collect::<String>());
    text
}

/// A table of arguments or options, if there are any.
fn table<'a>(title: &str, args: impl Iterator<Item = &'a Arg>) -> String {
    let is_shown = |arg: &&Arg| {
        let is_help = ["help", "version"].contains(&arg.get_id().as_str());
        !arg.is_hide_set() && !is_help && !is_config_flag(arg)
    };
    let rows: String = args.filter(is_shown).map(row).collect();
    if rows.is_empty() { rows } else { format!("\n| {title} | Meaning |\n| --- | --- |\n{rows}") }
}

/// The row of an argument or option: how it is written, and its help in one line.
fn row(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut meaning = help.split("\n\n").map(one_line).map(with_stop).collect::<Vec<_>>().join(" ");
    let shown = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let values: Vec<String> = shown.map(|value| format!("`{}`", value.get_name())).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        meaning.push_str(&format!(" Values: {}.", values.join(", ")));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        meaning.push_str(&format!(" Default: `{}`.", defaults.join(" ")));
    }
    for alias in arg.get_visible_aliases().unwrap_or_default() {
        meaning.push_str(&format!(" Also `--{alias}`."));
    }
    format!("| `{}` | {} |\n", written(arg), meaning.replace('|', "\\|"))
}

/// How the argument is written: `-f, --file <PATH>`.
fn written(arg: &Arg) -> String {
    let value = arg.to_string();
    match arg.get_short() {
        Some(short) if arg.get_long().is_some() => format!("-{short}, {value}"),
        _ => value,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A sentence with a full stop.
fn with_stop(text: String) -> String {
    if text.ends_with(['.', ':']) { text } else { text + "." }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_command_and_no_key_of_the_configuration() {
        let page = markdown();
        for name in ["exec", "pipeline", "artifacts get", "clean", "doctor"] {
            assert!(page.contains(&format!("\n## `runner-lite {name}`\n")), "{name}");
        }
        assert!(!page.contains("\n## `runner-lite probe`\n"), "internal commands are not listed");
        assert!(page.contains("| `-f, --file <PATH>` |"));
        assert!(!page.contains("| `--docker-memory "));
    }
}
