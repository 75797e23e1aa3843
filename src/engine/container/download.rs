//! `GET /containers/{id}/archive` (ContainerArchive).

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use tokio::time::timeout;

use super::container;
use crate::engine::Engine;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::transport::http1::{ExchangePhase, Response, TransportError};

/// How long the engine may send nothing of an archive: it reads a folder with many files from a disk that may be busy.
pub const DOWNLOAD_SILENCE: Duration = Duration::from_secs(120);

/// The tar archive of a path in a container, while it arrives.
pub struct ContainerArchive {
    operation: &'static str,
    subject: String,
    response: Response,
}

impl ContainerArchive {
    /// The next piece of the archive; `None` at its end. Nothing is read ahead, so a slow caller holds the engine up.
    ///
    /// # Errors
    /// The connection broke, or nothing arrived within [`DOWNLOAD_SILENCE`].
    pub async fn next(&mut self) -> Result<Option<Bytes>, EngineError> {
        let (phase, after) = (ExchangePhase::Body, DOWNLOAD_SILENCE);
        let piece = match timeout(after, self.response.next_chunk()).await {
            Ok(piece) => piece,
            Err(_) => Err(TransportError::Timeout { phase, after }),
        };
        piece.map_err(|error| EngineError {
            operation: self.operation,
            subject: self.subject.clone(),
            kind: EngineErrorKind::from(error),
        })
    }
}

impl Engine {
    /// Packs a file, a link or a directory of a container, which need not run. The names of the entries begin with the
    /// last component of `path`. A link named by `path` is packed as a link in Docker and followed in Podman; links in
    /// other components are followed in both, inside the container. A further hard link to a file is an entry of its
    /// own kind that names the first one; sockets are left out.
    ///
    /// # Errors
    /// 404 means that the path does not exist, or that the container does not.
    pub async fn container_get_archive(
        &self,
        name: &Name,
        path: &str,
    ) -> Result<ContainerArchive, EngineError> {
        let operation = "copy files out of container";
        let target = container(name).literal("/archive").query("path", path);
        let answer = self.call(operation, name.as_str(), Method::GET, target).send().await?;
        Ok(ContainerArchive { operation, subject: answer.subject, response: answer.response })
    }
}
