//! `POST /networks/{id}/connect` (NetworkConnect).

use hyper::Method;
use serde::Serialize;

use super::network;
use crate::engine::Engine;
use crate::engine::container::create::EndpointSettings;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkConnectBody<'a> {
    container: &'a str,
    endpoint_config: &'a EndpointSettings,
}

impl Engine {
    /// Connects a container to a network. 403 means that it is connected already.
    pub async fn network_connect(
        &self,
        name: &Name,
        container: &Name,
        endpoint_config: &EndpointSettings,
    ) -> Result<(), EngineError> {
        let body = NetworkConnectBody { container: container.as_str(), endpoint_config };
        let target = network(name).literal("/connect");
        let call = self.call("connect a container to network", name.as_str(), Method::POST, target);
        call.json(&body)?.status().await.map(drop)
    }
}
