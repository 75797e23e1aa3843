//! Services: starting them, their host names, and checking whether they accept connections.

mod container_log;
pub mod health_check;
pub mod network_membership;
pub mod prober;
pub mod reach;
pub mod start;
