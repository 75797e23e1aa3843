//! The flags by which `exec` and others override keys of the configuration, and `register` writes them, under GitLab
//! Runner's names: made from the table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command, error};

use crate::runner_config::key::{Effect, Key};
use crate::runner_config::problem::Problem;
use crate::runner_config::typed::Typed;
use crate::runner_config::value::Kind;
use crate::runner_config::{Docker, Runner};

/// What stands above them in the help.
const HEADING: &str = "GitLab Runner's settings, above those of the configuration";

/// What stands above those of `register`.
const REGISTER_HEADING: &str = "Keys of the file";

/// Flags of GitLab Runner's `register` for what the server keeps; those of the first list take a value.
const OF_SERVER: [&str; 4] = ["tag-list", "access-level", "maximum-timeout", "maintenance-note"];
const SWITCHES_OF_SERVER: [&str; 3] = ["run-untagged", "locked", "paused"];

/// Flags that `exec` and others have by other means.
const ELSEWHERE: [&str; 3] = ["docker-host", "docker-pull-policy", "env"];

/// What was typed of them: keys, and the values that each was given.
#[derive(Debug, Clone, Default)]
pub struct ConfigFlags(Vec<(Key, Vec<String>)>);

impl ConfigFlags {
    /// What they mean.
    ///
    /// # Errors
    /// A value that cannot be one of its key.
    pub fn typed(&self) -> Result<Vec<Typed>, Problem> {
        self.0.iter().map(|(key, values)| Typed::new(*key, values)).collect()
    }
}

/// Keys with a flag that has an effect.
fn keys() -> impl Iterator<Item = &'static Key> {
    let all = Docker::SECTION.keys.iter().chain(Runner::SECTION.keys);
    all.filter(|key| !key.flag.is_empty() && key.effect != Effect::Nothing && !ELSEWHERE.contains(&key.flag))
}

/// The flag of a key.
fn flag(key: &'static Key, heading: &'static str) -> Arg {
    let arg = Arg::new(key.flag).long(key.flag).help(key.meaning).help_heading(heading);
    match key.kind {
        Kind::Switch => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .action(ArgAction::Set),
        Kind::Number => arg.value_name("NUMBER").allow_negative_numbers(true).action(ArgAction::Set),
        Kind::Texts | Kind::OneOrMany => arg.value_name("TEXT").action(ArgAction::Append),
        Kind::Map | Kind::SwitchMap | Kind::ListMap => arg.value_name("KEY:VALUE").action(ArgAction::Append),
        Kind::Text | Kind::Date | Kind::Services | Kind::Table => {
            arg.value_name("TEXT").action(ArgAction::Set)
        }
    }
}

/// The keys of `keys` whose flag was given, with the values that it was given.
fn given(keys: impl Iterator<Item = &'static Key>, matches: &ArgMatches) -> Vec<(Key, Vec<String>)> {
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
        // All but one are for readers of `--help`, and would fill the screen of `-h`.
        keys().fold(command, |command, key| {
            command.arg(flag(key, HEADING).hide_short_help(key.name != "image"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What was typed of the flags of `register`: all keys with a flag, and what only a server would keep.
#[derive(Debug, Clone, Default)]
pub struct RegisterFlags {
    keys: ConfigFlags,
    /// Flags whose value is the server's.
    pub of_server: Vec<&'static str>,
}

impl RegisterFlags {
    /// What they mean.
    ///
    /// # Errors
    /// A value that cannot be one of its key.
    pub fn typed(&self) -> Result<Vec<Typed>, Problem> {
        self.keys.typed()
    }
}

fn register_keys() -> impl Iterator<Item = &'static Key> {
    let all = Docker::SECTION.keys.iter().chain(Runner::SECTION.keys);
    all.filter(|key| !key.flag.is_empty())
}

impl clap::FromArgMatches for RegisterFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, error::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), error::Error> {
        self.keys.0.extend(given(register_keys(), matches));
        let of_server = OF_SERVER.into_iter().chain(SWITCHES_OF_SERVER);
        self.of_server.extend(of_server.filter(|flag| matches.contains_id(flag)));
        Ok(())
    }
}

impl clap::Args for RegisterFlags {
    fn augment_args(command: Command) -> Command {
        let command = register_keys().fold(command, |command, key| {
            command.arg(flag(key, REGISTER_HEADING).hide_short_help(key.name != "image"))
        });
        let of_server = |flag: &'static str| Arg::new(flag).long(flag).hide(true);
        let command = OF_SERVER.into_iter().fold(command, |command, flag| command.arg(of_server(flag)));
        SWITCHES_OF_SERVER.into_iter().fold(command, |command, flag| {
            let arg = of_server(flag).num_args(0..=1).require_equals(true).default_missing_value("true");
            command.arg(arg)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
