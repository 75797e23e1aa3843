//! `runner-lite show`.

use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::job::Job;
use runner_lite::pipeline::when::When;
use runner_lite::pipeline::{Pipeline, load};
use runner_lite::plan::decision::{Decision, Selection};
use runner_lite::plan::full_configuration::full_configuration;
use runner_lite::report;
use runner_lite::source::map::{SourceMap, Spanned};
use runner_lite::vars::layers::JobVariables;
use runner_lite::vars::run_variables::RunVariables;
use runner_lite::vars::yaml_variables::YamlVariables;

use super::sandbox::{CREDENTIALS, Sandbox};
use super::skip::skip;

const BASE: &str = "
.base:
  image: {name: 'ruby:$V', entrypoint: ['']}
  services:
    - name: postgres:16
      alias: db
      variables: {POSTGRES_PASSWORD: x, HEALTHCHECK_TCP_PORT: '5432'}
  before_script:
    - bundle install
";

const FILE: &str = r#"
include: ci/base.yml
stages: [build, test]
variables:
  GLOBAL: "yes"
  V: "0"
  NOT: {value: "a$b", expand: false}
workflow: {rules: [{variables: {FLOW: '1'}}]}
default:
  timeout: 1h 30m
  tags: [docker]
.commands:
  script:
    - echo "$LANGUAGE"
    - |
      if true; then
        echo several
      fi
.rules:
  rules:
    - if: $CI_COMMIT_TAG
      variables: {MODE: tag}
    - if: $CI_COMMIT_BRANCH
      variables: {MODE: branch}
      allow_failure: true
      needs: []
test:
  stage: test
  extends: [.base, .rules]
  parallel:
    matrix:
      - LANGUAGE: [ruby, go]
        V: ['2.7', '3.4']
  script:
    - !reference [.commands, script]
    - 'on'
  after_script: [echo done]
  inherit: {default: [timeout], variables: [GLOBAL, NOT, FLOW]}
deploy:
  image: busybox
  script: make
  needs: [{job: 'test: [go, 3.4]', optional: true}]
  rules: [{if: $NOPE}]
"#;

fn sandbox() -> Sandbox {
    Sandbox::repository(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)])
}

/// Replaces what differs between runs.
fn filters() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    for (pattern, replacement) in [
        ("[0-9a-f]{40}", "<sha>"),
        ("CI_COMMIT_SHORT_SHA='?[0-9a-f]{8}", "CI_COMMIT_SHORT_SHA=<sha>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\b1[789]\d{8}(001)?\b", "<number>"),
    ] {
        settings.add_filter(pattern, replacement);
    }
    settings
}

#[test]
fn a_job_includes_everything_that_it_inherits() {
    let said = sandbox().run(&["show", "test: [go, 3.4]"]);
    insta::assert_snapshot!(said.answer());
    insta::assert_snapshot!(said.stderr);
}

#[test]
fn every_value_has_its_position() {
    insta::assert_snapshot!(sandbox().run(&["show", "test: [go, 3.4]", "--origins"]).answer());
}

#[test]
fn the_output_is_a_pipeline_file_that_gives_the_same_output() {
    let sandbox = sandbox();
    for arguments in [&["show", "test: [go, 3.4]"][..], &["show", "test: [go, 3.4]", "--origins"]] {
        let shown = sandbox.run(arguments).answer().to_owned();
        let other = Sandbox::repository(&[(".gitlab-ci.yml", &shown)]);
        let again = other.run(&["show", "test: [go, 3.4]"]);
        assert_eq!(again.answer(), sandbox.run(&["show", "test: [go, 3.4]"]).answer());
    }
}

#[test]
fn json_output_has_the_same_content_in_the_same_order() {
    let said = sandbox().run(&["show", "deploy", "--json", "--origins"]);
    insta::assert_snapshot!(said.answer());
    assert!(
        said.stderr
            .ends_with("note: `deploy` is not in the pipeline for this branch or tag (no rule matches)\n")
    );
}

