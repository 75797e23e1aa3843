//! The command line as the user types it. It holds no logic: `options/` resolves what the arguments mean.

mod after_help;
mod command_line;
mod commands;
mod config_flags;
mod engine;
mod project;
mod values;

pub use self::command_line::{Args, Command};
pub use self::commands::{
    AuthArgs, CleanArgs, CollectArgs, CompleteArgs, CompletionArgs, DoctorArgs, ExecArgs, LintArgs, ListArgs,
    ManArgs, ProbeArgs, PullArgs, RegisterArgs, ShowArgs,
};
pub use self::engine::EngineArgs;
pub use self::project::ProjectArgs;
pub use self::values::{CompletionShell, ProbeArgument};
