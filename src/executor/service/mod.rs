//! Services: starting them, their host names, and checking whether they accept connections.

mod container_log;
pub mod explanation;
pub mod health_check;
mod image_health;
pub mod joined_networks;
mod log_chunks;
pub mod log_stream;
mod prober;
pub mod reachability;
pub mod readiness;
mod service_check;
pub mod settings;
mod sockets;
pub mod start;
pub mod watch;
