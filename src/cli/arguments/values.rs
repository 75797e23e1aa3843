//! Arguments with a fixed set of values.

use clap::ValueEnum;

use crate::probe::mode::ProbeMode;
use crate::report::pipeline_log::JobLogs;

/// A shell that `completion` supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
}

/// When output has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorArgument {
    /// On a terminal; NO_COLOR and CLICOLOR_FORCE are respected
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How the health check of services reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProbeArgument {
    /// Direct, or inside if direct connections fail
    Auto,
    /// Connect from this process
    Direct,
    /// Connect from a container of the job's image on its network
    Inside,
    /// Do not check
    Off,
}

/// The exit code of `exec` if a script fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExitCodeArgument {
    /// 1
    Job,
    /// The script's own
    Script,
}

/// The format of the answer of `lint`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LintFormatArgument {
    /// For people
    Text,
    /// For programs that know runner-lite
    Json,
    /// GitLab's code quality report
    #[value(name = "codequality")]
    CodeQuality,
    /// SARIF 2.1.0, for GitHub and editors
    Sarif,
}

/// Which producers of artifacts run before the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NeedsArgument {
    /// All
    All,
    /// Those without stored artifacts
    Missing,
}

/// When jobs with `when: delayed` start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DelayedArgument {
    /// At once
    Now,
    /// After their `start_in`
    Wait,
    /// Never
    Skip,
}

/// The form of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphArgument {
    /// Lines of text
    Text,
    /// A flowchart in Mermaid's language
    Mermaid,
}

/// Which logs of the jobs of a pipeline are printed, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum JobLogsArgument {
    /// All, as they come; each line has the name of its job if jobs overlap
    Prefix,
    /// All, each in one piece when its job has ended
    Grouped,
    /// Those of failed jobs, when they have ended
    Failed,
    /// None
    None,
}

impl From<JobLogsArgument> for JobLogs {
    fn from(argument: JobLogsArgument) -> Self {
        match argument {
            JobLogsArgument::Prefix => Self::AsTheyCome,
            JobLogsArgument::Grouped => Self::Grouped,
            JobLogsArgument::Failed => Self::OfFailedJobs,
            JobLogsArgument::None => Self::Hidden,
        }
    }
}

impl From<ProbeArgument> for ProbeMode {
    fn from(argument: ProbeArgument) -> Self {
        match argument {
            ProbeArgument::Auto => Self::Auto,
            ProbeArgument::Direct => Self::Direct,
            ProbeArgument::Inside => Self::Inside,
            ProbeArgument::Off => Self::Off,
        }
    }
}
