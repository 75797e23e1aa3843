//! HTTP/1.1 over a unix socket: where the engine listens, one request a connection, and hijacked streams.
//!
//! Invariant: nothing here knows a word of the Engine API, and no wait is without a named limit or an owner that
//! can cancel it by dropping the future.

#![warn(missing_docs)]

pub mod connect;
pub mod endpoint;
pub mod http1;
mod socket;
pub mod upgraded;
