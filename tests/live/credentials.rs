//! Credentials from every source, and the message for each failed pull. No output may contain the password.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::engine::by_engine;
use super::project::Project;
use super::registry::{DOWN, PRIVATE, image_job, login_for, private_image_job};
use super::run::Outcome;

const HELPER: &str = r#"case $(cat) in 127.0.0.1:5000) echo '{"Username": "my_username", "Secret": "my_password"}';;
*) echo 'credentials not found in native keychain'; exit 1;; esac"#;

/// Asserts that the job passed and that its image was pulled with the credentials of `label`.
fn assert_pulled_with(outcome: &Outcome, label: &str) {
    outcome.assert(0, &[&format!("\nAuthenticating with credentials from {label}\n"), "\nhas run\n"]);
}

/// Asserts that the job failed and that `line` is its only error.
fn assert_one_error(outcome: &Outcome, line: &str) {
    assert_eq!(outcome.code, 125, "{}\n{}", outcome.log(), outcome.stderr);
    let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("ERROR:")).collect();
    assert_eq!(lines, [line], "{}", outcome.log());
}

/// The error line of a job whose image could not be pulled.
fn pull_error(image: &str, words: &str) -> String {
    format!("ERROR: Job failed: failed to pull image \"{image}\" with specified policies [always]: {words}")
}

