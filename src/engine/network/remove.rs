//! `DELETE /networks/{id}` (NetworkDelete).

use hyper::Method;

use super::network;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

impl Engine {
    /// Removes a network. A missing one is not an error; 403 means that containers are connected to it.
    pub async fn network_remove(&self, name: &Name) -> Result<(), EngineError> {
        match self.call("remove network", name.as_str(), Method::DELETE, network(name)).status().await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }
}
