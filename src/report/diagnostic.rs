//! Diagnostics in rustc's style: what, where with the line itself, and what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::redact::redact;
use super::style::Style;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::SourceMap;

/// One diagnostic as text, ending with a line break.
pub fn render(diagnostic: &Diagnostic, map: &SourceMap, style: Style) -> String {
    let renderer = match style {
        Style::Coloured => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&*diagnostic.message);
    let shown = diagnostic.labels.first().map(|label| redact(map.text(label.span.file)));
    let mut group = match diagnostic.labels.first() {
        None => Group::with_title(title),
        Some(first) => {
            let file = first.span.file;
            let text = shown.as_deref().unwrap_or_default();
            let mut snippet = Snippet::source(text).path(map.name(file)).line_start(1);
            for (place, label) in diagnostic.labels.iter().filter(|label| label.span.file == file).enumerate()
            {
                let kind = if place == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let range = first_line(text, label.span.start, label.span.end);
                snippet = snippet.annotation(kind.span(range).label(&*label.text));
            }
            title.element(snippet)
        }
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(&**help));
    }
    let mut rendered = renderer.decor_style(DecorStyle::Ascii).render(&[group]).to_string();
    rendered.push('\n');
    rendered
}

/// A span cut to its first line: where a thing begins says enough, and a mapping may fill the screen.
fn first_line(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let end = end.min(text.len());
    let start = start.min(end);
    let line =
        text.get(start..end).and_then(|span| span.find(['\n', '\r'])).map_or(end, |length| start + length);
    start..line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::map::SourceMap;

    /// All diagnostics of a pipeline file, those of its jobs included.
    fn diagnostics(text: &str) -> String {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let (pipeline, found) = crate::pipeline::load(&mut map, file, &crate::pipeline::include::NoFiles);
        let pipeline = pipeline.iter();
        let of_jobs = pipeline.flat_map(|pipeline| {
            pipeline.broken.values().chain(pipeline.jobs.values().map(|job| &job.warnings))
        });
        let all: Vec<_> = found.iter().chain(of_jobs.flatten()).collect();
        all.into_iter().map(|diagnostic| render(diagnostic, &map, Style::Plain)).collect()
    }

    #[test]
    fn a_command_that_reads_as_a_mapping_is_shown_with_what_to_do() {
        insta::assert_snapshot!(diagnostics("test:\n  script:\n    - echo a: b\n"), @r"
        error: jobs:test:script config should be a string or a nested array of strings up to 10 levels deep
         --> .gitlab-ci.yml:3:7
          |
        3 |     - echo a: b
          |       ^^^^^^^^^ this is a mapping
          |
          = help: a command with `: ` in it reads as a mapping: put it in quotes
        ");
    }

    #[test]
    fn unknown_and_unsupported_keywords_are_named_with_their_place() {
        insta::assert_snapshot!(diagnostics("test:\n  scirpt: a\n  cache: {}\n  script: a\n"), @r"
        warning: keyword `cache` is not supported yet and has no effect
         --> .gitlab-ci.yml:3:3
          |
        3 |   cache: {}
          |   ^^^^^ ignored
        error: jobs:test config contains unknown keys: scirpt
         --> .gitlab-ci.yml:2:3
          |
        2 |   scirpt: a
          |   ^^^^^^ GitLab does not know this key
          |
          = help: did you mean `script`?
        ");
    }

    #[test]
    fn the_line_that_is_shown_has_no_password() {
        let text = "test:\n  script: a\n  variables: {A: {auths: {r.io: {auth: dTpw}}}}\n";
        let shown = diagnostics(text);
        assert!(shown.contains("auth: ****") && !shown.contains("dTpw"), "{shown}");
    }

    #[test]
    fn both_places_of_a_duplicate_key_are_shown() {
        insta::assert_snapshot!(diagnostics("test:\n  script: a\n  script: b\n"), @r"
        warning: key `script` is written twice; the last one counts
         --> .gitlab-ci.yml:3:3
          |
        2 |   script: a
          |   ------ this one does not
        3 |   script: b
          |   ^^^^^^ this one counts
        ");
    }
}
