//! Renders diagnostics in rustc's style: the message, the lines of the file, and the help.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::printable::{printable, printable_line};
use super::redact::redact;
use super::style::Style;
use super::terminal_text::TerminalText;
use crate::source::diagnostic::{Diagnostic, Label, Severity};
use crate::source::map::{FileId, SourceMap};

/// Renders a diagnostic; the last line has no line break.
pub fn render(diagnostic: &Diagnostic, map: &SourceMap, style: Style) -> TerminalText {
    render_with_note(diagnostic, map, style, None)
}

/// Renders a diagnostic with a note of the caller's below it.
pub fn render_with_note(
    diagnostic: &Diagnostic,
    map: &SourceMap,
    style: Style,
    note: Option<&str>,
) -> TerminalText {
    let renderer = match style {
        Style::Coloured => Renderer::styled(),
        Style::Plain => Renderer::plain(),
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let excerpts = excerpts(&diagnostic.labels, map);
    let mut group = Group::with_title(level.primary_title(printable_line(&diagnostic.message)));
    for (index, excerpt) in excerpts.iter().enumerate() {
        group = group.element(excerpt.snippet(map, index == 0));
    }
    let remarks = [(Level::HELP, diagnostic.help.as_deref()), (Level::NOTE, note)];
    let remarks = remarks.into_iter().filter_map(|(level, text)| Some((level, printable(text?))));
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let groups: Vec<Group<'_>> = match excerpts.is_empty() {
        // Beside no lines of a file, remarks would stand in an empty frame.
        true => {
            let titles = remarks.map(|(level, text)| Group::with_title(level.secondary_title(text)));
            [group].into_iter().chain(titles).collect()
        }
        false => vec![remarks.fold(group, |group, (level, text)| group.element(level.message(text)))],
    };
    let rendered: Vec<String> =
        groups.into_iter().map(|group| renderer.render(&[group]).trim_end().to_owned()).collect();
    TerminalText::rendered(rendered.join("\n"))
}

/// The part of one file from its first labelled line to its last.
struct Excerpt<'d> {
    file: FileId,
    labels: Vec<&'d Label>,
    /// The number of its first line.
    line: usize,
    /// The byte of the file at which its first line starts.
    start: usize,
    /// Its lines as they are in the file, but for hidden passwords, which have their length.
    text: String,
    /// Its lines as they are shown.
    shown: String,
}

/// One excerpt per file; the file of the first label comes first.
fn excerpts<'d>(labels: &'d [Label], map: &SourceMap) -> Vec<Excerpt<'d>> {
    let mut excerpts: Vec<Excerpt<'d>> = Vec::new();
    for label in labels {
        match excerpts.iter_mut().find(|excerpt| excerpt.file == label.span.file) {
            Some(excerpt) => excerpt.labels.push(label),
            None => excerpts.push(Excerpt {
                file: label.span.file,
                labels: vec![label],
                line: 0,
                start: 0,
                text: String::new(),
                shown: String::new(),
            }),
        }
    }
    excerpts.iter_mut().for_each(|excerpt| excerpt.cut(map));
    excerpts
}

impl Excerpt<'_> {
    /// Copies the lines out of the file. The renderer would otherwise scan the whole file, up to 1 MiB, for every
    /// diagnostic.
    fn cut(&mut self, map: &SourceMap) {
        let line = |byte: usize| map.location(self.file, byte).line;
        let starts = self.labels.iter().map(|label| line(label.span.start));
        let (first, last) =
            starts.fold((usize::MAX, 0), |(first, last), line| (first.min(line), last.max(line)));
        let start = map.line_bounds(self.file, first).0;
        let end = map.line_bounds(self.file, last).1;
        let text = map.text(self.file).get(start..end).unwrap_or_default();
        (self.line, self.start, self.text) = (first, start, redact(text));
        self.shown = shown_lines(&self.text);
    }

    fn snippet(&self, map: &SourceMap, is_first: bool) -> Snippet<'_, Annotation<'_>> {
        let snippet = Snippet::source(&*self.shown)
            .path(printable_line(map.name(self.file)).into_owned())
            .line_start(self.line);
        self.labels.iter().enumerate().fold(snippet, |snippet, (index, label)| {
            let is_primary = is_first && index == 0;
            let kind = if is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let (start, end) = (label.span.start, label.span.end);
            let range =
                first_line(&self.text, start.saturating_sub(self.start), end.saturating_sub(self.start));
            let range = self.shown_place(range.start)..self.shown_place(range.end);
            snippet.annotation(kind.span(range).label(printable_line(&label.text)))
        })
    }

    /// The byte of the shown lines that stands for this byte of the lines as they are in the file.
    fn shown_place(&self, place: usize) -> usize {
        let (before, after) = self.text.split_at_checked(place).unwrap_or((&self.text, ""));
        let ends_in_line_break = after.starts_with('\n');
        shown_lines(before.strip_suffix('\r').filter(|_| ends_in_line_break).unwrap_or(before)).len()
    }
}

