//! Keywords that decide whether, how often and with which variables a job runs.

use super::run::{program, run_job, run_job_in, run_job_with};

#[test]
fn a_matrix_instance_gets_its_variables_and_its_index() {
    let yaml = "language-matrix:\n  image: busybox:1.35\n  parallel: {matrix: [{LANGUAGE: [ruby, go], V: ['2.7']}]}\n  \
                script: ['echo \"$LANGUAGE $V, $CI_NODE_INDEX of $CI_NODE_TOTAL, $CI_JOB_NAME\"']\n";
    let outcome = run_job("language-matrix: [go, 2.7]", yaml);
    outcome.assert(0, &["\ngo 2.7, 2 of 2, language-matrix: [go, 2.7]\n"]);
}

#[test]
fn a_failing_job_is_retried_as_often_as_retry_says() {
    let yaml = "language-retry:\n  image: busybox:1.35\n  retry: 2\n  script: [echo once more, exit 3]\n";
    let outcome = run_job("language-retry", yaml);
    outcome.assert(1, &["\nRetrying the job (1 of 2)\n", "\nRetrying the job (2 of 2)\n"]);
    assert_eq!(outcome.log().matches("\nonce more\n").count(), 3, "{}", outcome.log());
}

#[test]
fn only_failures_that_retry_names_are_retried() {
    let run = |name: &str, retry: &str| {
        let yaml =
            format!("{name}:\n  image: busybox:1.35\n  retry: {retry}\n  script: [echo once more, exit 3]\n");
        let outcome = run_job(name, &yaml);
        outcome.assert(1, &[]);
        outcome.log().matches("\nonce more\n").count()
    };
    assert_eq!(run("language-retry-system", "{max: 2, when: runner_system_failure}"), 1);
    assert_eq!(run("language-retry-other", "{max: 2, exit_codes: [1, 2]}"), 1);
    assert_eq!(run("language-retry-code", "{max: 1, exit_codes: 3}"), 2);
}

#[test]
fn the_matching_rule_sets_variables_and_allow_failure() {
    let yaml = "workflow: {rules: [{if: $NONE}, {variables: {W: from the workflow}}]}\n\
                variables: {V: global, W: global}\n\
                language-rules:\n  image: busybox:1.35\n  variables: {V: job}\n  \
                script: ['echo \"V is $V, W is $W\"', exit 4]\n  \
                rules:\n    - if: $NONE\n      variables: {V: first}\n    - if: $CI\n      variables: {V: second}\n      \
                allow_failure: true\n";
    run_job("language-rules", yaml)
        .assert(0, &["\nV is second, W is from the workflow\n", "allowed to fail"]);
}

#[test]
fn a_job_outside_the_pipeline_runs_with_a_note() {
    let yaml = "language-never:\n  image: busybox:1.35\n  script: [echo has run]\n  rules: [{if: $DEPLOY}]\n";
    let outcome = run_job("language-never", yaml);
    outcome.assert(0, &["\nhas run\n"]);
    let note = "note: `language-never` is not in the pipeline for this branch or tag (no rule matches)\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    let asked = run_job_with("language-never", yaml, &["--variable", "DEPLOY=1"]);
    assert!(!asked.stderr.contains("language-never"), "{}", asked.stderr);
}

#[test]
fn inherit_limits_the_defaults_and_variables_of_a_job() {
    let yaml = "default: {before_script: [echo before]}\nvariables: {A: one, B: two}\n\
                language-inherit:\n  image: busybox:1.35\n  inherit: {default: false, variables: [A]}\n  \
                script: ['echo \"[$A][$B]\"']\n";
    let outcome = run_job("language-inherit", yaml);
    outcome.assert(0, &["\n[one][]\n"]);
    assert!(!outcome.log().contains("\nbefore\n"), "{}", outcome.log());
}

#[test]
fn a_delayed_job_runs_at_once_with_a_note() {
    let yaml = "language-delayed:\n  image: busybox:1.35\n  when: delayed\n  start_in: 1 day\n  script: [echo has run]\n";
    let outcome = run_job("language-delayed", yaml);
    outcome.assert(0, &["\nhas run\n"]);
    let note = "note: `language-delayed` is delayed in the pipeline, and runs at once here\n";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
}

