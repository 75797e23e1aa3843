//! The functions of `$[[ … | function ]]`. All of them take strings.

use serde_json::Value as Json;

use crate::pipeline::decode::suggest;
use crate::source::diagnostic::{Code, Diagnostic};

const NAMES: [&str; 3] = ["expand_vars", "posix_escape", "truncate"];

/// Applies a function to a value. `expand` implements `expand_vars`.
pub(super) fn apply(
    function: &str,
    value: &Json,
    expand: &dyn Fn(&str) -> String,
) -> Result<Json, Box<Diagnostic>> {
    let (name, arguments) = function.split_once('(').unwrap_or((function, ""));
    let failed = |message: String| Diagnostic::error(Code::InvalidConfig, message);
    let text = value.as_str().ok_or_else(|| {
        let message = format!("invalid input type: {name} can only be used with string inputs");
        Box::new(failed(message).help("leave the function out, or make the input a string"))
    });
    let done = match (name, arguments) {
        ("expand_vars", "") => Some(expand(text?)),
        ("posix_escape", "") => Some(posix_escape(text?)),
        ("truncate", arguments) => match bounds(arguments) {
            Some((offset, length)) => Some(text?.chars().skip(offset).take(length).collect()),
            None => None,
        },
        _ => None,
    };
    done.map(Json::from).ok_or_else(|| {
        let message = format!(
            "no function matching `{function}`: check that the function name, arguments, and types are correct"
        );
        Box::new(suggest(failed(message), name, NAMES, |problem| {
            problem.help("there are `expand_vars`, `posix_escape` and `truncate(offset,length)`")
        }))
    })
}

/// Parses `offset, length)`. GitLab accepts a missing parenthesis.
fn bounds(arguments: &str) -> Option<(usize, usize)> {
    let (offset, length) = arguments.strip_suffix(')').unwrap_or(arguments).split_once(',')?;
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    Some((number(offset)?, number(length)?))
}

/// Quotes a text as one word of a shell: a backslash precedes everything but letters, digits and a few signs.
fn posix_escape(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("'\n'"),
            c if c.is_ascii_alphanumeric() || "_-.,:+/@".contains(c) => escaped.push(c),
            c => escaped.extend(['\\', c]),
        }
    }
    escaped
}
