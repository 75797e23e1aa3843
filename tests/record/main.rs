//! `record-fixtures SOCKET SCENARIO` makes the calls of a scenario on an engine; without arguments it prints the names of
//! all scenarios. `scripts/record-fixtures` passes the socket of the recording proxy.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "anything unexpected must stop a recording"
)]

#[expect(dead_code, reason = "only the replays read the fields of `CallError`")]
#[path = "../support/scenarios.rs"]
mod scenarios;

use runner_lite::engine::Engine;
use runner_lite::transport::connector::Connector;
use runner_lite::transport::endpoint::Endpoint;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [socket, scenario] => {
            let engine = Engine::connect(Connector::new(Endpoint::Unix(socket.into())), None).await.unwrap();
            scenarios::run_scenario(scenario, &engine).await;
        }
        _ => println!("{}", scenarios::NAMES.join("\n")),
    }
}
