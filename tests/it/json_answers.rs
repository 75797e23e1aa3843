//! The schemas in `docs/schemas/` allow the JSON answers of all commands, and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::CommandFactory;
use jiff::Timestamp;
use runner_lite::cli::arguments::Args;
use runner_lite::store::{ArchiveLimits, ArtifactsRecord, CacheOrigin, EndState};
use serde_json::Value;

use super::fake_engine::{host_of, serve};
use super::json_schema::problems;
use super::sandbox::Sandbox;
use super::stored::{project, store_job, store_of};

const FILE: &str = "
include: {template: A.yml}
default: {tags: [x]}
build:
  stage: build
  image: busybox
  services: [redis]
  script: make
  after_script: [echo]
  hooks: {pre_get_sources_script: [echo]}
  artifacts: {paths: [out], reports: {dotenv: a.env, junit: j.xml}, expire_in: never}
  cache: {key: {files: [Gemfile]}, paths: [vendor], fallback_keys: [old, 'a//b'], policy: pull}
# Checks all.
test: {stage: test, image: busybox, script: [make, test], needs: [{job: build, optional: true}], dependencies: [build]}
deploy: {stage: deploy, script: x, when: manual, environment: review, resource_group: r}
";

/// The folder of the schemas.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/schemas")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// Parses an answer that the schema of this name allows.
#[track_caller]
pub(crate) fn valid_answer(name: &str, answer: &str) -> Value {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let schema = schema(name);
    assert_eq!(problems(&schema, &schema, &answer, name), Vec::<String>::new());
    answer
}

/// All keys of objects, in a schema those of `properties`.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Object(fields) => {
            found.extend(fields.keys().cloned());
            fields.values().for_each(|value| keys(value, found));
        }
        _ => {}
    }
}

fn properties(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| properties(item, found)),
        Value::Object(fields) => {
            let own = fields.get("properties").and_then(Value::as_object);
            found.extend(own.into_iter().flat_map(|own| own.keys().cloned()));
            fields.values().for_each(|value| properties(value, found));
        }
        _ => {}
    }
}

/// The answers are valid, and each field that the schema describes is in one of them.
#[track_caller]
fn check(name: &str, answers: &[&str]) {
    let (mut found, mut described) = (BTreeSet::new(), BTreeSet::new());
    answers.iter().for_each(|answer| keys(&valid_answer(name, answer), &mut found));
    properties(&schema(name), &mut described);
    let absent: Vec<&String> = described.difference(&found).collect();
    assert!(absent.is_empty(), "{name}: no answer has {absent:?}");
}

fn sandbox() -> Sandbox {
    Sandbox::repository(&[(".gitlab-ci.yml", FILE), ("Gemfile", "")])
}

#[test]
fn answers_about_a_pipeline_file_are_valid() {
    let sandbox = sandbox();
    check("list", &[sandbox.run(&["list", "--json", "--all"]).answer()]);
    check("lint", &[sandbox.run(&["lint", "--json"]).answer()]);
    let show = |arguments: &[&str]| sandbox.run(&[&["show"], arguments].concat()).answer().to_owned();
    check("show", &[&show(&["test", "--json"]), &show(&["test", "--json", "--origins"])]);
    check("show-script", &[&show(&["build", "--script", "--json"]), &show(&["test", "--script", "--json"])]);
    check("show-container", &[&show(&["build", "--container"]), &show(&["test", "--container"])]);
    check("show-files", &[&show(&["build", "--files"]), &show(&["test", "--files"])]);
    check("pipeline-plan", &[sandbox.run(&["pipeline", "--dry-run", "--json"]).answer()]);
}

#[test]
fn answers_about_the_store_are_valid() {
    let project = project();
    for (job, artifacts) in [
        ("expired", ArtifactsRecord::Expired),
        ("none", ArtifactsRecord::NotConfigured),
        ("undue", ArtifactsRecord::NotDue),
        ("stopped", ArtifactsRecord::NotCollected),
        ("broken", ArtifactsRecord::Failed),
    ] {
        store_job(&project, job, EndState::Failed, artifacts);
    }
    check("runs", &[project.run(&["runs", "list", "--json"]).answer()]);
    check_artifacts(&project);
    let origin = CacheOrigin { job: "build".to_owned(), run: "r".to_owned(), fingerprint: "f".to_owned() };
    let writer = store_of(&project).caches().writer("key", ArchiveLimits::new(1_000)).unwrap();
    writer.commit(origin, Timestamp::now()).unwrap();
    check("cache", &[project.run(&["cache", "list", "--json"]).answer()]);
}

/// An archive that expires, and reports, are in no store without an engine.
fn check_artifacts(project: &Sandbox) {
    let list = project.run(&["artifacts", "list", "--json"]);
    let with_more = |text: &str| {
        text.replacen("\"with_run\"", r#"{"at": "2026-11-29T10:00:00Z"}"#, 1).replacen(
            r#""reports": []"#,
            r#""reports": [{"kind": "junit", "entries": 1, "files": 1, "bytes": 1, "length": 1}]"#,
            1,
        )
    };
    check("artifacts", &[list.answer(), &with_more(list.answer())]);
    let job = project.run(&["artifacts", "list", "build", "--json"]);
    check("artifacts-job", &[job.answer(), &with_more(job.answer())]);
}

#[test]
fn answers_about_credentials_and_this_host_are_valid() {
    let file = "a: {image: r.io/a, script: x}\n";
    let sandbox = Sandbox::with_credentials(file, "");
    let with = |arguments: &[&str]| sandbox.run(&[&["auth", "r.io/a", "--json"], arguments].concat()).stdout;
    let used = with(&["--variable-file", "DOCKER_AUTH_CONFIG=auth.json"]);
    sandbox.write("bad.json", "{");
    check("auth", &[&used, &with(&["--variable-file", "DOCKER_AUTH_CONFIG=bad.json"]), &with(&[])]);
    serve(&sandbox, |_| (500, r#"{"message": "no"}"#.to_owned()));
    let doctor = |host: &str| sandbox.run(&["doctor", "--json", "--host", host]).stdout;
    check("doctor", &[&doctor("unix:///nowhere"), &doctor(&host_of(&sandbox))]);
}

/// The names of commands that answer in JSON if they are asked to.
fn json_commands(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let has_json = |arg: &&clap::Arg| arg.get_long() == Some("json");
    if command.get_arguments().any(|arg| has_json(&arg)) {
        found.insert(path.trim().to_owned());
    }
    for inner in command.get_subcommands() {
        json_commands(inner, &format!("{path} {}", inner.get_name()), found);
    }
}

#[test]
fn every_command_with_json_has_a_schema_that_the_page_names() {
    let page = std::fs::read_to_string(folder().join("../json.md")).unwrap();
    let mut commands = BTreeSet::new();
    json_commands(&Args::command(), "", &mut commands);
    assert!(commands.len() > 8, "{commands:?}");
    for command in &commands {
        assert!(page.contains(&format!("| `{command}")), "docs/json.md does not have `{command}`");
    }
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("(schemas/{file})")), "docs/json.md does not have {file}");
        let name = file.strip_suffix(".schema.json").unwrap();
        let schema = schema(name);
        assert_eq!(schema["$id"], format!("urn:runner-lite:schema:{name}:1"));
        let is_object = schema["type"] == "object";
        assert_eq!(schema["properties"]["version"]["const"] == 1, is_object, "{name}");
    }
    let named = page.matches("(schemas/").count();
    assert_eq!(named, std::fs::read_dir(folder()).unwrap().count());
}
