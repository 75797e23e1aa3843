//! The job's log: a thread of its own writes it, so that a terminal which stalls holds up the job's output and never
//! the signals, timeouts and clean-up.

use std::io::{self, Stderr, Stdout, Write};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::console;
use super::live::{Live, LiveLines};
use super::mask::Mask;
use super::result::{self, ResultStream};
use super::style::{Colour, Style};
use super::summary;
use crate::executor::event::{Event, Section, ServiceWarning, Tone};
use crate::executor::outcome::JobOutcome;
use crate::executor::run::coverage::Finding;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volume {
    /// Only what the job's commands print, and failures.
    Quiet,
    /// GitLab's log.
    Normal,
}

/// Writes events as a log.
pub struct Log {
    stdout: Stdout,
    stderr: Stderr,
    style: Style,
    volume: Volume,
    live: LiveLines,
    mask: Mask,
    /// Whether the last byte of output ended a line.
    at_line_start: bool,
}

impl Log {
    /// A log that has not begun.
    pub fn new(style: Style, volume: Volume, live: Live) -> Self {
        let live = if volume == Volume::Quiet { Live::No } else { live };
        Self {
            stdout: console::stdout(),
            stderr: console::stderr(),
            style,
            volume,
            live: LiveLines::new(live),
            mask: Mask::default(),
            at_line_start: true,
        }
    }

    /// Writes the headline of the whole log, and `configuration`, which is what the run goes by.
    pub fn begin(&mut self, configuration: Option<&str>) -> io::Result<()> {
        self.line(&format!("Running with runner-lite {}", env!("CARGO_PKG_VERSION")))?;
        configuration.map_or(Ok(()), |configuration| self.line(&format!("  on {configuration}")))
    }

