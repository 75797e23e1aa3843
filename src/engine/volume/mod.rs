//! `/volumes/…`, one endpoint per file.

pub mod create;
pub mod inspect;
pub mod list;
pub mod remove;

use serde::Deserialize;

use super::name::Name;
use super::target::RequestTarget;

/// A volume of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// The volume's name.
    pub name: String,
    /// The labels that the volume was created with.
    #[serde(default)]
    pub labels: Option<std::collections::BTreeMap<String, String>>,
}

/// `/volumes/NAME`.
fn volume(name: &Name) -> RequestTarget {
    RequestTarget::new("/volumes").segment(name.as_str())
}
