//! Reads one file: fills its inputs in and parses the document that has the jobs.

use std::ops::Range;

use super::include::LoadContext;
use super::inputs::{FileBody, InputContext, fill_in, refuse_arguments};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::document_ranges::document_ranges;
use crate::source::map::{FileId, SourceMap, Span};
use crate::source::mapped_text::MappedText;
use crate::source::node::Node;
use crate::source::reading_budget::ReadingBudget;
use crate::source::yaml;

/// Loads the main file without its includes; `None` if it is unusable.
pub(super) fn load_main(
    map: &SourceMap,
    file: FileId,
    context: &dyn LoadContext,
    budget: &mut ReadingBudget,
    diagnostics: &mut Diagnostics,
) -> Option<Node> {
    let expand = |text: &str| context.expand(text);
    let input_context =
        InputContext { arguments: context.inputs(), included_at: None, component: None, expand: &expand };
    match load_file(map, file, &input_context, budget, diagnostics) {
        LoadedFile::Root(root) => Some(root),
        LoadedFile::Empty => {
            let problem = Diagnostic::error(Code::InvalidConfig, "Please provide content of .gitlab-ci.yml");
            let start = Span { file, start: 0, end: 0 };
            let problem = problem.label(start, "this file is empty");
            diagnostics.push(problem.help("write a job, such as `test: {script: make}`"));
            None
        }
        LoadedFile::Invalid => None,
    }
}

/// The content of a file.
pub(super) enum LoadedFile {
    /// The tree of jobs and keywords, with inputs filled in.
    Root(Node),
    Empty,
    /// The file cannot be used; the diagnostics say why.
    Invalid,
}

/// Parses the document that contains the jobs: the one after a `spec:` header, or else the first.
pub(super) fn load_file(
    map: &SourceMap,
    file: FileId,
    context: &InputContext<'_>,
    budget: &mut ReadingBudget,
    diagnostics: &mut Diagnostics,
) -> LoadedFile {
    let text = map.text(file);
    if let Err(problem) = budget.charge_text(text.len(), Span { file, start: 0, end: 0 }) {
        diagnostics.push(*problem);
        return LoadedFile::Invalid;
    }
    let parts = document_ranges(text);
    let Some((first, last)) = parts.first().zip(parts.last()) else { return LoadedFile::Empty };
    let mut found = Diagnostics::new();
    let content = match header(map, file, &parts, budget) {
        Some(header) => {
            let content = FileBody { file, text, part: last.clone() };
            fill_in(&header, &content, context, &mut found)
        }
        None => {
            refuse_arguments(context, &mut found);
            // The parser itself skips the markers of a single document.
            let part = if parts.len() == 1 { 0..text.len() } else { first.clone() };
            Some(MappedText::of_file(file, text, part))
        }
    };
    let document = content.and_then(|content| {
        let (documents, problems) = yaml::load_mapped_text(&content, budget);
        found.append(problems);
        documents.into_iter().next()
    });
    let is_broken = found.has_errors();
    diagnostics.append(found);
    match document.filter(|node| !node.is_null()) {
        _ if is_broken => LoadedFile::Invalid,
        Some(node) => LoadedFile::Root(node),
        None => LoadedFile::Empty,
    }
}

/// The first document, if it is a `spec:` header.
fn header(map: &SourceMap, file: FileId, parts: &[Range<usize>], budget: &mut ReadingBudget) -> Option<Node> {
    let first = parts.first().filter(|_| parts.len() > 1)?;
    let text = MappedText::of_file(file, map.text(file), first.clone());
    let (documents, _) = yaml::load_mapped_text(&text, budget);
    documents.into_iter().next().filter(|node| node.get("spec").is_some())
}