    /// Writes a warning that belongs to the log alone: a quiet one does not have it.
    pub fn warning(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Colour::Yellow, &format!("WARNING: {text}"));
        self.line(&text)
    }

    /// Writes events until the last one; an error means that nobody reads the log any more.
    pub fn run(mut self, mut events: mpsc::Receiver<Event>) -> io::Result<()> {
        while let Some(event) = events.blocking_recv() {
            self.write(event)?;
        }
        self.end_output()
    }

    fn write(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Section(section) => {
                let headline = self.style.paint(Colour::BoldCyan, headline(&section));
                self.line(&headline)
            }
            Event::Line(Tone::Plain, text) => self.line(&text),
            Event::Line(Tone::Warning, text) => {
                let text = self.style.paint(Colour::Yellow, &format!("WARNING: {text}"));
                self.important(&text)
            }
            Event::Line(Tone::Error, text) => {
                let text = self.style.paint(Colour::BoldRed, &format!("ERROR: {text}"));
                self.error_line(&text)
            }
            Event::Output(bytes) => self.output(bytes),
            Event::Pulling(progress) => {
                self.live.pulling(&progress);
                Ok(())
            }
            Event::Pulled(image) => {
                self.live.pulled(&image);
                Ok(())
            }
            Event::Secrets(secrets) => {
                self.mask.add(&secrets);
                Ok(())
            }
            Event::ServiceWarning(warning) => {
                let text = service_warning(&warning, self.style);
                self.important(&text)
            }
            Event::Busy(text) => {
                self.live.busy(text);
                Ok(())
            }
            Event::Idle => {
                self.live.idle();
                Ok(())
            }
            Event::Finished(outcome) => self.finished(&outcome),
            Event::Coverage(finding) => self.coverage(&finding),
            Event::Timings(timings) => self.line(&summary::timings(&timings)),
        }
    }

    fn output(&mut self, bytes: Bytes) -> io::Result<()> {
        self.live.clear();
        let bytes = self.mask.push(bytes);
        self.raw(&bytes)
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(last) = bytes.last() else { return Ok(()) };
        self.at_line_start = *last == b'\n';
        self.stdout.write_all(bytes)?;
        self.stdout.flush()
    }

    /// Output that may have been the beginning of a secret was none.
    fn end_output(&mut self) -> io::Result<()> {
        let held = self.mask.flush();
        self.raw(&held)
    }

    /// A line of the log.
    fn line(&mut self, text: &str) -> io::Result<()> {
        if self.volume == Volume::Quiet {
            return Ok(());
        }
        self.end_line()?;
        let text = self.mask.text(text);
        self.live.aside(|| writeln!(self.stdout, "{text}"))?;
        self.stdout.flush()
    }

    /// A line that also a quiet log has, on standard error.
    fn important(&mut self, text: &str) -> io::Result<()> {
        if self.volume == Volume::Normal {
            return self.line(text);
        }
        self.error_line(text)
    }

    fn error_line(&mut self, text: &str) -> io::Result<()> {
        self.live.clear();
        writeln!(self.stderr, "{}", self.mask.text(text))
    }

    fn finished(&mut self, outcome: &JobOutcome) -> io::Result<()> {
        self.end_output()?;
        self.live.clear();
        let (stream, text) = result::line(outcome, self.style);
        match (stream, outcome) {
            (ResultStream::Log, JobOutcome::Passed) => self.line(&text),
            (ResultStream::Log, JobOutcome::Failed(..)) => self.important(&text),
            (ResultStream::Stderr, _) => {
                if self.volume == Volume::Normal {
                    self.end_line()?;
                }
                self.error_line(&text)
            }
        }
    }

    fn coverage(&mut self, finding: &Finding) -> io::Result<()> {
        match finding {
            Finding::Figure(figure) => self.line(&format!("Coverage: {figure}%")),
            Finding::Nothing => self.line("Coverage: no line of the log has a figure for `coverage`"),
            Finding::BehindColours(figure) => self.write(Event::Line(
                Tone::Warning,
                format!(
                    "GitLab would find no coverage: only without codes for colours does the log have {figure}%; \
                     print it without them, or let the pattern of `coverage` take them in"
                ),
            )),
        }
    }

    /// Output that did not end its line must not run into ours; a quiet log adds nothing to it.
    fn end_line(&mut self) -> io::Result<()> {
        self.end_output()?;
        if !self.at_line_start {
            self.at_line_start = true;
            self.stdout.write_all(b"\n")?;
        }
        Ok(())
    }
}

fn headline(section: &Section) -> &'static str {
    match section {
        Section::PrepareExecutor => "Preparing the \"docker\" executor",
        Section::PrepareScript => "Preparing environment",
        Section::GetSources => "Getting source from Git repository",
        Section::StepScript => "Executing \"step_script\" stage of the job script",
        Section::AfterScript => "Running after_script",
    }
}

/// GitLab Runner's block, laid out as it does.
fn service_warning(warning: &ServiceWarning, style: Style) -> String {
    let ServiceWarning { container, error, check_log, service_log } = warning;
    let stars = style.paint(Colour::Yellow, "*** WARNING:");
    let check =
        check_log.as_ref().map(|log| format!("\nHealth check container logs:\n{log}\n")).unwrap_or_default();
    let end = style.paint(Colour::Yellow, "*********");
    format!(
        "\n{stars} Service {container} probably didn't start properly.\n\nHealth check error:\n{error}\n{check}\n\
         Service container logs:\n{service_log}\n\n{end}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_on_a_service_has_gitlabs_layout() {
        let warning = ServiceWarning {
            container: "c-redis-0".to_owned(),
            error: "service \"c-redis-0\" has no exposed ports".to_owned(),
            check_log: None,
            service_log: "2026-01-01T00:00:00Z hello".to_owned(),
        };
        insta::assert_snapshot!(service_warning(&warning, Style::Plain), @r#"

        *** WARNING: Service c-redis-0 probably didn't start properly.

        Health check error:
        service "c-redis-0" has no exposed ports

        Service container logs:
        2026-01-01T00:00:00Z hello

        *********
        "#);
    }
}
