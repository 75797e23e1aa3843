//! Messages of `exec` before it connects to the engine.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use super::sandbox::{PROGRAM, Sandbox};

/// Runs `exec JOB` without an engine and returns standard error.
fn stderr_of_exec(file: &str, job: &str, more: &[&str]) -> String {
    stderr_of(&Sandbox::new(&[(".gitlab-ci.yml", file)]), job, more)
}

/// Runs `exec JOB` in a project without an engine and returns standard error.
pub(super) fn stderr_of(sandbox: &Sandbox, job: &str, more: &[&str]) -> String {
    let run = sandbox.run(&[&["exec", job, "--host", "unix:///nowhere/docker.sock"], more].concat());
    assert_eq!(run.code, 125, "{run:?}");
    run.stderr
}

#[test]
fn a_job_names_the_producers_that_have_nothing_stored_and_how_to_run_them_first() {
    let file = "default: {image: i}\nb1: {stage: build, script: x, artifacts: {paths: [a]}}\n\
                b2: {stage: build, script: x, artifacts: {paths: [a]}}\nt: {script: x}\nu: {script: x, needs: []}\n";
    let stderr = |job, more: &[&str]| stderr_of_exec(file, job, more);
    let warning = "warning: `t` gets no artifacts of `b1`, `b2`: none are stored; `runner-lite exec t --needs=missing` \
                   makes them first\n";
    assert!(stderr("t", &[]).contains(warning), "{}", stderr("t", &[]));
    for (job, more) in
        [("t", &["--from", "none"][..]), ("t", &["--needs"]), ("t", &["--needs=missing"]), ("u", &[])]
    {
        assert!(!stderr(job, more).contains("none are stored"), "{job} {more:?}: {}", stderr(job, more));
    }
}

#[test]
fn an_unknown_probe_mode_is_wrong_usage_and_the_error_lists_the_modes() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {script: x}\n")]);
    let run = sandbox.run(&["exec", "t", "--probe", "outside"]);
    assert_eq!(run.code, 2, "{run:?}");
    let expect = "error: `outside` is not a value of `--probe`; write one of: auto, direct, inside, off\n";
    assert_eq!(run.stderr, expect);
}

#[test]
fn an_unknown_run_is_wrong_usage() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    let run = sandbox.run(&["exec", "t", "--from", "12"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("error: no run `12`: nothing of this project is stored yet"), "{run:?}");
}

#[test]
fn a_run_without_a_place_for_its_store_says_so_and_goes_on() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    let host = ["--host", "unix:///nowhere/docker.sock"];
    // A file is in the place of the folder.
    let store = ["--state-dir", ".gitlab-ci.yml"];
    let run = sandbox.run(&[&["exec", "t"], &host[..], &store].concat());
    assert_eq!(run.code, 125, "{run:?}");
    let warning =
        "warning: nothing of this run is stored, and no caches are used: cannot create the folder `";
    assert!(run.stderr.contains(warning) && run.stderr.contains("cannot reach the engine"), "{run:?}");
}

#[test]
fn the_store_is_where_the_options_the_variables_or_the_xdg_folders_say() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    let place = |variables: &[(&str, &str)], options: &[&str]| {
        let mut command = sandbox.command(PROGRAM);
        command.args(["exec", "t", "--host", "unix:///nowhere/docker.sock"]).args(options);
        command.envs(variables.iter().copied());
        assert_eq!(command.output().unwrap().status.code(), Some(125));
    };
    let absolute = |path: &str| sandbox.path(path).display().to_string();
    let (state, cache) = (absolute("../xdg-state"), absolute("../xdg-cache"));
    place(&[("XDG_STATE_HOME", &state), ("XDG_CACHE_HOME", &cache)], &[]);
    assert!(sandbox.path("../xdg-state/runner-lite/projects").exists());
    assert!(sandbox.path("../xdg-cache/runner-lite/caches").exists());
    let own = [("RUNNER_LITE_STATE_DIR", "../own-state"), ("RUNNER_LITE_CACHE_DIR", "../own-cache")];
    place(&[&own[..], &[("XDG_STATE_HOME", "relative")]].concat(), &[]);
    assert!(sandbox.path("../own-state/projects").exists() && sandbox.path("../own-cache/caches").exists());
    place(&own, &["--state-dir", "../typed-state", "--cache-dir", "../typed-cache"]);
    assert!(
        sandbox.path("../typed-state/projects").exists() && sandbox.path("../typed-cache/caches").exists()
    );
    // As the specification says, a relative path is ignored.
    place(&[("XDG_STATE_HOME", "relative")], &[]);
    assert!(
        sandbox.path("../.local/state/runner-lite/projects").exists() && !sandbox.path("relative").exists()
    );
}

