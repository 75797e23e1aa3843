//! `runner-lite list`, on real repositories.

use std::path::Path;
use std::process::{Command, Output};

use super::sandbox::Sandbox;

const FILE: &str = "
stages: [build, test]
workflow: {rules: [{if: $CI_COMMIT_TAG, when: never}, {when: always}]}
unit: {script: a, parallel: 2, needs: [compile]}
compile: {stage: build, script: a, rules: [{changes: ['src/*.rs']}]}
docs: {script: a, rules: [{changes: ['docs/**/*']}, {if: $DOCS, when: manual}]}
release: {stage: .post, script: a, only: [tags]}
";

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let run = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(run.status.success(), "{arguments:?}: {run:?}");
}

fn list(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_runner-lite");
    Command::new(program)
        .current_dir(folder)
        .arg("list")
        .args(arguments)
        .env("RUNNER_LITE_CONFIG", "")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A repository on the branch `main` with one commit of this pipeline file.
fn repository_of(file: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    commit(folder.path(), ".gitlab-ci.yml", file);
    folder
}

/// Writes a file and commits it.
fn commit(folder: &Path, path: &str, text: &str) {
    std::fs::write(folder.join(path), text).unwrap();
    git(folder, &["add", "."]);
    git(folder, &["commit", "-qm", path]);
}

/// A repository on a branch whose last commit changed `src/a.rs`.
fn repository() -> tempfile::TempDir {
    let folder = repository_of(FILE);
    std::fs::create_dir(folder.path().join("src")).unwrap();
    commit(folder.path(), "src/a.rs", "");
    folder
}

#[test]
fn jobs_are_listed_in_the_order_of_their_stages() {
    let folder = repository();
    let output = list(folder.path(), &[]);
    insta::assert_snapshot!(text(&output.stdout), @r"
    JOB         WHEN        NEEDS    WHY
    build
      compile   on_success           rule 1: changes src/*.rs
    test
      unit 1/2  on_success  compile
      unit 2/2  on_success  compile
    ");
    assert_eq!(
        text(&output.stderr),
        "2 more are not in the pipeline for this branch or tag; --all shows them.\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn excluded_jobs_are_listed_with_the_reason() {
    let folder = repository();
    insta::assert_snapshot!(text(&list(folder.path(), &["--all"]).stdout), @r"
    JOB         WHEN        NEEDS    WHY
    build
      compile   on_success           rule 1: changes src/*.rs
    test
      unit 1/2  on_success  compile
      unit 2/2  on_success  compile
      docs      never                no rule matches
    .post
      release   never                only: tags
    ");
    let docs = list(folder.path(), &["--variable", "DOCS=1"]);
    assert!(text(&docs.stdout).contains("rule 2: if $DOCS"), "{docs:?}");
}

#[test]
fn a_tag_may_have_no_pipeline() {
    let folder = repository();
    git(folder.path(), &["tag", "v1"]);
    git(folder.path(), &["checkout", "-q", "v1"]);
    let output = list(folder.path(), &["--json"]);
    assert_eq!(text(&output.stdout), "[]\n");
    assert_eq!(
        text(&output.stderr),
        "There is no pipeline for this branch or tag (workflow: rule 1: if $CI_COMMIT_TAG).\n"
    );
}

#[test]
fn an_invalid_job_is_named_and_sets_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), "a: {script: x}\nb: {image: y}\n").unwrap();
    let output = list(folder.path(), &["--json"]);
    let entries: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(entries[0]["name"], "a");
    assert_eq!(
        text(&output.stderr),
        "warning: job \"b\" is invalid: jobs b config should implement the script:, run:, or trigger: keyword \
         (`runner-lite lint` says where)\n"
    );
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn the_git_folder_is_not_part_of_the_project() {
    let folder = repository();
    let text =
        "a: {script: x, rules: [{exists: ['.git/**/*']}]}\nb: {script: x, rules: [{exists: ['src/*']}]}\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), text).unwrap();
    let output = list(folder.path(), &["--json", "--all"]);
    let entries: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let whys: Vec<_> =
        entries.as_array().unwrap().iter().map(|entry| entry["why"].as_str().unwrap()).collect();
    assert_eq!(whys, ["no rule matches", "rule 1: exists src/*"]);
}

#[test]
fn rules_use_the_variables_of_the_project() {
    let folder = repository();
    std::fs::write(folder.path().join(".runner-lite.env"), "DOCS='1'\n").unwrap();
    let output = list(folder.path(), &[]);
    assert!(text(&output.stdout).contains("rule 2: if $DOCS"), "{output:?}");
    assert!(!text(&output.stderr).contains("warning"), "{output:?}");
    std::fs::write(folder.path().join(".runner-lite.env"), "# masked\nTOKEN='12345678'\n").unwrap();
    let warning = "has masked variables, and git does not ignore it";
    assert!(text(&list(folder.path(), &[]).stderr).contains(warning));
    std::fs::write(folder.path().join(".gitignore"), "*.env\n").unwrap();
    assert!(!text(&list(folder.path(), &[]).stderr).contains(warning));
}

#[test]
fn errors_in_a_variables_file_have_positions_and_no_values() {
    let folder = repository();
    let path = folder.path().join(".runner-lite.env");
    std::fs::write(&path, "A='hunter2\nhunter2\n").unwrap();
    let output = list(folder.path(), &[]);
    let path = path.canonicalize().unwrap();
    let expect = [
        format!("error: {}:1:3: this quote is not closed in its line\n", path.display()),
        format!("error: {}:2:1: there is no `=` in this line; write KEY=VALUE\n", path.display()),
    ];
    assert_eq!(text(&output.stderr), expect.concat());
    assert_eq!(output.status.code(), Some(3));
    std::fs::write(&path, " ".repeat(300_000)).unwrap();
    let output = list(folder.path(), &[]);
    assert!(text(&output.stderr).contains(".runner-lite.env is larger than 256 KiB"), "{output:?}");
}

/// Whether a job with this rule is in the pipeline.
fn is_listed(folder: &Path, rule: &str) -> bool {
    std::fs::write(folder.join("rule.yml"), format!("t: {{script: x, rules: [{{{rule}}}]}}\n")).unwrap();
    let output = list(folder, &["--json", "--file", "rule.yml"]);
    assert_eq!(
        text(&output.stderr).lines().filter(|line| line.starts_with("warning")).count(),
        0,
        "{output:?}"
    );
    serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()[0]["name"] == "t"
}

#[test]
fn untracked_files_exist_and_count_as_changed_but_ignored_files_do_not() {
    let folder = repository();
    let path = folder.path();
    std::fs::write(path.join("new.txt"), "").unwrap();
    std::fs::write(path.join("built.o"), "").unwrap();
    std::fs::write(path.join(".gitignore"), "*.o\n").unwrap();
    for keyword in ["changes", "exists"] {
        assert!(is_listed(path, &format!("{keyword}: [new.txt]")), "{keyword}");
        assert!(!is_listed(path, &format!("{keyword}: [built.o]")), "{keyword}");
    }
}

#[test]
fn a_deleted_file_counts_as_changed_and_does_not_exist() {
    let folder = repository();
    std::fs::remove_file(folder.path().join("src/a.rs")).unwrap();
    assert!(!is_listed(folder.path(), "exists: [src/a.rs]"));
    assert!(!is_listed(folder.path(), "exists: ['**/*.rs']"));
    git(folder.path(), &["checkout", "-q", "HEAD~"]);
    git(folder.path(), &["checkout", "-qb", "topic"]);
    std::fs::remove_file(folder.path().join(".gitlab-ci.yml")).unwrap();
    assert!(is_listed(folder.path(), "changes: {paths: [.gitlab-ci.yml], compare_to: main}"));
}

#[test]
fn compare_to_may_name_a_remote_branch() {
    let folder = repository();
    let path = folder.path();
    git(path, &["update-ref", "refs/remotes/origin/trunk", "HEAD~"]);
    for name in ["trunk", "refs/heads/trunk", "$TRUNK"] {
        let rule = format!("changes: {{paths: ['src/*'], compare_to: {name}}}");
        let variables = "variables: {TRUNK: trunk}\n";
        std::fs::write(path.join("v.yml"), format!("{variables}t: {{script: x, rules: [{{{rule}}}]}}\n"))
            .unwrap();
        let output = list(path, &["--json", "--file", "v.yml"]);
        assert!(text(&output.stdout).contains("\"t\""), "{name}: {output:?}");
        assert_eq!(text(&output.stderr), "", "{name}");
    }
}

#[test]
fn needs_missing_from_the_pipeline_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = "a: {script: x, rules: [{if: $CI_COMMIT_TAG}]}\nb: {script: x, needs: [a]}\nc: {script: x, needs: [{job: a, optional: true}]}\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), file).unwrap();
    let output = list(folder.path(), &[]);
    let error = "error: 'b' job needs 'a' job, but 'a' does not exist in the pipeline.";
    assert!(text(&output.stderr).starts_with(error), "{output:?}");
    assert_eq!(text(&output.stderr).matches("error").count(), 1, "{output:?}");
    assert_eq!(output.status.code(), Some(3));
    let there = list(folder.path(), &["--variable", "CI_COMMIT_TAG=1"]);
    assert_eq!(text(&there.stderr), "");
}

#[test]
fn includes_support_inputs_rules_and_vendored_copies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let main = "include:\n- {local: part.yml, inputs: {name: one}}\n- {local: part.yml, inputs: {name: two}, rules: [{if: $TWO}]}\n- {project: g/p, file: far.yml}\n";
    std::fs::write(path.join(".gitlab-ci.yml"), main).unwrap();
    std::fs::write(
        path.join("part.yml"),
        "spec: {inputs: {name: }}\n---\n$[[ inputs.name ]]: {script: make}\n",
    )
    .unwrap();
    std::fs::create_dir_all(path.join("copies/g/p")).unwrap();
    std::fs::write(path.join("copies/g/p/far.yml"), "far: {script: make}\n").unwrap();
    let names = |arguments: &[&str]| {
        let output = list(path, &[arguments, &["--json"]].concat());
        let jobs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let names = jobs.as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), text(&output.stderr).contains("needs a network"))
    };
    assert_eq!(names(&[]), (vec!["one".to_owned()], true));
    let all = ["one", "two", "far"].map(str::to_owned).to_vec();
    assert_eq!(names(&["--variable", "TWO=1", "--include-dir", "copies"]).0.len(), all.len());
    assert!(!names(&["--include-dir", "copies"]).1);
}

