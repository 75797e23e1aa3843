//! `/volumes/…`, one endpoint a file.

pub mod create;
pub mod inspect;
pub mod list;
pub mod remove;

use serde::Deserialize;

use super::name::Name;
use super::target::RequestTarget;

/// What is read of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Its labels: those of an older volume of the same name, if there was one.
    #[serde(default)]
    pub labels: Option<std::collections::BTreeMap<String, String>>,
}

/// `/volumes/NAME`.
fn volume(name: &Name) -> RequestTarget {
    RequestTarget::new("/volumes").segment(name.as_str())
}
