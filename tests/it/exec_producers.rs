//! Which producers `exec` runs before a job, and what it says of artifacts that are not stored.

use runner_lite::store::{ArtifactsRecord, EndState};

use super::exec::stderr_of;
use super::sandbox::Sandbox;
use super::stored::store_job;

const FILE: &str = "
stages: [build, test]
default: {image: i}
b: {stage: build, script: x, artifacts: {paths: [a]}}
only-for-m: {stage: build, script: x, artifacts: {paths: [a]}}
m: {stage: build, when: manual, needs: [only-for-m], script: x, artifacts: {paths: [a]}}
f: {stage: build, when: on_failure, script: x, artifacts: {paths: [a]}}
d: {stage: build, rules: [{when: delayed, start_in: 1 hour}], script: x, artifacts: {paths: [a]}}
t: {stage: test, script: x, needs: [b, m, f, d]}
";

#[test]
fn producers_that_a_pipeline_does_not_start_do_not_run_first() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    for needs in ["--needs", "--needs=missing"] {
        let stderr = stderr_of(&sandbox, "t", &[needs]);
        for line in [
            "note: not run before `t`: `m` (manual), `f` (on_failure); a pipeline starts such jobs only by hand or after \
             a failure\n",
            "note: `d` is delayed in the pipeline, and runs at once here\n",
            "warning: `t` gets no artifacts of `m`: none are stored; `runner-lite exec m` makes them\n",
            "warning: `t` gets no artifacts of `f`: none are stored; `runner-lite exec f` makes them\n",
        ] {
            assert!(stderr.contains(line), "{line}{stderr}");
        }
        assert!(!stderr.contains("only-for-m"), "{stderr}");
    }
}

#[test]
fn no_option_is_advised_that_would_not_make_the_missing_artifacts() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    let stderr = stderr_of(&sandbox, "t", &[]);
    for line in [
        "of `b`, `d`: none are stored; `runner-lite exec t --needs=missing` makes them first\n",
        "of `m`: none are stored; `runner-lite exec m` makes them\n",
    ] {
        assert!(stderr.contains(line), "{line}{stderr}");
    }
    assert!(!stderr.contains("not run before"), "{stderr}");
}

#[test]
fn a_job_that_passed_and_stored_nothing_is_not_missing() {
    let file = "default: {image: i}\nb: {stage: build, script: x, artifacts: {paths: [a]}}\nt: {script: x}\n";
    for (outcome, reason) in [
        (ArtifactsRecord::NothingMatched, "no file matched `artifacts:paths`"),
        (ArtifactsRecord::NotDue, "`artifacts:when` asks for another result"),
    ] {
        let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
        store_job(&sandbox, "b", EndState::Success, outcome);
        for more in [&[][..], &["--needs=missing"]] {
            let stderr = stderr_of(&sandbox, "t", more);
            assert!(stderr.contains("note: `b` stored no artifacts in run 1 ("), "{stderr}");
            assert!(stderr.contains(&format!(": {reason}\n")), "{stderr}");
            assert!(!stderr.contains("none are stored"), "{stderr}");
        }
        let stderr = stderr_of(&sandbox, "t", &["--needs"]);
        assert!(!stderr.contains("stored no artifacts"), "{stderr}");
    }
}

#[test]
fn a_failed_job_without_artifacts_is_missing() {
    let file = "default: {image: i}\nb: {stage: build, script: x, artifacts: {paths: [a]}}\nt: {script: x}\n";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    store_job(&sandbox, "b", EndState::Failed, ArtifactsRecord::NotDue);
    let stderr = stderr_of(&sandbox, "t", &[]);
    assert!(stderr.contains("none are stored; `runner-lite exec t --needs=missing` makes them"), "{stderr}");
    let stderr = stderr_of(&sandbox, "t", &["--needs=missing"]);
    assert!(!stderr.contains("stored"), "{stderr}");
}

#[test]
fn an_image_may_be_known_only_when_its_producer_has_ended() {
    let file = "
default: {image: i}
b: {stage: build, script: x, artifacts: {reports: {dotenv: v}}}
t: {script: x, needs: [b], image: 'busybox:$TAG'}
v: {script: x, needs: [], image: 'busybox:$TAG'}
";
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", file)]);
    let stderr = stderr_of(&sandbox, "t", &["--needs"]);
    assert!(!stderr.contains("error: invalid"), "{stderr}");
    let host = ["--host", "unix:///nowhere/docker.sock"];
    for (job, more) in [("t", &[][..]), ("v", &["--needs"])] {
        let run = sandbox.run(&[&["exec", job], &host[..], more].concat());
        assert_eq!(run.code, 3, "{job} {more:?}: {run:?}");
    }
}
