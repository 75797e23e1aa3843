//! The live lines at the end of a terminal: one for the activity that takes a while, and one for each pull. Without a
//! terminal there are none. The log never depends on them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::live_terminal::{self, LiveTerminal};
use super::live_text::{SpinnerSigns, activity_line, pull_line};
use super::printable::printable_line;
use crate::executor::image::pull_progress::PullProgress;

/// How often the spinners turn.
const SPINNER_PERIOD: Duration = Duration::from_millis(120);

/// How often the lines are drawn at most: indicatif's own rate for terminals.
const DRAWINGS_PER_SECOND: u8 = 20;

/// A live line. The message fits into the terminal, because it is cut before.
const LINE: &str = "{spinner} {msg} ({elapsed})";

/// The line about the jobs of a run, whose times its text has.
const STATUS_LINE: &str = "{spinner} {status}";

/// Columns that [`LINE`] needs for all but the message, with times of up to four characters such as `120m`.
const COLUMNS_BESIDE_MESSAGE: usize = 9;

/// Whether live lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressDisplay {
    /// At the end of the terminal that is standard error.
    Terminal(SpinnerSigns),
    /// Nowhere: standard error is no terminal.
    Hidden,
}

/// The live lines of a terminal.
pub struct LiveLines {
    display: ProgressDisplay,
    all: MultiProgress,
    signs: SpinnerSigns,
    line: Option<ProgressBar>,
    status: Option<ProgressBar>,
    pulls: BTreeMap<String, ProgressBar>,
}

impl LiveLines {
    /// No lines yet.
    pub fn new(display: ProgressDisplay) -> Self {
        let signs = match display {
            ProgressDisplay::Terminal(signs) => signs,
            ProgressDisplay::Hidden => SpinnerSigns::Ascii,
        };
        let all = MultiProgress::with_draw_target(target(display));
        Self { display, all, signs, line: None, status: None, pulls: BTreeMap::new() }
    }

    /// Removes all lines, and shows none until [`LiveLines::show`].
    pub(super) fn hide(&mut self) {
        self.clear();
        self.end_status();
        self.all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
    }

    /// Shows lines again that begin from now on.
    pub(super) fn show(&mut self) {
        self.clear();
        self.all = MultiProgress::with_draw_target(target(self.display));
    }

    /// Shows an activity in place of the one before.
    pub fn show_activity(&mut self, text: &str) {
        if !self.is_shown() {
            return;
        }
        let (all, signs) = (&self.all, self.signs);
        let text = activity_line(&printable_line(text), message_columns());
        self.line.get_or_insert_with(|| spinner(all, signs)).set_message(text);
    }

    /// Whether live lines are shown.
    pub fn is_shown(&self) -> bool {
        !self.all.is_hidden()
    }

    /// Removes the line of the activity.
    pub fn end_activity(&mut self) {
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
            self.all.remove(&line);
        }
    }

    /// Shows the line that `text` makes for a number of columns, below all others and until [`LiveLines::end_status`].
    pub(super) fn show_status(&mut self, text: impl Fn(usize) -> String + Clone + Send + Sync + 'static) {
        if !self.is_shown() {
            return;
        }
        let write = move |_: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = out.write_str(&text(message_columns()));
        };
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_style(styled(STATUS_LINE, self.signs).with_key("status", write));
        bar.enable_steady_tick(SPINNER_PERIOD);
        self.status = Some(bar);
    }

    /// Removes that line.
    pub(super) fn end_status(&mut self) {
        if let Some(bar) = self.status.take() {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    /// Shows the progress of a pull.
    pub fn show_pull(&mut self, progress: &PullProgress) {
        if !self.is_shown() {
            return;
        }
        let (all, signs) = (&self.all, self.signs);
        let bar = self.pulls.entry(progress.image.clone()).or_insert_with(|| spinner(all, signs));
        bar.set_message(pull_line(progress, signs, message_columns()));
    }

    /// Removes the line of a pull.
    pub fn end_pull(&mut self, image: &str) {
        if let Some(bar) = self.pulls.remove(image) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    /// Removes all lines, so that other text can be written in their place.
    pub fn clear(&mut self) {
        self.end_activity();
        let images: Vec<_> = self.pulls.keys().cloned().collect();
        images.iter().for_each(|image| self.end_pull(image));
    }

    /// Runs `write` while no live line is on the screen.
    pub fn suspend(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let is_empty = self.line.is_none() && self.status.is_none() && self.pulls.is_empty();
        if is_empty { write() } else { self.all.suspend(write) }
    }
}

/// How many columns the message of a live line may have now.
fn message_columns() -> usize {
    usize::from(live_terminal::columns()).saturating_sub(COLUMNS_BESIDE_MESSAGE)
}

fn target(display: ProgressDisplay) -> ProgressDrawTarget {
    match display {
        ProgressDisplay::Terminal(_) => {
            ProgressDrawTarget::term_like_with_hz(Box::new(LiveTerminal::default()), DRAWINGS_PER_SECOND)
        }
        ProgressDisplay::Hidden => ProgressDrawTarget::hidden(),
    }
}

fn spinner(all: &MultiProgress, signs: SpinnerSigns) -> ProgressBar {
    let bar = all.add(ProgressBar::no_length());
    bar.set_style(styled(LINE, signs));
    bar.enable_steady_tick(SPINNER_PERIOD);
    bar
}

fn styled(template: &str, signs: SpinnerSigns) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.tick_chars(signs.spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicatif_accepts_the_templates() {
        assert!(ProgressStyle::with_template(LINE).is_ok());
        assert!(ProgressStyle::with_template(STATUS_LINE).is_ok());
    }
}
