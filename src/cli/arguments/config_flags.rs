//! The flags that override keys of the configuration, and those with which `register` writes keys. They have GitLab
//! Runner's names and are generated from the table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command, error};

use crate::runner_config::config_value::ValueKind;
use crate::runner_config::flag_value::FlagValue;
use crate::runner_config::key::{ConfigKey, Effect};
use crate::runner_config::problem::ConfigProblem;
use crate::runner_config::{Docker, Runner};

/// The heading above the flags in the help.
const SETTINGS_HEADING: &str = "GitLab Runner's settings, which override those of config.toml";

/// The heading above the flags in the help of `register`.
const REGISTER_HEADING: &str = "Keys of the file";

/// Flags of GitLab Runner's `register` whose values only the server keeps, and which take a value.
const SERVER_OPTIONS: [&str; 4] = ["tag-list", "access-level", "maximum-timeout", "maintenance-note"];

/// Flags of GitLab Runner's `register` which only the server keeps, and which need no value.
const SERVER_SWITCHES: [&str; 3] = ["run-untagged", "locked", "paused"];

/// Flags that the commands define by themselves.
const DEFINED_BY_COMMANDS: [&str; 3] = ["docker-host", "docker-pull-policy", "env"];

/// The keys whose flags were given, each with its values.
#[derive(Debug, Clone, Default)]
pub struct ConfigFlags(Vec<(ConfigKey, Vec<String>)>);

impl ConfigFlags {
    /// Parses the values.
    ///
    /// # Errors
    /// A value that its key does not accept.
    pub fn typed(&self) -> Result<Vec<FlagValue>, ConfigProblem> {
        self.0.iter().map(|(key, values)| FlagValue::new(*key, values)).collect()
    }
}

/// The keys with a flag that overrides them.
fn keys() -> impl Iterator<Item = &'static ConfigKey> {
    register_keys().filter(|key| key.effect != Effect::Nothing && !DEFINED_BY_COMMANDS.contains(&key.flag))
}

/// The keys with a flag, whether or not the key has an effect here: `register` writes them for GitLab Runner.
fn register_keys() -> impl Iterator<Item = &'static ConfigKey> {
    Docker::SECTION.keys.iter().chain(Runner::SECTION.keys).filter(|key| !key.flag.is_empty())
}

/// The flag of a key.
fn flag(key: &'static ConfigKey, heading: &'static str) -> Arg {
    let short = key.meaning.split([';', '.', ':']).next().unwrap_or(key.meaning);
    let arg = Arg::new(key.flag).long(key.flag).help(short).long_help(key.meaning).help_heading(heading);
    match key.kind {
        ValueKind::Switch => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .action(ArgAction::Set),
        ValueKind::Number => arg.value_name("NUMBER").allow_negative_numbers(true).action(ArgAction::Set),
        ValueKind::Texts | ValueKind::OneOrMany => arg.value_name("TEXT").action(ArgAction::Append),
        ValueKind::Map | ValueKind::SwitchMap | ValueKind::ListMap => {
            arg.value_name("KEY:VALUE").action(ArgAction::Append)
        }
        ValueKind::Text | ValueKind::Date | ValueKind::Services | ValueKind::Table => {
            arg.value_name("TEXT").action(ArgAction::Set)
        }
    }
}

/// Adds the flags of `keys`. The short help has the flag of `image` only: all of them would fill its screen.
fn add_flags(
    command: Command,
    keys: impl Iterator<Item = &'static ConfigKey>,
    heading: &'static str,
) -> Command {
    keys.fold(command, |command, key| command.arg(flag(key, heading).hide_short_help(key.name != "image")))
}

/// The keys of `keys` whose flag was given, each with its values.
fn given(
    keys: impl Iterator<Item = &'static ConfigKey>,
    matches: &ArgMatches,
) -> Vec<(ConfigKey, Vec<String>)> {
    let given = keys.filter_map(|key| Some((*key, matches.get_many::<String>(key.flag)?.cloned().collect())));
    given.collect()
}

impl clap::FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, error::Error> {
        Ok(Self(given(keys(), matches)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), error::Error> {
        self.0.extend(given(keys(), matches));
        Ok(())
    }
}

impl clap::Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        add_flags(command, keys(), SETTINGS_HEADING)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The flags of `register` that were given.
#[derive(Debug, Clone, Default)]
pub struct RegisterFlags {
    keys: ConfigFlags,
    /// Flags whose values only a server keeps.
    pub of_server: Vec<&'static str>,
}

impl RegisterFlags {
    /// Parses the values of the keys.
    ///
    /// # Errors
    /// A value that its key does not accept.
    pub fn typed(&self) -> Result<Vec<FlagValue>, ConfigProblem> {
        self.keys.typed()
    }
}

impl clap::FromArgMatches for RegisterFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, error::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), error::Error> {
        self.keys.0.extend(given(register_keys(), matches));
        let of_server = SERVER_OPTIONS.into_iter().chain(SERVER_SWITCHES);
        self.of_server.extend(of_server.filter(|flag| matches.contains_id(flag)));
        Ok(())
    }
}

impl clap::Args for RegisterFlags {
    fn augment_args(command: Command) -> Command {
        let command = add_flags(command, register_keys(), REGISTER_HEADING);
        let of_server = |flag: &'static str| Arg::new(flag).long(flag).hide(true);
        let command = SERVER_OPTIONS.into_iter().fold(command, |command, flag| command.arg(of_server(flag)));
        SERVER_SWITCHES.into_iter().fold(command, |command, flag| {
            let arg = of_server(flag).num_args(0..=1).require_equals(true).default_missing_value("true");
            command.arg(arg)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Whether the option sets a key of `config.toml`, as `docs/config.md` lists them.
pub fn is_config_flag(arg: &Arg) -> bool {
    arg.get_help_heading().is_some_and(|heading| [SETTINGS_HEADING, REGISTER_HEADING].contains(&heading))
}

/// Hides options that set GitLab Runner's settings in commands that need no engine.
pub(super) fn hide_settings(arg: Arg) -> Arg {
    let is_setting = arg.get_help_heading() == Some(SETTINGS_HEADING) || arg.get_id() == "pull_policy";
    if is_setting { arg.hide(true) } else { arg }
}
