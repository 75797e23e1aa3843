//! Files outside of the project are not opened because the project names them.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::sandbox::{ProgramOutput, Sandbox};

/// A file of the user's beside the project, which is a pipeline file as well.
const SECRET: &str = "variables: {TOKEN: gho_abcdef}\njob: {script: from-outside}\n";

/// A project with these files beside the user's `secret.yml`.
struct Case(Sandbox);

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::with(Sandbox::new(files))
    }

    fn with(sandbox: Sandbox) -> Self {
        let case = Self(sandbox);
        case.0.write("../secret.yml", SECRET);
        case.0.write("../elsewhere/secret.yml", SECRET);
        case
    }

    fn link(&self, target: impl AsRef<Path>, link: &str) {
        symlink(target, self.0.path(link)).unwrap();
    }

    /// Runs the commands that read the pipeline file; each of them refuses it in these words.
    #[track_caller]
    fn refused(&self, more: &[&str], expect: &str) {
        for command in [&["lint"][..], &["list"], &["show", "job"], &["exec", "job"]] {
            let arguments: Vec<&str> = command.iter().chain(more).copied().collect();
            let said = self.0.run(&arguments);
            let text = format!("{}{}", said.stdout, said.stderr);
            assert_eq!(said.code, 3, "{arguments:?}: {text}");
            assert!(text.contains(expect), "{arguments:?} without {expect:?}: {text}");
            assert!(!text.contains("gho_") && !text.contains("from-outside"), "{arguments:?}: {text}");
        }
    }

    fn show(&self, more: &[&str]) -> ProgramOutput {
        self.0.run(&[&["show", "job"], more].concat())
    }
}

const INCLUDE: &str = "include: ci/a.yml\njob: {script: x}\n";

#[test]
fn an_include_over_a_link_out_of_the_project_is_refused_at_its_place() {
    let case = Case::new(&[(".gitlab-ci.yml", INCLUDE), ("ci/other.yml", "")]);
    case.link("../../secret.yml", "ci/a.yml");
    let reason = "Local file `ci/a.yml` cannot be included: `ci/a.yml` is a symbolic link to `../../secret.yml`, \
                  which leads out of the project";
    case.refused(&[], reason);
    case.refused(&[], ".gitlab-ci.yml:1:10");
    let case = Case::new(&[(".gitlab-ci.yml", INCLUDE), ("ci/a.yml", "include: /deep/secret.yml\n")]);
    case.link("../elsewhere", "deep");
    case.refused(&[], "`deep` is a symbolic link to `../elsewhere`, which leads out of the project");
    case.refused(&[], "ci/a.yml:1:10");
    let case = Case::new(&[(".gitlab-ci.yml", "include: 'ci/*.yml'\njob: {script: x}\n"), ("ci/x.md", "")]);
    case.link(case.0.path("../secret.yml"), "ci/z.yml");
    case.refused(&[], "Local file `ci/z.yml` cannot be included: `ci/z.yml` is a symbolic link to `/");
}

#[test]
fn an_include_over_links_within_the_project_is_read() {
    let case = Case::new(&[(".gitlab-ci.yml", INCLUDE), ("real/b.yml", "job: {script: x, image: within}\n")]);
    case.link("real", "ci");
    case.link("../real/b.yml", "real/a.yml");
    assert!(case.show(&[]).answer().contains("within"));
}

#[test]
fn a_pipeline_file_is_followed_out_of_the_project_only_if_the_user_names_it() {
    let case = Case::new(&[]);
    case.link("../secret.yml", ".gitlab-ci.yml");
    case.refused(
        &[],
        "`.gitlab-ci.yml` is a symbolic link to `../secret.yml`, which leads out of the project",
    );
    assert!(case.show(&["--file", ".gitlab-ci.yml"]).answer().contains("from-outside"));
    let case = Case::with(Sandbox::repository(&[("ci/real.yml", "job: {script: in-the-project}\n")]));
    case.link("ci/real.yml", ".gitlab-ci.yml");
    assert!(case.show(&[]).answer().contains("in-the-project"));
}

#[test]
fn variables_of_the_project_are_not_read_from_outside() {
    let case = Case::new(&[(".gitlab-ci.yml", "job: {script: x, image: a}\n"), ("real.env", "A=within\n")]);
    case.0.write("../outside.env", "A=gho_abcdef\n");
    case.link("../outside.env", ".runner-lite.env");
    case.refused(
        &[],
        ".runner-lite.env` is a symbolic link to `../outside.env`, which leads out of the project",
    );
    std::fs::remove_file(case.0.path(".runner-lite.env")).unwrap();
    case.link("real.env", ".runner-lite.env");
    let shown = case.show(&["--container"]);
    assert!(shown.answer().contains("A=within"), "{shown:?}");
}

