//! The name of a job before each of its lines. Pure.

use crate::report::live_text::{SpinnerSigns, shortened};
use crate::report::printable::printable_line;
use crate::report::style::Style;
use crate::report::terminal_text::TerminalText;

/// The columns of the longest name: lines of a job are what people want to read.
const NAME_COLUMNS_MAX: usize = 24;

/// The prefix of a job's lines: its name in as many columns as the longest of `running` has, and a bar. `number` chooses
/// the colour.
pub(super) fn prefix<'n>(
    name: &str,
    number: usize,
    running: impl Iterator<Item = &'n str>,
    style: Style,
    signs: SpinnerSigns,
) -> TerminalText {
    let columns = |name: &str| printable_line(name).chars().count().min(NAME_COLUMNS_MAX);
    let width = running.map(columns).max().unwrap_or(0).max(columns(name));
    let name = shortened(&printable_line(name), NAME_COLUMNS_MAX);
    let bar = match signs {
        SpinnerSigns::Unicode => "│",
        SpinnerSigns::Ascii => "|",
    };
    style.paint_number(number, &format!("{name:width$} {bar} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_wide_as_the_longest_that_runs_and_long_ones_are_cut_in_their_middle() {
        let prefix = |name, running: &[&str], signs| {
            prefix(name, 0, running.iter().copied(), Style::Plain, signs).as_str().to_owned()
        };
        assert_eq!(prefix("lint", &["lint", "unit 1/3"], SpinnerSigns::Unicode), "lint     │ ");
        assert_eq!(prefix("lint", &[], SpinnerSigns::Ascii), "lint | ");
        let long = "integration: [postgres, 16, arm64]";
        assert_eq!(prefix(long, &[long], SpinnerSigns::Ascii), "integration...16, arm64] | ");
        assert_eq!(prefix("a\nb", &[long], SpinnerSigns::Ascii), "a\\nb                     | ");
    }

    #[test]
    fn each_job_has_its_colour() {
        let painted = |number| prefix("a", number, std::iter::empty(), Style::Coloured, SpinnerSigns::Ascii);
        assert_eq!(painted(0).as_str(), "\x1b[36ma | \x1b[0;m");
        assert_ne!(painted(0), painted(1));
        assert_eq!(painted(0), painted(6));
    }
}
