//! How what is found in a file is told: in full, or, for keywords without effect, in one line each.

use indexmap::IndexMap;

use crate::cli::exit_code;
use crate::cli::project::loaded_project::Refused;
use crate::cli::say;
use crate::report::diagnostic::render;
use crate::report::mask::Mask;
use crate::report::style::Style;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::map::SourceMap;

/// Places told of one keyword; a file may have thousands.
const PLACES_MAX: usize = 3;

/// Whether what is in the file and has no effect is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// It is told.
    Lenient,
    /// It is an error (`--strict`).
    Strict,
}

/// Tells what is found.
pub struct Findings {
    /// The files that were read.
    pub map: SourceMap,
    /// What must not be seen.
    pub mask: Mask,
    /// Colours.
    pub style: Style,
    /// What is an error.
    pub strictness: Strictness,
}

impl Strictness {
    /// The finding as it counts.
    pub fn judge(self, finding: &Diagnostic) -> Diagnostic {
        let mut judged = finding.clone();
        if self == Self::Strict && finding.is_left_out() {
            judged.severity = Severity::Error;
        }
        judged
    }
}

impl Findings {
    /// Tells everything in full but keywords without effect.
    pub fn tell<'d>(&self, found: impl IntoIterator<Item = &'d Diagnostic>) {
        let others = found.into_iter().filter(|finding| finding.code != Code::Unsupported);
        others.for_each(|finding| self.show(&self.strictness.judge(finding)));
    }

    /// With `--strict`, tells of keywords without effect.
    ///
    /// # Errors
    /// It is strict, and something has no effect.
    pub fn ensure_strict<'d>(&self, found: impl IntoIterator<Item = &'d Diagnostic>) -> Result<(), Refused> {
        if self.strictness == Strictness::Lenient {
            return Ok(());
        }
        let mut left_out = Diagnostics::new();
        let all = found.into_iter().filter(|finding| finding.is_left_out());
        all.for_each(|finding| left_out.push(self.strictness.judge(finding)));
        if left_out.is_empty() {
            return Ok(());
        }
        let keywords = left_out.iter().filter(|finding| finding.code == Code::Unsupported);
        keywords.for_each(|finding| self.show(finding));
        Err(Refused(exit_code::INVALID_CONFIGURATION))
    }

    /// Tells one finding in full.
    pub fn show(&self, finding: &Diagnostic) {
        say(self.mask.text(render(finding, &self.map, self.style).trim_end()).as_ref());
    }

    /// A line for each keyword without effect, with the first of its places.
    pub fn without_effect<'d>(&self, found: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<String> {
        let mut keywords: IndexMap<&str, Vec<String>> = IndexMap::new();
        for finding in found.into_iter().filter(|finding| finding.code == Code::Unsupported) {
            let places = keywords.entry(&finding.message).or_default();
            for label in &finding.labels {
                let line = self.map.location(label.span.file, label.span.start).line;
                let place = format!("{}:{line}", self.map.name(label.span.file));
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        let line = |(message, places): (&str, Vec<String>)| {
            let more = places.len().saturating_sub(PLACES_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let places: Vec<String> = places.into_iter().take(PLACES_MAX).collect();
            format!("{message} ({}{more})", places.join(", "))
        };
        keywords.into_iter().map(line).collect()
    }
}
