//! Is a service up? TCP dials from this process, where GitLab Runner starts a helper container.
//!
//! Which ports to try and when to try again is decided by pure code; only [`dial`] touches the network.

pub mod dial;
pub mod mode;
pub mod own_container;
pub mod ports;
pub mod schedule;
pub mod wire;

use std::net::IpAddr;
use std::time::Duration;

/// Where a service may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its container's addresses.
    pub addresses: Vec<IpAddr>,
    /// The ports to try; any one that opens is enough.
    pub ports: Vec<u16>,
}

/// What became of the dialling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeResult {
    /// A port took a connection.
    Open {
        /// Which.
        port: u16,
    },
    /// The time is over, and no port did.
    Closed {
        /// How often was dialled.
        dials: u64,
    },
    /// Nothing at the container's addresses answers, not even with a refusal: they cannot be reached from here.
    Unreachable {
        /// How long was tried.
        after: Duration,
    },
}
