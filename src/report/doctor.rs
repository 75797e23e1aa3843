//! The answer of `doctor`: a line a check, with what to do.

use std::fmt::Write;

use serde::Serialize;

use super::style::Style;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Jobs run, and something may surprise.
    Warning,
    /// Jobs do not run.
    Failed,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in one word.
    pub check: &'static str,
    /// How it came out.
    pub state: State,
    /// What was found.
    pub text: String,
    /// What to do; empty where nothing is.
    pub advice: String,
}

impl Check {
    /// As it should be.
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, state: State::Ok, text: text.into(), advice: String::new() }
    }

    /// Something may surprise.
    pub fn warning(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Warning, text: text.into(), advice: advice.into() }
    }

    /// Jobs do not run.
    pub fn failed(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: State::Failed, text: text.into(), advice: advice.into() }
    }
}

/// For people.
pub fn text(checks: &[Check], style: Style) -> String {
    let mut out = String::new();
    for Check { check, state, text, advice } in checks {
        let (word, colour) = match state {
            State::Ok => ("ok", 32),
            State::Warning => ("warning", 33),
            State::Failed => ("FAILED", 31),
        };
        let word = match style {
            Style::Coloured => format!("\u{1b}[{colour};1m{word:8}\u{1b}[0m"),
            Style::Plain => format!("{word:8}"),
        };
        let advice = if advice.is_empty() { String::new() } else { format!(": {advice}") };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{word} {check:12} {text}{advice}");
    }
    out
}

/// For scripts.
pub fn json(checks: &[Check]) -> String {
    let text = serde_json::to_string_pretty(checks).unwrap_or_default();
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks() -> [Check; 2] {
        [
            Check::ok("engine", "Docker 20.10.24"),
            Check::failed("disk", "12 MB are free", "remove images with `docker image prune`"),
        ]
    }

    #[test]
    fn a_check_is_one_line_with_what_to_do() {
        insta::assert_snapshot!(text(&checks(), Style::Plain), @r"
        ok       engine       Docker 20.10.24
        FAILED   disk         12 MB are free: remove images with `docker image prune`
        ");
    }

    #[test]
    fn scripts_get_the_state_as_a_word() {
        let value: serde_json::Value = serde_json::from_str(&json(&checks())).unwrap();
        assert_eq!((&value[1]["check"], &value[1]["state"]), (&"disk".into(), &"failed".into()));
    }
}
