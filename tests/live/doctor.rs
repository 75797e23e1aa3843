//! `doctor`, on the engine that the tests use and on none.

use std::process::Command;

use super::leftovers;
use super::run::{Outcome, binary, finish, program, spawn};
use super::skip::skip;

fn run(command: Command, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    finish(spawn(command, folder.path(), &[&["doctor"], arguments].concat()), |_| {})
}

#[test]
fn a_host_that_runs_jobs_has_a_line_for_each_check() {
    let outcome = run(program(), &[]);
    let log = outcome.log();
    outcome.assert(0, &["ok       permission "]);
    let checks: Vec<_> = log.lines().map(|line| line[9..].split(' ').next().unwrap()).collect();
    let all = ["engine", "permission", "api", "reach", "disk", "clock", "leftovers", "credentials"];
    assert_eq!(checks, all, "{log}");
    let maker = leftovers::words("Docker ", "Podman ");
    assert!(log.starts_with(&format!("ok       engine       {maker}")), "{log}");
    if std::env::var_os("RUNNER_LITE_BIN").is_some() {
        assert!(log.contains("container addresses can be dialled from here"), "{log}");
    }
}

#[test]
fn where_container_addresses_are_out_of_reach_it_says_what_is_done() {
    if std::env::var_os("RUNNER_LITE_BIN").is_none() {
        return skip("only the static binary runs in every container");
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--net"]).arg(binary());
    run(unshare, &[]).assert(0, &["cannot be dialled from here: services are probed from a container"]);
}

#[test]
fn without_an_engine_the_exit_code_is_1_and_json_says_why() {
    let outcome = run(program(), &["--host", "unix:///nowhere.sock", "--json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let checks: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!((&checks[0]["check"], &checks[0]["state"]), (&"engine".into(), &"failed".into()));
    let text = checks[0]["text"].as_str().unwrap();
    assert!(text.contains("there is no socket at `/nowhere.sock`; start the Docker Engine"), "{text}");
}
