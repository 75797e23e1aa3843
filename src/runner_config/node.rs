//! A value of a TOML document, with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// A value and the text that it is in.
#[derive(Clone)]
pub(super) struct Node<'t> {
    text: &'t str,
    value: Spanned<DeValue<'t>>,
}

impl<'t> Node<'t> {
    /// The whole document.
    pub(super) fn parse(text: &'t str) -> Result<Self, ConfigError> {
        let table = DeTable::parse(text).map_err(|error| {
            let place = error.span().unwrap_or_default();
            problem(text, &place, error.message().lines().next().unwrap_or_default().to_owned())
        })?;
        Ok(Self { text, value: Spanned::new(0..0, DeValue::Table(table.into_inner())) })
    }

    /// The value of a key; `None` if this is no table as well.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let DeValue::Table(table) = self.value.get_ref() else { return None };
        let (_, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Self { text: self.text, value: value.clone() })
    }

    /// Whether this is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.value.get_ref(), DeValue::Array(_))
    }

    /// The items of a list.
    pub(super) fn list(&self) -> Result<Vec<Self>, ConfigError> {
        match self.value.get_ref() {
            DeValue::Array(items) => {
                Ok(items.iter().map(|value| Self { text: self.text, value: value.clone() }).collect())
            }
            _ => Err(self.problem("a list belongs here".to_owned())),
        }
    }

    /// A string.
    pub(super) fn text(&self) -> Result<&str, ConfigError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text),
            _ => Err(self.problem("a string belongs here".to_owned())),
        }
    }

    /// Something is wrong here.
    pub(super) fn problem(&self, text: String) -> ConfigError {
        problem(self.text, &self.value.span(), text)
    }
}

fn problem(text: &str, place: &Range<usize>, problem: String) -> ConfigError {
    let before = text.get(..place.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ConfigError { line, column, problem }
}
