//! The table of keys: names, types and effects. The decoder, warnings about unknown keys, flags and the documentation
//! page are generated from it.

use super::config_value::{ConfigValue, ValueKind};
use super::problem::ConfigProblem;
use super::toml_document::TomlNode;
use crate::suggest::closest;

/// A key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigKey {
    pub name: &'static str,
    pub kind: ValueKind,
    /// GitLab Runner's flag for the key, without dashes. Empty if it has no flag.
    pub flag: &'static str,
    pub effect: Effect,
    /// The description in help texts and on the documentation page.
    pub meaning: &'static str,
}

/// The effect of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The key sets a field of a request that creates a container or network.
    Create {
        of: CreatedObject,
        /// The path of the field in the Engine API.
        field: &'static str,
    },
    /// The key has another effect on jobs.
    Here,
    /// The key only matters for a runner that serves a GitLab server, or for something that does not exist here. It is
    /// accepted without a warning.
    Nothing,
}

/// The objects whose create requests have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreatedObject {
    /// The job's container.
    Build,
    /// Every service.
    Services,
    /// The job's container and every service.
    All,
    /// The network of `FF_NETWORK_PER_BUILD`.
    Network,
}

impl CreatedObject {
    /// The name on the documentation page.
    pub fn words(self) -> &'static str {
        match self {
            Self::Build => "job",
            Self::Services => "services",
            Self::All => "all",
            Self::Network => "network",
        }
    }
}

/// A section of the configuration file.
#[derive(Debug, Clone, Copy)]
pub struct ConfigSection {
    /// The header of the section, such as `[runners.docker]`.
    pub title: &'static str,
    /// The keys in the order of the documentation page.
    pub keys: &'static [ConfigKey],
}

/// A table of the file, with the flags that override its keys.
#[derive(Clone, Copy)]
pub(super) struct ConfigTable<'d> {
    pub(super) file: Option<TomlNode<'d>>,
    /// One table with one key for each flag.
    pub(super) typed: &'d [TomlNode<'d>],
}

impl<'d> ConfigTable<'d> {
    /// A table of the file without flags.
    pub(super) fn of_file(node: TomlNode<'d>) -> Self {
        Self { file: Some(node), typed: &[] }
    }

    /// Decodes the value of a key. The last flag for it outranks the file.
    pub(super) fn value<T: ConfigValue>(self, key: &str, problems: &mut Vec<ConfigProblem>) -> T {
        let typed = self.typed.iter().rev().find_map(|node| node.get(key));
        let node = typed.or_else(|| self.file.and_then(|file| file.get(key)));
        node.map(|node| T::decode(node, problems)).unwrap_or_default()
    }

    /// Warns about unknown keys. `others` are the sections in which a misplaced key may belong.
    pub(super) fn warn_unknown(
        self,
        section: ConfigSection,
        others: &[ConfigSection],
        problems: &mut Vec<ConfigProblem>,
    ) {
        let is_key = |section: &ConfigSection, name: &str| {
            section.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name))
        };
        let entries = self.file.into_iter().flat_map(TomlNode::entries);
        for entry in entries.filter(|entry| !is_key(&section, entry.key)) {
            let other = others.iter().find(|other| is_key(other, entry.key));
            let near = closest(entry.key, section.keys.iter().map(|key| key.name));
            let advice = match (other, near) {
                (Some(other), _) => format!("; it belongs in {}", other.title),
                (None, Some(near)) => format!("; did you mean `{near}`?"),
                (None, None) => String::new(),
            };
            let name = &entry.key;
            let text = format!("`{name}` is not a key of {}{advice}", section.title);
            problems.push(ConfigProblem::warning(entry.position, text));
        }
    }
}

/// A short form of [`Effect::Create`] for rows of the table.
pub(super) const fn create(of: CreatedObject, field: &'static str) -> Effect {
    Effect::Create { of, field }
}

/// Defines a section: its keys, the struct that they are decoded to, and the decoder.
macro_rules! section {
    (
        $(#[$meta:meta])*
        $name:ident: $title:literal {
            $( $field:ident: $type:ty, $flag:literal, $effect:expr, $meaning:literal; )*
        } nothing {
            $( $other:literal: $kind:expr, $other_flag:literal, $other_meaning:literal; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name {
            $( #[doc = $meaning] pub $field: $type, )*
        }

        impl $name {
            /// The section with its keys.
            pub const SECTION: ConfigSection = ConfigSection {
                title: $title,
                keys: &[
                    $( ConfigKey {
                        name: stringify!($field),
                        kind: <$type as ConfigValue>::KIND,
                        flag: $flag,
                        effect: $effect,
                        meaning: $meaning,
                    }, )*
                    $( ConfigKey {
                        name: $other,
                        kind: $kind,
                        flag: $other_flag,
                        effect: Effect::Nothing,
                        meaning: $other_meaning,
                    }, )*
                ],
            };

            pub(super) fn decode(table: ConfigTable<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
                Self { $( $field: table.value(stringify!($field), problems), )* }
            }
        }
    };
}
pub(super) use section;