#[test]
fn pull_skips_jobs_without_a_script_or_outside_the_pipeline() {
    let yaml = "language-pull: {image: 'busybox:1.35', script: [a], rules: [{when: never}]}\nchild: {trigger: g/p}\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).args(arguments).output().unwrap()
    };
    let pull = run(&["pull"]);
    assert_eq!((pull.status.code(), &*String::from_utf8_lossy(&pull.stderr)), (Some(0), ""));
    let exec = run(&["exec", "child"]);
    assert_eq!(exec.status.code(), Some(3), "{exec:?}");
    assert!(
        String::from_utf8_lossy(&exec.stderr).contains("starts another pipeline (`trigger`)"),
        "{exec:?}"
    );
}

#[test]
fn masked_variables_of_the_env_file_are_masked_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "language-masked:\n  image: busybox:1.35\n  script: ['echo \"$TOKEN, $PLAIN\"', 'echo glpat-0123456789']\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let variables = "PLAIN=plain\n# masked\nTOKEN=glpat-0123456789\n";
    std::fs::write(folder.path().join(".runner-lite.env"), variables).unwrap();
    let outcome = run_job_in(folder.path(), "language-masked", &[]);
    outcome.assert(0, &["\n[MASKED], plain\n", "\n$ echo [MASKED]\n[MASKED]\n"]);
    assert!(!outcome.log().contains("glpat"), "{}", outcome.log());
}

#[test]
fn tokens_and_url_parameters_are_masked_in_the_log_also_across_writes() {
    let script = "printf 'a glpat-ab'; sleep 0.3; printf 'cd, gldt-e ?private_tok'; sleep 0.3; echo 'en=f g'";
    let yaml = format!(
        "language-tokens: {{image: 'busybox:1.35', script: [\"{script}\"]}}\n\
         language-one-token:\n  image: busybox:1.35\n  variables: {{FF_MASK_ALL_DEFAULT_TOKENS: 'false'}}\n  script: [\"{script}\"]\n"
    );
    let all = run_job("language-tokens", &yaml);
    all.assert(0, &["\na glpat-[MASKED], gldt-[MASKED] ?private_token=[MASKED] g\n"]);
    let one = run_job("language-one-token", &yaml);
    one.assert(0, &["\na glpat-[MASKED], gldt-e ?private_token=[MASKED] g\n"]);
}

#[test]
fn each_keyword_without_effect_is_reported_once() {
    let yaml = "default: {image: 'busybox:1.35', tags: [a], interruptible: true, id_tokens: {A: {aud: b}}}\n\
                language-ignored:\n  tags: [b]\n  release: {tag_name: v1, description: d}\n  script: [echo has run]\n\
                other: {resource_group: x, script: a}\n";
    let outcome = run_job_with("language-ignored", yaml, &["-v"]);
    let line = |keyword: &str, places: &str| {
        format!("\nWARNING: keyword `{keyword}` only applies on GitLab and is ignored here ({places})\n")
    };
    let lines = [
        line("tags", ".gitlab-ci.yml:1, .gitlab-ci.yml:3"),
        line("id_tokens", ".gitlab-ci.yml:1"),
        line("release", ".gitlab-ci.yml:4"),
    ];
    outcome.assert(0, &[&lines[0], &lines[1], &lines[2], "\nhas run\n"]);
    assert_eq!(outcome.log().matches("ignored here").count(), 3, "{}", outcome.log());
    let strict = run_job_with("language-ignored", yaml, &["--strict"]);
    strict.assert(3, &[]);
    assert!(strict.stderr.contains("error: keyword `release`"), "{}", strict.stderr);
}

#[test]
fn all_lines_of_a_command_are_printed_with_script_sections() {
    let yaml = "language-sections:\n  image: busybox:1.35\n  variables: {FF_SCRIPT_SECTIONS: 'true'}\n  script:\n    - |\n      echo 'a b'\n      echo c\n    - /no/such/program\n";
    let outcome = run_job("language-sections", yaml);
    let failed = "error: command failed (exit 127) at .gitlab-ci.yml:8: /no/such/program\n";
    outcome.assert(1, &["\n$ echo 'a b'\necho c\na b\nc\n$ /no/such/program\n", failed]);
}