#[test]
fn json_output_names_every_needed_instance() {
    let folder = tempfile::tempdir().unwrap();
    let file = "b: {script: x, parallel: {matrix: [{A: [x, y]}]}}\nc: {script: x, needs: [b]}\n\
                d: {script: x, needs: [{job: b, parallel: {matrix: [{A: y}]}}]}\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), file).unwrap();
    let output = list(folder.path(), &["--json"]);
    let entries: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(entries[2]["needs"], serde_json::json!(["b: [x]", "b: [y]"]));
    assert_eq!(entries[3]["needs"], serde_json::json!(["b: [y]"]));
    insta::assert_snapshot!(text(&list(folder.path(), &[]).stdout), @r"
    JOB       WHEN        NEEDS
    test
      b: [x]  on_success
      b: [y]  on_success
      c       on_success  b
      d       on_success  b: [y]
    ");
}

#[test]
fn the_environment_and_the_comment_above_a_job_are_listed() {
    let sandbox = Sandbox::new(&[
        (
            ".gitlab-ci.yml",
            "# Of the whole file\n\n# Compiles hunter22.\nbuild: {stage: build, script: x}\n\
             # Puts it on\n# a server.\ndeploy: {stage: deploy, script: x, when: manual, environment: {name: prod/$A}}\n\
             # Greets\nhi: {script: x, parallel: 2}\ninclude: more.yml\n",
        ),
        ("more.yml", "# Comes from elsewhere\nmore: {script: x}\n"),
        (".runner-lite.env", "# masked\nSECRET=hunter22\n"),
    ]);
    insta::assert_snapshot!(sandbox.run(&["list"]).answer(), @r"
    JOB       WHEN        ENVIRONMENT  DESCRIPTION
    build
      build   on_success               Compiles [MASKED].
    test
      more    on_success               Comes from elsewhere
      hi 1/2  on_success               Greets
      hi 2/2  on_success               Greets
    deploy
      deploy  manual      prod/$A      Puts it on a server.
    ");
    let jobs: serde_json::Value = serde_json::from_str(sandbox.run(&["list", "--json"]).answer()).unwrap();
    let deploy = jobs.as_array().unwrap().iter().find(|job| job["name"] == "deploy").unwrap();
    assert_eq!(
        (&deploy["environment"], &deploy["description"]),
        (&"prod/$A".into(), &"Puts it on a server.".into())
    );
    let coloured = sandbox.run(&["list", "--color", "always"]);
    assert!(coloured.answer().contains("\n\x1b[1mdeploy\x1b[0;m\n"), "{coloured:?}");
}

#[test]
fn jobs_in_pre_and_post_alone_make_no_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let said = |file: &str| {
        std::fs::write(folder.path().join(".gitlab-ci.yml"), file).unwrap();
        text(&list(folder.path(), &[]).stderr).to_owned()
    };
    let none = "There is no pipeline for this branch or tag: all of its jobs are in .pre and .post.\n";
    assert_eq!(said("a: {script: x, stage: .pre}\nb: {script: x, stage: .post}"), none);
    assert_eq!(said("a: {script: x, stage: .pre}\nb: {script: x}"), "");
}

#[test]
fn a_misspelt_name_of_a_parallel_job_suggests_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = "greet: {script: x, parallel: {matrix: [{A: [sun, moon]}]}}";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner-lite"));
    let output = command.current_dir(folder.path()).args(["show", "gret"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "error: no job named \"gret\"; did you mean `greet`?\n");
}

const EVENTS: &str = "
test: {script: a, rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}, {if: $CI_COMMIT_BRANCH == 'main'}]}
review: {script: a, rules: [{if: $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == 'main' && $CI_COMMIT_BRANCH == null}]}
changed: {script: a, rules: [{if: $CI_PIPELINE_SOURCE != 'push', changes: [topic]}]}
release: {script: a, rules: [{if: $CI_COMMIT_TAG == 'v1' && $CI_COMMIT_BRANCH == null}]}
branch: {script: a, rules: [{if: $CI_COMMIT_BRANCH == 'topic', when: manual}]}
nightly: {script: a, rules: [{if: $CI_PIPELINE_SOURCE == 'schedule' && $CI_COMMIT_BEFORE_SHA =~ /^0+$/}]}
";

