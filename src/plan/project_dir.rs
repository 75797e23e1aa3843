//! Plans the project directory: its path, what happens to its old content, and the sources.

use super::facts::Facts;
use super::git_clean::GitClean;
use super::job_plan::{Checkout, DetachedHead, ProjectDirContent, SourceFiles, Sources, Umask, VolumePlan};
use super::job_settings::{GitStrategy, JobSettings};
use super::problem;
use super::volumes::{clean, contains, covering, is_configured_at, is_configured_at_or_below};
use crate::runner_config::Runner;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::Span;
use crate::vars::project::Project;

/// `<parent>/<group>/<project>`.
pub(super) fn path(parent: &str, project: &Project, strategy: GitStrategy) -> String {
    let suffix = if strategy == GitStrategy::Empty { "-empty" } else { "" };
    format!("{parent}/{}{suffix}", project.path)
}

/// The directory that `GIT_CLONE_PATH` names, in the builds directory. The errors have GitLab Runner's words.
pub(super) fn custom(
    path: &str,
    builds_dir: &str,
    runner: &Runner,
    span: Option<Span>,
) -> Result<String, Diagnostic> {
    if runner.custom_build_dir.0.get("enabled") == Some(&false) {
        let message = "setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature";
        let help = "`[runners.custom_build_dir]` in the runner's configuration has `enabled = false`";
        return Err(problem::error(span, message).help(help));
    }
    let clean = clean(path);
    if !path.starts_with('/') || !contains(builds_dir, &clean) {
        let message = format!("the GIT_CLONE_PATH=\"{path}\" has to be within \"{builds_dir}\"");
        return Err(problem::error(span, message).help("begin it with `$CI_BUILDS_DIR/`"));
    }
    Ok(clean)
}

/// What happens to the directory's old content. A directory of the host that is mounted at or below it keeps all of the
/// content.
pub(super) fn content(settings: &JobSettings, volumes: &[VolumePlan], path: &str) -> ProjectDirContent {
    let is_new = covering(volumes, path).is_some_and(VolumePlan::is_temporary);
    if is_new || is_configured_at_or_below(volumes, path) {
        return ProjectDirContent::Left;
    }
    match (settings.strategy, &settings.clean) {
        (GitStrategy::Clone | GitStrategy::Empty, _) => ProjectDirContent::Removed { but: Vec::new() },
        (GitStrategy::Fetch, GitClean::AllBut(kept)) => ProjectDirContent::Removed { but: kept.clone() },
        (GitStrategy::Fetch, GitClean::Nothing) | (GitStrategy::None, _) => ProjectDirContent::Left,
    }
}

/// The sources to copy. Nothing is copied into a project directory that is a volume of the configuration.
pub(super) fn sources(
    settings: &JobSettings,
    facts: &Facts,
    volumes: &[VolumePlan],
    path: &str,
    problems: &mut Vec<Diagnostic>,
) -> Sources {
    if is_configured_at(volumes, path) {
        let message =
            format!("`{path}` is a volume of the configuration; the sources are not copied into it");
        problems.push(problem::warning(None, message));
        return Sources::None;
    }
    match settings.strategy {
        GitStrategy::Fetch | GitStrategy::Clone => Sources::WorkingTree {
            root: facts.sources_root().to_owned(),
            checkout: Checkout {
                head: head(facts),
                submodules: settings.submodules,
                files: if facts.committed.is_some() {
                    SourceFiles::Committed
                } else {
                    SourceFiles::WithChanges
                },
                umask: match settings.flags.is_on("FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR") {
                    true => Umask::Usual,
                    false => Umask::Zero,
                },
                origin: origin(facts),
                repository: match &facts.committed {
                    Some(committed) => Some(committed.repository.clone()),
                    None => facts.git.as_ref().and_then(|git| git.linked.clone()),
                },
            },
        },
        GitStrategy::None | GitStrategy::Empty => Sources::None,
    }
}

/// The address of `origin` for a repository without one, or with one that is no address: `$CI_PROJECT_URL.git`.
fn origin(facts: &Facts) -> Option<String> {
    let git = facts.git.as_ref()?;
    git.origin.is_none().then(|| format!("{}.git", facts.project().url()))
}

