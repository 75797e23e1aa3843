//! Patterns for names of jobs. Pure.

/// Whether the text is a pattern and not a name.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether the whole name fits the pattern: `*` stands for any text, `?` for any character, every other character for
/// itself. The time is bounded by the product of their lengths.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    // What follows the last `*`, and how much of the name is read if that stands for one character more.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(character) = name.get(read) {
        match (pattern.get(at), retry) {
            (Some('*'), _) => {
                at += 1;
                retry = Some((at, read + 1));
            }
            (Some(expected), _) if *expected == '?' || expected == character => {
                at += 1;
                read += 1;
            }
            (_, Some((after, longer))) => {
                (at, read) = (after, longer);
                retry = Some((after, longer + 1));
            }
            (_, None) => return false,
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
        assert!(fitting.iter().all(|name| matches(pattern, name)), "{pattern}");
        assert!(!others.iter().any(|name| matches(pattern, name)), "{pattern}");
    }

    #[test]
    fn a_star_is_any_text_and_a_question_mark_is_one_character() {
        check("unit*", &["unit", "unit 1/2", "unit: [a, b]"], &["my unit", "uni"]);
        check("*unit", &["unit", "my unit", "unitunit"], &["unit 1/2"]);
        check("a*b*c", &["abc", "a/b/b/c", "abcbc"], &["acb", "abcd"]);
        check("?", &["é"], &["", "ab"]);
        check("**", &["", "a"], &[]);
        check("[a]*", &["[a]", "[a]b"], &["a"]);
    }
}
