//! The Docker Engine API, typed; one endpoint a file.
//!
//! Invariant: nothing here knows a word of GitLab's. Every request carries the negotiated `/v1.NN/` prefix, every
//! error names the operation, its subject and what the engine said, and the exit code of a container is a value.

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

/// One call of the API, for whoever watches (`-v`). Bodies and headers are not in it: they hold secrets.
#[derive(Debug, Clone)]
pub struct ApiCall {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The status, or nothing when no answer came.
    pub status: Option<u16>,
    /// Until the end of the answer's head.
    pub elapsed: Duration,
}

/// Is told of every call.
pub type CallObserver = Arc<dyn Fn(&ApiCall) + Send + Sync>;

/// An engine that answered, and the version of the API spoken with it.
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
    /// Pings the engine and settles on an API version.
    pub async fn connect(connector: Connector, observer: Option<CallObserver>) -> Result<Self, EngineError> {
        let product = Product { maker: Maker::Other, release: String::new() };
        let unversioned = Connection { connector, version: version::CLIENT_MAX, product, observer };
        let (version, product) = system::ping::negotiate(&unversioned).await?;
        Ok(Self { connection: Arc::new(Connection { version, product, ..unversioned }) })
    }

    /// Where the engine listens.
    pub fn endpoint(&self) -> &Endpoint {
        self.connection.connector.endpoint()
    }

    /// Which engine it is.
    pub fn product(&self) -> &Product {
        &self.connection.product
    }

    /// The API version that every request names.
    pub fn version(&self) -> ApiVersion {
        self.connection.version
    }
}
