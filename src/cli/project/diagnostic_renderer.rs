//! Messages about diagnostics: in full, or, for keywords that have no effect here, in one line for each keyword.

use indexmap::IndexMap;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::options::Strictness;
use crate::cli::user_message::UserMessage;
use crate::report::diagnostic::render;
use crate::report::mask::Mask;
use crate::report::style::Style;
use crate::report::transcript::IgnoredKeyword;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::SourceMap;

/// The places that a line about a keyword lists; a file may use the keyword thousands of times.
const PLACES_MAX: usize = 3;

/// Renders the diagnostics of a project.
pub struct DiagnosticRenderer {
    /// The files that the diagnostics quote.
    pub map: SourceMap,
    pub mask: Mask,
    pub style: Style,
    pub strictness: Strictness,
}

impl DiagnosticRenderer {
    /// Renders all diagnostics but those about keywords without effect.
    pub fn messages<'d>(&self, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<UserMessage> {
        let others = diagnostics.into_iter().filter(|diagnostic| diagnostic.code != Code::Unsupported);
        others.map(|diagnostic| self.render(&self.strictness.apply(diagnostic))).collect()
    }

    /// Refuses, with `--strict`, diagnostics about parts of the file that have no effect.
    ///
    /// # Errors
    /// `--strict` was given, and a part of the file has no effect.
    pub fn ensure_strict<'d>(
        &self,
        diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
    ) -> Result<(), CommandError> {
        if self.strictness == Strictness::Lenient {
            return Ok(());
        }
        let mut left_out = Diagnostics::new();
        let all = diagnostics.into_iter().filter(|diagnostic| diagnostic.is_left_out());
        all.for_each(|diagnostic| left_out.push(self.strictness.apply(diagnostic)));
        if left_out.is_empty() {
            return Ok(());
        }
        let keywords = left_out.iter().filter(|diagnostic| diagnostic.code == Code::Unsupported);
        let messages = keywords.map(|diagnostic| self.render(diagnostic)).collect();
        Err(CommandError { kind: CommandErrorKind::InvalidConfiguration, messages })
    }

    /// Renders one diagnostic in full, with secrets masked.
    pub fn render(&self, diagnostic: &Diagnostic) -> UserMessage {
        UserMessage::Diagnostic(render(diagnostic, &self.map, self.style).masked(&self.mask))
    }

    /// The keywords without effect, each with one line about it that has the first of its places. `elsewhere` are further
    /// ones that are not in the pipeline's files: what is said of each, and its place.
    pub fn ignored_keywords<'d>(
        &self,
        diagnostics: impl IntoIterator<Item = &'d Diagnostic>,
        elsewhere: &'d [(String, &'static str)],
    ) -> Vec<IgnoredKeyword> {
        let mut keywords: IndexMap<&str, Vec<String>> = IndexMap::new();
        for diagnostic in diagnostics.into_iter().filter(|diagnostic| diagnostic.code == Code::Unsupported) {
            let places = keywords.entry(&diagnostic.message).or_default();
            for label in &diagnostic.labels {
                let line = self.map.location(label.span.file, label.span.start).line;
                let place = format!("{}:{line}", self.map.name(label.span.file));
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        for (message, place) in elsewhere {
            keywords.entry(message).or_default().push((*place).to_owned());
        }
        let line = |(message, places): (&str, Vec<String>)| {
            let more = places.len().saturating_sub(PLACES_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let places: Vec<String> = places.into_iter().take(PLACES_MAX).collect();
            // The messages are about a text in backquotes.
            let name = message.split('`').nth(1).unwrap_or(message).to_owned();
            IgnoredKeyword { name, line: format!("{message} ({}{more})", places.join(", ")) }
        };
        keywords.into_iter().map(line).collect()
    }
}
