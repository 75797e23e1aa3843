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

/// Parses `--variable KEY=VALUE`.
pub(super) fn parse_variable(text: String) -> Result<EnvironmentVariable, UsageError> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => {
            Ok(EnvironmentVariable { key: key.to_owned(), value: value.to_owned() })
        }
        _ => Err(UsageError::Variable(text)),
    }
}

/// Parses `--input NAME=VALUE`.
pub(super) fn parse_input(text: String) -> Result<InputArgument, UsageError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => {
            Ok(InputArgument { name: name.to_owned(), value: value.into(), span: None })
        }
        _ => Err(UsageError::Input(text)),
    }
}

/// Parses `--variable-file KEY=PATH` and reads the file. The key must be usable as a file name, because the job finds
/// the content in a file of that name.
pub(super) fn load_variable_file(text: String) -> Result<VariableFile, UsageError> {
    match text.split_once('=') {
        Some((key, path)) if !key.is_empty() && !key.contains('/') && !key.starts_with('.') => {
            let content = read_text_file(Path::new(path));
            let unreadable = |error| UsageError::Unreadable { path: path.to_owned(), error };
            Ok(VariableFile { key: key.to_owned(), content: Secret::new(content.map_err(unreadable)?) })
        }
        _ => Err(UsageError::VariableFile(text)),
    }
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
