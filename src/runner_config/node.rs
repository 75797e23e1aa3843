//! Values of a TOML document, with their places.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Origin, Problem};

/// A document: the file, or what was typed for one key.
pub struct Document<'t> {
    text: &'t str,
    /// The flag, where it was typed.
    flag: Option<&'static str>,
    root: Spanned<DeValue<'t>>,
}

/// A value of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'d> {
    text: &'d str,
    flag: Option<&'static str>,
    value: &'d Spanned<DeValue<'d>>,
}

/// The key and the value of a table's entry, and where the key stands.
pub(super) struct Entry<'d> {
    pub(super) key: &'d str,
    pub(super) origin: Origin,
    pub(super) value: Node<'d>,
}

impl<'t> Document<'t> {
    /// Reads a file's text.
    ///
    /// # Errors
    /// No TOML; the text is the parser's, which quotes no value.
    pub fn parse(text: &'t str) -> Result<Self, Problem> {
        Self::with_origin(text, None)
    }

    /// Reads what was typed behind `flag`, as TOML.
    pub(super) fn of_flag(text: &'t str, flag: &'static str) -> Result<Self, Problem> {
        Self::with_origin(text, Some(flag))
    }

    fn with_origin(text: &'t str, flag: Option<&'static str>) -> Result<Self, Problem> {
        let table = DeTable::parse(text).map_err(|error| {
            let origin = origin(text, flag, &error.span().unwrap_or_default());
            Problem::error(origin, error.message().lines().next().unwrap_or_default())
        })?;
        Ok(Self { text, flag, root: Spanned::new(0..0, DeValue::Table(table.into_inner())) })
    }

    /// The whole document.
    pub(super) fn root(&self) -> Node<'_> {
        Node { text: self.text, flag: self.flag, value: &self.root }
    }
}

impl<'d> Node<'d> {
    fn at(self, value: &'d Spanned<DeValue<'d>>) -> Self {
        Self { value, ..self }
    }

    /// The entries of a table; none of anything else.
    pub(super) fn entries(self) -> impl Iterator<Item = Entry<'d>> {
        let table = match self.value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        };
        table.into_iter().flat_map(|table| table.iter()).map(move |(key, value)| Entry {
            key: key.get_ref().as_ref(),
            origin: origin(self.text, self.flag, &key.span()),
            value: self.at(value),
        })
    }

    /// The value of a key. As in GitLab Runner, whose library does so, one that differs in case alone counts where
    /// there is no other.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let exact = self.entries().find(|entry| entry.key == key);
        let entry = exact.or_else(|| self.entries().find(|entry| entry.key.eq_ignore_ascii_case(key)));
        entry.map(|entry| entry.value)
    }

    /// Whether this is a table.
    pub(super) fn is_table(self) -> bool {
        matches!(self.value.get_ref(), DeValue::Table(_))
    }

    /// The items of a list.
    pub(super) fn items(self) -> Option<impl Iterator<Item = Self>> {
        match self.value.get_ref() {
            DeValue::Array(items) => Some(items.iter().map(move |value| self.at(value))),
            _ => None,
        }
    }

    /// A string.
    pub(super) fn text(self) -> Option<&'d str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    /// An integer; one beyond 64 bits is none.
    pub(super) fn integer(self) -> Option<i64> {
        match self.value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        }
    }

    /// `true` or `false`.
    pub(super) fn switch(self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(switch) => Some(*switch),
            _ => None,
        }
    }

    /// What it is, in words.
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

    /// Where it stands.
    pub(super) fn origin(self) -> Origin {
        origin(self.text, self.flag, &self.value.span())
    }
}

fn origin(text: &str, flag: Option<&'static str>, place: &Range<usize>) -> Origin {
    if let Some(flag) = flag {
        return Origin::Flag(flag);
    }
    let before = text.get(..place.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Origin::File { line, column }
}
