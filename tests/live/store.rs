//! What runs store, and what later runs take of it.

use std::path::Path;
use std::process::Command;

use super::config::KEPT_VOLUMES;
use super::run::{Outcome, program, run_job_in, spawn, start_job, wait_with_output};

/// Runs a command of the store in a project.
fn ask(folder: &Path, arguments: &[&str]) -> Outcome {
    wait_with_output(spawn(program(), folder, arguments), |_| {})
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(identity).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with two producers, whose names begin with `name`, and a consumer.
fn project(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let yaml = format!(
        "
stages: [build, test]
default: {{image: 'busybox:1.35'}}
{name}-build:
  stage: build
  script: [mkdir -p out/sub, echo built > out/a, echo deep > out/sub/b.txt, 'echo TAG=seven > b.env']
  artifacts: {{paths: [out/], reports: {{dotenv: b.env}}}}
{name}-docs:
  stage: build
  script: [echo documented > docs.txt]
  artifacts: {{paths: [docs.txt]}}
{name}-test:
  stage: test
  script: ['cat out/a docs.txt || true', 'echo tag=$TAG iid=$CI_PIPELINE_IID']
"
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    folder
}

#[test]
fn a_job_uses_the_artifacts_of_the_last_runs_and_says_which() {
    let project = project("store-last");
    let folder = project.path();
    let run = |job: &str, more: &[&str]| run_job_in(folder, &format!("store-last-{job}"), more);
    let before = run("test", &[]);
    before.assert(0, &["tag= iid=1"]);
    assert!(
        before
            .stderr
            .contains("gets no artifacts of `store-last-build`, `store-last-docs`: none are stored;")
    );
    run("build", &[]).assert(0, &[]);

    // Only the producer without artifacts runs.
    let missing = run("test", &["--needs=missing"]);
    missing.assert(
        0,
        &["Running store-last-docs in busybox:1.35 (1 of 2)\n", "built\ndocumented\n", "tag=seven iid=3"],
    );
    assert!(!missing.log().contains("of 2: store-last-build"), "{}", missing.log());
    let taken = "artifacts of `store-last-build` come from run 2 (";
    assert!(missing.stderr.contains(&format!("note: {taken}")), "{}", missing.stderr);

    let last = run("test", &[]);
    last.assert(0, &["built\ndocumented\n", "tag=seven iid=4"]);
    assert!(
        last.stderr.contains("note: artifacts of `store-last-docs` come from run 3 ("),
        "{}",
        last.stderr
    );
    std::fs::write(folder.join("new"), "").unwrap();
    let changed = run("test", &[]);
    assert!(changed.stderr.contains(&format!("warning: {taken}")), "{}", changed.stderr);
    assert!(changed.stderr.contains("; the sources have changed since\n"), "{}", changed.stderr);

    let none = run("test", &["--from", "none"]);
    none.assert(0, &["can't open 'out/a'", "tag= iid=6"]);
    assert!(!none.stderr.contains("artifacts of"), "{}", none.stderr);
    assert_eq!(git(folder, &["status", "--porcelain"]), "?? new\n");
}

#[test]
fn producers_run_first_in_the_same_run_and_a_failing_one_stops_it() {
    let project = project("store-needs");
    let folder = project.path();
    let all = run_job_in(folder, "store-needs-test", &["--needs", "--artifacts-to", "copies"]);
    all.assert(
        0,
        &["Running store-needs-docs in busybox:1.35 (2 of 3)\n", "built\ndocumented\n", "tag=seven iid=1"],
    );
    let copy = |path: &str| std::fs::read_to_string(folder.join("copies").join(path)).unwrap();
    assert_eq!(
        copy("store-needs-build/out/sub/b.txt") + &copy("store-needs-docs/docs.txt"),
        "deep\ndocumented\n"
    );
    let runs = ask(folder, &["runs", "list", "--json"]);
    let runs: serde_json::Value = serde_json::from_str(&runs.log()).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 1);
    assert_eq!(runs[0]["jobs"].as_array().unwrap().len(), 3, "{runs}");

    let file = folder.join(".gitlab-ci.yml");
    let yaml = std::fs::read_to_string(&file).unwrap().replace("echo documented > docs.txt", "exit 7");
    std::fs::write(file, yaml).unwrap();
    let failed = run_job_in(folder, "store-needs-test", &["--needs"]);
    failed.assert(1, &["ERROR: Job failed: exit code 7"]);
    assert!(failed.stderr.contains("error: `store-needs-docs` failed, so `store-needs-test` was not run"));
    assert!(!failed.log().contains("(3 of 3)"), "{}", failed.log());
}

/// Runs a command of the store, or a job, with a store of its own.
fn with_store(folder: &Path, store: &Path, arguments: &[&str]) -> Outcome {
    let (state, cache) = (store.join("state"), store.join("cache"));
    let places = ["--state-dir", state.to_str().unwrap(), "--cache-dir", cache.to_str().unwrap()];
    ask(folder, &[arguments, &places[..]].concat())
}

#[test]
fn artifacts_that_cannot_be_copied_fail_a_run_that_passed() {
    let project = project("store-copy");
    std::fs::write(project.path().join("taken"), "a file").unwrap();
    let refused = run_job_in(project.path(), "store-copy-build", &["--artifacts-to", "taken"]);
    refused.assert(125, &["Job succeeded"]);
    let error = "error: the artifacts of `store-copy-build` are not copied: ";
    assert!(refused.stderr.contains(error), "{}", refused.stderr);
}

/// The lock on the runs of a project, in a store that this makes: a run opens it before it looks for the engine.
fn lock_of_runs(project: &Path, store: &Path, job: &str) -> std::path::PathBuf {
    with_store(project, store, &["exec", job, "--host", "unix:///none.sock"]);
    let shop = std::fs::read_dir(store.join("state/projects")).unwrap().next().unwrap().unwrap();
    shop.path().join("runs/.lock")
}

#[test]
fn no_job_runs_without_the_artifacts_of_another_that_the_store_cannot_take() {
    let project = project("store-none");
    let store = tempfile::tempdir().unwrap();
    let lock = lock_of_runs(project.path(), store.path(), "store-none-docs");
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let refused = with_store(project.path(), store.path(), &["exec", "store-none-test", "--needs"]);
    assert_eq!(refused.code, 125, "{} {}", refused.log(), refused.stderr);
    assert!(refused.stderr.contains("error: no job has run: "), "{}", refused.stderr);
    assert!(refused.log().contains("/runs/.lock`: "), "{}", refused.log());
    assert!(!refused.log().contains("documented"), "{}", refused.log());
}

#[test]
fn ctrl_c_ends_a_run_that_waits_for_the_lock_of_the_store() {
    let project = project("store-wait");
    let store = tempfile::tempdir().unwrap();
    let lock = std::fs::File::open(lock_of_runs(project.path(), store.path(), "store-wait-docs")).unwrap();
    lock.lock().unwrap();
    let (state, cache) = (store.path().join("state"), store.path().join("cache"));
    let places = ["--state-dir", state.to_str().unwrap(), "--cache-dir", cache.to_str().unwrap()];
    let started = std::time::Instant::now();
    let child = start_job(project.path(), "store-wait-docs", &places);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let process = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
    let stopped = wait_with_output(child, |_| {});
    assert_eq!(stopped.code, 130, "{} {}", stopped.log(), stopped.stderr);
    let elapsed = started.elapsed();
    assert!(elapsed < std::time::Duration::from_secs(7), "{elapsed:?}");
}

#[test]
fn after_a_failure_the_jobs_run_whose_when_admits_it() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
stages: [build, test]
default: {image: 'busybox:1.35'}
store-fail-build: {stage: build, script: [echo log > log, exit 7], artifacts: {paths: [log], when: on_failure}}
store-fail-docs: {stage: build, script: [echo docs > docs], artifacts: {paths: [docs]}}
store-fail-also: {stage: test, script: [cat docs log]}
store-fail-rescue: {stage: test, when: on_failure, script: [cat docs log]}
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let rescue = run_job_in(folder.path(), "store-fail-rescue", &["--needs"]);
    rescue.assert(
        1,
        &["Job failed: exit code 7", "Running store-fail-rescue in busybox:1.35 (3 of 3)\n", "\ndocs\nlog\n"],
    );
    let error =
        "error: `store-fail-build` failed, and with it the run, although `store-fail-rescue` passed\n";
    assert!(rescue.stderr.contains(error), "{}", rescue.stderr);
    let stopped = run_job_in(folder.path(), "store-fail-also", &["--needs"]);
    stopped.assert(1, &[" (1 of 3)\n"]);
    assert!(!stopped.log().contains("(2 of 3)"), "{}", stopped.log());
    let error = "error: `store-fail-build` failed, so `store-fail-also` was not run\n";
    assert!(stopped.stderr.contains(error), "{}", stopped.stderr);
}

