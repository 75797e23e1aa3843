//! Scripts of jobs, their output and their exit codes.

use super::run::{run_job, run_job_with};

fn yaml(name: &str, script: &str) -> String {
    format!("{name}:\n  image: busybox:1.35\n  script:\n    - |\n      {script}\n    - echo not reached\n")
}

#[test]
fn a_failing_script_ends_with_its_exit_code() {
    for (name, script, code) in [
        ("script-middle", "false", 1),
        ("script-pipe", "false | cat", 1),
        ("script-subshell", "(exit 7)", 7),
        ("script-signal", "sh -c 'kill -9 $$'", 137),
        ("script-42", "exit 42", 42),
    ] {
        let outcome = run_job(name, &yaml(name, script));
        outcome.assert(1, &[&format!("ERROR: Job failed: exit code {code}\n")]);
        assert!(!outcome.log().contains("\nnot reached\n"), "{}", outcome.log());
    }
}

#[test]
fn ten_thousand_lines_run_in_order() {
    let lines: String =
        (0..10_000).map(|line| format!("    - test {line} -eq ${{n:=0}}; n=$((n + 1))\n")).collect();
    let yaml = format!("script-long:\n  image: busybox:1.35\n  script:\n{lines}    - echo $n lines\n");
    run_job_with("script-long", &yaml, &["-q"]).assert(0, &["10000 lines\n"]);
}

#[test]
fn a_command_that_reads_standard_input_does_not_consume_the_script() {
    let yaml = "script-stdin:\n  image: busybox:1.35\n  script: [cat, 'read x || echo empty', echo two]\n";
    run_job("script-stdin", yaml).assert(0, &["\nempty\n", "\ntwo\n"]);
}

#[test]
fn output_arrives_byte_for_byte() {
    let yaml = "script-bytes:\n  image: busybox:1.35\n  script: ['printf \"a\\\\000b\\\\377\\\\376\\\\303(no newline\"']\n";
    let outcome = run_job_with("script-bytes", yaml, &["-q"]);
    outcome.assert(0, &[]);
    assert_eq!(outcome.stdout, b"a\0b\xff\xfe\xc3(no newline");
}

#[test]
fn a_gibibyte_of_output_needs_less_than_twenty_mebibytes_of_memory() {
    let yaml =
        "script-big:\n  image: busybox:1.35\n  script: [dd if=/dev/zero bs=1M count=1024 2>/dev/null]\n";
    let outcome = run_job_with("script-big", yaml, &["-q"]);
    outcome.assert(0, &[]);
    assert_eq!(outcome.stdout.len(), 1 << 30);
    assert!(outcome.stdout.iter().all(|byte| *byte == 0));
    assert!(outcome.peak_memory_kib < 20 * 1024, "{} KiB", outcome.peak_memory_kib);
}

#[test]
fn after_script_has_a_fresh_shell_and_the_scripts_files_and_status() {
    let yaml = "
script-after:
  image: busybox:1.35
  before_script: [export A=1, cd /, echo made >/made]
  script: ['false']
  after_script: ['echo \"status $CI_JOB_STATUS, A [$A], $(cat /made), $PWD\"', exit 7]
";
    let outcome = run_job("script-after", yaml);
    outcome.assert(
        1,
        &[
            "status failed, A [], made, /builds/local/",
            "after_script failed, but job will continue unaffected: exit code 7",
            "ERROR: Job failed: exit code 1\n",
        ],
    );
}

#[test]
fn an_allowed_failure_exits_with_zero_and_is_reported() {
    let yaml =
        "script-allowed:\n  image: busybox:1.35\n  script: [exit 5]\n  allow_failure: {exit_codes: 5}\n";
    run_job("script-allowed", yaml).assert(0, &["ERROR: Job failed: exit code 5\n", "allowed to fail"]);
}

