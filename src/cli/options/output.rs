//! The form of an answer: text or JSON, coloured or plain.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};

use crate::cli::arguments::{ColorArgument, JobLogsArgs};
use crate::report::live::ProgressDisplay;
use crate::report::live_text::SpinnerSigns;
use crate::report::log_writer::LogFormat;
use crate::report::pipeline_log::PipelineLogFormat;
use crate::report::style::Style;

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl Format {
    /// The format that the flag `--json` chooses.
    pub(super) fn chosen_by_json_flag(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// The style of standard output.
pub(super) fn stdout_style(color: ColorArgument) -> Style {
    style(color, io::stdout().is_terminal(), &variable)
}

/// The style of standard error.
pub(super) fn stderr_style(color: ColorArgument) -> Style {
    style(color, io::stderr().is_terminal(), &variable)
}

/// How progress is shown on standard error.
pub(super) fn progress_display() -> ProgressDisplay {
    match io::stderr().is_terminal() && !is_dumb_terminal(&variable) {
        true => ProgressDisplay::Terminal(spinner_signs(&variable)),
        false => ProgressDisplay::Hidden,
    }
}

/// What the log of a pipeline looks like, whose lines look like `lines`.
pub(super) fn pipeline_log_format(lines: LogFormat, args: &JobLogsArgs) -> PipelineLogFormat {
    PipelineLogFormat { lines, jobs: args.output.into(), signs: spinner_signs(&variable) }
}

/// The value of a variable that is set to something.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Chooses colours for a terminal that has them. `--color` outranks the variables of no-color.org and of
/// bixense.com/clicolors.
fn style(color: ColorArgument, is_terminal: bool, variable: &impl Fn(&str) -> Option<OsString>) -> Style {
    let is_coloured = match color {
        ColorArgument::Always => true,
        ColorArgument::Never => false,
        ColorArgument::Auto if variable("NO_COLOR").is_some() => false,
        ColorArgument::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorArgument::Auto => is_terminal && !is_dumb_terminal(variable),
    };
    if is_coloured { Style::Coloured } else { Style::Plain }
}

/// Whether the terminal cannot move its cursor.
fn is_dumb_terminal(variable: &impl Fn(&str) -> Option<OsString>) -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// The signs that a terminal in this locale shows, by the first variable that the C library looks at.
fn spinner_signs(variable: &impl Fn(&str) -> Option<OsString>) -> SpinnerSigns {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable);
    let locale = locale.map(|locale| locale.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match locale.contains("utf-8") || locale.contains("utf8") {
        true => SpinnerSigns::Unicode,
        false => SpinnerSigns::Ascii,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(variables: &[(&'static str, &'static str)]) -> impl Fn(&str) -> Option<OsString> {
        let variables = variables.to_vec();
        move |name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
    }

    #[test]
    fn a_flag_outranks_no_color_which_outranks_clicolor_force_which_outranks_the_terminal() {
        let is_coloured = |color, is_terminal, variables: &[(&'static str, &'static str)]| {
            style(color, is_terminal, &set(variables)) == Style::Coloured
        };
        let (auto, always, never) = (ColorArgument::Auto, ColorArgument::Always, ColorArgument::Never);
        let (no_color, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
        assert!(is_coloured(auto, true, &[]) && !is_coloured(auto, false, &[]));
        assert!(!is_coloured(auto, true, &[("TERM", "dumb")]));
        assert!(is_coloured(auto, false, &[force]) && !is_coloured(auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!is_coloured(auto, true, &[no_color, force]));
        assert!(is_coloured(always, false, &[no_color]) && !is_coloured(never, true, &[force]));
    }

    #[test]
    fn the_signs_are_ascii_unless_the_locale_is_utf_8() {
        let signs = |variables: &[(&'static str, &'static str)]| spinner_signs(&set(variables));
        assert_eq!(signs(&[("LANG", "de_DE.UTF-8")]), SpinnerSigns::Unicode);
        assert_eq!(signs(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]), SpinnerSigns::Unicode);
        assert_eq!(signs(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]), SpinnerSigns::Ascii);
        assert_eq!(signs(&[("LANG", "de_DE.ISO-8859-1")]), SpinnerSigns::Ascii);
        assert_eq!(signs(&[]), SpinnerSigns::Ascii);
    }
}
