//! Credentials from every source, and what each refusal says. Every run is searched for the password.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::leftovers::words;
use super::registry::{DOWN, PRIVATE, Place, auths, private, pulled};
use super::run::Outcome;

const HELPER: &str = r#"case $(cat) in 127.0.0.1:5000) echo '{"Username": "my_username", "Secret": "my_password"}';;
*) echo 'credentials not found in native keychain'; exit 1;; esac"#;

/// Fails unless the job ran with the credentials of `label`.
fn assert_from(outcome: &Outcome, label: &str) {
    outcome.assert(0, &[&format!("\nAuthenticating with credentials from {label}\n"), "\nhas run\n"]);
}

/// Fails unless the job failed with this one line.
fn assert_refused(outcome: &Outcome, line: &str) {
    assert_eq!(outcome.code, 125, "{}\n{}", outcome.log(), outcome.stderr);
    let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("ERROR:")).collect();
    assert_eq!(lines, [line], "{}", outcome.log());
}

/// The last line of a job that is refused an image.
fn refusal(image: &str, words: &str) -> String {
    format!("ERROR: Job failed: failed to pull image \"{image}\" with specified policies [always]: {words}")
}

#[test]
fn a_variable_of_the_job_comes_first() {
    let place = Place::new(&private("auth-variable", &auths(PRIVATE))).docker_config(&auths(PRIVATE));
    assert_from(&place.job("auth-variable"), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn a_variable_may_be_typed() {
    let place = Place::new(&private("auth-typed", ""));
    let typed = format!("DOCKER_AUTH_CONFIG={}", auths(PRIVATE));
    assert_from(&place.run(&["exec", "auth-typed", "--variable", &typed]), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn a_variable_may_be_of_type_file() {
    let script =
        "['test -f \"$DOCKER_AUTH_CONFIG\"', 'echo it is $DOCKER_AUTH_CONFIG', 'cat $OTHER', 'echo has run']";
    let place = Place::new(&private("auth-type", "").replace("[echo has run]", script));
    std::fs::write(place.path("auth.json"), auths(PRIVATE)).unwrap();
    std::fs::write(place.path("other"), "two\nlines").unwrap();
    let arguments = ["--variable-file", "DOCKER_AUTH_CONFIG=auth.json", "--variable-file", "OTHER=other"];
    let outcome = place.run(&[&["exec", "auth-type"], &arguments[..]].concat());
    assert_from(&outcome, "$DOCKER_AUTH_CONFIG");
    outcome.assert(0, &[".tmp/DOCKER_AUTH_CONFIG\n", "\ntwo\nlines"]);
    place.run(&[&["auth", "127.0.0.1:5000/x"], &arguments[..]].concat()).assert(0, &["User my_username"]);
    assert_eq!(place.run(&["exec", "auth-type", "--variable-file", "A/B=other"]).code, 2);
    let missing = place.run(&["exec", "auth-type", "--variable-file", "A=none"]);
    assert!(missing.stderr.contains("cannot read `none`: No such file"), "{}", missing.stderr);
}

#[test]
fn the_environment_counts_only_if_asked_for() {
    let place = Place::new(&private("auth-env", "")).environment("DOCKER_AUTH_CONFIG", &auths(PRIVATE));
    let asked = place.run(&["exec", "auth-env", "--auth-from-env"]);
    assert_from(&asked, "DOCKER_AUTH_CONFIG of the environment");
    assert_eq!(place.job("auth-env").code, 125);
}

#[test]
fn dockers_own_file_is_read() {
    let place = Place::new(&private("auth-file", "")).docker_config(&auths(PRIVATE));
    let file = place.path("home/.docker/config.json");
    assert_from(&place.job("auth-file"), &file.display().to_string());
}

#[test]
fn docker_config_names_another_folder() {
    let place = Place::new(&private("auth-folder", ""));
    std::fs::write(place.path("config.json"), auths(PRIVATE)).unwrap();
    let folder = place.folder().display().to_string();
    let place = place.environment("DOCKER_CONFIG", &folder);
    assert_from(&place.job("auth-folder"), &format!("{folder}/config.json"));
}

#[test]
fn a_helper_has_the_password() {
    let config = format!(r#"{{"credHelpers": {{"{PRIVATE}": "lab", "r.io": "gone"}}}}"#);
    let place = Place::new(&private("auth-helper", &config)).helper("lab", HELPER);
    assert_from(&place.job("auth-helper"), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn a_helper_runs_without_the_variables_of_the_job() {
    let config = format!(r#"{{"credHelpers": {{"{PRIVATE}": "lab"}}}}"#);
    let script = format!("test \"$DOCKER_AUTH_CONFIG$CI\" = mine || exit 7\n{HELPER}");
    let place = Place::new(&private("auth-clean", &config)).helper("lab", &script).environment("CI", "mine");
    assert_from(&place.job("auth-clean"), "$DOCKER_AUTH_CONFIG");
}

/// A keyring and a store of `pass`, with the login in it by Debian's docker-credential-pass.
fn with_pass(place: Place) -> Place {
    let (keys, store) = (place.path("home/keys"), place.path("home/store"));
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
    place.environment("GNUPGHOME", &keys).environment("PASSWORD_STORE_DIR", &store)
}

#[test]
fn debians_pass_works_as_a_store_and_as_a_helper() {
    for (name, config) in [
        ("auth-pass-store", r#"{"credsStore": "pass", "auths": {"127.0.0.1:5000": {}}}"#),
        ("auth-pass-helper", r#"{"credHelpers": {"127.0.0.1:5000": "pass"}}"#),
    ] {
        let place = with_pass(Place::new(&private(name, "")).docker_config(config));
        let file = place.path("home/.docker/config.json").display().to_string();
        assert_from(&place.job(name), &file);
        let keys = place.path("home/keys");
        // Its agent would outlive the test.
        let _ = Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", keys).status();
    }
}

#[test]
fn a_wrong_password_is_refused_in_one_line() {
    let config = format!(r#"{{"auths": {{"{PRIVATE}": {{"username": "my_username", "password": "no"}}}}}}"#);
    let outcome = Place::new(&private("auth-wrong", &config)).job("auth-wrong");
    let words = "unauthorized: authentication required (registry 127.0.0.1:5000, credentials from \
                 $DOCKER_AUTH_CONFIG)";
    assert_refused(&outcome, &refusal("127.0.0.1:5000/namespace/image:tag", words));
}

/// What the engine says of a registry that wants a login.
fn no_password() -> &'static str {
    let of_docker =
        "Head \"http://127.0.0.1:5000/v2/namespace/image/manifests/tag\": no basic auth credentials";
    words(of_docker, "unauthorized: authentication required")
}

#[test]
fn without_a_password_the_line_says_where_was_looked() {
    let place = Place::new(&private("auth-none", &auths("r.io"))).docker_config("{}");
    let words = format!(
        "{} (registry 127.0.0.1:5000, no credentials: none for it in $DOCKER_AUTH_CONFIG; none for it in {})",
        no_password(),
        place.path("home/.docker/config.json").display()
    );
    let outcome = place.job("auth-none");
    assert_refused(&outcome, &refusal("127.0.0.1:5000/namespace/image:tag", &words));
}

#[test]
fn what_the_registry_does_not_have_is_said_in_one_line() {
    for (name, image) in [("auth-repo", "namespace/none:tag"), ("auth-tag", "namespace/image:none")] {
        let image = format!("{PRIVATE}/{image}");
        let yaml = pulled(name, &image, "always", &format!("{{DOCKER_AUTH_CONFIG: '{}'}}", auths(PRIVATE)));
        let of_docker = format!("manifest for {image} not found: manifest unknown: manifest unknown");
        let refused = words(&of_docker, "manifest unknown: manifest unknown");
        let words = format!("{refused} (registry 127.0.0.1:5000, credentials from $DOCKER_AUTH_CONFIG)");
        assert_refused(&Place::new(&yaml).job(name), &refusal(&image, &words));
    }
}

#[test]
fn a_registry_that_is_down_is_tried_three_times() {
    let image = format!("{DOWN}/x:1");
    let outcome = Place::new(&pulled("auth-down", &image, "always", "{}")).job("auth-down");
    let of_docker = "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused";
    let words = format!(
        "{} (registry 127.0.0.1:9, no credentials: there is no $DOCKER_AUTH_CONFIG and no config.json)",
        words(of_docker, "connection refused")
    );
    assert_refused(&outcome, &refusal(&image, &words));
    outcome.assert(125, &["(attempt #1), retrying: ", "(attempt #2), retrying: "]);
    assert!(outcome.elapsed > Duration::from_secs(6), "{:?}", outcome.elapsed);
}

#[test]
fn a_source_that_is_of_no_use_is_named_with_the_reason() {
    let gone = format!(r#"{{"credHelpers": {{"{PRIVATE}": "gone"}}}}"#);
    let no_program = "credential helper `docker-credential-gone`: there is no such program on the PATH";
    for (name, config, reason) in [
        ("auth-gone", &*gone, no_program),
        ("auth-broken", "{\"auths\": ", "it is no JSON: line 1, column 10"),
    ] {
        let outcome = Place::new(&private(name, config)).job(name);
        let words = format!(
            "{} (registry 127.0.0.1:5000, no credentials: $DOCKER_AUTH_CONFIG is of no use: {reason})",
            no_password()
        );
        assert_refused(&outcome, &refusal("127.0.0.1:5000/namespace/image:tag", &words));
        outcome.assert(
            125,
            &[&format!("WARNING: Failed to resolve credentials from $DOCKER_AUTH_CONFIG: {reason}. ")],
        );
    }
}

#[test]
fn a_helper_outside_of_the_path_fails_the_job() {
    let outcome = Place::new(&private("auth-slash", r#"{"credsStore": "../bin/lab"}"#)).job("auth-slash");
    assert_eq!(outcome.code, 125, "{}", outcome.stderr);
    let reason = "cannot resolve credentials from $DOCKER_AUTH_CONFIG: credential helper `../bin/lab`: \
                  path traversal is not allowed";
    assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
}

#[test]
fn a_job_that_prints_its_credentials_prints_a_mask() {
    let script =
        "['echo \"$DOCKER_AUTH_CONFIG\"', 'printf my_pass; sleep 1; echo word', 'echo it is my_password']";
    let yaml = private("auth-masked", &auths(PRIVATE)).replace("[echo has run]", script);
    let outcome = Place::new(&yaml).job("auth-masked");
    outcome.assert(0, &["\"auth\": \"[MASKED]\"}", "\n[MASKED]\n", "\nit is [MASKED]\n"]);
}

#[test]
fn auth_says_which_entry_is_used_without_the_password() {
    let place = Place::new(&private("auth-said", &auths(PRIVATE))).docker_config(&auths("r.io"));
    let image = "127.0.0.1:5000/namespace/image:tag";
    let outcome = place.run(&["auth", image, "--job", "auth-said"]);
    outcome.assert(0, &["* 127.0.0.1:5000  is used", "- r.io  is for another registry", "User my_username"]);
    place.run(&["auth", image]).assert(1, &["No credentials: the registry would be asked without any."]);
    let answer: serde_json::Value =
        serde_json::from_slice(&place.run(&["auth", "r.io/x", "--json"]).stdout).unwrap();
    assert_eq!(answer["credentials"]["key"], "r.io");
}

/// A runner's configuration with this `DOCKER_AUTH_CONFIG`.
fn runner_config(auth: &str) -> String {
    format!(
        "[[runners]]\nenvironment = ['DOCKER_AUTH_CONFIG={auth}']\n[runners.docker]\npull_policy = \"always\"\n"
    )
}

#[test]
fn the_runners_configuration_comes_after_the_job_and_before_dockers_file() {
    let place = Place::new(&private("auth-config", "")).docker_config(&auths("r.io"));
    std::fs::write(place.path("config.toml"), runner_config(&auths(PRIVATE))).unwrap();
    let arguments = ["exec", "auth-config", "-vvv", "--config", "config.toml"];
    assert_from(&place.run(&arguments), "$DOCKER_AUTH_CONFIG");

    let of_job = Place::new(&private("auth-config", &auths(PRIVATE)));
    std::fs::write(of_job.path("config.toml"), runner_config("{\"auths\": ")).unwrap();
    assert_from(&of_job.run(&arguments), "$DOCKER_AUTH_CONFIG");
}

#[test]
fn policies_that_the_runner_does_not_allow_are_refused() {
    let place = Place::new(&pulled("auth-policy", "busybox:1.35", "never", "{}"));
    std::fs::write(place.path("config.toml"), runner_config("{}")).unwrap();
    let outcome = place.run(&["exec", "auth-policy", "--config", "config.toml"]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let line = "invalid pull policy for image \"busybox:1.35\": pull_policy ([never]) defined in GitLab pipeline \
                config is not one of the allowed_pull_policies ([always])";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
}
