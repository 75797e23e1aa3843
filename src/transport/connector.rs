//! Opens connections to one engine.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{DuplexStream, duplex};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::connect_error::ConnectError;
use super::endpoint::Endpoint;
use super::stream::Stream;

/// How long a connect may take. A unix socket accepts at once unless its backlog is full.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How many in-memory connections wait to be accepted: a job has fewer requests at the same time.
const MEMORY_CONNECTIONS_MAX: usize = 16;

/// How many bytes an in-memory connection buffers in each direction; Linux's unix sockets buffer some 200 KiB.
const MEMORY_BYTES_MAX: usize = 64 * 1024;

/// Opens connections to one engine, and owns what they need to exist, such as a tunnel's process or TLS settings.
///
/// Clones share it, and all connections end before the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Connector {
    endpoint: Endpoint,
    medium: Medium,
}

/// What the connections consist of.
#[derive(Debug, Clone)]
enum Medium {
    Unix(PathBuf),
    Memory(mpsc::Sender<DuplexStream>),
}

/// The engine's side of an in-memory connector.
#[derive(Debug)]
pub struct MemoryListener(mpsc::Receiver<DuplexStream>);

impl MemoryListener {
    /// The engine's end of the next connection; `None` when the connector and its clones have been dropped.
    pub async fn accept(&mut self) -> Option<DuplexStream> {
        self.0.recv().await
    }
}

impl Connector {
    /// A connector to an engine that listens at `endpoint`.
    pub fn new(endpoint: Endpoint) -> Self {
        let Endpoint::Unix(path) = &endpoint;
        let medium = Medium::Unix(path.clone());
        Self { endpoint, medium }
    }

    /// A connector to an engine in this process, and the engine's side of it. Errors name `endpoint`, which the engine
    /// stands in for.
    pub fn in_memory(endpoint: Endpoint) -> (Self, MemoryListener) {
        let (sender, receiver) = mpsc::channel(MEMORY_CONNECTIONS_MAX);
        (Self { endpoint, medium: Medium::Memory(sender) }, MemoryListener(receiver))
    }

    /// The endpoint, for messages.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The engine cannot be reached; the error names the endpoint.
    pub async fn connect(&self) -> Result<Stream, ConnectError> {
        let opening = async {
            match &self.medium {
                Medium::Unix(path) => self.connect_unix(path).await,
                Medium::Memory(listener) => self.connect_memory(listener).await,
            }
        };
        match timeout(CONNECT_WITHIN, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(ConnectError::TimedOut { endpoint: self.endpoint.clone(), after: CONNECT_WITHIN }),
        }
    }

    async fn connect_unix(&self, path: &Path) -> Result<Stream, ConnectError> {
        let error = match UnixStream::connect(path).await {
            Ok(stream) => return Ok(Stream::Unix(stream)),
            Err(error) => error,
        };
        let endpoint = self.endpoint.clone();
        Err(match error.kind() {
            io::ErrorKind::NotFound => ConnectError::Missing { endpoint },
            io::ErrorKind::PermissionDenied => ConnectError::Denied { endpoint },
            // The kernel answers ECONNREFUSED both for a socket without a listener and for a plain file.
            io::ErrorKind::ConnectionRefused if is_other_than_socket(path) => {
                ConnectError::NotASocket { endpoint }
            }
            io::ErrorKind::ConnectionRefused => ConnectError::Refused { endpoint },
            _ => ConnectError::Other { endpoint, source: error },
        })
    }

    async fn connect_memory(&self, listener: &mpsc::Sender<DuplexStream>) -> Result<Stream, ConnectError> {
        let (client, engine) = duplex(MEMORY_BYTES_MAX);
        match listener.send(engine).await {
            Ok(()) => Ok(Stream::Memory(client)),
            Err(_) => Err(ConnectError::Refused { endpoint: self.endpoint.clone() }),
        }
    }
}

fn is_other_than_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(path: PathBuf) -> Endpoint {
        Endpoint::Unix(path)
    }

    async fn check(connector: Connector, expect: &str) {
        let error = connector.connect().await.unwrap_err();
        assert!(error.to_string().starts_with(expect), "{error}");
    }

    #[tokio::test]
    async fn each_way_of_failing_has_its_own_message_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none.sock");
        let expect = format!("there is no socket at `{}`; start the Docker Engine", missing.display());
        check(Connector::new(endpoint(missing)), &expect).await;

        let stale = folder.path().join("stale.sock");
        drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
        let expect = format!("nothing listens on `{}`; start Docker", stale.display());
        check(Connector::new(endpoint(stale)), &expect).await;

        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let expect = format!("`{}` is not a socket", file.display());
        check(Connector::new(endpoint(file)), &expect).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_in_memory_engine_fails_as_the_endpoint_that_it_stands_in_for() {
        let (connector, listener) = Connector::in_memory(endpoint("/run/engine.sock".into()));
        let mut waiting = Vec::new();
        for _ in 0..MEMORY_CONNECTIONS_MAX {
            waiting.push(connector.connect().await.unwrap());
        }
        check(connector.clone(), "`/run/engine.sock` did not accept a connection within 5 s").await;
        drop(listener);
        check(connector, "nothing listens on `/run/engine.sock`").await;
    }
}
