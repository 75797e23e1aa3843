//! GitLab's slugs: names made fit for host names and paths.

/// Longest slug: a label of a host name.
const SLUG_CHARACTERS_MAX: usize = 63;

/// The slug of a ref, a path or a job's name (`CI_COMMIT_REF_SLUG`, `CI_PROJECT_PATH_SLUG`,
/// `CI_JOB_NAME_SLUG`).
///
/// Lower case; every character but letters and digits is one `-`; cut, and only then freed of `-` at both
/// ends.
pub fn slug(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    let dashed = lower.map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' });
    dashed.take(SLUG_CHARACTERS_MAX).collect::<String>().trim_matches('-').to_owned()
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
}
