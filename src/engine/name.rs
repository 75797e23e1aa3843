//! Names of containers, networks and volumes.

use std::fmt;

use serde::Serialize;

/// The longest name. The engine sets no limit, but a container's name becomes a DNS name of at most 255 bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// A name that the engine accepts for containers, networks and volumes: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
///
/// All calls address objects by a name chosen before the create call, so that an object can be removed even if the
/// answer to its create call never arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Makes a valid name: every character that the engine refuses becomes `-`, and a long name is cut.
    pub fn new(text: &str) -> Self {
        let mut name: String = text
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' })
            .collect();
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            name.insert(0, 'x');
        }
        name.truncate(NAME_BYTES_MAX);
        Self(name)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_only_what_the_engine_accepts() {
        assert_eq!(Name::new("runner-a/b:c_d.e").as_str(), "runner-a-b-c_d.e");
        assert_eq!(Name::new("-x").as_str(), "x-x");
        assert_eq!(Name::new("").as_str(), "x");
        assert_eq!(Name::new(&"é".repeat(300)).as_str().len(), NAME_BYTES_MAX);
    }
}
