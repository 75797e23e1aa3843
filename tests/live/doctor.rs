//! The command `doctor`, with and without an engine.

use std::process::Command;

use super::engine;
use super::run::{Outcome, binary, program, spawn, wait_with_output};
use super::skip::skip;

fn run(command: Command, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    wait_with_output(spawn(command, folder.path(), &[&["doctor"], arguments].concat()), |_| {})
}

#[test]
fn on_a_working_host_doctor_prints_a_line_for_each_check() {
    let outcome = run(program(), &[]);
    let log = outcome.log();
    outcome.assert(0, &["ok       permission "]);
    let checks: Vec<_> = log.lines().map(|line| line[9..].split(' ').next().unwrap()).collect();
    let all = ["engine", "permission", "api", "reach", "disk", "clock", "leftovers", "credentials"];
    assert_eq!(checks, all, "{log}");
    let maker = engine::by_engine("Docker ", "Podman ");
    assert!(log.starts_with(&format!("ok       engine       {maker}")), "{log}");
    if std::env::var_os("RUNNER_LITE_BIN").is_some() {
        assert!(log.contains("container addresses can be dialled from here"), "{log}");
    }
}

#[test]
fn doctor_reports_unreachable_container_addresses_and_the_consequence() {
    if std::env::var_os("RUNNER_LITE_BIN").is_none() {
        return skip("only the static binary runs in every container");
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--net"]).arg(binary());
    run(unshare, &[]).assert(0, &["cannot be dialled from here: services are probed from a container"]);
}

#[test]
fn without_an_engine_doctor_exits_with_1_and_gives_the_reason_as_json() {
    let outcome = run(program(), &["--host", "unix:///nowhere.sock", "--json"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let checks: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!((&checks[0]["check"], &checks[0]["state"]), (&"engine".into(), &"failed".into()));
    let text = checks[0]["text"].as_str().unwrap();
    assert!(text.contains("there is no socket at `/nowhere.sock`; start the Docker Engine"), "{text}");
}
