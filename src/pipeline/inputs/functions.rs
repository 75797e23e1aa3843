//! The functions of `$[[ … | function ]]`. All of them take strings, and all but `split` give strings.

use serde_json::Value as Json;

use crate::pipeline::decode::suggest;
use crate::source::diagnostic::{Code, Diagnostic};

const NAMES: [&str; 5] = ["expand_vars", "posix_escape", "posix_quote", "split", "truncate"];

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
        Box::new(failed(message).help("remove the function, or make the input a string"))
    });
    let done = match (name, arguments) {
        ("expand_vars", "") => Some(Json::from(expand(text?))),
        // GitLab's source has had both names for it.
        ("posix_escape" | "posix_quote", "") => Some(Json::from(posix_escape(text?))),
        ("split", arguments) => match separator(arguments) {
            Some("") => {
                let problem = failed("invalid argument: separator cannot be empty".to_owned());
                return Err(Box::new(problem.help("write it as `split(',')`")));
            }
            Some(separator) => Some(split(text?, separator)),
            None => None,
        },
        ("truncate", arguments) => match bounds(arguments) {
            Some((offset, length)) => {
                Some(Json::from(text?.chars().skip(offset).take(length).collect::<String>()))
            }
            None => None,
        },
        _ => None,
    };
    done.ok_or_else(|| {
        let message = format!(
            "no function matching `{function}`: check that the function name, arguments, and types are correct"
        );
        Box::new(suggest(failed(message), name, NAMES, |problem| {
            problem.help(
                "the functions are `expand_vars`, `posix_escape`, `posix_quote`, `split(',')` and \
                 `truncate(offset,length)`",
            )
        }))
    })
}

/// Parses `'separator')`.
fn separator(arguments: &str) -> Option<&str> {
    let inner = arguments.strip_prefix('\'')?.strip_suffix("')")?;
    (!inner.contains('\'')).then_some(inner)
}

/// The parts of a text without the blanks around them, and without empty parts. As in Ruby, a blank stands for any white
/// space.
fn split(text: &str, separator: &str) -> Json {
    let parts: Vec<&str> = match separator {
        " " => text.split_whitespace().collect(),
        separator => text.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect(),
    };
    Json::from(parts)
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
