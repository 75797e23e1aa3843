//! Connecting, with a distinct error for each way in which it fails.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::timeout;

use super::endpoint::Endpoint;

/// How long a connect may take. A unix socket answers at once unless the listener's backlog is full.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Why the engine's socket could not be connected to, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing is at the socket's path.
    #[error(
        "there is no socket at `{}`; start the Docker Engine, or name its socket with --host or DOCKER_HOST",
        path.display()
    )]
    Missing {
        /// The socket's path.
        path: PathBuf,
    },
    /// The socket is there, but nobody listens: left over from an engine that was killed.
    #[error("nothing listens on `{}`; the engine has stopped: start it again", path.display())]
    Refused {
        /// The socket's path.
        path: PathBuf,
    },
    /// The path is a file or directory.
    #[error("`{}` is not a socket", path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The user may not connect.
    #[error(
        "no permission to connect to `{}`; run as root or as a member of the socket's group (usually `docker`)",
        path.display()
    )]
    Denied {
        /// The socket's path.
        path: PathBuf,
    },
    /// The listener's queue is full.
    #[error("`{}` did not accept a connection within {} s", path.display(), CONNECT_WITHIN.as_secs())]
    TimedOut {
        /// The socket's path.
        path: PathBuf,
    },
    /// Anything else that the system says.
    #[error("connecting to `{}` failed", path.display())]
    Other {
        /// The socket's path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Opens a stream to the engine.
pub async fn connect(endpoint: &Endpoint) -> Result<UnixStream, ConnectError> {
    let Endpoint::Unix(path) = endpoint;
    let error = match timeout(CONNECT_WITHIN, UnixStream::connect(path)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => error,
        Err(_) => return Err(ConnectError::TimedOut { path: path.clone() }),
    };
    let path = path.clone();
    Err(match error.kind() {
        io::ErrorKind::NotFound => ConnectError::Missing { path },
        io::ErrorKind::PermissionDenied => ConnectError::Denied { path },
        // The kernel answers ECONNREFUSED both for a dead socket and for a plain file.
        io::ErrorKind::ConnectionRefused if is_other_than_socket(&path) => ConnectError::NotASocket { path },
        io::ErrorKind::ConnectionRefused => ConnectError::Refused { path },
        _ => ConnectError::Other { path, source: error },
    })
}

fn is_other_than_socket(path: &std::path::Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.file_type().is_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(path: PathBuf, expect: &str) {
        let error = connect(&Endpoint::Unix(path)).await.unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    }

    #[tokio::test]
    async fn each_way_of_failing_says_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        check(dir.path().join("none.sock"), "there is no socket at").await;

        let stale = dir.path().join("stale.sock");
        drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
        check(stale, "nothing listens on").await;

        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        check(file, "is not a socket").await;
    }
}
