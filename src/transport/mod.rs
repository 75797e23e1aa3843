//! HTTP/1.1 to an engine: endpoints, connectors, streams, one request per connection, and upgraded connections.
//!
//! Only [`connector`] and [`stream`] know what a connection consists of. Another kind, such as TLS or an ssh tunnel, is
//! a variant in each, and no other module changes.
//!
//! Invariant: nothing here knows the Engine API, and every wait has a named limit or an owner that cancels it by
//! dropping the future.

#![warn(missing_docs)]

pub mod connect_error;
pub mod connector;
pub mod endpoint;
pub mod http1;
mod hyper_stream;
mod piecewise_body;
pub mod stream;
pub mod upgraded;
