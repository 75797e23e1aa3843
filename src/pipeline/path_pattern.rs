//! Patterns of `changes` and `exists`: Ruby's `File.fnmatch` with PATHNAME, DOTMATCH and EXTGLOB, applied to the
//! whole path from the root. There is one difference: a class (`[…]`) cannot contain a `/`.

/// The most alternatives that the braces of a pattern may make; further braces are not expanded.
const ALTERNATIVES_MAX: usize = 500;

/// A pattern with its braces expanded; each alternative is split at its slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    alternatives: Vec<Vec<String>>,
}

impl PathPattern {
    /// Parses a pattern. Every text is a valid pattern.
    pub fn new(text: &str) -> Self {
        let (mut open, mut done) = (vec![text.to_owned()], Vec::new());
        while let Some(text) = open.pop() {
            match braces(&text) {
                Some(several) if open.len() + done.len() + several.len() <= ALTERNATIVES_MAX => {
                    open.extend(several);
                }
                _ => done.push(text.split('/').map(str::to_owned).collect()),
            }
        }
        Self { alternatives: done }
    }

    /// Whether the pattern matches the whole path.
    pub fn matches(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        self.alternatives.iter().any(|pattern| matches_path(pattern, &path))
    }
}

/// Expands the first pair of braces. Braces that do not end match nothing, so the result is empty; `None` means that
/// there are no braces.
fn braces(text: &str) -> Option<Vec<String>> {
    let open = unescaped(text).find(|(_, byte)| *byte == b'{')?.0;
    let inner = text.get(open + 1..)?;
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (index, byte) in unescaped(inner) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                parts.push(inner.get(start..index)?);
                start = index + 1;
                if byte == b'}' {
                    let (before, after) = (text.get(..open)?, inner.get(start..)?);
                    return Some(parts.iter().map(|part| format!("{before}{part}{after}")).collect());
                }
            }
            _ => {}
        }
    }
    Some(Vec::new())
}

/// The bytes without a backslash before them, with their positions.
fn unescaped(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut is_escaped = false;
    text.bytes().enumerate().filter(move |(_, byte)| {
        let was_escaped = is_escaped;
        is_escaped = *byte == b'\\' && !was_escaped;
        !was_escaped
    })
}

/// Matches a path name by name. `**` matches any number of folders, but at the end it does not cross a `/`, as in
/// Ruby.
fn matches_path(pattern: &[String], path: &[&str]) -> bool {
    // `reached[n]` says whether the pattern so far can match the first `n` names of the path.
    let mut reached = vec![false; path.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for (index, part) in pattern.iter().enumerate() {
        let mut next = vec![false; path.len() + 1];
        let any_folders = part == "**" && index + 1 < pattern.len();
        let mut before = false;
        for (position, slot) in next.iter_mut().enumerate() {
            let here = reached.get(position).copied().unwrap_or_default();
            let came = position.checked_sub(1).is_some_and(|last| {
                reached.get(last).copied().unwrap_or_default()
                    && path.get(last).is_some_and(|name| matches_name(part, name))
            });
            *slot = if any_folders { here || before } else { came };
            before = *slot;
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

/// Matches a single name. After a mismatch, the last `*` takes one more character; trying the earlier ones again is
/// not necessary.
fn matches_name(pattern: &str, name: &str) -> bool {
    let (mut pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // A backslash at the end is ignored.
    let slashes = pattern.iter().rev().take_while(|c| **c == '\\').count();
    pattern.truncate(pattern.len() - slashes % 2);
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let one = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(_) => step(&pattern, p, name.get(n).copied().unwrap_or_default()),
            None => None,
        };
        match (one, star) {
            (Some(next), _) => (p, n) = (next, n + 1),
            (None, Some((at, from))) => {
                star = Some((at, from + 1));
                (p, n) = (at + 1, from + 1);
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// Matches the character `c` at the position `p` of the pattern, and returns the next position.
fn step(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '\\' => (pattern.get(p + 1) == Some(&c)).then_some(p + 2),
        '[' => class(pattern, p + 1, c),
        other => (*other == c).then_some(p + 1),
    }
}

/// Matches `c` with the class that begins after the bracket at `at`, and returns the position after the class. A
/// class that does not end matches nothing.
fn class(pattern: &[char], mut at: usize, c: char) -> Option<usize> {
    let negated = matches!(pattern.get(at)?, '!' | '^');
    at += usize::from(negated);
    let mut has = false;
    while *pattern.get(at)? != ']' {
        let from = literal(pattern, &mut at)?;
        let is_range = pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|to| *to != ']');
        let to = if is_range {
            at += 1;
            literal(pattern, &mut at)?
        } else {
            from
        };
        has |= (from..=to).contains(&c);
    }
    (has != negated).then_some(at + 1)
}

/// The next character of a class, without the backslash that may precede it.
fn literal(pattern: &[char], at: &mut usize) -> Option<char> {
    *at += usize::from(pattern.get(*at) == Some(&'\\'));
    let found = pattern.get(*at).copied();
    *at += 1;
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_path() {
        for (pattern, matching, other) in [
            ("Dockerfile", "Dockerfile", "sub/Dockerfile"),
            ("*.md", "a.md", "docs/a.md"),
            ("*.md", ".x.md", "a.mdx"),
            ("**/*.md", "a.md", "a.txt"),
            ("**/*.md", "docs/x/a.md", "docs/md"),
            ("docs/*", "docs/a", "docs/x/a"),
            ("docs/**/*", "docs/a", "docs"),
            ("docs/**/*", "docs/x/y", "doc/x/y"),
            ("docs/**", "docs/a", "docs/x/a"),
            ("docs", "docs", "docs/a"),
            ("docs/", "docs/", "docs/a"),
            ("*.{rb,py}", "a.rb", "a.c"),
            ("{a,b/{c,d}}.x", "b/d.x", "c.x"),
            ("a[0-9].c", "a7.c", "ax.c"),
            ("a[!0-9].c", "ax.c", "a7.c"),
            ("a?.c", "ab.c", "a.c"),
            ("a\\*", "a*", "ab"),
            ("a*b*c", "axbxbc", "axbxb"),
            ("a[x-]", "a-", "a]"),
            ("a[\\]x]", "a]", "a\\"),
            ("a[!]x]", "abx]", "ax"),
            ("a\\", "a", "a\\"),
            ("!(x)", "!(x)", "y"),
            ("[!a-c]", "d", "b"),
            ("\\{a,b}", "{a,b}", "a"),
        ] {
            assert!(PathPattern::new(pattern).matches(matching), "{pattern} {matching}");
            assert!(!PathPattern::new(pattern).matches(other), "{pattern} {other}");
        }
    }

    #[test]
    fn brackets_and_braces_without_an_end_match_nothing() {
        for pattern in ["[", "[a", "{", "{a", "a{b,c"] {
            assert!(!PathPattern::new(pattern).matches(pattern), "{pattern}");
        }
    }

    #[test]
    fn many_stars_and_braces_do_not_slow_matching_down() {
        assert!(!PathPattern::new(&"**/*a".repeat(300)).matches(&"a/".repeat(500)));
        assert!(!PathPattern::new(&"*a".repeat(1000)).matches(&"a".repeat(900)));
        assert!(!PathPattern::new(&"{a,b}".repeat(100)).matches("c"));
    }

    proptest! {
        #[test]
        fn matching_never_panics(pattern in "[a/*?{},!\\[\\]\\\\é-]{0,16}", path in "[a/é]{0,12}") {
            let _ = PathPattern::new(&pattern).matches(&path);
        }
    }
}
