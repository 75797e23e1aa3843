//! GitLab's slugs: forms of names that are valid in host names and paths.

/// The longest slug, which is the longest label of a host name.
const SLUG_CHARACTERS_MAX: usize = 63;

/// The slug of a ref, a path or a job's name (`CI_COMMIT_REF_SLUG`, `CI_PROJECT_PATH_SLUG`,
/// `CI_JOB_NAME_SLUG`): lower case, with one `-` for every character except letters and digits. It is cut
/// first, and then trimmed of `-` at both ends.
pub fn slug(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    let dashed = lower.map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' });
    dashed.take(SLUG_CHARACTERS_MAX).collect::<String>().trim_matches('-').to_owned()
}

/// The longest slug of an environment, and its length without the suffix.
const ENVIRONMENT_CHARACTERS_MAX: usize = 24;
const ENVIRONMENT_STEM_CHARACTERS: usize = 17;

/// The slug of an environment (`CI_ENVIRONMENT_SLUG`), as `Gitlab::Slug::Environment` makes it: it starts
/// with a letter and has no two `-` in a row. A name that differs from its slug is cut, and gets a suffix
/// that depends on the name only.
pub fn environment_slug(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    let mut slug: String =
        lower.map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).collect();
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) {
        slug.insert_str(0, "env-");
    }
    let mut last = ' ';
    slug.retain(|c| std::mem::replace(&mut last, c) != '-' || c != '-');
    if slug.len() <= ENVIRONMENT_CHARACTERS_MAX && slug == name {
        return slug.strip_suffix('-').unwrap_or(&slug).to_owned();
    }
    slug.truncate(ENVIRONMENT_STEM_CHARACTERS);
    let dash = if slug.ends_with('-') { "" } else { "-" };
    format!("{slug}{dash}{}", environment_suffix(name))
}

/// The last six digits of the name's SHA-256 in base 36.
fn environment_suffix(name: &str) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    const COUNT: u32 = 6;
    let base = DIGITS.len() as u64;
    let modulus = base.pow(COUNT);
    let hash = hmac_sha256::Hash::hash(name.as_bytes());
    let mut number = hash.iter().fold(0, |number, byte| (number * 256 + u64::from(*byte)) % modulus);
    let mut digits = Vec::new();
    for _ in 0..COUNT {
        let digit = usize::try_from(number % base).unwrap_or_default();
        digits.push(DIGITS.get(digit).copied().unwrap_or_default());
        number /= base;
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expect: &str) {
        assert_eq!(slug(name), expect, "{name:?}");
    }

    #[test]
    fn slugs_are_gitlabs() {
        check("main", "main");
        check("feature/Login_Page", "feature-login-page");
        check("feature//x", "feature--x");
        check("feature//X_y", "feature--x-y");
        check("v1.2.3", "v1-2-3");
        check("über/ß", "ber");
        check("-x-", "x");
        check("test: [a, b]", "test---a--b");
        check("job: [x]", "job---x");
        check("issue#12: fix", "issue-12--fix");
        check("", "");
        check("///", "");
    }

    #[test]
    fn a_long_name_is_cut_before_dashes_are_taken_off() {
        check(&"a".repeat(70), &"a".repeat(63));
        check(&format!("{}/b", "a".repeat(62)), &"a".repeat(62));
    }

    #[test]
    fn the_slug_of_an_environment_starts_with_a_letter_and_is_told_from_others() {
        let (fits, long) = ("a".repeat(24), "a".repeat(25));
        for (name, expect) in [
            ("production", "production"),
            ("Production", "production-iis43c"),
            ("review/feature-1", "review-feature-1-1q251u"),
            ("1x", "env-1x-87w1nj"),
            ("staging-", "staging"),
            ("", "env-qhkd3p"),
            (&*fits, &*fits),
            (&long, "aaaaaaaaaaaaaaaaa-1n7uof"),
            ("über", "env-ber-4sqi28"),
            ("prod--eu", "prod-eu-9m188j"),
            ("review/this-is-a-very-long-branch-name", "review-this-is-a-d63y8n"),
            ("a b", "a-b-ilnm91"),
            ("-", "env-dgv8k2"),
            ("stag ing/", "stag-ing-wgrm9j"),
        ] {
            assert_eq!(environment_slug(name), expect, "{name:?}");
        }
    }
}
