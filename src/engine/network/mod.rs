//! `/networks/…`, one endpoint per file.

pub mod connect;
pub mod create;
pub mod disconnect;
pub mod inspect;
pub mod list;
pub mod remove;

use super::name::Name;
use super::target::RequestTarget;

/// `/networks/NAME`.
fn network(name: &Name) -> RequestTarget {
    RequestTarget::new("/networks").segment(name.as_str())
}
