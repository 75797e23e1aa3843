//! Keywords with an effect beside the script: `coverage`, `environment`, `hooks`, `allow_failure`.

use super::run::{run_job, run_job_in, run_job_with};

#[test]
fn coverage_is_the_last_match_in_the_log() {
    let yaml = "language-coverage:\n  image: busybox:1.35\n  coverage: '/covered: \\d+(?:\\.\\d+)?%/'\n  \
                script: ['printf \"covered: 12%%\\ncovered: 87.50%% of 100%%\\n\"']\n  after_script: [echo done]\n";
    run_job("language-coverage", yaml).assert(0, &["\nCoverage: 87.5%\nJob succeeded\n"]);
    let failing =
        yaml.replace("]\n", ", exit 3]\n").replace("language-coverage", "language-coverage-failing");
    run_job("language-coverage-failing", &failing)
        .assert(1, &["\n\nCoverage: 87.5%\n", "\nERROR: Job failed: exit code 3\n"]);
}

#[test]
fn a_coverage_pattern_without_a_match_is_reported() {
    let run = |name: &str, command: &str| {
        let yaml = format!(
            "{name}:\n  image: busybox:1.35\n  coverage: '/covered: \\d+%/'\n  script: ['{command}']\n"
        );
        run_job(name, &yaml)
    };
    let nothing = run("language-coverage-none", "echo 5");
    nothing.assert(0, &["\nCoverage: no line of the log has a figure for `coverage`\nJob succeeded\n"]);
    let coloured = run("language-coverage-colour", "printf \"covered: \\033[32m81\\033[0m%%\\n\"");
    coloured.assert(0, &["keep the pattern from matching 81%"]);
}

#[test]
fn the_environment_keyword_sets_variables_of_the_job() {
    let yaml = "language-environment:\n  image: busybox:1.35\n  variables: {WHERE: Prod}\n  \
                environment: {name: $WHERE/eu, url: 'https://$CI_ENVIRONMENT_SLUG.example.com', on_stop: x}\n  \
                script: ['echo \"$CI_ENVIRONMENT_NAME $CI_ENVIRONMENT_TIER $CI_ENVIRONMENT_ACTION\"', 'echo $CI_ENVIRONMENT_URL']\n\
                x: {script: [a], environment: {name: $WHERE/eu, action: stop}}\n";
    let outcome = run_job("language-environment", yaml);
    outcome.assert(0, &["\nProd/eu production start\n", "\nhttps://prod-eu-mn22vu.example.com\n"]);
    outcome.assert(0, &["\nWARNING: ignored here: `environment:on_stop` (-v says why)\n"]);
}

#[test]
fn a_hook_runs_before_the_sources_and_changes_nothing_in_the_jobs_container() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "language-hook:\n  image: busybox:1.35\n  variables: {WHO: hook}\n  hooks:\n    \
                pre_get_sources_script: ['echo \"I am the $WHO\"', 'ls -d $CI_PROJECT_DIR || echo no sources', touch /here]\n  \
                script: [ls, 'ls /here || echo nothing left']\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join("source.txt"), "").unwrap();
    let outcome = run_job_in(folder.path(), "language-hook", &["-v"]);
    outcome.assert(0, &["\nI am the hook\n", "\nno sources\n", "\nsource.txt\n", "\nnothing left\n"]);
    let log = outcome.log();
    let position = |text: &str| log.find(text).unwrap_or_else(|| panic!("{text} is not in {log}"));
    assert!(position("Getting source") < position("I am the hook"), "{log}");
    assert!(position("no sources") < position("Copied 2 files"), "{log}");
}

#[test]
fn a_failing_hook_fails_the_job() {
    let yaml = "language-hook-fails:\n  image: busybox:1.35\n  hooks: {pre_get_sources_script: [exit 3]}\n  \
                script: [echo has run]\n  after_script: [echo has run]\n";
    let outcome = run_job("language-hook-fails", yaml);
    outcome.assert(1, &["\nERROR: Job failed: exit code 3\n"]);
    assert!(!outcome.log().contains("\nhas run\n"), "{}", outcome.log());
}

#[test]
fn git_strategy_none_runs_no_hook() {
    let yaml = "language-hook-none:\n  image: busybox:1.35\n  variables: {GIT_STRATEGY: none}\n  \
                hooks: {pre_get_sources_script: [exit 3]}\n  script: [echo has run]\n";
    run_job("language-hook-none", yaml).assert(0, &["\nhas run\n"]);
}

#[test]
fn allow_failure_covers_only_its_exit_codes() {
    let run = |name: &str, code: u8| {
        let yaml = format!(
            "{name}:\n  image: busybox:1.35\n  script: [exit {code}]\n  allow_failure: {{exit_codes: [5, 7]}}\n"
        );
        let outcome = run_job(name, &yaml);
        (outcome.code, outcome.log().contains("allowed to fail"))
    };
    assert_eq!(run("effects-codes-named", 7), (0, true));
    assert_eq!(run("effects-codes-other", 6), (1, false));
}

#[test]
fn a_manual_job_that_fails_fails_exec_unless_it_says_that_it_may() {
    let yaml = |more: &str| {
        format!("effects-manual:\n  image: busybox:1.35\n  script: [exit 5]\n  when: manual\n{more}")
    };
    run_job("effects-manual", &yaml("")).assert(1, &["ERROR: Job failed: exit code 5"]);
    run_job("effects-manual", &yaml("  allow_failure: true\n")).assert(0, &[]);
}

#[test]
fn the_exit_code_of_the_script_is_passed_on_if_that_is_asked_for() {
    let yaml = "effects-code:\n  image: busybox:1.35\n  script: [exit 42]\n";
    run_job_with("effects-code", yaml, &["--exit-code", "script"]).assert(42, &["exit code 42"]);
    run_job("effects-code", yaml).assert(1, &["exit code 42"]);
}
