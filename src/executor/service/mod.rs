//! Services: starting them, their host names, and checking whether they accept connections.

mod container_log;
pub mod health_check;
pub mod joined_networks;
pub mod prober;
pub mod reachability;
pub mod settings;
pub mod start;
pub mod watch;
