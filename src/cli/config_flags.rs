//! The flags by which `exec` and others override keys of the configuration, under GitLab Runner's names: made from the
//! table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command, error};

use crate::runner_config::key::{Effect, Key};
use crate::runner_config::problem::Problem;
use crate::runner_config::typed::Typed;
use crate::runner_config::value::Kind;
use crate::runner_config::{Docker, Runner};

/// What stands above them in the help.
const HEADING: &str = "GitLab Runner's settings, above those of the configuration";

/// Flags that are there by other means.
const ELSEWHERE: [&str; 2] = ["docker-host", "docker-pull-policy"];

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
pub fn flag(key: &'static Key) -> Arg {
    let arg = Arg::new(key.flag).long(key.flag).help(key.meaning).help_heading(HEADING);
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
pub fn given(keys: impl Iterator<Item = &'static Key>, matches: &ArgMatches) -> Vec<(Key, Vec<String>)> {
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
        keys().fold(command, |command, key| command.arg(flag(key).hide_short_help(key.name != "image")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
