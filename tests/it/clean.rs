//! `runner-lite clean` asks before it removes anything.

use std::io::Write;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use super::fake_engine::{host_of, serve};
use super::sandbox::{PROGRAM, Sandbox};

/// An engine with one leftover container, and the requests to remove something from it.
fn engine_with_a_leftover(sandbox: &Sandbox) -> Receiver<String> {
    let (removals, received) = channel();
    let containers = r#"[{"Id": "1", "Names": ["/runner-lite-project-1-concurrent-0-00000000000000fe-build"], "State": "exited", "Labels":
        {"com.gitlab.gitlab-runner.runner.id": "lite", "com.gitlab.gitlab-runner.job.name": "test"}}]"#;
    serve(sandbox, move |request| {
        if request.starts_with("DELETE ") {
            // The receiver lives as long as the test.
            let _ = removals.send(request.to_owned());
            return (204, String::new());
        }
        let body = match request {
            _ if request.contains("/_ping ") => "",
            _ if request.contains("/containers/json") => containers,
            _ if request.contains("/volumes") => r#"{"Volumes": []}"#,
            _ => "[]",
        };
        (200, body.to_owned())
    });
    received
}

/// Runs `clean` at a terminal on which the user types `answer`. Returns the terminal's text.
fn clean_at_a_terminal(sandbox: &Sandbox, answer: &str) -> String {
    let mut script = sandbox.command("script");
    script.args(["-qec", &format!("{PROGRAM} clean --all --host {}", host_of(sandbox)), "/dev/null"]);
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn clean_asks_only_for_objects_of_this_program() {
    let sandbox = Sandbox::new(&[]);
    let (lists, received) = channel();
    serve(&sandbox, move |request| {
        if request.contains("filters=") {
            // The receiver lives as long as the test.
            let _ = lists.send(request.to_owned());
        }
        let is_volumes = request.contains("/volumes");
        (200, if is_volumes { r#"{"Volumes": []}"# } else { "[]" }.to_owned())
    });
    let said = sandbox.run(&["clean", "--all", "--other-hosts", "--volumes", "--host", &host_of(&sandbox)]);
    assert_eq!(said.answer(), "Nothing to remove.\n");
    let asked: Vec<String> = received.try_iter().collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    let own = "com.gitlab.gitlab-runner.runner.id%3Dlite";
    assert!(asked.iter().all(|request| request.contains(own)), "{asked:?}");
}

#[test]
fn an_object_that_cannot_be_removed_is_named_and_sets_the_exit_code() {
    let sandbox = Sandbox::new(&[]);
    let listed = r#"[{"Id": "1", "Names": ["/runner-lite-project-1-concurrent-0-00000000000000fe-build"], "State": "exited", "Labels":
        {"com.gitlab.gitlab-runner.runner.id": "lite", "com.gitlab.gitlab-runner.job.name": "test"}}]"#;
    serve(&sandbox, |request| match request {
        _ if request.starts_with("DELETE ") => (403, r#"{"message": "not allowed"}"#.to_owned()),
        _ if request.contains("/containers/json") => (200, listed.to_owned()),
        _ if request.contains("/volumes") => (200, r#"{"Volumes": []}"#.to_owned()),
        _ => (200, "[]".to_owned()),
    });
    let said = sandbox.run(&["clean", "--all", "--force", "--host", &host_of(&sandbox)]);
    assert_eq!((said.code, said.stdout.ends_with("Removed 0 of 1.\n")), (125, true), "{said:?}");
    assert!(said.stderr.contains("`runner-lite-project-1-concurrent-0-00000000000000fe-build`: the engine answered 403: not allowed"), "{said:?}");
}

#[test]
fn clean_removes_only_what_the_user_agrees_to() {
    let sandbox = Sandbox::new(&[]);
    let removals = engine_with_a_leftover(&sandbox);
    let host = host_of(&sandbox);
    for answer in ["n\n", "\n", "no way\n"] {
        let said = clean_at_a_terminal(&sandbox, answer);
        assert!(said.contains("Remove 1 of them? [y/N]") && said.contains("nothing was removed"), "{said}");
    }
    let without_terminal = sandbox.run(&["clean", "--all", "--host", &host]);
    assert_eq!(without_terminal.code, 1, "{without_terminal:?}");
    let listed = sandbox.run(&["clean", "--all", "--dry-run", "--host", &host]);
    assert_eq!(listed.code, 0, "{listed:?}");
    assert!(
        listed.stdout.contains(
            "container  runner-lite-project-1-concurrent-0-00000000000000fe-build  job test, exited"
        ),
        "{listed:?}"
    );
    assert!(removals.try_recv().is_err(), "something was removed");
    let said = clean_at_a_terminal(&sandbox, "y\n");
    assert!(said.contains("Removed 1 of 1."), "{said}");
    assert!(
        removals
            .try_recv()
            .unwrap()
            .contains("/containers/runner-lite-project-1-concurrent-0-00000000000000fe-build?")
    );
    let forced = sandbox.run(&["clean", "--all", "--force", "--host", &host]);
    assert!(forced.answer().contains("Removed 1 of 1.") && !forced.stderr.contains("[y/N]"), "{forced:?}");
    assert!(
        removals
            .try_recv()
            .unwrap()
            .contains("/containers/runner-lite-project-1-concurrent-0-00000000000000fe-build?")
    );
}
