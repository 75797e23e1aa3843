//! `runner-lite lint --format`: reports for GitLab and SARIF.

use std::collections::HashSet;
use std::path::Path;

use runner_lite::source::diagnostic::Code;
use serde_json::{Value, json};

use super::json_schema::problems;
use super::sandbox::Sandbox;

const FILE: &str = r#"
include: [/ci/base.yml, {template: Auto-DevOps.gitlab-ci.yml}]
variables: {V: 1.10, GREETING: "é ${A}"}
default: {tags: [x]}
one: {scirpt: é, tags: [y], "stage": build}
two: {script: a, stage: test, needs: [gone]}
three: {script: a}
three: {script: b}
"#;

const BASE: &str = "four:\n  script: [x, {y: z}]\n";

/// The answer of `lint` in a format, as JSON; nothing else is written.
#[track_caller]
fn answer(sandbox: &Sandbox, code: i32, arguments: &[&str]) -> Value {
    let said = sandbox.run(&[&["lint"], arguments].concat());
    assert_eq!((said.code, &*said.stderr), (code, ""), "{arguments:?}");
    serde_json::from_str(&said.stdout).unwrap()
}

#[track_caller]
fn assert_valid(schema: &str, document: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(schema);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(problems(&schema, &schema, document, "document"), Vec::<String>::new());
}

#[track_caller]
fn code_quality(sandbox: &Sandbox, code: i32, arguments: &[&str]) -> Vec<Value> {
    let report = answer(sandbox, code, &[&["--format", "codequality"], arguments].concat());
    assert_valid("code-quality.schema.json", &report);
    report.as_array().unwrap().clone()
}

#[track_caller]
fn sarif(sandbox: &Sandbox, code: i32, arguments: &[&str]) -> Value {
    let log = answer(sandbox, code, &[&["--format", "sarif"], arguments].concat());
    assert_valid("sarif-schema-2.1.0.json", &log);
    log
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

/// The path, rule and line of each issue.
fn places(report: &[Value]) -> Vec<String> {
    let place = |issue: &Value| {
        let (path, line) = (&issue["location"]["path"], &issue["location"]["lines"]["begin"]);
        format!("{}:{line} {}", path.as_str().unwrap(), issue["check_name"].as_str().unwrap())
    };
    report.iter().map(place).collect()
}

fn fingerprints(report: &[Value]) -> HashSet<String> {
    report.iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_code_quality_report_has_an_issue_for_each_finding() {
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)]);
    insta::assert_json_snapshot!(code_quality(&sandbox, 3, &[]));
    sandbox.write(".gitlab-ci.yml", "a: {script: x}\n");
    assert_eq!(code_quality(&sandbox, 0, &[]), Vec::<Value>::new());
}

#[test]
fn a_sarif_log_has_the_rules_and_a_result_for_each_finding() {
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)]);
    let mut log = sarif(&sandbox, 3, &[]);
    let root = format!("file://{}/", sandbox.path("").display().to_string().trim_end_matches('/'));
    let run = &mut log["runs"][0];
    let uri = &mut run["originalUriBaseIds"]["%SRCROOT%"]["uri"];
    assert_eq!(std::mem::replace(uri, "file:///ROOT/".into()), root);
    let driver = run["tool"]["driver"].as_object_mut().unwrap();
    for version in ["version", "semanticVersion"] {
        assert_eq!(driver.remove(version).unwrap(), env!("CARGO_PKG_VERSION"));
    }
    let home = driver.remove("informationUri").unwrap_or_default();
    assert_eq!(home.as_str().unwrap_or_default(), env!("CARGO_PKG_REPOSITORY"));
    insta::assert_json_snapshot!(log);
    sandbox.write(".gitlab-ci.yml", "a: {script: x}\n");
    assert_eq!(*results(&sarif(&sandbox, 0, &[])), Vec::<Value>::new());
}

