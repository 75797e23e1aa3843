//! `runner-lite lint`, and `--strict` of the other commands.

use super::json_answers::valid_answer;
use super::sandbox::{PROGRAM, Sandbox};
use super::skip::skip;

const FILE: &str = r#"
include: [ci/base.yml, {template: Auto-DevOps.gitlab-ci.yml}]
stages: [build]
default: {cache: {}, tags: [x]}
variables:
  V: 1.10
  IMAGE: $REGISTRY/app:$TAG
.template:
  tags: [y]
  script:
    - echo a: b
one: {extends: .template, stage: build}
two: {extends: .template, stage: build}
three: {scirpt: x, timeout: 60}
four: {script: x, when: never}
five: {trigger: a/b, stage: build}
six: {script: [a], image: "Foo:1", stage: build}
six: {script: [b], image: "Foo:1", stage: build, variables: {A: $B, B: c}}
seven: {script: a, image: $IMAGE, stage: build}
"#;

const BASE: &str = "eight:\n  script: a\n  stage: build\n  needs: [gone]\n  rules: [{if: $A = 1}]\n";

#[test]
fn every_finding_is_reported_once_by_its_kind_in_the_order_of_the_file() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE), ("ci/base.yml", BASE)]);
    let said = sandbox.run(&["lint"]);
    assert_eq!((said.code, said.stderr.as_str()), (3, ""));
    insta::assert_snapshot!(said.stdout);
}

#[test]
fn json_output_has_an_object_for_each_finding() {
    let text =
        "variables: {V: 1.10}\ntest:\n  scirpt: x\n  script: é\n  tags: [x]\nother: {script: a, tags: [y]}\n";
    let said = Sandbox::new(&[(".gitlab-ci.yml", text)]).run(&["lint", "--json"]);
    assert_eq!((said.code, said.stderr.as_str()), (3, ""));
    insta::assert_snapshot!(said.stdout);
    let fine = Sandbox::new(&[(".gitlab-ci.yml", "test: {script: x}\n")]).run(&["lint", "--json"]);
    assert_eq!((fine.code, fine.stdout.as_str()), (0, "[]\n"));
}

#[test]
fn warnings_do_not_fail_the_command_without_strict() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "test: {script: x, tags: [a]}\n")]);
    let said = sandbox.run(&["lint"]);
    assert!(said.answer().ends_with("\n1 warning in 1 file\n"), "{said:?}");
    let strict = sandbox.run(&["lint", "--strict"]);
    assert_eq!(strict.code, 3);
    assert!(strict.stdout.starts_with("error: keyword `tags` only applies on GitLab"), "{strict:?}");
    assert!(strict.stdout.ends_with("\n1 error in 1 file\n"), "{strict:?}");
    let fine = Sandbox::new(&[(".gitlab-ci.yml", "test: {script: x}\n")]).run(&["lint", "--strict"]);
    assert_eq!(fine.answer(), "no mistakes found in 1 file\n");
}

