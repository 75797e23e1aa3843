//! Replaces `$[[ inputs.name | function ]]` in the text of a file.

use serde_json::Value as Json;

use super::value::text;
use super::{FileBody, access, functions};
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::Span;
use crate::source::mapped_text::MappedText;
use crate::source::yaml::FILE_BYTES_MAX;

/// The most blocks of a file; GitLab's limit.
const BLOCKS_MAX: usize = 10_000;

/// The most functions of a block; GitLab's limit.
const FUNCTIONS_MAX: usize = 3;

const OPEN: &str = "$[[";
const CLOSE: &str = "]]";

/// Blocks of `needs:parallel:matrix`, which are replaced later, for each instance of a job.
const MATRIX_PREFIX: &str = "matrix.";

/// Replaces every block in the body of a file by its value. `values` has the objects that a block can begin with.
pub(super) fn interpolate<'t>(
    content: &FileBody<'t>,
    values: &Json,
    expand: &dyn Fn(&str) -> String,
    diagnostics: &mut Diagnostics,
) -> Option<MappedText<'t>> {
    let mut mapped = MappedText::empty(content.file);
    let (mut at, mut search, mut blocks) = (content.part.start, content.part.start, 0);
    let part = |from: usize, to: usize| content.text.get(from..to).unwrap_or_default();
    while let Some(found) = part(search, content.part.end).find(OPEN) {
        let start = search + found;
        let inner_start = start + OPEN.len();
        let Some(length) = part(inner_start, content.part.end).find(CLOSE) else { break };
        let (inner, end) =
            (part(inner_start, inner_start + length).trim(), inner_start + length + CLOSE.len());
        search = inner_start;
        if inner.chars().nth(1).is_none() || inner.contains('\n') || inner.starts_with(MATRIX_PREFIX) {
            continue;
        }
        let span = |start, end| Span { file: content.file, start, end };
        blocks += 1;
        if blocks > BLOCKS_MAX {
            let problem = Diagnostic::error(Code::Limit, "too many interpolation blocks");
            diagnostics.push(
                problem
                    .label(span(start, end), "one too many")
                    .help(format!("the limit is {BLOCKS_MAX} blocks in a file")),
            );
            return None;
        }
        match evaluate(inner, values, expand) {
            Ok(_) if mapped.text().len() > FILE_BYTES_MAX => {
                let problem = Diagnostic::error(Code::Limit, "inputs make the file too large");
                let problem = problem.label(span(start, end), "filled in up to here");
                diagnostics.push(problem.help(format!("the limit is {FILE_BYTES_MAX} bytes")));
                return None;
            }
            Ok(value) => {
                mapped.push_copy(span(at, start), part(at, start));
                mapped.push_replacement(span(start, end), &text(&value));
                (at, search) = (end, end);
            }
            Err(problem) => diagnostics.push(problem.label(span(start, end), "in this block")),
        }
    }
    mapped
        .push_copy(Span { file: content.file, start: at, end: content.part.end }, part(at, content.part.end));
    (!diagnostics.has_errors()).then_some(mapped)
}

fn evaluate(block: &str, values: &Json, expand: &dyn Fn(&str) -> String) -> Result<Json, Box<Diagnostic>> {
    let failed = |message: String| Diagnostic::error(Code::InvalidConfig, message);
    let mut parts = block.split('|').map(str::trim);
    let access = parts.next().unwrap_or_default();
    let functions: Vec<&str> = parts.collect();
    let value = access::find(access, values)?;
    if functions.len() > FUNCTIONS_MAX {
        let problem = failed("too many functions in interpolation block".to_owned());
        return Err(Box::new(problem.help(format!("the limit is {FUNCTIONS_MAX}"))));
    }
    functions.iter().try_fold(value.clone(), |value, function| {
        functions::apply(function, &value, expand).map_err(|problem| Box::new(*problem))
    })
}
