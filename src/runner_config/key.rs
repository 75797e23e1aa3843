//! The table of keys: what each is called, what it takes, what it does here. Reading, warnings about unknown keys,
//! flags and the documentation page are all made from it.

use super::node::Node;
use super::problem::Problem;
use super::value::{Kind, Value};
use crate::suggest::closest;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As it is written in the file.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// GitLab Runner's flag for it, without dashes; empty where there is none.
    pub flag: &'static str,
    /// What it does here.
    pub effect: Effect,
    /// What it means.
    pub meaning: &'static str,
}

/// What a key does here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is a field of what the engine is asked to create.
    Create {
        /// Of which container.
        of: Created,
        /// The field, as the Engine API names it.
        field: &'static str,
    },
    /// It decides something else.
    Here,
    /// It has a meaning only for a runner that serves a GitLab server, or for something that does not exist here: it is
    /// accepted in silence.
    Nothing,
}

/// What is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The job's container.
    Build,
    /// Every service.
    Services,
    /// All of these.
    All,
    /// The network of `FF_NETWORK_PER_BUILD`.
    Network,
}

impl Created {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Build => "job",
            Self::Services => "services",
            Self::All => "all",
            Self::Network => "network",
        }
    }
}

/// A section of the file.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// As it is written in the file.
    pub title: &'static str,
    /// Its keys, in the order of the page.
    pub keys: &'static [Key],
}

/// A table of the file, under what was typed for keys of it.
#[derive(Clone, Copy)]
pub(super) struct Table<'d> {
    /// The table of the file.
    pub(super) file: Option<Node<'d>>,
    /// What was typed: one-entry tables.
    pub(super) typed: &'d [Node<'d>],
}

impl<'d> Table<'d> {
    /// A table of the file alone.
    pub(super) fn of_file(node: Node<'d>) -> Self {
        Self { file: Some(node), typed: &[] }
    }

    /// Reads the value of a key; what was typed last counts.
    pub(super) fn value<T: Value>(self, key: &str, problems: &mut Vec<Problem>) -> T {
        let typed = self.typed.iter().rev().find_map(|node| node.get(key));
        let node = typed.or_else(|| self.file.and_then(|file| file.get(key)));
        node.map(|node| T::read(node, problems)).unwrap_or_default()
    }

    /// Warns of keys that nobody knows. `others` are sections where they may belong.
    pub(super) fn warn_unknown(self, section: Section, others: &[Section], problems: &mut Vec<Problem>) {
        let is_key = |section: &Section, name: &str| {
            section.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name))
        };
        let entries = self.file.into_iter().flat_map(Node::entries);
        for entry in entries.filter(|entry| !is_key(&section, entry.key)) {
            let other = others.iter().find(|other| is_key(other, entry.key));
            let near = closest(entry.key, section.keys.iter().map(|key| key.name));
            let advice = match (other, near) {
                (Some(other), _) => format!("; it belongs in {}", other.title),
                (None, Some(near)) => format!("; did you mean `{near}`?"),
                (None, None) => String::new(),
            };
            let name = entry.key.escape_debug();
            let text = format!("`{name}` is no key of {}{advice}", section.title);
            problems.push(Problem::warning(entry.origin, text));
        }
    }
}

/// Rows that say more than one thing, for short.
pub(super) const fn create(of: Created, field: &'static str) -> Effect {
    Effect::Create { of, field }
}

/// A section: its rows, the type that they are read as, and the reading.
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
            /// Its rows in the table of keys.
            pub const SECTION: Section = Section {
                title: $title,
                keys: &[
                    $( Key {
                        name: stringify!($field),
                        kind: <$type as Value>::KIND,
                        flag: $flag,
                        effect: $effect,
                        meaning: $meaning,
                    }, )*
                    $( Key {
                        name: $other,
                        kind: $kind,
                        flag: $other_flag,
                        effect: Effect::Nothing,
                        meaning: $other_meaning,
                    }, )*
                ],
            };

            pub(super) fn read(table: Table<'_>, problems: &mut Vec<Problem>) -> Self {
                Self { $( $field: table.value(stringify!($field), problems), )* }
            }
        }
    };
}
pub(super) use section;