#[test]
fn the_schemas_refuse_documents_with_a_mistake() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)]);
    let log = sarif(&sandbox, 3, &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/sarif-schema-2.1.0.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let location = "/runs/0/results/0/locations/0/physicalLocation";
    for (place, wrong) in [
        ("/version".to_owned(), json!("2.2.0")),
        ("/runs/0/columnKind".to_owned(), json!("bytes")),
        ("/runs/0/tool/driver/name".to_owned(), Value::Null),
        ("/runs/0/tool/driver/rules/0/id".to_owned(), json!(1)),
        ("/runs/0/results/0/level".to_owned(), json!("fatal")),
        ("/runs/0/results/0/message".to_owned(), json!({})),
        ("/runs/0/results/0/ruleIndex".to_owned(), json!(-2)),
        (format!("{location}/region/startLine"), json!(0)),
        (format!("{location}/artifactLocation/path"), json!("x")),
    ] {
        let mut broken = log.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap()[key] = wrong;
        assert!(!problems(&schema, &schema, &broken, "document").is_empty(), "{place}");
    }
}

#[test]
fn every_kind_of_mistake_makes_valid_documents_with_unique_fingerprints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let sandbox = Sandbox::new(&[("include.txt", ""), (".gitlab-ci.yml", "a: {script: x}\n")]);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".yml") {
            sandbox.write(&name, &std::fs::read_to_string(&entry).unwrap());
            files.push(name);
        }
    }
    files.sort();
    let arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    let report = code_quality(&sandbox, 3, &arguments);
    assert!(report.len() > 140, "{}", report.len());
    assert_eq!(fingerprints(&report).len(), report.len());
    let log = sarif(&sandbox, 3, &arguments);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(results(&log).len(), report.len());
    for (result, issue) in results(&log).iter().zip(&report) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"], "{result}");
        assert_eq!(result["ruleId"], issue["check_name"]);
        assert_eq!(result["partialFingerprints"]["runnerLite/v1"], issue["fingerprint"]);
        let location = &result["locations"][0]["physicalLocation"];
        let path = issue["location"]["path"].as_str().unwrap();
        assert_eq!(location["artifactLocation"], json!({ "uri": path, "uriBaseId": "%SRCROOT%" }));
        let region = &location["region"];
        assert_eq!(region["startLine"], issue["location"]["lines"]["begin"]);
        let number = |name: &str| usize::try_from(region[name].as_u64().unwrap()).unwrap();
        let text = std::fs::read_to_string(sandbox.path(path)).unwrap();
        let line = |number: usize| text.split('\n').nth(number - 1).unwrap().chars().count();
        assert!(number("startColumn") <= line(number("startLine")) + 1, "{result}");
        assert!(number("endColumn") <= line(number("endLine")) + 1, "{result}");
    }
}

#[test]
fn a_finding_keeps_its_fingerprint_when_it_moves() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)]);
    let before = code_quality(&sandbox, 3, &[]);
    sandbox.write(".gitlab-ci.yml", &format!("# A comment\n\n{FILE}"));
    let after = code_quality(&sandbox, 3, &[]);
    assert_ne!(places(&before), places(&after));
    assert_eq!(fingerprints(&before), fingerprints(&after));
    // A mistake in a template is told of the first job that has it, whichever that is.
    let template = ".t: {script: x, image: [1]}\n";
    sandbox.write("template.yml", &format!("{template}a: {{extends: .t}}\nb: {{extends: .t}}\n"));
    let of_a = fingerprints(&code_quality(&sandbox, 3, &["template.yml"]));
    sandbox.write("template.yml", &format!("{template}b: {{extends: .t}}\na: {{extends: .t}}\n"));
    assert_eq!(of_a, fingerprints(&code_quality(&sandbox, 3, &["template.yml"])));
    // Equal findings are told apart, and the first one keeps its fingerprint.
    let twice = "a: {script: x, image: [1]}\n";
    sandbox.write("one.yml", twice);
    let one = fingerprints(&code_quality(&sandbox, 3, &["one.yml"]));
    sandbox.write("one.yml", &format!("{twice}b: {{script: x, image: [1]}}\n"));
    let two = fingerprints(&code_quality(&sandbox, 3, &["one.yml"]));
    assert!(one.is_subset(&two) && two.len() == 2, "{one:?} {two:?}");
}