#[test]
fn the_project_of_a_file_is_its_repository_or_the_folder_of_its_pipeline_file() {
    let part = "test: {script: x}\n";
    let main = "include: /ci/part.yml\nother: {script: x, needs: [test]}\n";
    let files = [
        ("one/.gitlab-ci.yml", main),
        ("one/ci/part.yml", part),
        ("two/.gitlab-ci.yml", "include: gone.yml\n"),
        ("alone.yml", part),
    ];
    let sandbox = Sandbox::new(&files);
    let said = sandbox.run(&["lint", "one/.gitlab-ci.yml", "one/ci/part.yml", "alone.yml"]);
    assert_eq!(said.answer(), "no mistakes found in 3 files\n");
    let said = sandbox.run(&["lint", "one/.gitlab-ci.yml", "two/.gitlab-ci.yml", "no.yml"]);
    insta::assert_snapshot!(said.stdout, @r"
    error: Local file `gone.yml` does not exist!
     --> two/.gitlab-ci.yml:1:10
      |
    1 | include: gone.yml
      |          ^^^^^^^^ included here
      |
      = help: paths begin at the root of the project, also in files that are included themselves

    error: there is no `no.yml`

    2 errors in 3 files
    ");
    sandbox.git(&["init", "-q"]);
    let said = sandbox.run(&["lint", "one/.gitlab-ci.yml"]);
    assert!(said.stdout.contains("Local file `ci/part.yml` does not exist!"), "{said:?}");
}

#[test]
fn needs_missing_on_this_branch_are_reported_with_their_position() {
    let text = "a: {script: x, rules: [{if: $CI_COMMIT_TAG}]}\nb: {script: x, needs: [a]}\n";
    let said = Sandbox::new(&[(".gitlab-ci.yml", text)]).run(&["lint"]);
    assert_eq!(said.code, 3);
    assert!(
        said.stdout.starts_with("error: 'b' job needs 'a' job, but 'a' does not exist in the pipeline."),
        "{said:?}"
    );
    let place = "| b: {script: x, needs: [a]}\n  |                        ^ not in the pipeline of this branch or tag\n";
    assert!(said.stdout.contains(place), "{said:?}");
}

#[test]
fn findings_do_not_contain_masked_values() {
    let text = "test: {script: x, image: 'r.io/$NAME:'}\n";
    let env = "# masked\nNAME=hunter22\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", text), (".runner-lite.env", env)]);
    for format in [&["lint"][..], &["lint", "--json"]] {
        let said = sandbox.run(format);
        assert!(said.stdout.contains("r.io/[MASKED]:") && !said.stdout.contains("hunter22"), "{said:?}");
    }
    sandbox.write(".runner-lite.env", "NAME\n");
    let said = sandbox.run(&["lint"]);
    assert_eq!(said.code, 3);
    assert!(said.stdout.contains("/.runner-lite.env:1:1: there is no `=` in this line"), "{said:?}");
}

#[test]
fn strict_mode_of_other_commands_concerns_only_their_job() {
    let text = "default: {tags: [x]}\na: {script: x, release: {tag_name: v1, description: d}}\nb: {script: x, pages: true}\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", text)]);
    let errors = |arguments: &[&str]| -> Vec<String> {
        let said = sandbox.run(&[arguments, &["--strict"]].concat());
        assert_eq!((said.code, said.stdout.as_str()), (3, ""), "{arguments:?}: {said:?}");
        let lines = said.stderr.lines().filter_map(|line| line.strip_prefix("error: keyword `"));
        lines.map(|line| line.split('`').next().unwrap().to_owned()).collect()
    };
    assert_eq!(errors(&["exec", "a"]), ["tags", "release"]);
    assert_eq!(errors(&["show", "a"]), ["tags", "release"]);
    assert_eq!(errors(&["list"]), ["tags", "release", "pages"]);
    assert_eq!(errors(&["pull"]), ["tags", "release", "pages"]);
    let text = "include: {template: T.yml}\na: {script: x}\n";
    let said = Sandbox::new(&[(".gitlab-ci.yml", text)]).run(&["show", "a", "--strict"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.starts_with("error: `template: T.yml` needs a network"), "{said:?}");
}

#[test]
fn every_real_file_is_checked_to_its_end() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/files");
    let Ok(files) = std::fs::read_dir(&corpus) else {
        return skip(&format!("no collection of pipeline files in {}", corpus.display()));
    };
    let paths: Vec<String> = files.map(|file| file.unwrap().path().display().to_string()).collect();
    let arguments: Vec<&str> =
        ["lint", "--json"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let said = Sandbox::new(&[]).run(&arguments);
    assert_eq!((said.code, said.stderr.as_str()), (3, ""));
    let found = valid_answer("lint", &said.stdout).as_array().unwrap().clone();
    for finding in &found {
        // Every finding about a readable file has a position in it.
        assert!(finding["line"].is_u64() && finding["end"]["column"].is_u64(), "{finding}");
        assert!(finding["labels"].as_array().is_some_and(|labels| !labels.is_empty()), "{finding}");
    }
    assert!(found.len() > 100, "{}", found.len());
}

#[test]
fn colours_in_a_pipe_come_with_the_flag_or_clicolor_force() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "a: {scirpt: x}\n")]);
    let is_coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = sandbox.command(PROGRAM);
        command.arg("lint").args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let output = command.envs(environment.iter().copied()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(String::from_utf8_lossy(&said).contains("scirpt"), "{said:?}");
        said.contains(&0x1b)
    };
    assert!(!is_coloured(&[], &[]));
    assert!(is_coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(is_coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!is_coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}
