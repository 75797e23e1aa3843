//! Which of several values of a variable reaches the container, and at which stage each keyword is expanded.

use serde_json::Value as Json;

use super::sandbox::Sandbox;

const LAYERS: &str = r#"
image: alpine
variables:
  GLOBAL: global
  WORKFLOW: global
  JOB: global
  MATRIX: global
  RULE: global
  GITLAB_USER_NAME: global
  PROJECT: global
  TYPED: global
  CI_ENVIRONMENT_NAME: global
  CI_DISPOSABLE_ENVIRONMENT: global
  CI_JOB_NAME: global
  CI_BUILDS_DIR: global
  KEPT_OUT: global
workflow:
  rules:
    - variables: {WORKFLOW: workflow, JOB: workflow, MATRIX: workflow, RULE: workflow, PROJECT: workflow, TYPED: workflow}
test:
  script: make
  environment: here
  inherit: {variables: [GLOBAL, WORKFLOW, JOB, MATRIX, RULE, PROJECT, TYPED, CI_JOB_NAME, CI_BUILDS_DIR]}
  variables: {JOB: job, MATRIX: job, RULE: job, GITLAB_USER_NAME: job, PROJECT: job, TYPED: job, CI_ENVIRONMENT_NAME: job}
  parallel: {matrix: [{MATRIX: [matrix], RULE: [matrix], PROJECT: [matrix], TYPED: [matrix]}]}
  rules:
    - variables: {RULE: rule, PROJECT: rule, TYPED: rule}
"#;

/// The containers that would be created for a job, from `show --container`.
fn containers(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Json> {
    let said = sandbox.run(&[&["show", "--container"], arguments].concat());
    let shown: Json = serde_json::from_str(said.answer()).unwrap();
    shown["containers"].as_array().unwrap().clone()
}

/// The first container of this kind.
fn of_kind<'c>(containers: &'c [Json], kind: &str) -> &'c Json {
    containers.iter().find(|container| container["kind"] == kind).unwrap()
}

fn value<'c>(container: &'c Json, key: &str) -> Option<&'c str> {
    let entries = container["create"]["Env"].as_array().unwrap().iter().filter_map(Json::as_str);
    entries.filter_map(|entry| entry.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[test]
fn each_source_of_a_variable_overrides_the_sources_before() {
    let files = [(".gitlab-ci.yml", LAYERS), (".runner-lite.env", "PROJECT=project\nTYPED=project\n")];
    let sandbox = Sandbox::repository(&files);
    sandbox.git(&["config", "user.name", "Ann"]);
    let name = "test: [matrix, matrix, matrix, matrix]";
    let made = containers(&sandbox, &[name, "--variable", "TYPED=typed"]);
    let build = of_kind(&made, "build");
    for (key, expect) in [
        ("FF_NETWORK_PER_BUILD", Some("false")),
        ("CI_PROJECT_NAME", Some("shop")),
        ("GLOBAL", Some("global")),
        ("WORKFLOW", Some("workflow")),
        ("JOB", Some("job")),
        ("MATRIX", Some("matrix")),
        ("RULE", Some("rule")),
        ("GITLAB_USER_NAME", Some("Ann")),
        ("PROJECT", Some("project")),
        ("TYPED", Some("typed")),
        ("CI_ENVIRONMENT_NAME", Some("here")),
        ("CI_DISPOSABLE_ENVIRONMENT", Some("true")),
        // The file may override predefined variables, except those that name real paths.
        ("CI_JOB_NAME", Some("global")),
        ("CI_BUILDS_DIR", Some("global")),
        ("CI_PROJECT_DIR", Some("/builds/local/shop")),
        ("KEPT_OUT", None),
    ] {
        assert_eq!(value(build, key), expect, "{key}");
    }
}

const EXPANDED: &str = r#"
stages: [$A, test]
test:
  variables: {A: hi, B: "$A there", PATH_LIKE: "/x:$UNKNOWN", RAW: {value: "$A", expand: false}}
  image: {name: "alpine:$A", entrypoint: ["$A"], docker: {user: "u-$A", platform: "linux/$A"}}
  services:
    - {name: "redis:$A", alias: "db-$A", command: ["$A"], entrypoint: ["$A"], variables: {S: "$A-$T", T: t}}
  environment: {name: "review/$A", url: "https://$A.example.com"}
  script: echo $A
  timeout: 1h
"#;

#[test]
fn every_keyword_is_expanded_at_the_same_stage_as_on_gitlab() {
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", EXPANDED)]);
    let made = containers(&sandbox, &["test"]);
    let (build, service) = (of_kind(&made, "build"), of_kind(&made, "service"));
    for (key, expect) in [
        ("B", "hi there"),
        ("PATH_LIKE", "/x:"),
        ("RAW", "$A"),
        ("CI_ENVIRONMENT_NAME", "review/hi"),
        ("CI_ENVIRONMENT_URL", "https://hi.example.com"),
    ] {
        assert_eq!(value(build, key), Some(expect), "{key}");
    }
    assert_eq!((&build["create"]["Image"], &build["create"]["User"]), (&"alpine:hi".into(), &"u-hi".into()));
    assert_eq!(build["platform"], "linux/hi");
    assert_eq!(build["create"]["Entrypoint"], Json::from(vec!["$A"]));
    assert_eq!(service["create"]["Image"], "redis:hi");
    assert_eq!(service["aliases"], Json::from(vec!["redis", "db-hi"]));
    assert_eq!(service["create"]["Cmd"], Json::from(vec!["$A"]));
    assert_eq!(service["create"]["Entrypoint"], Json::from(vec!["$A"]));
    // Variables of a service can refer to variables of the job, but not to each other.
    assert_eq!((value(service, "S"), value(service, "T")), (Some("hi-"), Some("t")));
    // Only the shell expands the script.
    let script = sandbox.run(&["show", "test", "--script"]);
    assert!(script.answer().contains("echo $A"), "{script:?}");
    // Names of stages are never expanded.
    let misplaced = EXPANDED.replace("timeout: 1h", "stage: hi");
    sandbox.write("misplaced.yml", &misplaced);
    let refused = sandbox.run(&["lint", "misplaced.yml"]);
    assert!(
        refused.stdout.contains("chosen stage hi does not exist; available stages are .pre, $A, test, .post"),
        "{refused:?}"
    );
}

#[test]
fn a_pipeline_without_a_matching_workflow_rule_is_reported() {
    let text = "workflow: {rules: [{if: $NEVER}]}\ntest: {script: make, image: alpine}\n";
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", text)]);
    let said = sandbox.run(&["show", "test", "--json"]);
    assert!(said.stderr.contains("workflow: no rule matches"), "{said:?}");
}
