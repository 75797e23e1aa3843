//! GitLab Runner's feature flags: `FF_*` variables with defaults.
//!
//! Invariant: the job gets every known flag as `true` or `false`, whatever its variables say.

use super::expand::Definition;

/// The flags of GitLab Runner 19.4 that the Docker executor reads, with their defaults.
pub const FEATURE_FLAGS: &[(&str, &str)] = &[
    ("FF_CLEAN_UP_FAILED_CACHE_EXTRACT", "false"),
    ("FF_CONCRETE", "false"),
    ("FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR", "false"),
    ("FF_ENABLE_BASH_EXIT_CODE_CHECK", "false"),
    ("FF_ENABLE_JOB_CLEANUP", "false"),
    ("FF_ENABLE_JOB_INPUTS_INTERPOLATION", "true"),
    ("FF_GIT_URLS_WITHOUT_TOKENS", "false"),
    ("FF_HASH_CACHE_KEYS", "false"),
    ("FF_LOG_IMAGES_CONFIGURED_FOR_JOB", "false"),
    ("FF_MASK_ALL_DEFAULT_TOKENS", "true"),
    ("FF_NETWORK_PER_BUILD", "false"),
    ("FF_POSIXLY_CORRECT_ESCAPES", "false"),
    ("FF_SCRIPT_SECTIONS", "false"),
    ("FF_SCRIPT_TO_STEP_MIGRATION", "false"),
    ("FF_SUSPENDABLE_ENVIRONMENTS", "false"),
    ("FF_TIMESTAMPS", "true"),
    ("FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO", "true"),
    ("FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY", "true"),
    ("FF_USE_GITALY_CORRELATION_ID", "true"),
    ("FF_USE_GIT_BUNDLE_URIS", "true"),
    ("FF_USE_GIT_NATIVE_CLONE", "false"),
    ("FF_USE_GIT_PROACTIVE_AUTH", "false"),
    ("FF_USE_INIT_WITH_DOCKER_EXECUTOR", "false"),
    ("FF_USE_LEGACY_BASH_EVAL", "false"),
    ("FF_USE_NATIVE_CONTAINER_STOP", "false"),
];

/// The feature flags of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureFlags {
    /// One variable for each flag.
    pub variables: Vec<Definition>,
    /// Flags with a value that is not a boolean, and that value; their default applies.
    pub unreadable: Vec<(&'static str, String)>,
}

impl FeatureFlags {
    /// Decides every flag. `value_of` returns the value of a job's variable.
    ///
    /// # Errors
    /// The errors of `value_of`.
    pub fn resolve<E>(value_of: impl Fn(&str) -> Result<Option<String>, E>) -> Result<Self, E> {
        let mut flags = Self { variables: Vec::new(), unreadable: Vec::new() };
        for &(name, default) in FEATURE_FLAGS {
            let written = value_of(name)?.filter(|value| !value.is_empty());
            let value = match written.as_deref().map(parse_bool) {
                Some(Some(true)) => "true",
                Some(Some(false)) => "false",
                None => default,
                Some(None) => {
                    flags.unreadable.extend(written.map(|value| (name, value)));
                    default
                }
            };
            flags.variables.push(Definition::new(name, value));
        }
        Ok(flags)
    }

    /// Whether the flag `name` is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.variables.iter().any(|flag| flag.key == name && flag.value == "true")
    }
}

/// Whether `name` is a known flag.
pub fn is_flag(name: &str) -> bool {
    FEATURE_FLAGS.iter().any(|(flag, _)| *flag == name)
}

/// Parses a boolean as Go's `strconv.ParseBool` does.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[track_caller]
    fn check(written: Option<&str>, network: bool, unreadable: usize) {
        let value_of = |name: &str| {
            Ok::<_, Infallible>(written.filter(|_| name == "FF_NETWORK_PER_BUILD").map(str::to_owned))
        };
        let flags = FeatureFlags::resolve(value_of).unwrap();
        assert_eq!(flags.is_on("FF_NETWORK_PER_BUILD"), network, "{written:?}");
        assert_eq!(flags.unreadable.len(), unreadable, "{written:?}");
        assert_eq!(flags.variables.len(), FEATURE_FLAGS.len());
        assert!(flags.is_on("FF_TIMESTAMPS"));
    }

    #[test]
    fn a_flag_takes_what_go_takes_for_a_boolean() {
        for yes in ["1", "t", "T", "true", "TRUE", "True"] {
            check(Some(yes), true, 0);
        }
        for no in ["0", "f", "F", "false", "FALSE", "False", ""] {
            check(Some(no), false, 0);
        }
        check(None, false, 0);
    }

    #[test]
    fn other_text_leaves_the_default() {
        for text in ["yes", "tRUE", " true", "2"] {
            check(Some(text), false, 1);
        }
    }
}