#[test]
fn a_pipe_in_place_of_a_file_does_not_block() {
    let case = Case::new(&[(".gitlab-ci.yml", INCLUDE), ("ci/x", "")]);
    for name in ["ci/a.yml", ".runner-lite.env", ".gitlab-ci.yml"] {
        let path = case.0.path(name);
        let _ = std::fs::remove_file(&path);
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        case.refused(&[], "not a regular file");
        for arguments in
            [["lint", name].as_slice(), &["list", "--file", name], &["exec", "job", "--file", name]]
        {
            let said = case.0.run(arguments);
            let text = format!("{}{}", said.stdout, said.stderr);
            assert!(said.code == 3 && text.contains("not a regular file"), "{arguments:?}: {text}");
        }
    }
}

#[test]
fn vendored_copies_lie_anywhere_and_their_links_stay_among_them() {
    let include = "include: {project: g/p, file: a.yml}\njob: {script: x}\n";
    let case = Case::new(&[(".gitlab-ci.yml", include)]);
    case.0.write("../copies/real.yml", "job: {script: x, image: within}\n");
    std::fs::create_dir_all(case.0.path("../copies/g/p")).unwrap();
    case.link("../../real.yml", "../copies/g/p/a.yml");
    assert!(case.show(&["--include-dir", "../copies"]).answer().contains("within"));
    case.link("../../elsewhere", "../copies/g/q");
    case.0.write(".gitlab-ci.yml", &include.replace("g/p, file: a", "g/q, file: secret"));
    let reason = "`g/q` is a symbolic link to `../../elsewhere`, which leads out of `../copies`";
    case.refused(&["--include-dir", "../copies"], reason);
}

#[test]
fn exists_looks_through_no_link() {
    let yaml = "job: {script: x, rules: [{exists: [dir/secret.yml]}, {when: manual}]}\n";
    let case = Case::with(Sandbox::repository(&[(".gitlab-ci.yml", yaml), ("dir/secret.yml", "")]));
    let seen = || case.show(&[]).stderr.contains("(rule 1: exists dir/secret.yml)");
    assert!(seen());
    std::fs::remove_dir_all(case.0.path("dir")).unwrap();
    case.link("../elsewhere", "dir");
    assert!(!seen());
}

#[test]
fn a_repository_cannot_move_its_working_tree_elsewhere() {
    let case = Case::with(Sandbox::repository(&[(".gitlab-ci.yml", "job: {script: x, image: a}\n")]));
    case.0.write("../elsewhere/.runner-lite.env", "A=gho_abcdef\n");
    let elsewhere: std::path::PathBuf = case.0.path("../elsewhere").canonicalize().unwrap();
    case.0.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
    let shown = case.show(&["--container"]);
    assert!(shown.answer().contains("CI_PROJECT_NAME=shop"), "{shown:?}");
    assert!(!shown.stdout.contains("gho_"), "{shown:?}");
}

#[test]
fn a_crafted_git_file_does_not_make_an_outer_repository_the_project() {
    let case = Case::with(Sandbox::repository(&[(".gitlab-ci.yml", "job: {script: x, image: a}\n")]));
    case.0.git(&["init", "-q", ".."]);
    case.0.write("../.runner-lite.env", "A=gho_abcdef\n");
    std::fs::rename(case.0.path(".git"), case.0.path("g.git")).unwrap();
    case.0.write(".git", "gitdir: g.git\0x\n");
    let shown = case.show(&["--container"]);
    assert!(shown.answer().contains("CI_PROJECT_NAME=shop"), "{shown:?}");
    assert!(!shown.stdout.contains("gho_"), "{shown:?}");
    std::fs::remove_file(case.0.path(".git")).unwrap();
    case.link("gone", ".git");
    let shown = case.show(&["--container"]);
    assert!(shown.answer().contains("CI_PROJECT_NAME=shop"), "{shown:?}");
    assert!(
        shown.stderr.contains("shop/.git` and would use `") && !shown.stdout.contains("gho_"),
        "{shown:?}"
    );
}

#[test]
fn masked_variables_that_are_copied_without_git_are_warned_about() {
    let env = "# masked\nTOKEN=0123456789\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "job: {script: x}\n"), (".runner-lite.env", env)]);
    let said = sandbox.run(&["show", "job"]);
    assert!(said.stderr.contains(".runner-lite.env has masked variables, and it is copied"), "{said:?}");
    sandbox.write(".runner-lite.env", "TOKEN=0123456789\n");
    assert_eq!(sandbox.run(&["show", "job"]).stderr, "");
}
