//! `record-fixtures SOCKET SCENARIO` makes the calls of a scenario on an engine, or runs a job; without arguments it
//! prints the names of all scenarios and jobs. `scripts/record-fixtures` passes the socket of the recording proxy.
//!
//! The job with services copies this program into a container, which runs it as `runner-lite probe`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "anything unexpected must stop a recording"
)]

#[path = "../support/jobs.rs"]
mod jobs;
#[expect(dead_code, reason = "only the replays read the fields of `CallError`")]
#[path = "../support/scenarios.rs"]
mod scenarios;

use std::process::ExitCode;

use runner_lite::engine::Engine;
use runner_lite::executor::shutdown;
use runner_lite::linux::process::EXECUTABLE;
use runner_lite::transport::connector::Connector;
use runner_lite::transport::endpoint::Endpoint;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, ..] if command == "probe" => return runner_lite::cli::main(),
        [socket, scenario] => record(socket, scenario),
        _ => println!("{}", [scenarios::NAMES, jobs::NAMES].concat().join("\n")),
    }
    ExitCode::SUCCESS
}

#[tokio::main(flavor = "current_thread")]
async fn record(socket: &str, scenario: &str) {
    let engine = Engine::connect(Connector::new(Endpoint::Unix(socket.into())), None).await.unwrap();
    if !jobs::NAMES.contains(&scenario) {
        return scenarios::run_scenario(scenario, &engine).await;
    }
    let (project, (_sender, shutdown)) = (jobs::project(), shutdown::channel());
    let plan = jobs::plan(scenario, project.path());
    let run = jobs::run(plan, engine, shutdown, EXECUTABLE.as_ref()).await;
    assert_eq!(run.reported(), Some(jobs::true_result(scenario)), "{:?}\n{:#?}", run.outcome, run.events);
}