/// The lines as they are shown: without the carriage returns of a file from Windows.
fn shown_lines(text: &str) -> String {
    printable(&text.replace("\r\n", "\n")).into_owned()
}

/// Cuts a span to its first line: the span of a mapping could fill the screen.
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
    use crate::source::diagnostic::Code;
    use crate::source::map::{SourceMap, Span};

    /// Renders all diagnostics of a pipeline file and of its jobs.
    fn diagnostics(text: &str) -> String {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let (pipeline, found) = crate::pipeline::load(&mut map, file, &crate::pipeline::include::NoFiles);
        let pipeline = pipeline.iter();
        let of_jobs = pipeline.flat_map(|pipeline| {
            pipeline.broken.values().chain(pipeline.jobs.values().map(|job| &job.warnings))
        });
        let all: Vec<_> = found.iter().chain(of_jobs.flatten()).collect();
        all.into_iter()
            .map(|diagnostic| render(diagnostic, &map, Style::Plain).as_str().to_owned() + "\n")
            .collect()
    }

    #[test]
    fn a_command_that_yaml_reads_as_a_mapping_is_shown_with_help() {
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
    fn unknown_and_unsupported_keywords_are_named_with_their_lines() {
        insta::assert_snapshot!(diagnostics("test:\n  scirpt: a\n  secrets: {}\n  script: a\n"), @r"
        warning: keyword `secrets` is not supported yet and has no effect
         --> .gitlab-ci.yml:3:3
          |
        3 |   secrets: {}
          |   ^^^^^^^ ignored
          |
          = help: the job runs without it
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
    fn a_password_in_the_excerpt_is_redacted() {
        let text = "test:\n  script: a\n  variables: {A: {auths: {r.io: {auth: dTpw}}}}\n";
        let shown = diagnostics(text);
        assert!(shown.contains("auth: ****") && !shown.contains("dTpw"), "{shown}");
    }

    #[test]
    fn every_part_of_a_diagnostic_is_escaped() {
        let hostile = "\x1b[2J\u{9b}\u{202e}\r";
        let mut map = SourceMap::new();
        let file = map.add(format!("name{hostile}"), format!("text{hostile}x"));
        let span = Span { file, start: 0, end: 4 };
        let mut diagnostic = Diagnostic::error(Code::Syntax, format!("message{hostile}"));
        diagnostic.labels.push(Label { span, text: format!("label{hostile}") });
        let diagnostic = diagnostic.help(format!("help{hostile}"));
        let note = format!("note{hostile}");
        let shown = render_with_note(&diagnostic, &map, Style::Plain, Some(&note));
        for part in ["name", "text", "message", "label", "help", "note"] {
            assert!(shown.as_str().contains(&format!(r"{part}\u{{1b}}[2J\u{{9b}}\u{{202e}}\r")), "{shown:?}");
        }
    }

    #[test]
    fn the_lines_of_a_file_from_windows_are_shown_without_their_carriage_returns() {
        let told = |text: &str| diagnostics(text);
        let text = "test:\n  script: a\n  script: b\n";
        assert_eq!(told(&text.replace('\n', "\r\n")), told(text));
    }

    #[test]
    fn both_lines_of_a_duplicate_key_are_shown() {
        insta::assert_snapshot!(diagnostics("test:\n  script: a\n  script: b\n"), @r"
        warning: key `script` is written twice; the last one counts
         --> .gitlab-ci.yml:3:3
          |
        2 |   script: a
          |   ------ this one is ignored
        3 |   script: b
          |   ^^^^^^ this one is used
          |
          = help: remove one of them, or merge their values
        ");
    }
}
