//! The answer of `doctor`: one line per check, with advice.

use serde::Serialize;

use super::json::json_answer;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Nothing stands in the way of jobs.
    Ok,
    /// Jobs run, but some may behave in an unexpected way.
    Warning,
    /// Jobs cannot run.
    Failed,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The subject of the check, in one word.
    pub check: &'static str,
    pub state: CheckState,
    /// What the check found.
    pub text: String,
    /// What the user can do; empty where nothing needs to be done.
    pub advice: String,
}

impl Check {
    /// A check that found no problem.
    pub fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, state: CheckState::Ok, text: text.into(), advice: String::new() }
    }

    /// A check that found something which does not keep jobs from running.
    pub fn warning(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: CheckState::Warning, text: text.into(), advice: advice.into() }
    }

    /// A check that found why jobs cannot run.
    pub fn failed(check: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { check, state: CheckState::Failed, text: text.into(), advice: advice.into() }
    }
}

/// The checks as text.
pub fn text(checks: &[Check], style: Style) -> TerminalText {
    let mut out = TerminalText::default();
    for Check { check, state, text, advice } in checks {
        let (word, colour) = match state {
            CheckState::Ok => ("ok", Colour::BoldGreen),
            CheckState::Warning => ("warning", Colour::BoldYellow),
            CheckState::Failed => ("FAILED", Colour::BoldRed),
        };
        let advice = if advice.is_empty() { String::new() } else { format!(": {advice}") };
        out.append(&style.paint(colour, &format!("{word:8}")));
        out.append(&TerminalText::line(&format!(" {check:12} {text}{advice}")));
        out.push("\n");
    }
    out
}

/// The checks as a JSON array.
pub fn json(checks: &[Check]) -> String {
    json_answer(&checks)
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
    fn a_check_is_one_line_that_ends_with_its_advice() {
        insta::assert_snapshot!(text(&checks(), Style::Plain).as_str(), @r"
        ok       engine       Docker 20.10.24
        FAILED   disk         12 MB are free: remove images with `docker image prune`
        ");
    }

    #[test]
    fn json_has_the_state_as_a_word() {
        let value: serde_json::Value = serde_json::from_str(&json(&checks())).unwrap();
        assert_eq!((&value[1]["check"], &value[1]["state"]), (&"disk".into(), &"failed".into()));
    }
}
