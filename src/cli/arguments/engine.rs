//! The arguments of commands that work with the engine.

use clap::ArgAction;

#[derive(Debug, clap::Args)]
pub struct EngineArgs {
    /// The engine's socket, such as unix:///var/run/docker.sock [default: DOCKER_HOST, else the docker CLI's context,
    /// else the first of Docker's and Podman's sockets that answers; -v says which and why]
    #[arg(short = 'H', long, value_name = "URL", visible_alias = "docker-host")]
    pub host: Option<String>,
    /// Print only what the job's commands print, and failures
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print all that GitLab Runner prints, such as pull policies and digests; -vv adds each call of the Engine API, on
    /// standard error
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
}