#[test]
fn the_script_for_the_shell_is_shown() {
    let sandbox = sandbox();
    filters().bind(|| {
        let said = sandbox.run(&["show", "test: [go, 3.4]", "--script"]);
        let is_predefined = |line: &&str| {
            ["export CI", "export FF_", "export G", "export R", "'\\''"]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let lines: Vec<&str> = said.answer().lines().filter(|line| !is_predefined(line)).collect();
        insta::assert_snapshot!(lines.join("\n"));
        let said = sandbox.run(&["show", "deploy", "--script", "--json"]);
        let scripts: serde_json::Value = serde_json::from_str(said.answer()).unwrap();
        assert!(scripts["step_script"].as_str().unwrap().contains("\nmake\n"));
        assert_eq!(scripts["after_script"], serde_json::Value::Null);
    });
}

#[test]
fn the_requests_to_the_engine_are_shown() {
    let sandbox = sandbox();
    filters().bind(|| {
        let said =
            sandbox.run(&["show", "test: [go, 3.4]", "--container", "--variable", "FF_NETWORK_PER_BUILD=1"]);
        let mut preview: serde_json::Value = serde_json::from_str(said.answer()).unwrap();
        for container in preview["containers"].as_array_mut().unwrap() {
            let environment = container["create"]["Env"].as_array_mut().unwrap();
            environment.retain(|entry| !entry.as_str().unwrap().starts_with(['C', 'F', 'G', 'R']));
            container["create"]["HostConfig"]["Mounts"] = "…".into();
        }
        insta::assert_json_snapshot!(preview);
    });
}

#[test]
fn the_container_that_selects_files_is_shown_with_its_condition() {
    let file = "
default: {image: busybox}
plain: {script: make}
named: {script: make, artifacts: {paths: [out/]}}
cached: {script: make, cache: {paths: [vendor/]}}
";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    let condition = |job: &str| {
        let said = sandbox.run(&["show", job, "--container"]);
        let preview: serde_json::Value = serde_json::from_str(said.answer()).unwrap();
        let last = preview["containers"].as_array().unwrap().last().unwrap().clone();
        (last["kind"].as_str().unwrap().to_owned(), last["only_if"].as_str().map(str::to_owned))
    };
    assert_eq!(condition("plain"), ("build".to_owned(), None));
    let (kind, named) = condition("named");
    assert!(kind == "collect" && named.unwrap().starts_with("the engine does not copy the named paths"));
    let (kind, cached) = condition("cached");
    assert!(kind == "collect" && cached.unwrap().starts_with("runner-lite is a static binary"));
}

