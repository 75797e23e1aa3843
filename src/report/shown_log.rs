//! What a log that is shown can do beside listening to events.

use std::io;

use super::transcript::IgnoredKeyword;
use crate::executor::event_channel::EventSink;

/// The log of a run on the streams of this process.
pub trait ShownLog: EventSink {
    /// Writes which program runs, and the configuration that the run uses.
    ///
    /// # Errors
    /// Nobody reads the log; so with the other functions.
    fn begin(&mut self, configuration: Option<&str>) -> io::Result<()>;

    /// Warns of keywords without effect.
    fn ignored_keywords(&mut self, keywords: &[IgnoredKeyword]) -> io::Result<()>;

    /// Writes a warning that a quiet log leaves out.
    fn warning(&mut self, text: &str) -> io::Result<()>;

    /// Writes a line that `-v` asks for, to standard error.
    fn detail(&mut self, text: &str) -> io::Result<()>;

    /// Shows nothing until [`ShownLog::release`], because a shell in a container has the terminal: what is written is held
    /// back, within a limit.
    fn hold(&mut self) -> io::Result<()>;

    /// Shows what was held back, and goes on.
    fn release(&mut self) -> io::Result<()>;
}
