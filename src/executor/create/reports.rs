//! The reports that a container's command and its script make to this program, as lines on standard error.
//!
//! A container's exit code alone does not tell whether the job's commands ran: a shell whose input is closed before the
//! script arrives exits with 0. So the command that finds the shell reports that a shell starts, and the script, which a
//! shell runs only if it has read all of it, reports that it was received. The job's own processes have one stream for
//! both outputs, standard output; what else arrives on standard error is passed on as output.
//!
//! An entrypoint that discards standard error discards the reports, too. Its container then counts as one that reads no
//! script: the exit code is the entrypoint's.

/// The command of the container has found a shell, which is about to read the script.
pub const SHELL_STARTS: &str = "runner-lite: the shell starts";

/// The command of the container waits for an archive of the job's files, the last of which is the script.
pub const FILES_WANTED: &str = "runner-lite: ready for the files";

/// The command of the container has not unpacked all of that archive, and ends.
pub const FILES_REFUSED: &str = "runner-lite: the files have not been unpacked";

/// The shell has read the whole script and begins to run it.
pub const SCRIPT_RECEIVED: &str = "runner-lite: the script has been received";

/// The command of the container has found no shell.
pub const NO_SHELL: &str = "runner-lite: there is no shell";
