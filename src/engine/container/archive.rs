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
    /// Unpacks a tar archive in a container that need not run. `directory` must exist in it. Owners and modes are the
    /// archive's, by number.
    ///
    /// There is no time limit: unpacking takes as long as the sender and the engine's disk need. Drop the future to
    /// give up; what has been unpacked by then stays.
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
