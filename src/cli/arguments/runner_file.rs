//! The arguments that choose a section of GitLab Runner's configuration.

use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::{OsStringValueParser, TypedValueParser};

#[derive(Debug, Default, clap::Args)]
pub struct RunnerFileArgs {
    /// GitLab Runner's configuration
    ///
    /// "" for none [default: RUNNER_LITE_CONFIG, ~/.gitlab-runner/config.toml or /etc/gitlab-runner/config.toml]
    // clap's own parser for paths would refuse an empty one.
    #[arg(long, value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    #[arg(hide_short_help = true)]
    #[arg(value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Runner (`name`) in config.toml to use [default: the first one for Docker]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub runner: Option<String>,
}
