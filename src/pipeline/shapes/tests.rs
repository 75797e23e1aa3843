use crate::pipeline::include::testing::{TestProject, messages};
use crate::source::diagnostic::Severity;

/// Asserts the errors of a job with these keywords.
#[track_caller]
fn check(keywords: &str, expect: &[&str]) {
    let (pipeline, found, map) = TestProject::default().load(&format!("t: {{script: a, {keywords}}}"));
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    let all = pipeline.broken.values().flatten();
    let errors: Vec<_> = all.filter(|found| found.severity == Severity::Error).collect();
    assert_eq!(errors.iter().map(|found| &*found.message).collect::<Vec<_>>(), expect, "{keywords}");
}

#[test]
fn the_forms_in_gitlabs_documentation_are_accepted() {
    for keywords in [
        "artifacts: {paths: [a, b/], exclude: [c], name: \"$CI_JOB_NAME\", untracked: true, when: always, expire_in: 1 week}",
        "artifacts: {expire_in: never, expose_as: x, paths: [a], public: false}, cache: {key: {files: [a]}}",
        "artifacts: {access: developer}",
        "artifacts: {reports: {junit: a.xml, dotenv: [a.env], coverage_report: {coverage_format: cobertura, path: c.xml}}}",
        "artifacts: ",
        "cache: {key: $CI_COMMIT_REF_SLUG, paths: [a], policy: pull, when: on_failure, unprotect: true}",
        "cache: {key: {files: [Gemfile.lock], prefix: p}, fallback_keys: [x], untracked: true}",
        "cache: [{paths: [a]}, {paths: [b], policy: $POLICY}]",
        "cache: []",
        "cache: {}",
        "tags: [docker]",
        "interruptible: true, resource_group: production",
        "release: {tag_name: v1, description: x, milestones: [m], assets: {links: []}}",
        "id_tokens: {A: {aud: x}}, secrets: {B: {vault: a/b}}",
        "pages: true",
        "pages: {publish: public, expire_in: 1 day}",
    ] {
        check(keywords, &[]);
    }
}

#[test]
fn other_forms_are_rejected_with_gitlabs_messages() {
    check("artifacts: [a]", &["jobs:t:artifacts config should be a hash"]);
    check("artifacts: {paths: a}", &["jobs:t:artifacts paths should be an array of strings"]);
    check("artifacts: {path: [a]}", &["jobs:t:artifacts config contains unknown keys: path"]);
    check("artifacts: {name: [a]}", &["jobs:t:artifacts name should be a string"]);
    check("artifacts: {untracked: 1}", &["jobs:t:artifacts untracked should be a boolean value"]);
    check(
        "artifacts: {when: sometimes}",
        &["jobs:t:artifacts when should be one of: on_success, on_failure, always"],
    );
    check("artifacts: {expire_in: soon}", &["jobs:t:artifacts expire in should be a duration"]);
    check(
        "artifacts: {reports: {junt: a}}",
        &["jobs:t:artifacts:reports config contains unknown keys: junt"],
    );
    check(
        "artifacts: {reports: {junit: {a: b}}}",
        &["jobs:t:artifacts:reports junit should be an array of strings or a string"],
    );
    check("cache: a", &["jobs:t:cache config should be a hash or an array of hashes"]);
    check("cache: [a]", &["jobs:t:cache config should be a hash or an array of hashes"]);
    check("cache: {paths: a}", &["jobs:t:cache:paths config should be an array of strings"]);
    check("cache: {key: [a]}", &["jobs:t:cache:key config should be a hash or a string"]);
    check(
        "cache: {policy: puls}",
        &["jobs:t:cache policy should be a variable or one of: pull-push, push, pull"],
    );
    check("cache: [{}, {}, {}, {}, {}]", &["jobs:t:caches config no more than 4 caches can be created"]);
    check("tags: docker", &["jobs:t:tags config should be an array of strings"]);
    check("interruptible: maybe", &["jobs:t:interruptible config should be a boolean value"]);
    check("resource_group: [a]", &["jobs:t resource group should be a string"]);
    check("release: v1", &["jobs:t:release config should be a hash"]);
    check(
        "release: {tag: v1, tag_name: v1, description: d}",
        &["jobs:t:release config contains unknown keys: tag"],
    );
}

#[test]
fn a_trigger_is_a_project_or_a_mapping() {
    let broken = |trigger: &str| {
        let (pipeline, ..) = TestProject::default().load(&format!("t: {{trigger: {trigger}}}"));
        let broken = pipeline.unwrap().broken;
        let errors = broken.values().flatten().filter(|found| found.severity == Severity::Error);
        errors.map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(broken("g/p"), [""; 0]);
    assert_eq!(
        broken("{project: g/p, branch: main, strategy: depend, forward: {pipeline_variables: true}}"),
        [""; 0]
    );
    assert_eq!(broken("{include: [{local: x.yml}]}"), [""; 0]);
    assert_eq!(broken("[a]"), ["jobs:t:trigger has to be either a string or a hash"]);
    assert_eq!(
        broken("{projekt: a}"),
        ["jobs:t:trigger config contains unknown keys: projekt", "jobs:t:trigger project can't be blank"]
    );
}

#[test]
fn defaults_are_checked_too() {
    let messages = |text: &str| {
        let (_, found, map) = TestProject::default().load(text);
        messages(&found, &map)
    };
    let found = messages("default: {tags: a}\nt: {script: x}");
    assert_eq!(found.last().unwrap(), ".gitlab-ci.yml: default:tags config should be an array of strings");
    let found = messages("cache: {paths: a}\nt: {script: x}");
    assert_eq!(found.last().unwrap(), ".gitlab-ci.yml: cache:paths config should be an array of strings");
}
