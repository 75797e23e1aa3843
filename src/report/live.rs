//! What moves on a terminal while something takes its time: a line for what is being done, a bar for each image that
//! is being pulled. Nothing of it where there is no terminal.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::executor::image::pull_progress::PullProgress;

/// How often the line turns.
const TURN: Duration = Duration::from_millis(120);

/// The line on what is being done.
const LINE: &str = "{spinner} {msg} ({elapsed})";

/// An image before its layers are known.
const BEGUN: &str = "{spinner} Pulling {prefix} ({elapsed})";

/// An image whose layers are known.
const BAR: &str = "{spinner} Pulling {prefix} [{bar:24}] {msg}, {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";

/// Whether there is a terminal to show it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// Standard error is a terminal.
    Terminal,
    /// It is not.
    No,
}

/// The live part of a terminal.
pub struct LiveLines {
    all: MultiProgress,
    line: Option<ProgressBar>,
    pulls: BTreeMap<String, ProgressBar>,
}

impl LiveLines {
    /// On standard error, or nowhere.
    pub fn new(live: Live) -> Self {
        let target = match live {
            Live::Terminal => ProgressDrawTarget::stderr(),
            Live::No => ProgressDrawTarget::hidden(),
        };
        Self { all: MultiProgress::with_draw_target(target), line: None, pulls: BTreeMap::new() }
    }

    /// Says what is being done.
    pub fn busy(&mut self, text: String) {
        let all = &self.all;
        self.line.get_or_insert_with(|| turning(all, LINE)).set_message(text);
    }

    /// It is done.
    pub fn idle(&mut self) {
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
            self.all.remove(&line);
        }
    }

    /// Says how far a pull is.
    pub fn pulling(&mut self, progress: &PullProgress) {
        let all = &self.all;
        let bar = self.pulls.entry(progress.image.clone()).or_insert_with(|| {
            let bar = turning(all, BEGUN);
            bar.set_prefix(progress.image.clone());
            bar
        });
        if progress.bytes_total > 0 {
            if bar.length().is_none() {
                bar.set_style(style(BAR));
            }
            bar.set_length(progress.bytes_total);
            bar.set_position(progress.bytes);
        }
        let PullProgress { layers, layers_done, bytes, bytes_total, .. } = progress;
        let unpacking = *bytes_total > 0 && bytes == bytes_total;
        bar.set_message(format!("{layers_done}/{layers} layers{}", if unpacking { " unpacked" } else { "" }));
    }

    /// A pull is over.
    pub fn pulled(&mut self, image: &str) {
        if let Some(bar) = self.pulls.remove(image) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    /// Everything is over, or output of the job is to be written where the lines are.
    pub fn clear(&mut self) {
        self.idle();
        let images: Vec<_> = self.pulls.keys().cloned().collect();
        images.iter().for_each(|image| self.pulled(image));
    }

    /// Writes while nothing of it is on the screen.
    pub fn aside(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        if self.line.is_none() && self.pulls.is_empty() { write() } else { self.all.suspend(write) }
    }
}

fn turning(all: &MultiProgress, template: &str) -> ProgressBar {
    let bar = all.add(ProgressBar::no_length());
    bar.set_style(style(template));
    bar.enable_steady_tick(TURN);
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_understood() {
        for template in [LINE, BEGUN, BAR] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
