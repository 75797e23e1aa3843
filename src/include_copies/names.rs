//! Which projects, refs and paths of an include are fetched: only those whose names are safe for git, for a URL and as a
//! path below the folder of copies.

use thiserror::Error;

use crate::pipeline::include::{ForeignProject, ForeignVersion};

/// The longest name; the longest path of Linux.
const NAME_BYTES_MAX: usize = 4096;

/// A name that is not fetched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefusedName {
    #[error("`{0}` is not the path of a GitLab project; write GROUP/PROJECT")]
    Project(String),
    #[error("`{0}` is not a host; the address of a component is HOST/GROUP/PROJECT/NAME@VERSION")]
    Host(String),
    #[error("`{0}` is not the name of a branch, tag or commit; write one of these, such as `main` or `v1.0`")]
    Ref(String),
    #[error(
        "`{0}` is not the path of a pipeline file in its project; write one that ends with .yml or .yaml"
    )]
    File(String),
}

/// Checks where a project is, and its version.
///
/// # Errors
/// A name cannot be one of GitLab's, or would be unsafe.
pub fn check_project(project: &ForeignProject) -> Result<(), RefusedName> {
    if let Some(host) = project.host.as_ref().filter(|host| !is_host(host)) {
        return Err(RefusedName::Host(host.clone()));
    }
    if !is_project_path(&project.path) {
        return Err(RefusedName::Project(project.path.clone()));
    }
    match &project.version {
        ForeignVersion::Ref(name) if !is_ref(name) => Err(RefusedName::Ref(name.clone())),
        _ => Ok(()),
    }
}

/// Checks the path of a file in its project.
///
/// # Errors
/// The path leads out of the project, or names something else than a YAML file.
pub fn check_file(path: &str) -> Result<(), RefusedName> {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git");
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let is_yaml = matches!(extension.as_deref(), Some("yml" | "yaml"));
    let is_text = path.len() <= NAME_BYTES_MAX && !path.chars().any(char::is_control);
    match is_yaml && is_text && path.split('/').all(is_part) {
        true => Ok(()),
        false => Err(RefusedName::File(path.to_owned())),
    }
}

/// A host name or an address, with a port.
fn is_host(host: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let begins_well = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    begins_well && host.len() <= NAME_BYTES_MAX && host.chars().all(fits) && !host.contains("..")
}

/// GitLab's paths of projects: at least a namespace and a name.
fn is_project_path(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && part.chars().all(fits)
    };
    path.len() <= NAME_BYTES_MAX && path.contains('/') && path.split('/').all(is_part)
}

/// A name that git accepts for a branch or tag (`git check-ref-format`), or `~latest`.
fn is_ref(name: &str) -> bool {
    if name == super::version::LATEST {
        return true;
    }
    let fits = |c: char| !c.is_control() && !c.is_whitespace() && !"~^:?*[\\\"'`$".contains(c);
    let is_part = |part: &str| !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(".lock");
    name.len() <= NAME_BYTES_MAX
        && name.chars().all(fits)
        && name.split('/').all(is_part)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name != "@"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(host: Option<&str>, path: &str, reference: Option<&str>) -> Result<(), RefusedName> {
        let reference = reference.map(str::to_owned);
        check_project(&ForeignProject {
            host: host.map(str::to_owned),
            path: path.to_owned(),
            version: reference.map_or(ForeignVersion::DefaultBranch, ForeignVersion::Ref),
        })
    }

    #[test]
    fn names_of_gitlab_are_accepted() {
        for path in ["g/p", "g/sub/p.x", "G/_p-1"] {
            assert_eq!(project(None, path, None), Ok(()), "{path}");
        }
        for reference in ["main", "feature/x", "v1.0", "~latest", "1", "dependabot/npm/a-1", "é", "a@b"] {
            assert_eq!(project(Some("gitlab.com"), "g/p", Some(reference)), Ok(()), "{reference}");
        }
        assert_eq!(project(Some("127.0.0.1:8080"), "g/p", None), Ok(()));
        for file in [".gitlab-ci.yml", "a/b c.YAML", "a/.hidden/x.yml", "é.yml"] {
            assert_eq!(check_file(file), Ok(()), "{file}");
        }
    }

    #[test]
    fn names_that_leave_the_folder_or_command_git_are_refused() {
        let bad_paths = [
            "",
            "p",
            "/",
            "g/",
            "../p",
            "g/..",
            "g/./p",
            "-g/p",
            "g/-p",
            ".git/x",
            "g/.git",
            "g/p q",
            "g/p\n",
            "g//p",
            "ext::sh/x",
        ];
        for path in bad_paths {
            assert_eq!(project(None, path, None), Err(RefusedName::Project(path.to_owned())), "{path}");
        }
        let bad_refs = [
            "",
            "-x",
            "a/-x",
            "--upload-pack=x",
            "a..b",
            "../x",
            "a/../b",
            "a/.git",
            "a b",
            "a\nb",
            "a:b",
            "a^",
            "a~1",
            "*",
            "a\\b",
            "a/",
            "/a",
            "@{-1}",
            "x.lock",
            "a//b",
            "\0",
        ];
        for reference in bad_refs {
            let expect = Err(RefusedName::Ref(reference.to_owned()));
            assert_eq!(project(None, "g/p", Some(reference)), expect, "{reference}");
        }
        for host in ["", "-oProxyCommand=x", "-h", "..", "a/b", "h h", "u@h", "."] {
            let expect = Err(RefusedName::Host(host.to_owned()));
            assert_eq!(project(Some(host), "g/p", None), expect, "{host}");
        }
        let bad_files = [
            "",
            "a",
            "../a.yml",
            "a/../b.yml",
            "/a.yml",
            "./a.yml",
            ".git/hooks/a.yml",
            "a/.GIT/b.yml",
            "a\0.yml",
            "a\n.yml",
            "hooks/post-checkout",
        ];
        for file in bad_files {
            assert_eq!(check_file(file), Err(RefusedName::File(file.to_owned())), "{file}");
        }
    }
}