#[test]
fn docker_auth_config_of_the_job_comes_first() {
    let project = Project::new(&private_image_job("auth-variable", &login_for(PRIVATE)))
        .with_docker_config(&login_for(PRIVATE));
    assert_pulled_with(&project.run_job("auth-variable"), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn docker_auth_config_can_be_given_on_the_command_line() {
    let project = Project::new(&private_image_job("auth-typed", ""));
    let typed = format!("DOCKER_AUTH_CONFIG={}", login_for(PRIVATE));
    assert_pulled_with(
        &project.run(&["exec", "auth-typed", "-v", "--variable", &typed]),
        "$DOCKER_AUTH_CONFIG",
    );
}

#[test]
fn docker_auth_config_can_be_a_file_variable() {
    let script =
        "['test -f \"$DOCKER_AUTH_CONFIG\"', 'echo it is $DOCKER_AUTH_CONFIG', 'cat $OTHER', 'echo has run']";
    let project = Project::new(&private_image_job("auth-type", "").replace("[echo has run]", script));
    std::fs::write(project.path("auth.json"), login_for(PRIVATE)).unwrap();
    std::fs::write(project.path("other"), "two\nlines").unwrap();
    let arguments = ["--variable-file", "DOCKER_AUTH_CONFIG=auth.json", "--variable-file", "OTHER=other"];
    let outcome = project.run(&[&["exec", "auth-type", "-v"], &arguments[..]].concat());
    assert_pulled_with(&outcome, "$DOCKER_AUTH_CONFIG");
    outcome.assert(0, &[".tmp/DOCKER_AUTH_CONFIG\n", "\ntwo\nlines"]);
    project.run(&[&["auth", "127.0.0.1:5000/x"], &arguments[..]].concat()).assert(0, &["User my_username"]);
    assert_eq!(project.run(&["exec", "auth-type", "--variable-file", "A/B=other"]).code, 2);
    let missing = project.run(&["exec", "auth-type", "--variable-file", "A=none"]);
    assert!(missing.stderr.contains("cannot read `none`: No such file"), "{}", missing.stderr);
}

#[test]
fn docker_auth_config_of_the_environment_needs_auth_from_env() {
    let project = Project::new(&private_image_job("auth-env", ""))
        .with_variable("DOCKER_AUTH_CONFIG", &login_for(PRIVATE));
    let asked = project.run(&["exec", "auth-env", "-v", "--auth-from-env"]);
    assert_pulled_with(&asked, "DOCKER_AUTH_CONFIG of the environment");
    let unasked = project.run_job("auth-env");
    let words = format!(
        "{} (registry 127.0.0.1:5000, no credentials: DOCKER_AUTH_CONFIG of the environment is not used: it is set \
         but not read; pass --auth-from-env; log in with `docker login 127.0.0.1:5000`)",
        no_credentials_message()
    );
    assert_one_error(&unasked, &pull_error("127.0.0.1:5000/namespace/image:tag", &words));
    // Whoever does not rely on the variable is not bothered.
    assert!(!unasked.log().contains("WARNING"), "{}", unasked.log());
}

#[test]
fn the_config_file_of_docker_is_used() {
    let project = Project::new(&private_image_job("auth-file", "")).with_docker_config(&login_for(PRIVATE));
    let file = project.path("home/.docker/config.json");
    assert_pulled_with(&project.run_job("auth-file"), &file.display().to_string());
}

#[test]
fn docker_config_selects_another_folder() {
    let project = Project::new(&private_image_job("auth-folder", ""));
    std::fs::write(project.path("config.json"), login_for(PRIVATE)).unwrap();
    let folder = project.folder().display().to_string();
    let project = project.with_variable("DOCKER_CONFIG", &folder);
    assert_pulled_with(&project.run_job("auth-folder"), &format!("{folder}/config.json"));
}

#[test]
fn a_credential_helper_gives_the_password() {
    let config = format!(r#"{{"credHelpers": {{"{PRIVATE}": "lab", "r.io": "gone"}}}}"#);
    let project = Project::new(&private_image_job("auth-helper", &config)).with_helper("lab", HELPER);
    assert_pulled_with(&project.run_job("auth-helper"), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn a_credential_helper_does_not_see_the_jobs_variables() {
    let config = format!(r#"{{"credHelpers": {{"{PRIVATE}": "lab"}}}}"#);
    let script = format!("test \"$DOCKER_AUTH_CONFIG$CI\" = mine || exit 7\n{HELPER}");
    let project = Project::new(&private_image_job("auth-clean", &config))
        .with_helper("lab", &script)
        .with_variable("CI", "mine");
    assert_pulled_with(&project.run_job("auth-clean"), "$DOCKER_AUTH_CONFIG");
}

/// Creates a keyring and a password store, and saves the login in it with Debian's docker-credential-pass.
fn with_login_in_pass(project: Project) -> Project {
    let (keys, store) = (project.path("home/keys"), project.path("home/store"));
    std::fs::create_dir(&keys).unwrap();
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let run = |program: &str, arguments: &[&str], input: &str| {
        let mut command = Command::new(program);
        command.args(arguments).env("GNUPGHOME", &keys).env("PASSWORD_STORE_DIR", &store);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{program} {arguments:?}; run scripts/lab/up");
    };
    let key = ["--batch", "--passphrase", "", "--quick-gen-key", "lab", "default", "default", "never"];
    run("gpg", &key, "");
    run("pass", &["init", "lab"], "");
    let login =
        format!(r#"{{"ServerURL": "{PRIVATE}", "Username": "my_username", "Secret": "my_password"}}"#);
    run("docker-credential-pass", &["store"], &login);
    let (keys, store) = (keys.display().to_string(), store.display().to_string());
    project.with_variable("GNUPGHOME", &keys).with_variable("PASSWORD_STORE_DIR", &store)
}

#[test]
fn docker_credential_pass_works_as_a_store_and_as_a_helper() {
    for (name, config) in [
        ("auth-pass-store", r#"{"credsStore": "pass", "auths": {"127.0.0.1:5000": {}}}"#),
        ("auth-pass-helper", r#"{"credHelpers": {"127.0.0.1:5000": "pass"}}"#),
    ] {
        let project =
            with_login_in_pass(Project::new(&private_image_job(name, "")).with_docker_config(config));
        let file = project.path("home/.docker/config.json").display().to_string();
        assert_pulled_with(&project.run_job(name), &file);
        let keys = project.path("home/keys");
        // The agent of GnuPG would outlive the test.
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", keys).status();
    }
}

#[test]
fn a_wrong_password_is_reported_in_one_line() {
    let config = format!(r#"{{"auths": {{"{PRIVATE}": {{"username": "my_username", "password": "no"}}}}}}"#);
    let outcome = Project::new(&private_image_job("auth-wrong", &config)).run_job("auth-wrong");
    let words = "unauthorized: authentication required (registry 127.0.0.1:5000, credentials from \
                 $DOCKER_AUTH_CONFIG; check the user name, the password and the permissions of the account)";
    assert_one_error(&outcome, &pull_error("127.0.0.1:5000/namespace/image:tag", words));
}

/// The engine's message for a pull without a login from a registry that requires one.
fn no_credentials_message() -> &'static str {
    let of_docker =
        "Head \"http://127.0.0.1:5000/v2/namespace/image/manifests/tag\": no basic auth credentials";
    by_engine(of_docker, "unauthorized: authentication required")
}

#[test]
fn missing_credentials_are_reported_with_the_places_searched() {
    let project = Project::new(&private_image_job("auth-none", &login_for("r.io"))).with_docker_config("{}");
    let words = format!(
        "{} (registry 127.0.0.1:5000, no credentials: none for it in $DOCKER_AUTH_CONFIG; none for it in {}; \
         log in with `docker login 127.0.0.1:5000`)",
        no_credentials_message(),
        project.path("home/.docker/config.json").display()
    );
    let outcome = project.run_job("auth-none");
    assert_one_error(&outcome, &pull_error("127.0.0.1:5000/namespace/image:tag", &words));
}

#[test]
fn a_missing_repository_or_tag_is_reported_in_one_line() {
    for (name, image) in [("auth-repo", "namespace/none:tag"), ("auth-tag", "namespace/image:none")] {
        let image = format!("{PRIVATE}/{image}");
        let yaml =
            image_job(name, &image, "always", &format!("{{DOCKER_AUTH_CONFIG: '{}'}}", login_for(PRIVATE)));
        let of_docker = format!("manifest for {image} not found: manifest unknown: manifest unknown");
        let refused = by_engine(&of_docker, "manifest unknown: manifest unknown");
        let words = format!("{refused} (registry 127.0.0.1:5000, credentials from $DOCKER_AUTH_CONFIG)");
        assert_one_error(&Project::new(&yaml).run_job(name), &pull_error(&image, &words));
    }
}

#[test]
fn a_missing_image_of_a_service_fails_the_job_as_its_own_does() {
    let image = format!("{PRIVATE}/namespace/none:tag");
    let login = login_for(PRIVATE);
    let yaml = format!(
        "auth-service:\n  image: busybox:1.35\n  variables: {{DOCKER_AUTH_CONFIG: '{login}'}}\n  \
         services: [{{name: '{image}', pull_policy: always}}]\n  script: [echo never]\n"
    );
    let of_docker = format!("manifest for {image} not found: manifest unknown: manifest unknown");
    let refused = by_engine(&of_docker, "manifest unknown: manifest unknown");
    let words = format!("{refused} (registry 127.0.0.1:5000, credentials from $DOCKER_AUTH_CONFIG)");
    assert_one_error(&Project::new(&yaml).run_job("auth-service"), &pull_error(&image, &words));
}

#[test]
fn an_unreachable_registry_is_tried_three_times() {
    let image = format!("{DOWN}/x:1");
    let outcome = Project::new(&image_job("auth-down", &image, "always", "{}")).run_job("auth-down");
    let of_docker = "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused";
    let words = format!(
        "{} (registry 127.0.0.1:9, no credentials: there is no $DOCKER_AUTH_CONFIG and no config.json)",
        by_engine(of_docker, "connection refused")
    );
    assert_one_error(&outcome, &pull_error(&image, &words));
    outcome.assert(125, &["(attempt #1), retrying: ", "(attempt #2), retrying: "]);
    assert!(outcome.elapsed > Duration::from_secs(6), "{:?}", outcome.elapsed);
    // The log's total and the failed phase include the pauses between the tries.
    let log = outcome.log();
    let seconds = |before: &str| -> f64 {
        let rest = log.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in {log}"));
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    let (total, prepare) = (seconds("\nFinished in "), seconds(": prepare "));
    assert!(total >= prepare && prepare >= 6.0, "{log}");
}

#[test]
fn entries_without_auths_around_them_are_recognised() {
    let entries = login_for(PRIVATE).replace(r#"{"auths": "#, "");
    let entries = entries.strip_suffix('}').unwrap();
    let outcome = Project::new(&private_image_job("auth-lacks-auths", entries)).run_job("auth-lacks-auths");
    let words = format!(
        "{} (registry 127.0.0.1:5000, no credentials: none for it in $DOCKER_AUTH_CONFIG: top-level `auths` is \
         missing; log in with `docker login 127.0.0.1:5000`)",
        no_credentials_message()
    );
    assert_one_error(&outcome, &pull_error("127.0.0.1:5000/namespace/image:tag", &words));
}

#[test]
fn an_unusable_credential_source_is_reported_with_the_reason() {
    let gone = format!(r#"{{"credHelpers": {{"{PRIVATE}": "gone"}}}}"#);
    let no_program = "credential helper `docker-credential-gone`: there is no such program on the PATH";
    for (name, config, reason) in [
        ("auth-gone", &*gone, no_program),
        ("auth-broken", "{\"auths\": ", "it is not valid JSON: line 1, column 10"),
    ] {
        let outcome = Project::new(&private_image_job(name, config)).run_job(name);
        let words = format!(
            "{} (registry 127.0.0.1:5000, no credentials: $DOCKER_AUTH_CONFIG is not used: {reason}; \
             log in with `docker login 127.0.0.1:5000`)",
            no_credentials_message()
        );
        assert_one_error(&outcome, &pull_error("127.0.0.1:5000/namespace/image:tag", &words));
        outcome.assert(
            125,
            &[&format!("WARNING: Failed to resolve credentials from $DOCKER_AUTH_CONFIG: {reason}. ")],
        );
    }
}

#[test]
fn a_helper_name_with_a_path_fails_the_job() {
    let outcome = Project::new(&private_image_job("auth-slash", r#"{"credsStore": "../bin/lab"}"#))
        .run_job("auth-slash");
    assert_eq!(outcome.code, 125, "{}", outcome.stderr);
    let reason = "cannot resolve credentials from $DOCKER_AUTH_CONFIG: credential helper `../bin/lab`: \
                  path traversal is not allowed";
    assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
}

#[test]
fn credentials_in_the_jobs_output_are_masked() {
    let script =
        "['echo \"$DOCKER_AUTH_CONFIG\"', 'printf my_pass; sleep 1; echo word', 'echo it is my_password']";
    let yaml = private_image_job("auth-masked", &login_for(PRIVATE)).replace("[echo has run]", script);
    let outcome = Project::new(&yaml).run_job("auth-masked");
    outcome.assert(0, &["\"auth\": \"[MASKED]\"}", "\n[MASKED]\n", "\nit is [MASKED]\n"]);
}

#[test]
fn auth_shows_the_entry_used_and_not_the_password() {
    let project = Project::new(&private_image_job("auth-said", &login_for(PRIVATE)))
        .with_docker_config(&login_for("r.io"));
    let image = "127.0.0.1:5000/namespace/image:tag";
    let outcome = project.run(&["auth", image, "--job", "auth-said"]);
    outcome.assert(0, &["* 127.0.0.1:5000  is used", "- r.io  is for another registry", "User my_username"]);
    project.run(&["auth", image]).assert(1, &["No credentials: the image would be pulled anonymously."]);
    let answer: serde_json::Value =
        serde_json::from_slice(&project.run(&["auth", "r.io/x", "--json"]).stdout).unwrap();
    assert_eq!(answer["credentials"]["key"], "r.io");
}

/// A `config.toml` that sets `DOCKER_AUTH_CONFIG`.
fn runner_config(auth: &str) -> String {
    format!(
        "[[runners]]\nenvironment = ['DOCKER_AUTH_CONFIG={auth}']\n[runners.docker]\npull_policy = \"always\"\n"
    )
}

#[test]
fn credentials_of_the_runner_rank_between_the_job_and_dockers_file() {
    let project = Project::new(&private_image_job("auth-config", "")).with_docker_config(&login_for("r.io"));
    std::fs::write(project.path("config.toml"), runner_config(&login_for(PRIVATE))).unwrap();
    let arguments = ["exec", "auth-config", "-vvv", "--config", "config.toml"];
    assert_pulled_with(&project.run(&arguments), "$DOCKER_AUTH_CONFIG");

    let of_job = Project::new(&private_image_job("auth-config", &login_for(PRIVATE)));
    std::fs::write(of_job.path("config.toml"), runner_config("{\"auths\": ")).unwrap();
    assert_pulled_with(&of_job.run(&arguments), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn a_pull_policy_that_the_runner_does_not_allow_is_rejected() {
    let project = Project::new(&image_job("auth-policy", "busybox:1.35", "never", "{}"));
    std::fs::write(project.path("config.toml"), runner_config("{}")).unwrap();
    let outcome = project.run(&["exec", "auth-policy", "--config", "config.toml"]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let line = "invalid pull policy for image \"busybox:1.35\": pull_policy ([never]) defined in GitLab pipeline \
                config is not one of the allowed_pull_policies ([always])";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
}