/// A repository on a branch `work`, which has a file `other` that `main` lacks.
fn repository_with_events() -> tempfile::TempDir {
    let folder = repository_of(EVENTS);
    git(folder.path(), &["checkout", "-qb", "work"]);
    commit(folder.path(), "other", "");
    folder
}

#[test]
fn another_event_has_the_jobs_that_gitlab_would_have_and_the_differences_are_told() {
    let folder = repository_with_events();
    let said = |event: &str| {
        let output = list(folder.path(), &["--as", event]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        format!("{event}\n{}", text(&output.stderr))
    };
    let events = ["push", "branch:main", "branch:topic", "tag:v1", "mr", "schedule", "web"];
    insta::assert_snapshot!(events.map(said).join(""), @r"
    push
    6 more are not in the pipeline for this branch or tag; --all shows them.
    No difference from the pipeline of a push of the current checkout.
    branch:main
    5 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      test is added (on_success)
    branch:topic
    5 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      branch is added (manual)
    tag:v1
    5 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      release is added (on_success)
    mr
    4 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      review is added (on_success)
      test is added (on_success)
    schedule
    4 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      changed is added (on_success)
      nightly is added (on_success)
    web
    5 more are not in the pipeline for this branch or tag; --all shows them.
    Differences from the pipeline of a push of the current checkout:
      changed is added (on_success)
    ");
}

#[test]
fn the_changes_of_a_merge_request_are_those_since_its_target() {
    let folder = repository_with_events();
    let path = folder.path();
    let has_changed = || text(&list(path, &["--as", "mr"]).stdout).contains("changed");
    assert!(!has_changed());
    std::fs::write(path.join("topic"), "").unwrap();
    assert!(has_changed());
}

#[test]
fn an_unknown_event_and_a_folder_without_repository_are_refused() {
    let folder = repository_with_events();
    let output = list(folder.path(), &["--as", "cron"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--as `cron` is not an event; write branch:NAME"), "{output:?}");
    let empty = tempfile::tempdir().unwrap();
    std::fs::write(empty.path().join(".gitlab-ci.yml"), EVENTS).unwrap();
    let output = list(empty.path(), &["--as", "mr"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("--as needs a git repository"), "{output:?}");
}

#[test]
fn a_list_for_another_event_needs_no_pipeline_of_a_push() {
    let include = "include: [{local: mr.yml, rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]}]\n";
    let folder = repository_of(include);
    commit(folder.path(), "mr.yml", "a: {script: x, rules: [{when: always}]}\n");
    let output = list(folder.path(), &["--as", "mr"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stderr).contains("a is added (always)"), "{output:?}");
}

#[test]
fn a_need_is_no_error_if_only_gitlab_knows_whether_the_job_is_there() {
    let folder = repository();
    let path = folder.path();
    let code = |rule: &str| {
        let file = format!("build: {{script: x, rules: [{rule}]}}\ntest: {{script: x, needs: [build]}}\n");
        std::fs::write(path.join(".gitlab-ci.yml"), file).unwrap();
        let output = list(path, &[]);
        assert!(text(&output.stderr).contains("needs 'build' job"), "{output:?}");
        output.status.code()
    };
    assert_eq!(code("{if: $CI_COMMIT_TAG}"), Some(3));
    assert_eq!(code("{when: never}"), Some(3));
    assert_eq!(code("{if: $BUILD_ENABLED == 'true'}"), Some(0));
    assert_eq!(code("{changes: [nothing]}"), Some(0));
}

#[test]
fn a_default_of_a_jobs_input_may_be_empty_and_one_that_is_replaced_does_not_count() {
    let folder = repository();
    let path = folder.path();
    let file = "
default: {before_script: ['echo ${{ job.inputs.env }}']}
a: {inputs: {flags: {default: ''}}, before_script: [], script: 'make ${{ job.inputs.flags }}'}
";
    std::fs::write(path.join(".gitlab-ci.yml"), file).unwrap();
    let output = list(path, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
