//! A TOML document and its values, with their positions.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigPosition, ConfigProblem};

/// The document of a file, or of a flag for one key.
pub struct TomlDocument<'t> {
    text: &'t str,
    /// The name of the flag, for a document that was typed.
    flag: Option<&'static str>,
    root: Spanned<DeValue<'t>>,
}

/// A value in a document.
#[derive(Clone, Copy)]
pub(super) struct TomlNode<'d> {
    text: &'d str,
    flag: Option<&'static str>,
    value: &'d Spanned<DeValue<'d>>,
}

/// A key of a table, with its position and its value.
pub(super) struct TomlEntry<'d> {
    pub(super) key: &'d str,
    pub(super) position: ConfigPosition,
    pub(super) value: TomlNode<'d>,
}

impl<'t> TomlDocument<'t> {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The text is not TOML. The message is the parser's, which quotes no value.
    pub fn parse(text: &'t str) -> Result<Self, ConfigProblem> {
        Self::with_origin(text, None)
    }

    /// Parses the TOML that was made from the values of `flag`.
    pub(super) fn of_flag(text: &'t str, flag: &'static str) -> Result<Self, ConfigProblem> {
        Self::with_origin(text, Some(flag))
    }

    fn with_origin(text: &'t str, flag: Option<&'static str>) -> Result<Self, ConfigProblem> {
        let table = DeTable::parse(text).map_err(|error| {
            let position = position(text, flag, &error.span().unwrap_or_default());
            ConfigProblem::error(position, error.message().lines().next().unwrap_or_default())
        })?;
        Ok(Self { text, flag, root: Spanned::new(0..0, DeValue::Table(table.into_inner())) })
    }

    /// The table at the top of the document.
    pub(super) fn root(&self) -> TomlNode<'_> {
        TomlNode { text: self.text, flag: self.flag, value: &self.root }
    }
}

impl<'d> TomlNode<'d> {
    fn at(self, value: &'d Spanned<DeValue<'d>>) -> Self {
        Self { value, ..self }
    }

    /// The entries of a table. A value that is not a table has no entries.
    pub(super) fn entries(self) -> impl Iterator<Item = TomlEntry<'d>> {
        let table = match self.value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
        table.into_iter().flat_map(|table| table.iter()).map(move |(key, value)| TomlEntry {
            key: key.get_ref().as_ref(),
            position: position(self.text, self.flag, &key.span()),
            value: self.at(value),
        })
    }

    /// The value of a key. Falls back to a case-insensitive match, as GitLab Runner's TOML library does.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let exact = self.entries().find(|entry| entry.key == key);
        let entry = exact.or_else(|| self.entries().find(|entry| entry.key.eq_ignore_ascii_case(key)));
        entry.map(|entry| entry.value)
    }

    pub(super) fn is_table(self) -> bool {
        matches!(self.value.get_ref(), DeValue::Table(_))
    }

    /// The items of a list; `None` for any other value.
    pub(super) fn items(self) -> Option<impl Iterator<Item = Self>> {
        match self.value.get_ref() {
            DeValue::Array(items) => Some(items.iter().map(move |value| self.at(value))),
            _ => None,
        }
    }

    /// The text of a string; `None` for any other value.
    pub(super) fn text(self) -> Option<&'d str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of an integer of at most 64 bits; `None` for any other value.
    pub(super) fn integer(self) -> Option<i64> {
        match self.value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        }
    }

    /// The value of a boolean; `None` for any other value.
    pub(super) fn boolean(self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(boolean) => Some(*boolean),
            _ => None,
        }
    }

    /// The type with its article, for messages.
    pub(super) fn kind(self) -> &'static str {
        match self.value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    pub(super) fn position(self) -> ConfigPosition {
        position(self.text, self.flag, &self.value.span())
    }
}

fn position(text: &str, flag: Option<&'static str>, place: &Range<usize>) -> ConfigPosition {
    if let Some(flag) = flag {
        return ConfigPosition::Flag(flag);
    }
    let before = text.get(..place.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ConfigPosition::File { line, column }
}
