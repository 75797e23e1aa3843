//! What SECURITY.md claims about pipeline files, variables and the host, as far as no engine is needed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::SystemTime;

use serde_json::Value;

use super::sandbox::{CREDENTIALS, PROGRAM, Sandbox};

/// The create calls that `show JOB --container` prints.
fn create_calls(sandbox: &Sandbox, job: &str) -> Vec<Value> {
    let said = sandbox.run(&["show", job, "--container"]);
    let preview: Value = serde_json::from_str(said.answer()).unwrap();
    let containers = preview["containers"].as_array().unwrap().iter();
    containers.map(|container| container["create"].clone()).collect()
}

/// Asserts that the containers have no rights, devices or limits of their own, and no directory of the host.
fn assert_plain(calls: &[Value]) {
    for call in calls {
        let settings = call["HostConfig"].as_object().unwrap();
        let known = ["ExtraHosts", "LogConfig", "Mounts", "NetworkMode"];
        assert!(settings.keys().all(|key| known.contains(&&**key)), "{settings:?}");
        let network = settings.get("NetworkMode");
        assert!(network.is_none_or(|mode| *mode == "none"), "{settings:?}");
        let mut mounts = mounts(call).iter();
        assert!(mounts.all(|mount| mount["Type"] == "volume"), "{mounts:?}");
    }
}

/// The mounts of a container; none for a job that is alone.
fn mounts(call: &Value) -> &[Value] {
    call["HostConfig"].get("Mounts").map_or(&[], |mounts| mounts.as_array().unwrap())
}

#[test]
fn a_pipeline_file_gives_a_container_no_rights_and_no_directory_of_the_host() {
    let file = "t:\n  image: {name: i, entrypoint: [e], docker: {user: root, platform: linux/arm64}}\n  \
                services: [{name: redis, alias: a, entrypoint: [e], command: [c], docker: {user: root}}]\n  \
                variables: {DOCKER_PRIVILEGED: 'true', DOCKER_VOLUMES: '/:/host', DOCKER_NETWORK_MODE: host}\n  \
                script: x\n";
    let calls = create_calls(&Sandbox::new(&[(".gitlab-ci.yml", file)]), "t");
    assert_eq!(calls.len(), 3);
    assert!(calls.iter().all(|call| !mounts(call).is_empty()), "{calls:?}");
    assert_plain(&calls);
    for key in [
        "privileged: true",
        "volumes: [/:/host]",
        "devices: [/dev/sda]",
        "network_mode: host",
        "cap_add: [ALL]",
    ] {
        for keywords in [
            format!("image: {{name: i, {key}}}"),
            format!("image: {{name: i, docker: {{{key}}}}}"),
            format!("image: i, services: [{{name: redis, docker: {{{key}}}}}]"),
            format!("image: i, {key}"),
        ] {
            let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &format!("t: {{script: x, {keywords}}}\n"))]);
            assert_eq!(sandbox.run(&["show", "t", "--container"]).code, 3, "{keywords}");
        }
    }
}

#[test]
fn settings_of_the_runner_are_not_read_from_the_repository() {
    let config = "[[runners]]\nname = \"x\"\n[runners.docker]\nimage = \"i\"\nprivileged = true\n";
    let sandbox = Sandbox::new(&[
        (".gitlab-ci.yml", "t: {image: r.io/a, script: x}\n"),
        ("config.toml", config),
        (".gitlab-runner/config.toml", config),
        (".docker/config.json", CREDENTIALS),
        ("config.json", CREDENTIALS),
    ]);
    let mut program = sandbox.command(PROGRAM);
    program.env_remove("RUNNER_LITE_CONFIG").args(["show", "t", "--container"]);
    let said = String::from_utf8(program.output().unwrap().stdout).unwrap();
    assert!(said.contains("\"Image\": \"r.io/a\"") && !said.contains("Privileged"), "{said}");
    let auth = sandbox.run(&["auth", "r.io/a", "--job", "t"]);
    assert_eq!(auth.code, 1, "{auth:?}");
    assert!(auth.stdout.contains("No credentials"), "{auth:?}");
}

/// The keys of the create calls below which `text` occurs, such as `Env`.
fn keys_with(calls: &[Value], text: &str) -> Vec<String> {
    let of_call = |call: &Value| -> Vec<String> {
        let fields = call.as_object().unwrap().iter();
        fields
            .filter(|(key, value)| key.contains(text) || value.to_string().contains(text))
            .map(|(key, _)| key.clone())
            .collect()
    };
    calls.iter().flat_map(of_call).collect()
}

