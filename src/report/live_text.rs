//! The text of live lines, for a given number of columns. Pure.
//!
//! Invariant: a text has at most as many columns as are given, since a line that wraps cannot be removed from all
//! terminals.

use super::printable::printable_line;
use crate::amount::size;
use crate::executor::image::pull_progress::PullProgress;

/// The cells of the bar of a pull.
const BAR_CELLS: usize = 16;

/// Stands for what is left out.
const DOTS: &str = "...";

/// Which signs draw spinners and bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpinnerSigns {
    /// Braille patterns and blocks.
    Unicode,
    /// For locales that do not use UTF-8.
    Ascii,
}

impl SpinnerSigns {
    /// The states of a spinner; the last one is that of a finished activity, which is not shown.
    pub(super) fn spinner(self) -> &'static str {
        match self {
            Self::Unicode => "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ",
            Self::Ascii => "|/-\\ ",
        }
    }

    /// A full and an empty cell of a bar.
    fn cells(self) -> (&'static str, &'static str) {
        match self {
            Self::Unicode => ("█", "░"),
            Self::Ascii => ("#", "-"),
        }
    }
}

/// The line of an activity, whose beginning says the most.
pub(super) fn activity_line(text: &str, columns: usize) -> String {
    match columns.checked_sub(DOTS.len()) {
        Some(kept) if width(text) > columns => {
            format!("{}{DOTS}", text.chars().take(kept).collect::<String>())
        }
        _ => text.chars().take(columns).collect(),
    }
}

/// The line of a pull. What does not fit is left out, the least important part first: the bar, the layers, the size. The
/// name of the image is shortened last.
pub(super) fn pull_line(progress: &PullProgress, signs: SpinnerSigns, columns: usize) -> String {
    let PullProgress { image, layers, layers_done, bytes, bytes_total } = progress;
    let name = format!("Pulling {}", printable_line(image));
    if *bytes_total == 0 {
        return shortened(&name, columns);
    }
    let percent = bytes.saturating_mul(100).checked_div(*bytes_total).unwrap_or(0);
    let state = match bytes == bytes_total {
        true => "unpacking".to_owned(),
        false => format!("{percent}%"),
    };
    let amount = match bytes == bytes_total {
        true => format!("{state} {}", size(*bytes_total)),
        false => format!("{state} of {}", size(*bytes_total)),
    };
    let layers = format!("{layers_done} of {layers} layers");
    let lines = [
        format!("{name} {} {amount}, {layers}", bar(percent, signs)),
        format!("{name}: {amount}, {layers}"),
        format!("{name}: {amount}"),
    ];
    lines.into_iter().find(|line| width(line) <= columns).unwrap_or_else(|| {
        let name = shortened(&name, columns.saturating_sub(width(&state) + 2));
        format!("{name}: {state}").chars().take(columns).collect()
    })
}

fn bar(percent: u64, signs: SpinnerSigns) -> String {
    let (full, empty) = signs.cells();
    let filled = usize::try_from(percent).unwrap_or(100).min(100) * BAR_CELLS / 100;
    format!("[{}{}]", full.repeat(filled), empty.repeat(BAR_CELLS - filled))
}

/// The text, with dots in place of its middle if it is too long: an image's registry and its tag say the most.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    let length = width(text);
    if length <= columns {
        return text.to_owned();
    }
    let Some(kept) = columns.checked_sub(DOTS.len()) else { return text.chars().take(columns).collect() };
    let (begin, end) = (kept.div_ceil(2), kept / 2);
    let begin: String = text.chars().take(begin).collect();
    let end: String = text.chars().skip(length - end).collect();
    format!("{begin}{DOTS}{end}")
}

/// Columns of a text whose characters have one each, as those of image names do.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn progress(image: &str, bytes: u64) -> PullProgress {
        let image = image.to_owned();
        PullProgress { image, layers: 5, layers_done: 2, bytes, bytes_total: 120_000_000 }
    }

    #[test]
    fn the_narrower_the_terminal_the_less_a_pull_says() {
        let image = "registry.example.com/group/project/ruby:2.7-slim";
        let lines = [189, 100, 69, 49, 30, 10].map(|columns| {
            let line = pull_line(&progress(image, 45_100_000), SpinnerSigns::Ascii, columns);
            format!("{columns:3} {line}\n")
        });
        insta::assert_snapshot!(lines.concat(), @r"
        189 Pulling registry.example.com/group/project/ruby:2.7-slim [#####-----------] 37% of 120.0 MB, 2 of 5 layers
        100 Pulling registry.example.com/group/project/ruby:2.7-slim: 37% of 120.0 MB, 2 of 5 layers
         69 Pulling registry.example.com/group/project/ruby:2.7-slim: 37%
         49 Pulling registry.exam...roject/ruby:2.7-slim: 37%
         30 Pulling reg...by:2.7-slim: 37%
         10 P...m: 37%
        ");
        let line = |bytes| pull_line(&progress("ruby:2.7", bytes), SpinnerSigns::Unicode, 69);
        assert_eq!(line(45_100_000), "Pulling ruby:2.7 [█████░░░░░░░░░░░] 37% of 120.0 MB, 2 of 5 layers");
        assert_eq!(
            line(120_000_000),
            "Pulling ruby:2.7 [████████████████] unpacking 120.0 MB, 2 of 5 layers"
        );
        let unknown = PullProgress { bytes_total: 0, ..progress("a", 0) };
        assert_eq!(pull_line(&unknown, SpinnerSigns::Ascii, 69), "Pulling a");
    }

    #[test]
    fn the_beginning_of_an_activity_is_shown() {
        let line = |columns| activity_line("Stopping the script", columns);
        assert_eq!([19, 18, 3, 2].map(line), ["Stopping the script", "Stopping the sc...", "...", "St"]);
    }

    proptest! {
        #[test]
        fn no_live_line_is_wider_than_the_terminal(
            image in "[a-z./:é]{0,90}", columns in 0_usize..120, bytes in 0_u64..130_000_000, total in 0_u64..3,
        ) {
            let progress = PullProgress { bytes_total: total * 60_000_000, ..progress(&image, bytes) };
            for signs in [SpinnerSigns::Unicode, SpinnerSigns::Ascii] {
                prop_assert!(width(&pull_line(&progress, signs, columns)) <= columns);
            }
            prop_assert!(width(&activity_line(&image, columns)) <= columns);
        }
    }
}
