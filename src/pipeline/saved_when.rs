//! `when` of `artifacts` and `cache`.

/// After which results of the job files are saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SavedWhen {
    /// After success.
    #[default]
    OnSuccess,
    /// After a failure.
    OnFailure,
    /// After either.
    Always,
}

impl SavedWhen {
    /// The value that the word means.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::OnSuccess, Self::OnFailure, Self::Always].into_iter().find(|when| when.as_str() == word)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSuccess => "on_success",
            Self::OnFailure => "on_failure",
            Self::Always => "always",
        }
    }

    /// Whether a job with that result saves the files.
    pub fn includes(self, has_succeeded: bool) -> bool {
        match self {
            Self::OnSuccess => has_succeeded,
            Self::OnFailure => !has_succeeded,
            Self::Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_decides_whether_files_are_saved() {
        let saved = [SavedWhen::OnSuccess, SavedWhen::OnFailure, SavedWhen::Always]
            .map(|when| [true, false].map(|has_succeeded| when.includes(has_succeeded)));
        assert_eq!(saved, [[true, false], [false, true], [true, true]]);
    }
}
