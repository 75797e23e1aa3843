//! Finds the commit of a version as GitLab does (`Gitlab::Ci::Components::InstancePath`).
//!
//! GitLab looks for `~latest`, `1` and `1.2` among the versions that its catalogue has of the project, which are releases.
//! A repository has no releases, so its tags count: they may begin with `v`, and those of prereleases do not count.

use crate::git::remote_refs::{RemoteRefs, is_hash};
use crate::pipeline::include::{ForeignProject, ForeignVersion};

/// The newest release of a component.
pub const LATEST: &str = "~latest";

/// The shortest beginning of a hash that git accepts is 4; GitLab's own are 8 long, and a shorter one is rather a name.
const SHORT_HASH_MIN: usize = 7;

/// What a version names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedCommit {
    /// HEAD of the default branch.
    DefaultBranch,
    /// The commit with this hash.
    Hash(String),
    /// The highest release whose number begins so; if there is none, the tag or branch of this name.
    Release { begins: Vec<u64>, name: String },
    /// The tag, branch or commit of this name.
    Name(String),
}

/// A commit, and the ref that has led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCommit {
    /// The full name of a branch or tag, or `HEAD`.
    pub name: String,
    pub commit: String,
}

impl WantedCommit {
    /// What the version of a project names. Only components have releases.
    pub fn of(project: &ForeignProject) -> Self {
        let ForeignVersion::Ref(name) = &project.version else { return Self::DefaultBranch };
        let is_component = project.host.is_some();
        match name.as_str() {
            "HEAD" => Self::DefaultBranch,
            hash if is_hash(hash) => Self::Hash(name.clone()),
            LATEST if is_component => Self::Release { begins: Vec::new(), name: name.clone() },
            _ => match short_version(name).filter(|_| is_component) {
                Some(begins) => Self::Release { begins, name: name.clone() },
                None => Self::Name(name.clone()),
            },
        }
    }

    /// The patterns of the refs that decide. They are full names.
    pub fn patterns(&self) -> Vec<String> {
        let of_name = |name: &String| {
            vec![format!("refs/tags/{name}"), format!("refs/tags/{name}^{{}}"), format!("refs/heads/{name}")]
        };
        match self {
            Self::DefaultBranch => vec!["HEAD".to_owned()],
            Self::Hash(_) => Vec::new(),
            Self::Name(name) if name.starts_with("refs/") => vec![name.clone(), format!("{name}^{{}}")],
            Self::Name(name) => of_name(name),
            Self::Release { name, .. } => {
                let all = ["refs/tags/*".to_owned()];
                all.into_iter().chain([format!("refs/heads/{name}")]).collect()
            }
        }
    }

    /// Finds the commit among the refs. As for git, a tag outranks a branch of the same name.
    pub fn find(&self, refs: &RemoteRefs) -> Option<FoundCommit> {
        let found = |name: String| {
            let commit = refs.commit(&name)?.to_owned();
            Some(FoundCommit { name, commit })
        };
        let named = |name: &String| {
            let names = [name.clone(), format!("refs/tags/{name}"), format!("refs/heads/{name}")];
            names.into_iter().filter(|name| name.starts_with("refs/")).find_map(found)
        };
        match self {
            Self::DefaultBranch => found("HEAD".to_owned()),
            Self::Hash(hash) => Some(FoundCommit { name: hash.clone(), commit: hash.clone() }),
            Self::Name(name) => named(name),
            Self::Release { begins, name } => {
                let tags = refs.tags().filter_map(|tag| Some((release(tag)?, tag)));
                let fitting = tags.filter(|(release, _)| release.starts_with(begins));
                let highest = fitting.max_by(|(a, _), (b, _)| a.cmp(b));
                highest.and_then(|(_, tag)| found(format!("refs/tags/{tag}"))).or_else(|| named(name))
            }
        }
    }

    /// The beginning of a hash that the version may be, if no branch or tag has this name.
    pub fn short_hash(&self) -> Option<&str> {
        let Self::Name(name) = self else { return None };
        let is_hexadecimal = name.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_hexadecimal && (SHORT_HASH_MIN..40).contains(&name.len())).then_some(name)
    }
}

/// The numbers of `1` or `1.2`.
fn short_version(text: &str) -> Option<Vec<u64>> {
    let numbers: Vec<u64> = text.split('.').map(number).collect::<Option<_>>()?;
    (numbers.len() <= 2).then_some(numbers)
}

/// The numbers of `1.2.3` and `v1.2.3`, which may be followed by the number of a build.
fn release(tag: &str) -> Option<Vec<u64>> {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let numbers: Vec<u64> = version.split('.').map(number).collect::<Option<_>>()?;
    (numbers.len() == 3).then_some(numbers)
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(host: Option<&str>, reference: &str) -> ForeignProject {
        ForeignProject {
            host: host.map(str::to_owned),
            path: "g/p".to_owned(),
            version: ForeignVersion::Ref(reference.to_owned()),
        }
    }

    /// The ref that a version names, of these, whose commits are numbered.
    fn find(project: &ForeignProject, names: &[&str]) -> String {
        let line = |(index, name): (usize, &&str)| format!("{index:040x}\t{name}\n");
        let refs = RemoteRefs::parse(&names.iter().enumerate().map(line).collect::<String>());
        WantedCommit::of(project).find(&refs).map(|found| found.name).unwrap_or_default()
    }

    #[test]
    fn a_short_version_of_a_component_is_the_highest_release_that_begins_so() {
        let tags = ["1.2.9", "1.2.10", "1.10.0", "2.0.0-rc1", "v1.3.0", "10.0.0", "x", "1", "2.1"];
        let tags: Vec<String> = tags.iter().map(|tag| format!("refs/tags/{tag}")).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        for (version, expect) in [
            ("1.2", "refs/tags/1.2.10"),
            ("1", "refs/tags/1.10.0"),
            ("1.3", "refs/tags/v1.3.0"),
            ("~latest", "refs/tags/10.0.0"),
            ("2.1", "refs/tags/2.1"),
            ("2", ""),
            ("1.2.9", "refs/tags/1.2.9"),
            ("x", "refs/tags/x"),
        ] {
            assert_eq!(find(&project(Some("h"), version), &tags), expect, "{version}");
        }
        assert_eq!(find(&project(None, "1.2"), &tags), "", "a file of a project has no releases");
        assert_eq!(find(&project(None, "1"), &tags), "refs/tags/1");
    }

    #[test]
    fn a_tag_outranks_a_branch_and_a_hash_outranks_both() {
        let hash = "a".repeat(40);
        let names = ["HEAD", "refs/heads/x", "refs/tags/x", "refs/heads/y", &format!("refs/heads/{hash}")];
        assert_eq!(find(&project(None, "x"), &names), "refs/tags/x");
        assert_eq!(find(&project(None, "y"), &names), "refs/heads/y");
        assert_eq!(find(&project(None, "refs/heads/x"), &names), "refs/heads/x");
        assert_eq!(find(&project(None, &hash), &names), hash);
        assert_eq!(find(&project(None, "HEAD"), &names), "HEAD");
        assert_eq!(find(&project(None, "z"), &names), "");
    }

    #[test]
    fn a_name_may_be_the_beginning_of_a_hash() {
        let short = |name: &str| WantedCommit::of(&project(None, name)).short_hash().map(str::to_owned);
        assert_eq!(short("deadbee").as_deref(), Some("deadbee"));
        assert_eq!((short("deadbe"), short("deadbex"), short("main")), (None, None, None));
    }
}
