//! `runner-lite auth`.

use super::sandbox::{CREDENTIALS, PROGRAM, Sandbox};

const JOB: &str = "test: {image: r.io/a, script: [make]}\n";

/// Both for the pipeline's jobs in general and for the job `test`, `auth` finds the user and hides the password.
#[track_caller]
fn check(file: &str, env_file: &str, arguments: &[&str]) {
    let sandbox = Sandbox::with_credentials(file, env_file);
    for of_job in [&[][..], &["--job", "test"]] {
        let said = sandbox.run(&[&["auth", "r.io/a"], arguments, of_job].concat());
        assert_eq!(said.code, 0, "{of_job:?}: {said:?}");
        assert!(said.stdout.contains("User user"), "{of_job:?}: {said:?}");
        assert!(!said.stdout.contains("hunter22"), "{said:?}");
    }
}

#[test]
fn credentials_are_found_in_every_layer_of_variables() {
    let variables = format!("variables: {{DOCKER_AUTH_CONFIG: '{CREDENTIALS}'}}");
    let typed = format!("DOCKER_AUTH_CONFIG={CREDENTIALS}");
    check(&format!("workflow: {{rules: [{{if: $CI, {variables}}}]}}\n{JOB}"), "", &[]);
    check(&format!("{variables}\n{JOB}"), "", &[]);
    check(JOB, &format!("DOCKER_AUTH_CONFIG='{CREDENTIALS}'\n"), &[]);
    check(JOB, "", &["--variable", &typed]);
    check(JOB, "", &["--variable-file", "DOCKER_AUTH_CONFIG=auth.json"]);
    check(JOB, "", &["--config", "config.toml"]);
}

#[test]
fn variables_in_credentials_are_expanded() {
    let config = r#"{"auths": {"$HOST": {"auth": "$AUTH"}}}"#;
    let file = format!("variables: {{HOST: r.io, DOCKER_AUTH_CONFIG: '{config}'}}\n{JOB}");
    check(&file, "# masked\nAUTH=dXNlcjpodW50ZXIyMg==\n", &[]);
}

#[test]
fn a_job_with_credentials_of_its_own_is_named() {
    let own = format!("variables: {{DOCKER_AUTH_CONFIG: '{CREDENTIALS}'}}");
    let file = format!(
        "a: {{script: x, {own}}}\nb: {{script: x, rules: [{{if: $CI, {own}}}]}}\n\
         c: {{script: x, rules: [{{if: $NO, {own}}}]}}\n"
    );
    let said = Sandbox::new(&[(".gitlab-ci.yml", &file)]).run(&["auth", "r.io/a"]);
    assert!(said.stderr.contains("see --job: `a`, `b`\n"), "{said:?}");
}

#[test]
fn a_variable_of_the_environment_is_named_that_only_an_option_makes_jobs_use() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", JOB)]);
    let run = |more: &[&str]| {
        let mut command = sandbox.command(PROGRAM);
        command.args(["auth", "r.io/a"]).args(more).env("DOCKER_AUTH_CONFIG", CREDENTIALS);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    insta::assert_snapshot!(run(&[]), @r"
    Image     r.io/a
    Registry  r.io

    DOCKER_AUTH_CONFIG of the environment
      not used: it is set but not read; pass --auth-from-env

    No credentials: the image would be pulled anonymously.
    `docker login r.io` stores them.
    ");
    assert!(run(&["--auth-from-env"]).contains("User user"));
}

#[test]
fn a_missing_auths_is_named() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", JOB)]);
    let entries =
        |text: &str| sandbox.run(&["auth", "a", "--variable", &format!("DOCKER_AUTH_CONFIG={text}")]);
    insta::assert_snapshot!(entries(r#"{"r.io": {"auth": "dXNlcjpodW50ZXIyMg=="}}"#).stdout, @r"
    Image     a
    Registry  docker.io

    $DOCKER_AUTH_CONFIG
      has no entries: top-level `auths` is missing

    No credentials: the image would be pulled anonymously.
    `docker login` stores them.
    ");
    // Other settings of Docker's file are no entries.
    let others = entries(r#"{"proxies": {"default": {"httpProxy": "x"}}, "credHelpers": {}}"#);
    assert!(others.stdout.contains("has no entries\n"), "{others:?}");
}
