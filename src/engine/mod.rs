//! A typed client of the Docker Engine API, with one endpoint per file.
//!
//! Invariant: nothing here knows GitLab's terms or what a connection consists of. Every request carries the negotiated
//! `/v1.NN/` prefix, every error names the operation, its subject and the engine's message, and a container's exit code
//! is a value.

#![warn(missing_docs)]

pub mod container;
pub mod error;
pub mod exec;
pub mod image;
pub mod name;
pub mod network;
pub mod product;
pub mod registry_auth;
pub mod request;
pub mod stream;
pub mod system;
pub mod target;
pub mod version;
pub mod volume;

use std::sync::Arc;
use std::time::Duration;

use error::EngineError;
use product::{Maker, Product};
use version::ApiVersion;

use crate::transport::connector::Connector;
use crate::transport::endpoint::Endpoint;

/// One call of the API, as `-vv` and `--timings` show it. Bodies and headers are left out, because they hold secrets.
#[derive(Debug, Clone)]
pub struct ApiCall {
    /// What the call does: `create container`.
    pub operation: &'static str,
    /// The name of the object, or another text that says what the call is about.
    pub subject: String,
    /// The HTTP method.
    pub method: String,
    /// Path and query, percent-encoded.
    pub target: String,
    /// The HTTP status; `None` if no answer arrived.
    pub status: Option<u16>,
    /// The time from opening the connection to the end of the answer's head.
    pub elapsed: Duration,
}

/// Called after the head of every answer, and after every failure.
pub type CallObserver = Arc<dyn Fn(&ApiCall) + Send + Sync>;

/// An engine that has answered a ping, with the negotiated API version. Clones share the connector.
#[derive(Clone)]
pub struct Engine {
    connection: Arc<Connection>,
}

struct Connection {
    connector: Connector,
    version: ApiVersion,
    product: Product,
    observer: Option<CallObserver>,
}

impl Engine {
    /// Pings the engine and negotiates the API version.
    pub async fn connect(connector: Connector, observer: Option<CallObserver>) -> Result<Self, EngineError> {
        let product = Product { maker: Maker::Other, release: String::new() };
        let unversioned = Connection { connector, version: version::CLIENT_MAX, product, observer };
        let (version, product) = system::ping::negotiate(&unversioned).await?;
        Ok(Self { connection: Arc::new(Connection { version, product, ..unversioned }) })
    }

    /// The same engine, whose further calls `observer` is told of in place of whom it was before. Without an observer until
    /// now, nobody is told of calls.
    pub fn observed_by(&self, observer: impl FnOnce() -> CallObserver) -> Self {
        let Connection { connector, version, product, observer: before } = &*self.connection;
        let observer = before.as_ref().map(|_| observer());
        let (connector, product) = (connector.clone(), product.clone());
        Self { connection: Arc::new(Connection { connector, version: *version, product, observer }) }
    }

    /// The endpoint, for messages.
    pub fn endpoint(&self) -> &Endpoint {
        self.connection.connector.endpoint()
    }

    /// Docker or Podman, and its release.
    pub fn product(&self) -> &Product {
        &self.connection.product
    }

    /// The API version that every request names.
    pub fn version(&self) -> ApiVersion {
        self.connection.version
    }
}
