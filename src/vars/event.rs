//! The event that creates a pipeline, as `--as` names it.

use crate::git::facts::{Commit, GitFacts, Tag};

/// What creates the pipeline in GitLab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipelineEvent {
    /// A push to this branch.
    Branch(String),
    /// A push of this tag.
    Tag(String),
    /// A push to the branch of a merge request. Without a target, that is the default branch.
    MergeRequest { target: Option<String> },
    /// A schedule of the project.
    Schedule,
    /// Somebody who runs a pipeline for the branch on GitLab's page.
    Web,
    /// A push of what is checked out.
    Push,
}

/// A merge request whose pipeline is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRequest {
    pub target: String,
    /// The commit from which the branch has grown; `None` if git does not know the target.
    pub diff_base: Option<String>,
}

impl PipelineEvent {
    /// Parses `branch:NAME`, `tag:NAME`, `mr`, `mr:TARGET`, `schedule`, `web` or `push`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = match text.split_once(':') {
            Some((_, "")) => return None,
            Some((kind, name)) => (kind, Some(name.to_owned())),
            None => (text, None),
        };
        match (kind, name) {
            ("branch", Some(name)) => Some(Self::Branch(name)),
            ("tag", Some(name)) => Some(Self::Tag(name)),
            ("mr", target) => Some(Self::MergeRequest { target }),
            ("schedule", None) => Some(Self::Schedule),
            ("web", None) => Some(Self::Web),
            ("push", None) => Some(Self::Push),
            _ => None,
        }
    }

    /// `CI_PIPELINE_SOURCE`.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Branch(_) | Self::Tag(_) | Self::Push => "push",
            Self::MergeRequest { .. } => "merge_request_event",
            Self::Schedule => "schedule",
            Self::Web => "web",
        }
    }

    /// What the repository is like for the event. GitLab compares only a push to a branch with the commit before it.
    pub fn seen_in(&self, git: GitFacts) -> GitFacts {
        let without_parent = || git.commit.clone().map(|commit| Commit { parent: None, ..commit });
        match self {
            Self::Push => git,
            Self::Branch(name) => GitFacts { branch: Some(name.clone()), tag: None, ..git },
            Self::Tag(name) => {
                let known = git.tag.as_ref().filter(|tag| tag.name == *name);
                let message = known.map(|tag| tag.message.clone()).unwrap_or_default();
                let tag = Some(Tag { name: name.clone(), message });
                GitFacts { branch: None, tag, commit: without_parent(), ..git }
            }
            Self::MergeRequest { .. } | Self::Schedule | Self::Web => {
                GitFacts { commit: without_parent(), ..git }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_the_option_describes_and_nothing_else_is_one() {
        let read =
            |text: &str| PipelineEvent::parse(text).map(|event| format!("{event:?}")).unwrap_or_default();
        assert_eq!(read("branch:topic/a:b"), r#"Branch("topic/a:b")"#);
        assert_eq!(read("tag:v1"), r#"Tag("v1")"#);
        assert_eq!(read("mr"), "MergeRequest { target: None }");
        assert_eq!(read("mr:develop"), r#"MergeRequest { target: Some("develop") }"#);
        assert_eq!(["schedule", "web", "push"].map(read), ["Schedule", "Web", "Push"]);
        for wrong in ["", "branch", "branch:", "tag", "mr:", "schedule:x", "api", "merge_request_event"] {
            assert_eq!(read(wrong), "", "{wrong}");
        }
    }
}
