//! Checks by TCP connections whether a service is up. GitLab Runner starts a helper container for this; runner-lite
//! connects from its own process if it can.
//!
//! Pure code decides on the ports and on the times of further dials; only [`dial`] uses the network.

pub mod dial;
pub mod mode;
pub mod own_container;
pub mod ports;
pub mod result_line;
pub mod schedule;
pub mod socket_tables;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The addresses and ports of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The addresses of the service's container.
    pub addresses: Vec<IpAddr>,
    /// The ports to dial; one that accepts a connection is enough.
    pub ports: Vec<u16>,
}

/// The result of dialling a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeResult {
    /// The port accepted a connection.
    Open { port: u16 },
    /// No port accepted a connection within the limit, after this number of dials.
    Closed { dials: u64 },
    /// The container's addresses did not answer for this time, not even with a refusal: there is no route from here.
    Unreachable { after: Duration },
}

/// What became of the dials of one port at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialledPort {
    /// What was dialled.
    pub address: SocketAddr,
    /// How many dials were refused.
    pub refused: u64,
    /// How many dials had no answer, or no route.
    pub unanswered: u64,
    /// When the port accepted a connection, from the first dial on.
    pub opened: Option<Duration>,
}
