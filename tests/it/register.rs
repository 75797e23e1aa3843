//! `runner-lite register`.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

/// The example of GitLab's page "Using Docker images" (October 2020), with `runner-lite` for `sudo gitlab-runner`.
const EXAMPLE_OF_GITLAB: &str = r#"
cat > /tmp/test-config.template.toml << EOF
[[runners]]
[runners.docker]
[[runners.docker.services]]
name = "postgres:latest"
[[runners.docker.services]]
name = "mysql:latest"
EOF
runner-lite register \
  --url "https://gitlab.example.com/" \
  --registration-token "PROJECT_REGISTRATION_TOKEN" \
  --description "docker-ruby:2.6" \
  --executor "docker" \
  --template-config /tmp/test-config.template.toml \
  --docker-image ruby:2.6
"#;

fn register(config: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_runner-lite");
    Command::new(program).arg("register").args(arguments).env("RUNNER_LITE_CONFIG", config).output().unwrap()
}

#[track_caller]
fn assert(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(out.contains(stdout) && err.contains(stderr), "{out}{err}");
}

#[test]
fn the_example_of_gitlabs_page_works_word_for_word() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("new/config.toml");
    let programs = Path::new(env!("CARGO_BIN_EXE_runner-lite")).parent().unwrap().display().to_string();
    // Other tests must not find the template.
    let script = EXAMPLE_OF_GITLAB.replace("/tmp/", &format!("{}/", folder.path().display()));
    let output = Command::new("sh")
        .args(["-ec", &script])
        .env("RUNNER_LITE_CONFIG", &config)
        .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()))
        .output()
        .unwrap();
    assert(&output, 0, "No server was contacted; the registration token is in the file", "");
    let text = std::fs::read_to_string(&config).unwrap();
    for line in ["name = \"docker-ruby:2.6\"", "image = \"ruby:2.6\"", "name = \"mysql:latest\""] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(std::fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(config.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn a_symbolic_link_stays_and_the_file_behind_it_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.toml"), folder.path().join("config.toml"));
    std::fs::write(&real, "# mine\n[[runners]]\nname = \"a\"\n").unwrap();
    symlink(&real, &link).unwrap();
    let output = register(&link, &["--name", "a", "--token", "glrt-x"]);
    assert(&output, 0, "The file already had a runner of that name", "");
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    let text = std::fs::read_to_string(&real).unwrap();
    assert!(text.starts_with("# mine\n") && text.contains("token = \"glrt-x\""), "{text}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("glrt-x"));
}

#[test]
fn a_failed_registration_does_not_change_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "concurrent = 2\n").unwrap();
    assert(&register(&config, &["--executor", "shell"]), 2, "", "the executor `shell` is not supported");
    assert(
        &register(&config, &["--docker-memory", "x"]),
        2,
        "",
        "--docker-memory: this is not an amount of memory",
    );
    assert(&register(&config, &["--template-config", "/nowhere"]), 2, "", "cannot read `/nowhere`");
    assert(&register(&config, &["--token", "a", "--registration-token", "b"]), 2, "", "cannot be used with");
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "concurrent = 2\n");
    std::fs::write(&config, "concurrent = \n").unwrap();
    assert(&register(&config, &[]), 2, "", "1:14: ");
}

#[test]
fn flags_that_only_a_server_keeps_are_accepted_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let output =
        register(&config, &["-n", "--name", "a", "--tag-list", "x,y", "--run-untagged", "--limit", "3"]);
    assert(&output, 0, "--tag-list is a setting of the GitLab server", "");
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.contains("limit = 3") && !text.contains("x,y"), "{text}");
}
