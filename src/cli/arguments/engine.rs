//! The arguments of commands that work with the engine.

use clap::ArgAction;

#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// The engine's socket
    ///
    /// It is written as unix:///path [default: DOCKER_HOST, else the docker CLI's context, else the first of Docker's and Podman's sockets that
    /// answers; -v says which and why]
    #[arg(short = 'H', long, value_name = "URL", visible_alias = "docker-host")]
    pub host: Option<String>,
    /// Print only the commands' output, and failures
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print every line that GitLab Runner prints
    ///
    /// This adds pull policies and digests, for example. -vv adds each call of the Engine API, on standard error.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}