fn head(facts: &Facts) -> Option<DetachedHead> {
    let git = facts.git.as_ref()?;
    let commit = git.commit.as_ref()?.sha.clone();
    Some(DetachedHead { commit, branch: git.branch.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::Case;
    use crate::runner_config::{TomlDocument, load_runner};

    /// Checks which content is removed, and whether sources are copied.
    #[track_caller]
    fn check(volumes: &str, variables: &[(&str, &str)], expect: Option<&[&str]>, has_sources: bool) {
        let text = format!("[[runners]]\n[runners.docker]\nvolumes = [{volumes}]");
        let mut case = Case::new().variables(variables);
        case.facts.runner = load_runner(&TomlDocument::parse(&text).unwrap(), None, &[]).unwrap().config;
        let plan = case.plan().0.unwrap();
        let expect = expect.map_or(ProjectDirContent::Left, |names| ProjectDirContent::Removed {
            but: names.iter().map(|&name| name.to_owned()).collect(),
        });
        assert_eq!(plan.project_dir_content, expect, "{volumes} {variables:?}");
        assert_eq!(plan.sources != Sources::None, has_sources, "{volumes} {variables:?}");
    }

    #[test]
    fn the_strategy_decides_which_content_stays_and_whether_sources_are_copied() {
        check("", &[], None, true);
        check("", &[("GIT_STRATEGY", "none")], None, false);
        check("", &[("GIT_STRATEGY", "fetch")], Some(&[]), true);
        let excluding = [("GIT_STRATEGY", "fetch"), ("GIT_CLEAN_FLAGS", "-ffdx -e cache/")];
        check("", &excluding, Some(&["cache"]), true);
        check("", &[("GIT_STRATEGY", "fetch"), ("GIT_CLEAN_FLAGS", "none")], None, true);
        check("'/builds'", &[], Some(&[]), true);
        check("'/builds'", &[("GIT_STRATEGY", "none")], None, false);
        check("'/builds'", &[("GIT_STRATEGY", "empty")], Some(&[]), false);
    }

    #[test]
    fn git_clone_path_names_a_directory_in_the_builds_directory() {
        let plan = |config: &str, path: &str| {
            let mut case = Case::new().variables(&[("GIT_CLONE_PATH", path)]);
            let text = format!("[[runners]]\n{config}");
            case.facts.runner = load_runner(&TomlDocument::parse(&text).unwrap(), None, &[]).unwrap().config;
            let (plan, problems) = case.plan();
            let of_job = |key: &str| plan.as_ref().unwrap().variable(key).unwrap().to_owned();
            match problems.first() {
                Some(problem) => problem.message.clone(),
                None => format!("{} {}", plan.as_ref().unwrap().project_dir, of_job("CI_PROJECT_DIR")),
            }
        };
        let both = |path: &str| format!("{path} {path}");
        assert_eq!(plan("", "$CI_BUILDS_DIR/$CI_PROJECT_NAME/../a//b/"), both("/builds/a/b"));
        assert_eq!(plan("builds_dir = '/srv'", "${CI_BUILDS_DIR}/$CI_CONCURRENT_ID"), both("/srv/0"));
        assert_eq!(plan("environment = ['GIT_CLONE_PATH=/builds/c']", ""), both("/builds/local/shop"));
        assert_eq!(plan("", "/builds"), both("/builds"));
        let outside = |path: &str| format!("the GIT_CLONE_PATH=\"{path}\" has to be within \"/builds\"");
        for path in ["/build", "/builds2/x", "/builds/../x", "x", "/"] {
            assert_eq!(plan("", path), outside(path));
        }
        assert_eq!(plan("", "$CI_PROJECT_DIR/x"), outside("/x"));
        let refused = "setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature";
        assert_eq!(plan("[runners.custom_build_dir]\nenabled = false", "/builds/x"), refused);
        assert_eq!(plan("[runners.custom_build_dir]\nenabled = true", "/builds/x"), both("/builds/x"));
    }

    #[test]
    fn mounted_directories_of_the_host_are_never_cleared() {
        check("'/srv:/builds/local/shop'", &[], None, false);
        check("'/builds', '/srv:/builds/local/shop/.m2'", &[], None, true);
        check("'/srv:/builds'", &[], Some(&[]), true);
    }
}
