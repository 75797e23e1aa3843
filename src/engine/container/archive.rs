//! `PUT /containers/{id}/archive` (PutContainerArchive).

use std::io;

use bytes::Bytes;
use hyper::Method;
use tokio::sync::mpsc;

use super::container;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Unpacks a tar archive into an existing directory of a container, which need not run. Numeric owners and modes
    /// are taken from the archive.
    ///
    /// The call has no time limit, because its duration depends on the sender and on the engine's disk. Drop the future
    /// to give up; files that were unpacked by then stay.
    pub async fn container_put_archive(
        &self,
        name: &Name,
        directory: &str,
        pieces: mpsc::Receiver<io::Result<Bytes>>,
    ) -> Result<(), EngineError> {
        let target = container(name).literal("/archive").query("path", directory);
        let call = self.call("copy files into container", name.as_str(), Method::PUT, target);
        call.tar(pieces).head_within(None).status().await.map(drop)
    }
}
