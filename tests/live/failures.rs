//! What the log says about a script that failed.

use super::run::{Outcome, run_job, run_job_in, run_job_with};

/// The last lines of the log.
fn end(outcome: &Outcome, lines: usize) -> String {
    let log = outcome.log();
    let all: Vec<&str> = log.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[test]
fn the_last_five_lines_of_a_long_log_give_file_line_and_cause() {
    let yaml = "
failure-long:
  image: $IMAGE
  script:
    - for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; echo $i; echo $i; echo $i; done
    - cat /no/such/file
    - echo not reached
";
    for (image, cause) in [
        ("debian:bookworm-slim", "cat: /no/such/file: No such file or directory\n"),
        ("busybox:1.35", "cat: can't open '/no/such/file': No such file or directory\n"),
    ] {
        let variable = format!("IMAGE={image}");
        let outcome = run_job_with("failure-long", yaml, &["--variable", &variable]);
        outcome.assert(1, &["\n10\n"]);
        let end = end(&outcome, 5);
        assert!(end.contains(cause), "{end}");
        let line = "\nerror: command failed (exit 1) at .gitlab-ci.yml:6: cat /no/such/file\n";
        assert!(end.contains(line), "{end}");
    }
}

#[test]
fn bash_gives_the_line_of_a_block_and_other_shells_give_the_block() {
    let yaml = "
failure-block:
  image: $IMAGE
  script:
    - |
      echo first
      cat /no/such/file
      echo not reached
";
    for (image, place) in [
        ("debian:bookworm-slim", "exit 1) at .gitlab-ci.yml:7: cat /no/such/file\n"),
        ("busybox:1.35", "exit 1) at .gitlab-ci.yml:6-8: echo first ...\n"),
    ] {
        let variable = format!("IMAGE={image}");
        run_job_with("failure-block", yaml, &["--variable", &variable]).assert(1, &["\nfirst\n", place]);
    }
}

#[test]
fn the_place_is_where_the_text_is_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("base.yml"),
        ".base:\n  image: busybox:1.35\n  before_script:\n    - test -n \"$FIRST\"\n  script:\n    - exit 4\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "include: base.yml\n.steps: &steps\n  - \"false\"\nfailure-extends: {extends: .base}\n\
         failure-anchor: {extends: .base, script: *steps}\n\
         failure-reference: {extends: .base, script: [!reference [.base, script]]}\n",
    )
    .unwrap();
    let run = |job: &str, arguments: &[&str]| run_job_in(folder.path(), job, arguments);
    let passed = ["--variable", "FIRST=1"];
    run("failure-extends", &[]).assert(1, &["(exit 1) at base.yml:4: test -n \"$FIRST\"\n"]);
    run("failure-extends", &passed).assert(1, &["(exit 4) at base.yml:6: exit 4\n"]);
    run("failure-anchor", &passed).assert(1, &["(exit 1) at .gitlab-ci.yml:3: false\n"]);
    run("failure-reference", &passed).assert(1, &["(exit 4) at base.yml:6: exit 4\n"]);
}

#[test]
fn an_unprivileged_user_and_a_quiet_log_get_the_line_too() {
    let yaml = "failure-user:\n  image: runner-lite/lab-user:latest\n  script:\n    - id -u\n    - exit 3\n";
    run_job("failure-user", yaml)
        .assert(1, &["error: command failed (exit 3) at .gitlab-ci.yml:5: exit 3\n"]);
    let quiet = run_job_with("failure-user", yaml, &["-q"]);
    quiet.assert(1, &[]);
    let line = "error: command failed (exit 3) at .gitlab-ci.yml:5: exit 3\n";
    assert!(quiet.stderr.contains(line) && !quiet.log().contains("error"), "{}", quiet.stderr);
}