#[test]
fn a_job_without_an_image_is_shown_with_both_ways_to_name_one() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t:\n  script: x\n")]);
    let run = sandbox.run(&["exec", "t"]);
    assert_eq!(run.code, 3, "{run:?}");
    insta::assert_snapshot!(run.stderr.split_once("error: ").unwrap().1, @r"
    no Docker image specified to run the build in
     --> .gitlab-ci.yml:1:1
      |
    1 | t:
      | ^ neither `t` nor `default:` names an image
      |
      = help: write `image:` in the job or in `default:`, or pass `--docker-image IMAGE`
    ");
    // On a server the runner has a default image.
    assert_eq!(sandbox.run(&["lint"]).code, 0);
}

#[test]
fn a_socket_without_an_engine_and_a_missing_one_say_what_to_do() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    let path = sandbox.path("docker.sock");
    let host = format!("unix://{}", path.display());
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let run = sandbox.run(&["exec", "t", "--host", &host]);
    let dead = format!("nothing listens on `{}`; start Docker\n", path.display());
    assert!(run.stderr.ends_with(&format!("error: cannot reach the engine at `{host}`: {dead}")), "{run:?}");
    let doctor = sandbox.run(&["doctor", "--host", &host]);
    let line = format!("FAILED   engine       {}: the engine is {host} (--host); see --host\n", dead.trim());
    assert!(doctor.stdout.starts_with(&line), "{doctor:?}");
}

#[test]
fn a_socket_without_permission_says_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let allow = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    allow(folder.path(), 0o755);
    let (program, socket) = (folder.path().join("runner-lite"), folder.path().join("docker.sock"));
    std::fs::copy(PROGRAM, &program).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    allow(&socket, 0);
    // A superuser may connect to every socket.
    let mut command = match folder.path().metadata().unwrap().uid() == 0 {
        true => {
            let mut setpriv = Command::new("setpriv");
            setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
            setpriv
        }
        false => Command::new(&program),
    };
    let host = format!("unix://{}", socket.display());
    let output = command.current_dir(&folder).env_clear().args(["doctor", "--host", &host]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let expect = format!(
        "FAILED   permission   no permission to connect to `{}`; run as root, or join the socket's group with \
         `sudo usermod -aG docker $USER` and log in again: ",
        socket.display()
    );
    assert!(said.starts_with(&expect), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missing_pipeline_file_says_where_it_was_looked_for() {
    let sandbox = Sandbox::new(&[("ci/a.yml", "")]);
    let root = sandbox.path("").display().to_string();
    let root = root.trim_end_matches('/');
    let said = |sandbox: &Sandbox, arguments: &[&str]| {
        let run = sandbox.run(&[&["exec", "t"], arguments].concat());
        assert_eq!(run.code, 3, "{run:?}");
        run.stderr
    };
    let none = format!(
        "error: there is no `.gitlab-ci.yml` in `{root}`, which is not in a git repository; name the pipeline \
         file with --file\n"
    );
    assert_eq!(said(&sandbox, &[]), none);
    sandbox.git(&["init", "-q"]);
    let none = format!(
        "error: there is no `.gitlab-ci.yml` in the repository `{root}`; name the pipeline file with --file\n"
    );
    assert_eq!(said(&sandbox, &[]), none);
    assert_eq!(said(&sandbox, &["--file", "none.yml"]), "error: there is no `none.yml`\n");
    let folder = "error: `ci` is a folder; name a file in it, such as `ci/.gitlab-ci.yml`\n";
    assert_eq!(said(&sandbox, &["--file", "ci"]), folder);
    sandbox.write(".gitlab-ci.yaml", "t: {script: x}\n");
    let similar = "error: there is no `.gitlab-ci.yml`, but a `.gitlab-ci.yaml`: rename it, because GitLab \
                   reads only the former, or name it with --file\n";
    assert_eq!(said(&sandbox, &[]), similar);
}

#[test]
fn a_missing_include_suggests_a_similar_file() {
    let sandbox = Sandbox::repository(&[
        (".gitlab-ci.yml", "include: ci/build.yml\nt: {script: x}\n"),
        ("ci/builds.yml", ""),
        ("ci/build.yml.orig", ""),
    ]);
    let run = sandbox.run(&["exec", "t"]);
    assert!(
        run.stderr.contains("Local file `ci/build.yml` does not exist!\n --> .gitlab-ci.yml:1:10"),
        "{run:?}"
    );
    assert!(run.stderr.ends_with("  = help: did you mean `ci/builds.yml`?\n"), "{run:?}");
}

#[test]
fn a_job_that_needs_one_which_rules_left_out_is_refused() {
    let file = "a: {script: x, rules: [{if: $CI_COMMIT_TAG}]}\nb: {script: x, needs: [a]}\nc: {script: x, needs: [a], rules: [{if: $CI_COMMIT_TAG}]}\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    let said = sandbox.run(&["exec", "b"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(
        said.stderr.contains("error: 'b' job needs 'a' job, but 'a' does not exist in the pipeline."),
        "{said:?}"
    );
    // The pipeline lacks this job, too.
    let absent = sandbox.run(&["exec", "c"]);
    assert!(!absent.stderr.contains("does not exist in the pipeline"), "{absent:?}");
}
