//! The Engine client with the answers of recorded engines: whole, split, and cut off.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use runner_lite::engine::Engine;
use tokio::time::timeout;

use crate::replay::{Cut, Delivery, Exchange, Server, Wire, load_exchanges, registry_auth};
use crate::scenarios::container_life::{CallError, ContainerRun, container_life};
use crate::scenarios::{NAMES, run_scenario};
use crate::secrets::SECRETS;

/// How long a scenario may take to be replayed; they take milliseconds.
const SCENARIO_WITHIN: Duration = Duration::from_secs(5);

const ENGINES: [&str; 4] =
    ["engine-20.10-api1.41", "engine-26.1-api1.45", "engine-28.5-api1.51", "engine-podman-5.8-api1.44"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-fixtures")
}

async fn replay(wire: Wire, delivery: Delivery) {
    for engine in ENGINES {
        for scenario in NAMES {
            let exchanges = load_exchanges(&fixtures().join(engine).join(scenario));
            let server = Server::replaying(wire, exchanges, delivery, None);
            let play = async {
                let client = Engine::connect(server.connector(), None).await.unwrap();
                run_scenario(scenario, &client).await;
            };
            let result = timeout(SCENARIO_WITHIN, play).await;
            assert!(result.is_ok(), "{engine}/{scenario} hangs when delivered {delivery:?} over {wire:?}");
            server.assert_all_answered().await;
        }
    }
}

#[tokio::test]
async fn every_recorded_scenario_has_the_same_result_when_it_is_replayed() {
    replay(Wire::UnixSocket, Delivery::Whole).await;
}

#[tokio::test]
async fn answers_that_arrive_byte_by_byte_have_the_same_result() {
    replay(Wire::UnixSocket, Delivery::Pieces(1)).await;
}

#[tokio::test]
async fn output_that_arrives_with_the_101_is_not_lost() {
    replay(Wire::UnixSocket, Delivery::HeadWithFrames).await;
}

/// With a paused clock a hanging call fails at once, because its limit passes as soon as nothing else can run.
#[tokio::test(start_paused = true)]
async fn every_recorded_scenario_has_the_same_result_in_memory_with_a_paused_clock() {
    for delivery in [Delivery::Whole, Delivery::Pieces(1), Delivery::HeadWithFrames] {
        replay(Wire::Memory, delivery).await;
    }
}

/// The operations whose error may report a fault in an exchange, by the exchange's name without its number.
const OPERATIONS: [(&str, &[&str]); 9] = [
    ("GET-_ping", &["reach the engine at"]),
    ("POST-containers-create", &["create container"]),
    ("POST-containers-attach", &["attach to container", "read the output of container"]),
    ("POST-containers-wait", &["wait for container"]),
    ("POST-containers-start", &["start container"]),
    ("GET-containers-json", &["inspect container"]),
    ("GET-containers-logs", &["read the log of container"]),
    // Podman's kill before the removal: its error is ignored, and the removal reports the fault.
    ("POST-containers-kill", &[]),
    ("DELETE-containers", &["remove container"]),
];

/// An answer is cut at every byte up to this length; all heads and most answers are shorter.
const DENSE_BYTES: usize = 400;

/// The distance of the cuts in the rest of a long answer.
const STRIDE_BYTES: usize = 61;

async fn cut_life(wire: Wire, exchanges: &[Exchange], cut: Cut) -> Result<ContainerRun, CallError> {
    let server = Server::replaying(wire, exchanges.to_vec(), Delivery::Whole, Some(cut));
    let play = async {
        let client = Engine::connect(server.connector(), None).await?;
        container_life(&client).await
    };
    let result = timeout(SCENARIO_WITHIN, play).await;
    server.shut_down().await;
    result.unwrap_or_else(|_| panic!("hangs when cut at {cut:?} over {wire:?}"))
}

/// Whether a cut may go unnoticed, because the answer has no body or the stream ends between two frames.
fn may_pass(name: &str, result: &Result<ContainerRun, CallError>) -> bool {
    match result {
        // An upgraded stream may end between two frames.
        Ok(_) if name.ends_with("attach") => true,
        Ok(life) => {
            life.check();
            true
        }
        // The caller names the operation of a failed write. Its kind must be that of a closed connection.
        Err(CallError::Input(error)) if error.kind() != ErrorKind::BrokenPipe => false,
        Err(CallError::Input(_)) => name.ends_with("attach"),
        Err(CallError::Engine(_)) => false,
    }
}

async fn cut_everywhere(wire: Wire, engine: &str) {
    let exchanges = load_exchanges(&fixtures().join(engine).join("container-life"));
    for (index, exchange) in exchanges.iter().enumerate() {
        let (_, name) = exchange.name.split_once('-').unwrap();
        let operations = OPERATIONS.iter().find(|(known, _)| *known == name).unwrap().1;
        let bytes = exchange.answer_bytes();
        for at in (0..bytes.min(DENSE_BYTES)).chain((DENSE_BYTES..bytes).step_by(STRIDE_BYTES)) {
            match cut_life(wire, &exchanges, Cut { exchange: index, at }).await {
                Err(CallError::Engine(error)) => {
                    assert!(operations.contains(&error.operation), "{name} cut at {at}: {error:?}");
                    assert!(!error.subject.is_empty(), "{name} cut at {at}: {error:?}");
                }
                other => assert!(may_pass(name, &other), "{name} cut at {at}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_answer_of_docker_20_cut_anywhere_names_its_operation() {
    cut_everywhere(Wire::UnixSocket, ENGINES[0]).await;
}

#[tokio::test]
async fn an_answer_of_docker_26_cut_anywhere_names_its_operation() {
    cut_everywhere(Wire::UnixSocket, ENGINES[1]).await;
}

#[tokio::test]
async fn an_answer_of_docker_28_cut_anywhere_names_its_operation() {
    cut_everywhere(Wire::UnixSocket, ENGINES[2]).await;
}

#[tokio::test]
async fn an_answer_of_podman_5_cut_anywhere_names_its_operation() {
    cut_everywhere(Wire::UnixSocket, ENGINES[3]).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_cut_anywhere_in_memory_names_its_operation() {
    cut_everywhere(Wire::Memory, ENGINES[2]).await;
}

#[test]
fn no_recording_holds_a_secret() {
    let (mut files, mut folders, mut headers) = (0, vec![fixtures()], 0);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{}", path.display());
            assert!(!text.to_lowercase().contains("x-registry-config:"), "{}", path.display());
            headers += usize::from(registry_auth(&bytes).is_some());
            files += 1;
        }
    }
    assert!(files > 100 && headers >= 8, "{files} files, {headers} headers");
}

#[test]
fn every_recorded_folder_is_a_scenario_of_a_known_engine() {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let folders = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&fixtures()), ENGINES);
    for engine in ENGINES {
        let mut names = names(&fixtures().join(engine));
        // `tests/replay` replays the jobs.
        names.retain(|name| !name.starts_with("job-"));
        assert_eq!(names, NAMES);
    }
}