#[test]
fn the_exit_code_and_what_is_found_do_not_depend_on_the_format() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "a: {script: x, tags: [y]}\n")]);
    let kinds = |arguments: &[&str], code| {
        let report = code_quality(&sandbox, code, arguments);
        let log = sarif(&sandbox, code, arguments);
        (report[0]["severity"].clone(), results(&log)[0]["level"].clone())
    };
    assert_eq!(kinds(&[], 0), ("info".into(), "note".into()));
    assert_eq!(kinds(&["--strict"], 3), ("major".into(), "error".into()));
    let json = sandbox.run(&["lint", "--json"]);
    assert_eq!(json.stdout, sandbox.run(&["lint", "--format", "json"]).stdout);
    assert_eq!(sandbox.run(&["lint"]).stdout, sandbox.run(&["lint", "--format", "text"]).stdout);
    let both = sandbox.run(&["lint", "--json", "--format", "sarif"]);
    assert_eq!((both.code, &*both.stdout), (2, ""), "{both:?}");
    let unknown = sandbox.run(&["lint", "--format", "xml"]);
    assert_eq!((unknown.code, &*unknown.stdout), (2, ""), "{unknown:?}");
    assert!(unknown.stderr.contains("codequality"), "{unknown:?}");
}

#[test]
fn paths_begin_at_the_root_of_the_project_wherever_the_command_runs() {
    let main = "include: /ci/base.yml\na: {scirpt: x, script: x}\n";
    let files = [
        (".gitlab-ci.yml", main),
        ("ci/base.yml", BASE),
        ("ci/a b/other.yml", "a: {scirpt: x, script: x}\n"),
    ];
    let sandbox = Sandbox::repository(&files);
    let expect = [".gitlab-ci.yml:2 unknown-key", "ci/base.yml:2 invalid-config"];
    assert_eq!(places(&code_quality(&sandbox, 3, &[])), expect);
    let absolute = sandbox.path(".gitlab-ci.yml").display().to_string();
    assert_eq!(places(&code_quality(&sandbox, 3, &[&absolute])), expect);
    let below = |arguments: &[&str]| -> Value {
        let mut command = sandbox.command(super::sandbox::PROGRAM);
        let output =
            command.current_dir(sandbox.path("ci/a b")).arg("lint").args(arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let report = |arguments: &[&str]| {
        places(below(&[arguments, &["--format", "codequality"]].concat()).as_array().unwrap())
    };
    assert_eq!(report(&[]), expect);
    assert_eq!(report(&["../../.gitlab-ci.yml", "./other.yml"])[2], "ci/a b/other.yml:1 unknown-key");
    assert_eq!(report(&["--file", "../../.gitlab-ci.yml"]), expect);
    let log = below(&["other.yml", "--format", "sarif"]);
    let artifact = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(*artifact, json!({ "uri": "ci/a%20b/other.yml", "uriBaseId": "%SRCROOT%" }));
}

#[test]
fn a_file_outside_of_the_project_has_its_absolute_path() {
    let main = "include: {project: g/p, file: a.yml}\n";
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", main)]);
    let copies = tempfile::tempdir().unwrap();
    let folder = copies.path().canonicalize().unwrap();
    let copy = folder.join("g/p/a.yml");
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::write(&copy, "a: {scirpt: x, script: x}\n").unwrap();
    let arguments = ["--include-dir", folder.to_str().unwrap()];
    let copy = copy.to_str().unwrap();
    assert_eq!(places(&code_quality(&sandbox, 3, &arguments)), [format!("{copy}:1 unknown-key")]);
    let log = sarif(&sandbox, 3, &arguments);
    let artifact = &results(&log)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(*artifact, json!({ "uri": format!("file://{copy}") }));
}

#[test]
fn a_file_of_a_second_project_is_checked_in_its_own_and_a_shared_include_is_reported_once() {
    let files = [
        ("one/.gitlab-ci.yml", "include: [base.yml]\n"),
        ("one/other.yml", "include: [base.yml]\n"),
        ("one/base.yml", BASE),
        ("two/.gitlab-ci.yml", "include: [base.yml]\n"),
        ("two/base.yml", "a: {scirpt: x, script: x}\n"),
    ];
    let sandbox = Sandbox::new(&files);
    let report = code_quality(&sandbox, 3, &["one/.gitlab-ci.yml", "one/other.yml", "two/.gitlab-ci.yml"]);
    let second = sandbox.path("two/base.yml").display().to_string();
    assert_eq!(places(&report), ["base.yml:2 invalid-config".to_owned(), format!("{second}:1 unknown-key")]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_finding_without_a_line() {
    let sandbox = Sandbox::new(&[]);
    assert_eq!(places(&code_quality(&sandbox, 3, &["no.yml"])), ["no.yml:1 unreadable"]);
    let log = sarif(&sandbox, 3, &["no.yml"]);
    let artifact = json!({ "uri": "no.yml", "uriBaseId": "%SRCROOT%" });
    let expect = json!([{ "physicalLocation": { "artifactLocation": artifact } }]);
    assert_eq!(results(&log)[0]["locations"], expect);
}

#[test]
fn documents_do_not_contain_masked_values() {
    let text = "test: {script: x, image: 'r.io/$NAME:'}\n";
    let sandbox =
        Sandbox::new(&[(".gitlab-ci.yml", text), (".runner-lite.env", "# masked\nNAME=hunter22\n")]);
    for document in [code_quality(&sandbox, 3, &[]).into(), sarif(&sandbox, 3, &[])] {
        let document = document.to_string();
        assert!(document.contains("r.io/[MASKED]:") && !document.contains("hunter22"), "{document}");
    }
}

#[test]
fn the_page_has_every_rule_with_its_meaning() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lint.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, table) = page.split_once("| Rule | Meaning |\n| --- | --- |\n").unwrap();
    let row = |code: &Code| format!("| `{}` | {} |\n", code.as_str(), code.meaning());
    assert_eq!(table, Code::ALL.iter().map(row).collect::<String>());
    let names: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn the_hooks_of_pre_commit_run_lint_when_a_yaml_file_changes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hooks = std::fs::read_to_string(root.join(".pre-commit-hooks.yaml")).unwrap();
    let values = |key: &str| -> Vec<String> {
        let lines = hooks.lines().map(|line| line.trim_start_matches("- ").trim());
        lines.filter_map(|line| line.strip_prefix(&format!("{key}: "))).map(str::to_owned).collect()
    };
    assert_eq!(values("id"), ["runner-lite-lint", "runner-lite-lint-system"]);
    assert_eq!(values("pass_filenames"), ["false", "false"]);
    let page = std::fs::read_to_string(root.join("docs/lint.md")).unwrap();
    for (id, pattern) in values("id").iter().zip(values("files")) {
        assert!(page.contains(&format!("| `{id}` |")), "{id}");
        let pattern = regex_lite::Regex::new(&pattern).unwrap();
        for (file, expect) in [(".gitlab-ci.yml", true), ("ci/base.yaml", true), ("yml.rs", false)] {
            assert_eq!(pattern.is_match(file), expect, "{id}: {file}");
        }
    }
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "a: {script: x}\n")]);
    for entry in values("entry") {
        let arguments: Vec<&str> = entry.strip_prefix("runner-lite ").unwrap().split(' ').collect();
        assert_eq!(sandbox.run(&arguments).answer(), "no mistakes found in 1 file\n");
    }
}