#[test]
fn an_image_without_a_shell_is_a_system_failure_with_the_engines_message() {
    let yaml = "script-noshell:\n  image: {name: runner-lite/lab-no-shell:latest, entrypoint: ['']}\n  script: [echo x]\n";
    let outcome = run_job("script-noshell", yaml);
    outcome.assert(125, &[]);
    assert!(outcome.stderr.contains("executable file not found"), "{}", outcome.stderr);
}

#[test]
fn an_entrypoint_that_executes_its_arguments_works() {
    let yaml =
        "script-entrypoint:\n  image: runner-lite/lab-exec-entrypoint:latest\n  script: [echo it runs]\n";
    run_job("script-entrypoint", yaml).assert(0, &["\nit runs\n"]);
}

#[test]
fn an_unprivileged_user_of_the_image_can_write_the_sources() {
    let yaml = "script-user:\n  image: runner-lite/lab-user:latest\n  script: [id -u, 'echo x >>.gitlab-ci.yml', touch new, echo written]\n";
    let outcome = run_job("script-user", yaml);
    outcome.assert(0, &["\nwritten\n"]);
    assert!(!outcome.log().contains("\n0\n"), "{}", outcome.log());
}

#[test]
fn extends_and_references_compose_a_job() {
    let yaml = "
.base: {image: 'busybox:1.35', before_script: [echo before], variables: {A: base, B: base}}
.setup: {script: [echo one, echo two]}
composed:
  extends: .base
  variables: {B: job}
  script: [!reference [.setup, script], 'echo \"$A and $B\"']
";
    run_job("composed", yaml).assert(0, &["\nbefore\n", "\none\n", "\ntwo\n", "\nbase and job\n"]);
}

#[test]
fn a_matrix_instance_runs_by_its_full_name_and_not_by_its_group() {
    let yaml = "
test:
  image: $IMAGE:$TAG
  parallel: {matrix: [{IMAGE: [alpine, busybox], TAG: ['1.35']}]}
  script: ['echo \"$IMAGE $CI_NODE_INDEX/$CI_NODE_TOTAL $CI_JOB_NAME_SLUG $CI_JOB_GROUP_NAME\"']
";
    run_job("test: [busybox, 1.35]", yaml).assert(0, &["\nbusybox 2/2 test---busybox--1-35 test\n"]);
    let group = run_job("test", yaml);
    assert_eq!(group.code, 2);
    assert!(
        group.stderr.contains("is parallel; name one of its instances:\n  test: [alpine, 1.35]\n"),
        "{}",
        group.stderr
    );
}

#[test]
fn included_files_are_merged_below_the_pipeline_file() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("ci")).unwrap();
    write("ci/base.yml", ".base: {image: 'busybox:1.35', before_script: [echo before], script: [echo base]}");
    write("ci/more.yml", "included: {variables: {A: more, B: more}}");
    write(
        ".gitlab-ci.yml",
        "include: [{local: /ci/base.yml}, 'ci/m*.yml', {template: Some.gitlab-ci.yml}]\n\
         included: {extends: .base, variables: {B: own}, script: ['echo \"$A and $B\"']}",
    );
    let outcome = super::run::run_job_in(folder.path(), "included", &[]);
    outcome.assert(0, &["\nbefore\n", "\nmore and own\n"]);
    assert!(outcome.stderr.contains("`template: Some.gitlab-ci.yml` needs a network"), "{}", outcome.stderr);
}

#[test]
fn a_process_that_the_kernel_killed_for_lack_of_memory_is_reported() {
    let yaml = "script-oom: {image: 'busybox:1.35', script: [tail /dev/zero]}";
    let outcome = run_job_with("script-oom", yaml, &["--docker-memory", "16m"]);
    outcome.assert(1, &["`--docker-memory 2g` raises it\n", "ERROR: Job failed: exit code 137\n"]);
    // Docker misses the kernel's word now and then, if the container ends at once.
    let known =
        "WARNING: the kernel killed a process of the job because the container's memory limit was exceeded; ";
    let unknown =
        "WARNING: a process of the job was killed, and the engine does not say why; perhaps the container's ";
    let log = outcome.log();
    assert!(log.contains(known) || log.contains(unknown), "{log}");
}
