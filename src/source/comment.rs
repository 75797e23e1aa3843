//! Comments, which YAML's tree does not have.

/// The comment directly above the line in which the byte of the text is: its lines in one, without the signs and the
/// lines that decorate it. `None` if there is none. A `#` with no blank or several behind it is taken for a line of YAML
/// that somebody has switched off.
pub fn comment_above(text: &str, byte: usize) -> Option<String> {
    let (before, _) = text.get(..byte)?.rsplit_once('\n')?;
    let comments: Vec<&str> = before.split('\n').rev().map_while(content).collect();
    let words = comments.iter().rev().flat_map(|line| line.split_whitespace());
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The content of a line that is a comment from its first column on; empty for a line of `#`, `-`, `=` or `*` alone.
fn content(line: &str) -> Option<&str> {
    let comment = line.strip_prefix('#')?;
    let content = comment.trim_matches(|c: char| c.is_whitespace() || "#-=*".contains(c));
    let is_indented = comment.starts_with("  ") && !content.is_empty();
    let is_text = comment.starts_with([' ', '\t', '#', '-', '=', '*']) && !is_indented;
    (is_text || content.is_empty()).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let job = text.find("job:").unwrap();
        assert_eq!(comment_above(text, job).as_deref(), expect, "{text:?}");
    }

    #[test]
    fn the_lines_directly_above_are_the_comment_without_decoration() {
        check("# Runs  the tests.\n# On every push.\njob: {}", Some("Runs the tests. On every push."));
        check("stages: [a]\n# Tests\r\njob: {}", Some("Tests"));
        check("##########\n# Tests #\n##########\njob: {}", Some("Tests"));
        check("# --- Tests ---\n#\njob: {}", Some("Tests"));
        check("## Tests\njob: {}", Some("Tests"));
    }

    #[test]
    fn other_comments_do_not_count() {
        for text in [
            "job: {}",
            "\njob: {}",
            "# License\n\njob: {}",
            "a: {} # about a\njob: {}",
            "a:\n  # about a\njob: {}",
            "#old:\n#  script: x\njob: {}",
            "#####\njob: {}",
        ] {
            check(text, None);
        }
        check("# License\n\n# Tests\njob: {}", Some("Tests"));
        check("#old: {}\n# Tests\njob: {}", Some("Tests"));
    }
}