#[test]
fn a_run_that_is_stopped_after_the_result_of_a_producer_is_canceled() {
    let project = project("store-stop");
    let child = start_job(project.path(), "store-stop-test", &["--needs"]);
    let process = child.id().to_string();
    let mut is_stopped = false;
    let stopped = wait_with_output(child, |output| {
        // The producer's containers are still there.
        if !is_stopped && String::from_utf8_lossy(output).contains("Job succeeded") {
            is_stopped = true;
            assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        }
    });
    stopped.assert(130, &["Job succeeded"]);
    let error = " was stopped, so `store-stop-test` was not run";
    assert!(stopped.stderr.contains(error), "{}", stopped.stderr);
}

#[test]
fn variables_of_a_producer_in_the_same_run_reach_the_image() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
store-tag-build:
  stage: build
  image: busybox:1.35
  script: ['echo TAG=1.35 > v']
  artifacts: {reports: {dotenv: v}}
store-tag-test: {needs: [store-tag-build], image: 'busybox:$TAG', script: ['echo with $TAG']}
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    run_job_in(folder.path(), "store-tag-test", &["--needs"]).assert(0, &["\nwith 1.35\n"]);
}

#[test]
fn stored_artifacts_and_logs_can_be_listed_and_taken_out() {
    let project = project("store-get");
    let folder = project.path();
    run_job_in(folder, "store-get-build", &[]).assert(0, &[]);
    let list = ask(folder, &["artifacts", "list"]);
    list.assert(0, &["store-get-build  1    ", "dotenv", "TAG"]);
    ask(folder, &["artifacts", "list", "store-get-build"]).assert(0, &["out/sub/b.txt"]);
    let get = ask(folder, &["artifacts", "get", "store-get-build", "out/**/*.txt", "-o", "taken"]);
    get.assert(0, &[]);
    assert!(folder.join("taken/out/sub/b.txt").exists() && !folder.join("taken/out/a").exists());
    let none = ask(folder, &["artifacts", "get", "store-get-build", "*.o", "-o", "taken"]);
    assert_eq!(none.code, 2, "{}", none.stderr);
    assert!(none.stderr.contains("error: no file of `store-get-build` matches `*.o`"), "{}", none.stderr);
    ask(folder, &["logs", "store-get-build"]).assert(0, &["$ echo built > out/a", "Job succeeded"]);
    let unknown = ask(folder, &["logs", "store-get-biuld"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean `store-get-build`?"), "{}", unknown.stderr);
}

#[test]
fn deleted_artifacts_are_gitlabs_error_and_can_be_made_again() {
    let project = project("store-lost");
    let folder = project.path();
    run_job_in(folder, "store-lost-build", &[]).assert(0, &[]);
    let state =
        std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{}", std::process::id()));
    let found =
        Command::new("find").arg(state).args(["-path", "*store-lost-build/artifacts.tar"]).output().unwrap();
    let archive = String::from_utf8(found.stdout).unwrap();
    std::fs::remove_file(archive.trim()).unwrap();
    let lost = run_job_in(folder, "store-lost-test", &[]);
    assert_eq!(lost.code, 1, "{}", lost.stderr);
    let sentence = "error: This job could not start because it could not retrieve the needed artifacts.\n";
    assert!(lost.stderr.contains(sentence), "{}", lost.stderr);
    run_job_in(folder, "store-lost-test", &["--needs=missing"]).assert(0, &["built\ndocumented\n"]);
}

#[test]
fn masked_values_are_in_neither_log_nor_store_and_five_runs_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let yaml = "store-mask: {image: 'busybox:1.35', script: ['echo is $TOKEN', 'echo $CI_PIPELINE_IID > n'], \
                artifacts: {paths: [n], name: a-$TOKEN}, cache: {key: k-$TOKEN, paths: [n]}}\n";
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.join(".runner-lite.env"), "# masked\nTOKEN=hunter22-hunter22\n").unwrap();
    let store = tempfile::tempdir().unwrap();
    let (state, cache) = (store.path().join("state"), store.path().join("cache"));
    let places = ["--state-dir", state.to_str().unwrap(), "--cache-dir", cache.to_str().unwrap()];
    for number in 1..=6 {
        let outcome = run_job_in(folder, "store-mask", &places);
        outcome.assert(0, &["is [MASKED]"]);
        assert!(!outcome.log().contains("hunter22"), "run {number}: {}", outcome.log());
    }
    let runs = ask(folder, &[&["runs", "list", "--json"], &places[..]].concat());
    let runs: serde_json::Value = serde_json::from_str(&runs.log()).unwrap();
    let numbers: Vec<u64> =
        runs.as_array().unwrap().iter().map(|run| run["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [6, 5, 4, 3, 2]);
    let searched = Command::new("grep").args(["-rl", "hunter22"]).arg(store.path()).output().unwrap();
    assert_eq!(String::from_utf8(searched.stdout).unwrap(), "");
    ask(folder, &[&["cache", "list"], &places[..]].concat()).assert(0, &["k-[MASKED]"]);
    let listed = ask(folder, &[&["clean", "--artifacts", "--dry-run"], &places[..]].concat());
    listed.assert(0, &["the latest that passed", "store-mask"]);
    let refused = ask(folder, &[&["clean", "--artifacts"], &places[..]].concat());
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    ask(folder, &[&["clean", "--artifacts", "--force"], &places[..]].concat()).assert(0, &["Removed "]);
    let runs = ask(folder, &[&["runs", "list", "--json"], &places[..]].concat());
    assert_eq!(runs.log(), "[]\n");
}

#[test]
fn two_runs_at_the_same_time_never_touch_each_others_kept_directory() {
    let _kept_volumes = KEPT_VOLUMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let yaml = "
store-slot:
  image: busybox:1.35
  variables: {GIT_STRATEGY: fetch, GIT_CLEAN_FLAGS: none}
  script: ['echo slot=$CI_CONCURRENT_ID id=$CI_PIPELINE_ID', touch mine-$ME, sleep 2, ls]
";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    // The third run counts slots in a store of its own.
    let other = tempfile::tempdir().unwrap();
    let other = other.path().to_str().unwrap();
    let children = [("a", &[][..]), ("b", &[]), ("c", &["--state-dir", other])].map(|(me, more)| {
        let me = format!("ME={me}");
        start_job(folder.path(), "store-slot", &[&["--variable", &me], more].concat())
    });
    let logs: Vec<String> =
        children.map(|child| wait_with_output(child, |_| {})).map(|run| run.log()).to_vec();
    let slots: Vec<&str> =
        logs.iter().map(|log| log.split("\nslot=").nth(1).unwrap().split(' ').next().unwrap()).collect();
    assert_ne!(slots[0], slots[1], "{logs:?}");
    assert_eq!(slots[2], "0");
    for (log, me) in logs.iter().zip(["a", "b", "c"]) {
        for name in ["a", "b", "c"] {
            assert_eq!(log.contains(&format!("\nmine-{name}\n")), name == me, "{log}");
        }
    }
    let id = |log: &str| {
        let said = log.split("\nslot=").nth(1).unwrap();
        said.split([' ', '\n']).find(|word| word.starts_with("id=")).unwrap().to_owned()
    };
    assert_ne!(id(&logs[0]), id(&logs[1]));
    super::engine::assert_nothing_left_of("store-slot");
    ask(Path::new("/"), &["clean", "--volumes", "--force"]).assert(0, &[]);
}
