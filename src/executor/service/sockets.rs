//! The sockets that a service listens on: as this system shows them if it runs the engine, or else as a command in the
//! service's container does.

use std::time::Duration;

use tokio::time::timeout;

use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::exec::create::ExecConfig;
use crate::engine::name::Name;
use crate::linux::sockets::{OWN_FOLDER, TABLES, of_container};
use crate::plan::job_plan::JobNetwork;
use crate::probe::socket_tables::ListeningSockets;

/// How long the command in the container may take: it reads files of the kernel.
const TABLES_WITHIN: Duration = Duration::from_secs(5);

/// How much of its output is read.
const TABLES_BYTES_MAX: usize = 256 * 1024;

/// A service's container and its first process.
#[derive(Debug, Clone)]
pub(super) struct ServiceProcess {
    pub(super) name: Name,
    /// The whole id of the container.
    pub(super) container_id: String,
    /// The number that the engine gives to the container's first process.
    pub(super) number: i64,
}

/// What the service listens on. `None` if it is not known, or if its network is not its own.
pub(super) async fn listening_sockets(
    engine: &Engine,
    network: &JobNetwork,
    service: &ServiceProcess,
) -> Option<ListeningSockets> {
    if matches!(network, JobNetwork::Mode(mode) if mode != "bridge") {
        return None;
    }
    let tables = match of_container(service.number, &service.container_id) {
        Some(tables) => tables,
        None => timeout(TABLES_WITHIN, tables_in_container(engine, &service.name)).await.ok()?.ok()?,
    };
    // Without a single table nothing is known: an image may have no `cat`.
    tables.contains("local_address").then(|| ListeningSockets::parse(&tables))
}

/// What `cat` shows of the tables in the container.
async fn tables_in_container(engine: &Engine, service: &Name) -> Result<String, EngineError> {
    let tables = TABLES.iter().map(|table| format!("{OWN_FOLDER}/{table}"));
    let cmd = std::iter::once("cat".to_owned()).chain(tables).collect();
    let exec = engine.exec_create(service, &ExecConfig { cmd, user: None }).await?;
    let mut output = engine.exec_start(&exec).await?;
    let mut text = Vec::new();
    while text.len() < TABLES_BYTES_MAX
        && let Some(piece) = output.next().await?
    {
        text.extend(piece.bytes.iter().take(TABLES_BYTES_MAX.saturating_sub(text.len())));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::executor::testing::engine_that_refuses;

    /// The requests by which the sockets of a service in `network` are looked for whose process is not on this machine.
    async fn requests(network: JobNetwork) -> Vec<String> {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let (engine, _serving) = engine_that_refuses(move |request| {
            log.lock().unwrap().push(request.to_owned());
            (404, "no such container")
        })
        .await;
        let service =
            ServiceProcess { name: Name::new("db"), container_id: "0a".repeat(32), number: 1 << 30 };
        assert_eq!(listening_sockets(&engine, &network, &service).await, None);
        let requests = requests.lock().unwrap().clone();
        requests.into_iter().filter(|request| !request.contains("_ping")).collect()
    }

    #[tokio::test]
    async fn a_command_in_the_container_shows_sockets_that_are_its_own_and_not_known_here() {
        assert_eq!(requests(JobNetwork::DefaultBridge).await, ["POST /v1.51/containers/db/exec"]);
        let mode = |mode: &str| JobNetwork::Mode(mode.to_owned());
        assert_eq!(requests(mode("bridge")).await, ["POST /v1.51/containers/db/exec"]);
        assert_eq!(requests(mode("host")).await, Vec::<String>::new());
        assert_eq!(requests(mode("container:other")).await, Vec::<String>::new());
    }
}
