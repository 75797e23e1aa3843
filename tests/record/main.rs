//! Makes the calls of one scenario on the engine behind a socket: `record-fixtures SOCKET SCENARIO`, or prints the
//! names of all scenarios. `scripts/record-fixtures` puts the recording proxy in between.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of the tests: what is unexpected must stop it"
)]

#[expect(dead_code, reason = "the replays alone look into a `Fault`")]
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
            scenarios::play(scenario, &engine).await;
        }
        _ => println!("{}", scenarios::NAMES.join("\n")),
    }
}
