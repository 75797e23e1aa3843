//! Request targets: path and query, percent-encoded.

use crate::percent_encoding::encode;

/// The path and query of a request, without the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTarget {
    path: String,
    query: String,
}

impl RequestTarget {
    /// Begins with a literal such as `/containers`.
    pub fn new(literal: &'static str) -> Self {
        Self { path: literal.to_owned(), query: String::new() }
    }

    /// Appends `/` and a name, encoded so that it remains one segment.
    pub fn segment(mut self, name: &str) -> Self {
        self.path.push('/');
        encode(&mut self.path, name);
        self
    }

    /// Appends a literal such as `/start`.
    pub fn literal(mut self, literal: &'static str) -> Self {
        self.path.push_str(literal);
        self
    }

    /// Adds `key=value` to the query.
    pub fn query(mut self, key: &'static str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(key);
        self.query.push('=');
        encode(&mut self.query, value);
        self
    }

    /// Adds `key=value` to the query unless the value is `None`.
    pub fn maybe(self, key: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Adds the filter for a label, given as `key` or `key=value`.
    pub fn label(self, label: &str) -> Self {
        self.query("filters", &serde_json::json!({ "label": [label] }).to_string())
    }

    /// Path and query, as the request line contains them.
    pub fn text(&self) -> String {
        format!("{}{}", self.path, self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_of_names_and_values_are_escaped() {
        let target =
            RequestTarget::new("/images").segment("127.0.0.1:5000/a b").literal("/json").query("t", "a&b=é");
        assert_eq!(target.text(), "/images/127.0.0.1%3A5000%2Fa%20b/json?t=a%26b%3D%C3%A9");
    }

    #[test]
    fn a_key_without_a_value_is_left_out() {
        assert_eq!(
            RequestTarget::new("/x").maybe("a", None).query("b", "1").maybe("c", Some("2")).text(),
            "/x?b=1&c=2"
        );
    }
}