#[test]
fn output_beyond_the_limit_is_left_out_and_the_job_goes_on() {
    let yaml = "language-limit: {image: 'busybox:1.35', script: ['head -c 3000 /dev/zero | tr \"\\0\" x', echo; exit 3]}\n";
    let outcome = run_job_with("language-limit", yaml, &["--output-limit", "1"]);
    outcome.assert(1, &["WARNING: the log has reached its limit of 1024 bytes", "Job failed: exit code 3"]);
    let shown = outcome.log().matches('x').count();
    assert!((900..1100).contains(&shown), "{shown}");
}

#[test]
fn a_job_with_a_network_of_its_own_knows_its_name() {
    let yaml = "language-network:\n  image: busybox:1.35\n  variables: {FF_NETWORK_PER_BUILD: 'true'}\n  script: ['echo \"on $CI_BUILD_NETWORK_NAME\"']\n";
    run_job("language-network", yaml).assert(0, &["\non runner-lite-project-1-concurrent-"]);
}

#[test]
fn variables_without_effect_are_named_once() {
    let yaml = "variables: {GIT_DEPTH: '1'}\nlanguage-inert:\n  image: busybox:1.35\n  variables: {GIT_DEPTH: '2', FF_USE_FASTZIP: 'true'}\n  script: [echo has run]\n";
    run_job("language-inert", yaml).assert(
        0,
        &["\nWARNING: ignored here: `GIT_DEPTH`, `FF_USE_FASTZIP` (-v says why)\n", "\nhas run\n"],
    );
    let why = "variable `GIT_DEPTH` has no effect here: the sources are those of the working tree (.gitlab-ci.yml:1, .gitlab-ci.yml:4)";
    run_job_with("language-inert", yaml, &["-v"]).assert(0, &[why]);
}

#[test]
fn variables_without_effect_are_named_wherever_they_are_defined() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "language-inert-elsewhere:\n  image: busybox:1.35\n  variables: {GIT_DEPTH: '2'}\n  script: [echo has run]\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join(".runner-lite.env"), "GIT_DEPTH=3\nGIT_CHECKOUT=false\n").unwrap();
    let arguments = ["--variable", "FF_TIMESTAMPS=false", "--variable", "EXECUTOR_JOB_SECTION_ATTEMPTS=3"];
    let outcome = run_job_in(folder.path(), "language-inert-elsewhere", &arguments);
    let names = "`GIT_DEPTH`, `GIT_CHECKOUT`, `FF_TIMESTAMPS`, `EXECUTOR_JOB_SECTION_ATTEMPTS`";
    outcome.assert(0, &[&format!("\nWARNING: ignored here: {names} (-v says why)\n"), "\nhas run\n"]);
    let arguments = ["-v", "--feature-flags", "FF_USE_FASTZIP:true", "--env", "GIT_DEPTH=4"];
    let lines = [
        "variable `GIT_DEPTH` has no effect here: the sources are those of the working tree (.gitlab-ci.yml:3, .runner-lite.env, --variable)",
        "variable `FF_USE_FASTZIP` has no effect here: the feature flag is for a part of GitLab Runner that does not exist here (`feature_flags` of the runner)",
    ];
    run_job_in(folder.path(), "language-inert-elsewhere", &arguments).assert(0, &lines);
}

#[test]
fn variables_of_an_environment_reach_its_jobs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let script = "script: ['echo \"host $HOST, $TOKEN.\"']";
    let yaml = format!(
        "default: {{image: 'busybox:1.35'}}\n\
         language-production: {{environment: production, {script}}}\n\
         language-review: {{environment: 'review/$CI_JOB_STAGE', {script}}}\n\
         language-no-environment: {{{script}}}\n"
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let variables = "HOST=all\n# environment: production\nHOST=live\n# masked\nTOKEN=12345678\n# environment: review/*\n# not masked\nHOST=review\n";
    std::fs::write(folder.path().join(".runner-lite.env"), variables).unwrap();
    let jobs = [
        ("language-production", "live, [MASKED]"),
        ("language-review", "review, "),
        ("language-no-environment", "all, "),
    ];
    for (job, host) in jobs {
        run_job_in(folder.path(), job, &[]).assert(0, &[&format!("\nhost {host}.\n")]);
    }
}
