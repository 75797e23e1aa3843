//! Includes of this project's own files, and what components know of themselves.

use crate::pipeline::include::testing::{TestProject, messages, pairs, texts};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
const COMPONENT: &str = "spec: {component: [name, sha, version, reference], inputs: {job: {default: t}}}\n---\n\
    $[[ inputs.job ]]: {script: 'echo $[[ component.name ]] $[[ component.sha ]] $[[ component.version ]] \
    $[[ component.reference ]]'}\n";

/// The script of the job `t`, and the messages of a file in the project `g/p` of `git.example.com`.
fn load(text: &str, copies: &[(&'static str, &str)]) -> (Option<Vec<String>>, Vec<String>) {
    let project = TestProject {
        files: pairs(&[
            ("ci/x.yml", "include: /ci/y.yml\nt: {script: x}"),
            ("ci/y.yml", ".y: {script: y}"),
            ("templates/lint.yml", COMPONENT),
            ("templates/build/template.yml", "t: {script: built}"),
        ]),
        copies: pairs(copies),
        variables: pairs(&[
            ("CI_PROJECT_PATH", "g/p"),
            ("CI_SERVER_FQDN", "git.example.com"),
            ("CI_COMMIT_SHA", SHA),
            ("CI_COMMIT_REF_NAME", "main"),
        ]),
        ..TestProject::default()
    };
    let (pipeline, found, map) = project.load(text);
    let script = pipeline.and_then(|pipeline| pipeline.jobs.get("t").map(|job| texts(&job.script)));
    (script, messages(&found, &map))
}

#[track_caller]
fn check(text: &str, expect: &str, told: &[&str]) {
    let (script, found) = load(text, &[]);
    assert_eq!(found, told, "{text}");
    assert_eq!(script, Some(vec![expect.to_owned()]), "{text}");
}

#[test]
fn files_of_this_project_are_read_from_the_tree() {
    check("include: {project: g/p, file: /ci/x.yml}", "x", &[]);
    check("include: {project: g/p, file: [ci/y.yml, ci/x.yml], ref: main}", "x", &[]);
    check("include: {project: $CI_PROJECT_PATH, file: ci/x.yml, ref: $CI_COMMIT_SHA}", "x", &[]);
    let (script, found) = load("include: {project: g/other, file: ci/x.yml}\nt: {script: main}", &[]);
    assert_eq!(script, Some(vec!["main".to_owned()]));
    assert_eq!(found, [".gitlab-ci.yml: `project: g/other (ci/x.yml)` needs a network and is not included"]);
}

#[test]
fn another_version_of_this_project_is_a_copy_or_else_told() {
    let text = "include: {project: g/p, file: ci/x.yml, ref: v1}";
    let told = ".gitlab-ci.yml: `project: g/p@v1 (ci/x.yml)` is read from the working tree, not from `v1`";
    check(text, "x", &[told]);
    let copy = ("g/p@v1/ci/x.yml", "t: {script: old}");
    assert_eq!(load(text, &[copy]), (Some(vec!["old".to_owned()]), Vec::new()));
}

#[test]
fn components_of_this_project_are_read_from_the_tree_and_know_themselves() {
    let address = "$CI_SERVER_FQDN/$CI_PROJECT_PATH";
    check(
        &format!("include: {{component: {address}/lint@{SHA}}}"),
        &format!("echo lint {SHA}  {SHA}"),
        &[&format!("templates/lint.yml: only a server knows `component.version` of `@{SHA}`")],
    );
    check(&format!("include: {{component: {address}/build@$CI_COMMIT_SHA}}"), "built", &[]);
    let told = ".gitlab-ci.yml: `component: git.example.com/g/p/lint@1.2.3` is read from the working tree, not from `1.2.3`";
    check(
        &format!("include: {{component: {address}/lint@1.2.3}}"),
        &format!("echo lint {SHA} 1.2.3 1.2.3"),
        &[told],
    );
}

#[test]
fn a_file_that_this_project_lacks_is_an_error() {
    let (_, found) = load("include: {project: g/p, file: ci/none.yml}", &[]);
    assert_eq!(found, [".gitlab-ci.yml: Project `g/p` file `ci/none.yml` does not exist!"]);
    let (_, found) = load("include: {component: git.example.com/g/p/none@main}", &[]);
    assert_eq!(found, [".gitlab-ci.yml: Component 'git.example.com/g/p/none@main' - content not found"]);
}

#[test]
fn a_copy_of_a_component_knows_its_address() {
    let component = "include: {component: h.org/c/d/lint@2.0.1}";
    let (script, found) = load(component, &[("h.org/c/d@2.0.1/templates/lint.yml", COMPONENT)]);
    assert_eq!(script, Some(vec!["echo lint  2.0.1 2.0.1".to_owned()]));
    assert_eq!(found, ["h.org/c/d/lint@2.0.1: only a server knows `component.sha` of `@2.0.1`"]);
}

#[test]
fn only_a_component_has_the_values_and_only_those_that_it_lists() {
    let (_, found) = load("include: templates/lint.yml", &[]);
    assert_eq!(found[0], "templates/lint.yml: unknown interpolation key: `name`");
    let unlisted = COMPONENT.replace("[name, sha, version, reference]", "[name]");
    let (_, found) =
        load("include: {component: h.org/c/d/l@1.0.0}", &[("h.org/c/d@1.0.0/templates/l.yml", &unlisted)]);
    assert!(found.contains(&"h.org/c/d/l@1.0.0: unknown interpolation key: `sha`".to_owned()), "{found:?}");
    let unknown = COMPONENT.replace("[name, sha, version, reference]", "[nmae]");
    let (_, found) =
        load("include: {component: h.org/c/d/l@1.0.0}", &[("h.org/c/d@1.0.0/templates/l.yml", &unknown)]);
    assert_eq!(found[0], "h.org/c/d/l@1.0.0: header:spec:component config contains unknown values: nmae");
}
