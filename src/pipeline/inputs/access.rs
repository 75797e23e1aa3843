//! Finds the value that a block names: `inputs.name`, `inputs.list[0].key`, `component.sha`.

use serde_json::Value as Json;

use crate::pipeline::decode::suggest;
use crate::source::diagnostic::{Code, Diagnostic};

/// The longest access in bytes; GitLab's limit.
const ACCESS_BYTES_MAX: usize = 1024;

/// The most parts between dots; GitLab's limit. The last one contains the rest.
const PARTS_MAX: usize = 5;

/// The most indices of a part; GitLab's limit.
const INDICES_MAX: usize = 5;

/// Finds a value below `context`, which has the objects that a block can begin with.
pub(super) fn find<'v>(access: &str, context: &'v Json) -> Result<&'v Json, Box<Diagnostic>> {
    if access.len() > ACCESS_BYTES_MAX {
        return Err(Box::new(failed("maximum interpolation expression size exceeded".to_owned())));
    }
    let Some((object, rest)) = access.split_once('.') else {
        let problem = failed("invalid interpolation access pattern".to_owned());
        return Err(Box::new(problem.help("write it as `$[[ inputs.name ]]`")));
    };
    let Some(mut value) = context.get(object) else {
        let problem = failed(format!("unknown interpolation key: `{object}`"));
        return Err(Box::new(problem.help("values are `inputs.` and the name of an input")));
    };
    for part in rest.splitn(PARTS_MAX.saturating_sub(1), '.') {
        value = follow(part, value, object)?;
    }
    Ok(value)
}

/// Follows `key` or `key[0]`.
fn follow<'v>(part: &str, value: &'v Json, object: &str) -> Result<&'v Json, Box<Diagnostic>> {
    let (key, indices) = key_and_indices(part).unwrap_or((part, Vec::new()));
    let Some(mut found) = value.get(key) else {
        let problem = failed(format!("unknown interpolation key: `{key}`"));
        let known = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        return Err(Box::new(suggest(problem, key, known, |problem| match object {
            "inputs" => problem.help("`spec:inputs` at the head of this file does not have it"),
            _ => problem
                .help("`spec:component` has to list it, and the file has to be included as a component"),
        })));
    };
    for index in indices {
        found = found.get(index).ok_or_else(|| {
            let problem = failed(format!("invalid interpolation access: `{part}` has no item {index}"));
            Box::new(problem.help("items of an `array` count from 0"))
        })?;
    }
    Ok(found)
}

/// Parses `key[0][1]`. `None` means that the part has no indices, or another form.
fn key_and_indices(part: &str) -> Option<(&str, Vec<usize>)> {
    let (key, indices) = part.strip_suffix(']')?.split_once('[')?;
    let indices: Option<Vec<usize>> = indices.split("][").map(|index| index.parse().ok()).collect();
    indices.filter(|indices| indices.len() <= INDICES_MAX).map(|indices| (key, indices))
}

fn failed(message: String) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message)
}
