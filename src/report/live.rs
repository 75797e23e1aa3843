//! The live lines at the end of a terminal: one for the activity that takes a while, and a bar per pull. Without a
//! terminal there are none.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printable::printable_line;
use crate::executor::image::pull_progress::PullProgress;

/// How often the spinners turn.
const SPINNER_PERIOD: Duration = Duration::from_millis(120);

/// The line of an activity.
const ACTIVITY: &str = "{spinner} {msg} ({elapsed})";

/// A pull before the engine has named the layers.
const PULL_WITHOUT_LAYERS: &str = "{spinner} Pulling {prefix} ({elapsed})";

/// A pull whose layers are known.
const PULL: &str = "{spinner} Pulling {prefix} [{bar:24}] {msg}, {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";

/// Whether live lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressDisplay {
    /// At the end of the terminal that is standard error.
    Terminal,
    /// Nowhere: standard error is no terminal.
    Hidden,
}

/// The live lines of a terminal.
pub struct LiveLines {
    all: MultiProgress,
    line: Option<ProgressBar>,
    pulls: BTreeMap<String, ProgressBar>,
}

impl LiveLines {
    /// No lines yet.
    pub fn new(display: ProgressDisplay) -> Self {
        let target = match display {
            ProgressDisplay::Terminal => ProgressDrawTarget::stderr(),
            ProgressDisplay::Hidden => ProgressDrawTarget::hidden(),
        };
        Self { all: MultiProgress::with_draw_target(target), line: None, pulls: BTreeMap::new() }
    }

    /// Shows an activity in place of the one before.
    pub fn show_activity(&mut self, text: String) {
        let all = &self.all;
        self.line
            .get_or_insert_with(|| spinner(all, ACTIVITY))
            .set_message(printable_line(&text).into_owned());
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

    /// Shows the progress of a pull.
    pub fn show_pull(&mut self, progress: &PullProgress) {
        let all = &self.all;
        let bar = self.pulls.entry(progress.image.clone()).or_insert_with(|| {
            let bar = spinner(all, PULL_WITHOUT_LAYERS);
            bar.set_prefix(printable_line(&progress.image).into_owned());
            bar
        });
        if progress.bytes_total > 0 {
            if bar.length().is_none() {
                bar.set_style(style(PULL));
            }
            bar.set_length(progress.bytes_total);
            bar.set_position(progress.bytes);
        }
        let PullProgress { layers, layers_done, bytes, bytes_total, .. } = progress;
        let unpacking = *bytes_total > 0 && bytes == bytes_total;
        bar.set_message(format!("{layers_done}/{layers} layers{}", if unpacking { " unpacked" } else { "" }));
    }

    /// Removes the bar of a pull.
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
        if self.line.is_none() && self.pulls.is_empty() { write() } else { self.all.suspend(write) }
    }
}

fn spinner(all: &MultiProgress, template: &str) -> ProgressBar {
    let bar = all.add(ProgressBar::no_length());
    bar.set_style(style(template));
    bar.enable_steady_tick(SPINNER_PERIOD);
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicatif_accepts_the_templates() {
        for template in [ACTIVITY, PULL_WITHOUT_LAYERS, PULL] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