#[test]
fn secrets_of_every_source_are_masked() {
    let file = "
image: busybox
variables:
  DOCKER_AUTH_CONFIG: '{\"auths\": {\"r.io\": {\"auth\": \"dXNlcjpodW50ZXIyMg==\"}}}'
test:
  services: [{name: redis, alias: cache, variables: {A: $TOKEN, DOCKER_AUTH_CONFIG: '{\"other\": \"service-secret\"}'}}]
  rules: [{if: $NO, variables: {DOCKER_AUTH_CONFIG: '{\"other\": \"rule-secret\"}'}}, {if: $CI}]
  hooks: {pre_get_sources_script: echo typed-secret}
  script: [echo hunter22, \"echo it's-secret\", echo $TOKEN]
  after_script: [echo typed-secret]
";
    let env = "# masked\nTOKEN=\"it's-secret\"\n";
    let sandbox =
        Sandbox::new(&[(".gitlab-ci.yml", file), (".runner-lite.env", env), ("key", "file-secret")]);
    for part in
        [&[][..], &["--origins"], &["--json"], &["--script"], &["--script", "--json"], &["--container"]]
    {
        let typed = ["show", "test", "--variable", "TOKEN=typed-secret", "--variable-file", "KEY=key"];
        let said = sandbox.run(&[&typed, part].concat());
        let answer = said.answer();
        for secret in ["hunter22", "dXNlcjp", "-secret"] {
            assert!(!answer.contains(secret), "{part:?}: {secret} in {answer}");
        }
        assert!(answer.contains("[MASKED]"), "{answer}");
    }
}

/// What is printed of the job `test`, and what the shell reads, must not contain the password in its script.
#[track_caller]
fn check_masked(file: &str, env_file: &str, arguments: &[&str]) {
    let sandbox = Sandbox::with_credentials(file, env_file);
    for part in [&[][..], &["--origins"], &["--json"], &["--script"]] {
        let said = sandbox.run(&[&["show", "test"], arguments, part].concat());
        let answer = said.answer();
        assert!(answer.contains("[MASKED]"), "{part:?}: {answer}");
        assert!(!answer.contains("hunter22") && !answer.contains("dXNlcjp"), "{part:?}: {answer}");
    }
}

#[test]
fn a_password_is_masked_whichever_layer_gives_it_to_the_job() {
    let job = |keywords: &str| format!("test: {{image: a, script: [echo hunter22], {keywords}}}\n");
    let variables = format!("variables: {{DOCKER_AUTH_CONFIG: '{CREDENTIALS}'}}");
    let plain = job("retry: 1");
    check_masked(&job(&variables), "", &[]);
    check_masked(&job(&format!("rules: [{{if: $CI, {variables}}}]")), "", &[]);
    check_masked(&format!("{variables}\n{plain}"), "", &[]);
    check_masked(&format!("workflow: {{rules: [{{if: $CI, {variables}}}]}}\n{plain}"), "", &[]);
    check_masked(&plain, &format!("DOCKER_AUTH_CONFIG='{CREDENTIALS}'\n"), &[]);
    let typed = format!("DOCKER_AUTH_CONFIG={CREDENTIALS}");
    check_masked(&plain, "", &["--variable", &typed]);
    let indirect = typed.replace("DOCKER_AUTH_CONFIG", "OTHER");
    check_masked(&plain, "", &["--variable", "DOCKER_AUTH_CONFIG=$OTHER", "--variable", &indirect]);
    check_masked(&plain, "", &["--variable-file", "DOCKER_AUTH_CONFIG=auth.json"]);
    check_masked(&plain, "", &["--config", "config.toml"]);
}

#[test]
fn a_password_is_masked_in_a_job_whose_credentials_the_command_line_replaces() {
    let file = format!(
        "test: {{image: a, script: [echo hunter22], variables: {{DOCKER_AUTH_CONFIG: '{CREDENTIALS}'}}}}"
    );
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &file)]);
    let said = sandbox.run(&["show", "test", "--variable", r#"DOCKER_AUTH_CONFIG={"auths": {}}"#]);
    assert!(said.answer().contains("- echo [MASKED]"), "{}", said.answer());
}

#[test]
fn an_unknown_job_is_an_error() {
    let sandbox = sandbox();
    let said = sandbox.run(&["show", "tset"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(
        said.stderr.contains("error: job \"test\" is parallel")
            || said.stderr.contains("no job named \"tset\"")
    );
    insta::assert_snapshot!(sandbox.run(&["show"]).stderr);
    insta::assert_snapshot!(sandbox.run(&["show", "deploy", "--script", "--container"]).stderr);
}

/// Checks that a job, shown as a file of its own, loads as the same job.
fn shown_again(pipeline: &Pipeline, job: &Job) -> Result<(), String> {
    let selection = Selection { when: When::OnSuccess, rule: None, why: String::new() };
    let run = RunVariables::default();
    let yaml = YamlVariables::of_pipeline(&pipeline.variables, None).with_job(job);
    let variables = JobVariables { yaml, run: &run };
    let decision = Decision { job, workflow: None, selection, variables };
    let shown = full_configuration(&decision, pipeline).map_err(|problem| problem.message)?;
    let text = format!("stages: [{:?}]\n{}", job.stage, report::show::text(&shown));
    let mut map = SourceMap::new();
    let file = map.add("a.yml", text.as_str());
    let (again, found) = load(&mut map, file, &NoFiles);
    let again = again.ok_or_else(|| format!("{found:?}\n{text}"))?;
    if let Some(problems) = again.broken.get(&shown.name) {
        // The file contains only this job, so the jobs that it needs, and the one that stops its environment, are missing.
        let needs =
            |message: &str| ["need", "dependenc", "on_stop"].iter().any(|word| message.contains(word));
        let left = problems.iter().find(|problem| !needs(&problem.message));
        return left.map_or(Ok(()), |problem| Err(format!("{}\n{text}", problem.message)));
    }
    let again = again.jobs.get(&shown.name).ok_or("it is gone")?;
    let told = |job: &Job| {
        let conditions: Vec<String> =
            job.rules.iter().flatten().map(|rule| format!("{:?} {:?}", rule.condition, rule.when)).collect();
        let texts = |commands: &[Spanned<String>]| {
            commands.iter().map(|command| command.value.clone()).collect::<Vec<_>>()
        };
        (texts(&job.script), texts(&job.before_script), conditions, job.timeout, job.when, job.retry.clone())
    };
    if told(again) == told(job) { Ok(()) } else { Err(format!("it has changed\n{text}")) }
}

#[test]
fn every_job_of_every_real_file_can_be_shown_and_loaded_again() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/files");
    let Ok(files) = std::fs::read_dir(&corpus) else {
        return skip(&format!("no collection of pipeline files in {}", corpus.display()));
    };
    let (mut shown, mut wrong) = (0, Vec::new());
    for path in files.map(|entry| entry.unwrap().path()) {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        let (Some(pipeline), _) = load(&mut map, file, &NoFiles) else { continue };
        for job in pipeline.jobs.values() {
            shown += 1;
            if let Err(problem) = shown_again(&pipeline, job) {
                wrong.push(format!("{}: {}: {problem}", path.display(), job.name.value));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(shown > 500, "only {shown} jobs");
}

#[test]
fn an_empty_list_of_needs_in_a_rule_replaces_the_needs_of_a_job_that_has_some() {
    let file = "
default: {image: i}
a: {stage: build, script: x}
stage: {stage: test, script: x, rules: [{needs: []}]}
needs: {stage: test, script: x, needs: [a], rules: [{needs: []}]}
rule: {stage: test, script: x, rules: [{needs: [a]}]}
";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    let needs = |job: &str| {
        let said = sandbox.run(&["show", job, "--json"]);
        let shown: serde_json::Value = serde_json::from_str(said.answer()).unwrap();
        let listed: serde_json::Value =
            serde_json::from_str(sandbox.run(&["list", "--json"]).answer()).unwrap();
        let listed = listed.as_array().unwrap().iter().find(|known| known["name"] == job).unwrap();
        // A job without needs lacks the keyword, and waits for all earlier stages.
        assert_eq!(shown["job"]["needs"], listed["needs"], "{job}");
        listed["needs"].clone()
    };
    assert_eq!(needs("stage"), serde_json::Value::Null);
    assert_eq!(needs("needs"), serde_json::json!([]));
    assert_eq!(needs("rule"), serde_json::json!(["a"]));
}

#[test]
fn a_parameter_of_a_url_does_not_cut_off_what_is_shown() {
    let sandbox = Sandbox::new(&[(
        ".gitlab-ci.yml",
        "t: {image: 'a:1', script: ['curl \"https://h/api?private_token=$T\" -o out'], variables: {U: 'https://h/?private_token=$T'}}",
    )]);
    let show = |part: &str| sandbox.run(&["show", "t", part]).answer().to_owned();
    let container = show("--container");
    serde_json::from_str::<serde_json::Value>(&container)
        .unwrap_or_else(|error| panic!("{error}: {container}"));
    assert!(show("--script").contains("private_token=$T\" -o out"), "{}", show("--script"));
}