#[test]
fn values_of_variables_are_in_the_environment_and_in_no_label_name_or_command() {
    let file = "t: {image: i, services: [redis], script: ['echo $PROJECT $TYPED'], variables: {WRITTEN: value-written}}\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file), (".runner-lite.env", "PROJECT=value-project\n")]);
    let typed = ["show", "t", "--container", "--variable", "TYPED=value-typed"];
    let preview: Value = serde_json::from_str(sandbox.run(&typed).answer()).unwrap();
    let containers = preview["containers"].as_array().unwrap();
    let calls: Vec<Value> = containers.iter().map(|container| container["create"].clone()).collect();
    // Services see a variable of the file alone.
    for (value, expect) in [("value-written", 2), ("value-project", 1), ("value-typed", 1)] {
        assert_eq!(keys_with(&calls, value), vec!["Env"; expect], "{value}");
        let names = containers.iter().map(|container| container["name"].as_str().unwrap());
        assert_eq!(names.filter(|name| name.contains(value)).count(), 0);
    }
}

#[test]
fn the_environment_of_the_caller_does_not_reach_the_job() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, services: [redis], script: x}\n")]);
    for part in ["--container", "--script"] {
        let mut program = sandbox.command(PROGRAM);
        program.env("SECRET_OF_CALLER", "hunter22").args(["show", "t", part]);
        let said = String::from_utf8(program.output().unwrap().stdout).unwrap();
        assert!(said.contains("CI_JOB_NAME"), "{said}");
        assert!(!said.contains("hunter22") && !said.contains("SECRET_OF_CALLER"), "{part}: {said}");
    }
}

/// Every file below `folder`, with its content and its time.
fn files_below(folder: &Path, found: &mut BTreeMap<String, (Vec<u8>, SystemTime)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let (path, changed) = (entry.path(), entry.metadata().unwrap().modified().unwrap());
        if path.is_dir() {
            found.insert(path.display().to_string(), (Vec::new(), changed));
            files_below(&path, found);
        } else {
            found.insert(path.display().to_string(), (std::fs::read(&path).unwrap(), changed));
        }
    }
}

/// Whether a file in the home directory belongs to the store, or is a folder on the way to it.
fn is_of_the_store(path: &str) -> bool {
    path.contains("/.local") || path.contains("/.cache")
}

#[test]
fn no_command_but_register_writes_a_file_outside_of_the_store() {
    let env = "# masked\nTOKEN=hunter22-hunter22\n";
    let file = "t: {image: i, script: x, variables: {A: b}}\n";
    let sandbox = Sandbox::repository(&[
        (".gitlab-ci.yml", file),
        (".gitignore", ".runner-lite.env\n"),
        (".runner-lite.env", env),
    ]);
    let home = sandbox.path("..");
    let files = || {
        let mut found = BTreeMap::new();
        files_below(&home, &mut found);
        // The home directory changes when the store's folders appear in it.
        found.retain(|path, _| Path::new(path) != home && !is_of_the_store(path));
        found
    };
    let before = files();
    assert!(before.len() > 10, "{before:?}");
    let host = ["--host", "unix:///nowhere/docker.sock"];
    for (arguments, code) in [
        (&["list"][..], 0),
        (&["lint"], 0),
        (&["show", "t"], 0),
        (&["show", "t", "--container"], 0),
        (&["auth", "i"], 1),
        (&["complete", "zsh", "--", "exec", ""], 0),
        (&["completion", "bash"], 0),
        (&["man"], 0),
        (&["exec", "t", host[0], host[1]], 125),
        (&["pull", host[0], host[1]], 125),
        (&["clean", host[0], host[1]], 125),
        (&["doctor", host[0], host[1]], 1),
    ] {
        let said = sandbox.run(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {said:?}");
        assert!(files() == before, "{arguments:?} has changed a file");
    }
    let mut stored = BTreeMap::new();
    files_below(&home, &mut stored);
    stored.retain(|path, _| is_of_the_store(path) && path.contains("/runner-lite"));
    assert!(stored.len() > 5, "{stored:?}");
    for path in stored.keys() {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
    let register = ["register", "--executor", "docker", "--docker-image", "i", "--config", "config.toml"];
    assert_eq!(sandbox.run(&register).code, 0);
    assert!(files() != before, "the test sees no change");
}
