//! Advice for the most frequent causes of syntax errors in YAML.

const QUOTED: &str = "nothing may follow the closing quote: put the whole value in quotes, or none of it";

/// Advice for the error `info` of the parser, between the text `before` it and the `rest`.
pub(super) fn syntax_advice(info: &str, before: &str, rest: &str) -> String {
    if info.contains("trailing content") {
        return QUOTED.to_owned();
    }
    if rest.starts_with(['@', '`', '%', '&', '*', '!', '|', '>']) || info.contains("cannot start any token") {
        return "a value that begins with such a character has to be in quotes".to_owned();
    }
    if info.contains("tab") {
        return "indent with spaces: YAML does not allow tabs there".to_owned();
    }
    if info.contains("mapping values are not allowed") || info.contains("placement of ':'") {
        return colon_advice(before);
    }
    if info.contains("quoted scalar") {
        return QUOTED.to_owned();
    }
    if info.contains("expected key") {
        // The place is that of the `-`, or that of what follows.
        return match rest.starts_with("- ") || before.ends_with("- ") {
            true => "check the indentation: the items of a list must start in the same column".to_owned(),
            false => "check the indentation: the keys of a mapping must start in the same column".to_owned(),
        };
    }
    "check the lines above as well: a bracket or a quote may be open, or the indentation wrong".to_owned()
}

/// Advice about a `:` that cannot end a key. If the line above is no key either, the mistake is there.
fn colon_advice(before: &str) -> String {
    let mut lines = before.lines().rev();
    let in_same_line = lines.next().unwrap_or_default();
    let is_content = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let above = lines.map(str::trim).find(is_content).unwrap_or_default();
    let is_key = above.contains(": ") || above.ends_with(':') || above.starts_with("- ");
    if in_same_line.contains(": ") || above.is_empty() || is_key {
        return "a value with `: ` in it has to be in quotes".to_owned();
    }
    match above.split_once(':') {
        Some((key, value)) => format!("the line above has no space after its `:`; write `{key}: {value}`"),
        None => format!("the line above has no `:`; write `{above}:`"),
    }
}
