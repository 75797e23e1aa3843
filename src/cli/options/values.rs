//! Parsers for single values of the command line.

use std::path::Path;
use std::time::Duration;

use crate::cli::host::text_file::read_text_file;
use crate::cli::options::usage_error::UsageError;
use crate::go_duration::{self, GoDuration};
use crate::pipeline::inputs::InputArgument;
use crate::plan::job_plan::{EnvironmentVariable, VariableFile};
use crate::registry::pull_policy::{PullPolicy, UnknownPolicy};
use crate::secret::Secret;
use crate::vars::event::PipelineEvent;

/// Parses `--variable KEY=VALUE`.
pub(super) fn parse_variable(text: String) -> Result<EnvironmentVariable, UsageError> {
    let (key, value) = split_variable("--variable", "VALUE", &text)?;
    Ok(EnvironmentVariable { key: key.to_owned(), value: value.to_owned() })
}

/// Parses `--as EVENT`.
pub(super) fn parse_event(text: String) -> Result<PipelineEvent, UsageError> {
    PipelineEvent::parse(&text).ok_or(UsageError::Event(text))
}

/// Parses `--input NAME=VALUE`.
pub(super) fn parse_input(text: String) -> Result<InputArgument, UsageError> {
    let (name, value) = split_assignment("--input", "VALUE", &text)?;
    Ok(InputArgument { name: name.to_owned(), value: value.into(), span: None })
}

/// Parses `--variable-file KEY=PATH` and reads the file. The job finds the content in a file that is called KEY.
pub(super) fn load_variable_file(text: String) -> Result<VariableFile, UsageError> {
    let (key, path) = split_variable("--variable-file", "PATH", &text)?;
    let content = read_text_file(Path::new(path));
    let unreadable = |error| UsageError::Unreadable { path: path.to_owned(), error };
    Ok(VariableFile { key: key.to_owned(), content: Secret::new(content.map_err(unreadable)?) })
}

/// Splits `KEY=VALUE`, where GitLab accepts the key as a variable's name.
fn split_variable<'t>(
    option: &'static str,
    value: &'static str,
    text: &'t str,
) -> Result<(&'t str, &'t str), UsageError> {
    let (key, value) = split_assignment(option, value, text)?;
    let is_valid = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match is_valid {
        true => Ok((key, value)),
        false => Err(UsageError::VariableName { option, name: key.to_owned() }),
    }
}

fn split_assignment<'t>(
    option: &'static str,
    value: &'static str,
    text: &'t str,
) -> Result<(&'t str, &'t str), UsageError> {
    text.split_once('=').ok_or_else(|| UsageError::NoAssignment { option, value, text: text.to_owned() })
}

/// Parses the values of `--pull-policy`.
pub(super) fn parse_pull_policies(names: &[String]) -> Result<Vec<PullPolicy>, UnknownPolicy> {
    let policy = |name: &String| PullPolicy::parse(name.trim()).ok_or_else(|| UnknownPolicy(name.clone()));
    names.iter().map(policy).collect()
}

/// Parses `--timeout`: a number of seconds, or a positive duration such as `1h30m`.
pub(super) fn parse_timeout(text: String) -> Result<Duration, UsageError> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    let duration = seconds.or_else(|| match go_duration::parse(&text)? {
        GoDuration::Positive(duration) => Some(duration),
        GoDuration::Negative => None,
    });
    duration.filter(|duration| !duration.is_zero()).ok_or(UsageError::Timeout(text))
}

/// Parses a size in bytes: `500M`, `1.5G`, `2GB` or a plain number; units of 1,000, as in all that is shown.
pub(super) fn parse_size(option: &'static str, text: &str) -> Result<u64, UsageError> {
    let invalid = || UsageError::Size { option, text: text.to_owned() };
    let upper = text.trim().to_ascii_uppercase();
    let number = upper.strip_suffix('B').unwrap_or(&upper);
    let (number, unit) = match number.split_at(number.trim_end_matches(['K', 'M', 'G', 'T']).len()) {
        (number, "") => (number, 1.0),
        (number, "K") => (number, 1e3),
        (number, "M") => (number, 1e6),
        (number, "G") => (number, 1e9),
        (number, "T") => (number, 1e12),
        _ => return Err(invalid()),
    };
    let number = number.trim_end();
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = number.parse().ok().filter(|_| is_plain).ok_or_else(invalid)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` ends at the limits of u64"
    )]
    Ok((number * unit).round() as u64)
}

/// Parses an age: `7d`, `12h`, `30m`, `2w`.
pub(super) fn parse_age(text: &str) -> Result<Duration, UsageError> {
    let seconds = |text: &str| {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit)
    };
    seconds(text).map(Duration::from_secs).ok_or_else(|| UsageError::Age(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit_of_thousands_or_none() {
        let size = |text| parse_size("--artifact-max", text).ok();
        for (text, expect) in [
            ("0", 0),
            ("1234", 1234),
            ("3G", 3_000_000_000),
            ("1.5gb", 1_500_000_000),
            ("500 M", 500_000_000),
        ] {
            assert_eq!(size(text), Some(expect), "{text}");
        }
        for text in ["", "G", "-1", "1X", "1KG", "1.2.3M", "inf", "1e3"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn an_age_has_a_unit() {
        let seconds = |text| parse_age(text).map(|age| age.as_secs()).ok();
        for (text, expect) in [("7d", 604_800), ("2w", 1_209_600), ("12h", 43_200), ("30m", 1_800), ("0d", 0)]
        {
            assert_eq!(seconds(text), Some(expect), "{text}");
        }
        for text in ["", "d", "7", "7 d", "-1d", "7x", "1d2h", "é", "99999999999999999999d"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
