//! What keywords do beside the script: figures, variables and hooks, seen in the job's log.

use super::run::job;

#[test]
fn the_figure_of_coverage_is_the_last_one_of_the_log() {
    let yaml = "language-coverage:\n  image: busybox:1.35\n  coverage: '/covered: \\d+(?:\\.\\d+)?%/'\n  \
                script: ['printf \"covered: 12%%\\ncovered: 87.50%% of 100%%\\n\"']\n  after_script: [echo done]\n";
    job("language-coverage", yaml).assert(0, &["\nJob succeeded\nCoverage: 87.5%\n"]);
    let failing =
        yaml.replace("]\n", ", exit 3]\n").replace("language-coverage", "language-coverage-failing");
    job("language-coverage-failing", &failing).assert(1, &["exit code 3\nCoverage: 87.5%\n"]);
}

#[test]
fn a_coverage_that_finds_nothing_says_so() {
    let run = |name: &str, command: &str| {
        let yaml = format!(
            "{name}:\n  image: busybox:1.35\n  coverage: '/covered: \\d+%/'\n  script: ['{command}']\n"
        );
        job(name, &yaml)
    };
    let nothing = run("language-coverage-none", "echo 5");
    nothing.assert(0, &["\nJob succeeded\nCoverage: no line of the log has a figure for `coverage`\n"]);
    let coloured = run("language-coverage-colour", "printf \"covered: \\033[32m81\\033[0m%%\\n\"");
    coloured.assert(0, &["does the log have 81%"]);
}

#[test]
fn an_environment_is_in_the_jobs_variables() {
    let yaml = "language-environment:\n  image: busybox:1.35\n  variables: {WHERE: Prod}\n  \
                environment: {name: $WHERE/eu, url: 'https://$CI_ENVIRONMENT_SLUG.example.com', on_stop: x}\n  \
                script: ['echo \"$CI_ENVIRONMENT_NAME $CI_ENVIRONMENT_TIER $CI_ENVIRONMENT_ACTION\"', 'echo $CI_ENVIRONMENT_URL']\n";
    let outcome = job("language-environment", yaml);
    outcome.assert(0, &["\nProd/eu production start\n", "\nhttps://prod-eu-mn22vu.example.com\n"]);
    outcome.assert(
        0,
        &["keyword `environment:on_stop` means something to a GitLab server and has no effect here"],
    );
}
