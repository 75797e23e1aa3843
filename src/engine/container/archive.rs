//! `PUT /containers/{id}/archive` (PutContainerArchive).

use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use tokio::sync::mpsc;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// How long the engine may take nothing of an archive and not answer: it unpacks what it has taken, a MiB at most, to a
/// disk that may be busy.
pub const UPLOAD_SILENCE: Duration = Duration::from_secs(120);

impl Engine {
    /// Unpacks a tar archive into an existing directory of a container, which need not run. Numeric owners and modes
    /// are taken from the archive.
    ///
    /// The call may take as long as the sender needs and the engine takes more of the archive within
    /// [`UPLOAD_SILENCE`]. Drop the future to give up; files that were unpacked by then stay.
    pub async fn container_put_archive(
        &self,
        name: &Name,
        directory: &str,
        pieces: mpsc::Receiver<io::Result<Bytes>>,
    ) -> Result<(), EngineError> {
        let target = container(name).literal("/archive").query("path", directory);
        let call = self.call("copy files into container", name.as_str(), Method::PUT, target);
        call.tar(pieces).head_within(UPLOAD_SILENCE).status().await.map(drop)
    }
}
