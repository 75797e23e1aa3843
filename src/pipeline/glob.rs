//! Patterns of `include: local` and `cache:key:files`: `*` matches within a name, `**` matches across folders, every other
//! character is a literal. As in GitLab (`search_files_by_wildcard_path` in `app/models/repository.rb`), the slash of `**/`
//! is a literal, too: `ci/**/*.yml` matches nothing directly in `ci`.

/// Whether the pattern matches the whole path. The time is bounded by the product of their lengths.
pub fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    // `ends[n]` says whether the pattern so far can match the first `n` characters of the path.
    let mut ends = vec![false; path.len() + 1];
    if let Some(start) = ends.first_mut() {
        *start = true;
    }
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (part, length) = match rest {
            rest if rest.starts_with("**") => (GlobToken::Anything, 2),
            rest if rest.starts_with('*') => (GlobToken::Name, 1),
            _ => (GlobToken::Character(first), first.len_utf8()),
        };
        ends = part.advance(&ends, &path);
        rest = rest.get(length..).unwrap_or_default();
    }
    ends.last().copied().unwrap_or_default()
}

#[derive(Clone, Copy)]
enum GlobToken {
    Character(char),
    Name,
    Anything,
}

impl GlobToken {
    fn advance(self, ends: &[bool], path: &[char]) -> Vec<bool> {
        let mut next = Vec::with_capacity(ends.len());
        let mut last = false;
        for (index, may_end) in ends.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| path.get(index).copied());
            let came_before =
                index.checked_sub(1).and_then(|index| ends.get(index).copied()).unwrap_or_default();
            last = match self {
                Self::Character(wanted) => came_before && before == Some(wanted),
                Self::Name => *may_end || (last && before != Some('/')),
                Self::Anything => *may_end || last,
            };
            next.push(last);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_star_stays_within_a_folder_and_two_do_not() {
        for (pattern, path, expect) in [
            ("ci/*.yml", "ci/a.yml", true),
            ("ci/*.yml", "ci/x/a.yml", false),
            ("ci/**/*.yml", "ci/x/y/a.yml", true),
            ("ci/**/*.yml", "ci/a.yml", false),
            ("ci/**/*.yml", "ci/x/a.yml", true),
            ("**/*.yml", "a.yml", false),
            ("**/*.yml", "x/y/a.yml", true),
            ("ci/**/*.yml", "cix/a.yml", false),
            ("**.yml", "ci/a.yml", true),
            ("*.yml", "ci/a.yml", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a?[b]*", "a?[b]", true),
        ] {
            assert_eq!(matches(pattern, path), expect, "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_do_not_slow_matching_down() {
        assert!(!matches(&"**/*a".repeat(1000), &"a/".repeat(2000)));
    }

    proptest! {
        #[test]
        fn matching_never_panics_and_a_path_matches_itself(pattern in "[a/*é]{0,12}", path in "[a/é]{0,12}") {
            let _ = matches(&pattern, &path);
            prop_assert!(matches(&path, &path));
        }
    }
}
