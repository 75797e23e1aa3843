//! `/containers/…`, one endpoint per file.

pub mod archive;
pub mod attach;
pub mod create;
pub mod download;
pub mod host_config;
pub mod inspect;
pub mod kill;
pub mod list;
pub mod logs;
pub mod remove;
pub mod start;
pub mod stop;
pub mod wait;

use super::name::Name;
use super::target::RequestTarget;

/// `/containers/NAME`.
fn container(name: &Name) -> RequestTarget {
    RequestTarget::new("/containers").segment(name.as_str())
}
