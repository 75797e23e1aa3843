//! Matches images against the patterns of a runner's configuration, in the dialect of GitLab Runner's library
//! (`doublestar`): `**` matches across `/`, `*` does not.

use crate::pipeline::path_pattern::PathPattern;

/// Whether one of `patterns` matches `image`; without patterns every image is allowed. Names are compared as written:
/// `mysql` does not match `mysql:latest`.
pub(super) fn is_allowed(patterns: &[String], image: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, image))
}

/// Whether `pattern` matches `image`. A leading `!` has no special meaning.
pub(super) fn matches(pattern: &str, image: &str) -> bool {
    // `PathPattern` follows Ruby: a trailing `**` does not cross `/`.
    let all_below = if pattern == "**" || pattern.ends_with("/**") { "/*" } else { "" };
    PathPattern::new(&format!("{pattern}{all_below}")).matches(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_the_runners_documentation_says() {
        for (pattern, allowed, refused) in [
            ("*", &["ruby", "ruby:3.3"][..], &["library/ruby", "my.registry.tld/ruby"][..]),
            ("*/*", &["library/ruby", "library/ruby:3.3"], &["ruby"]),
            ("*/*:*", &["library/ruby:3.3"], &["library/ruby"]),
            ("**/*", &["ruby", "ruby:latest", "library/ruby:3.3", "my.registry.tld/g/s/ruby"], &[]),
            ("**", &["ruby", "my.registry.tld/g/s/ruby"], &[]),
            ("**/*:*", &["library/ruby:3.3"], &["library/ruby"]),
            ("my.registry.tld/*/*", &["my.registry.tld/library/ruby"], &["my.registry.tld/g/s/ruby"]),
            ("my.registry.tld/**", &["my.registry.tld/library/ruby"], &["other.tld/ruby"]),
            ("ruby:2.*", &["ruby:2.6"], &["ruby:3.3", "xruby:2.6"]),
            ("[^r]*", &["mysql"], &["ruby"]),
            ("{ruby,mysql}:*", &["ruby:1", "mysql:2"], &["redis:1"]),
            ("!ruby", &[], &["ruby", "mysql"]),
            ("mysql", &["mysql"], &["mysql:latest", "docker.io/library/mysql"]),
        ] {
            allowed.iter().for_each(|image| assert!(matches(pattern, image), "{pattern} {image}"));
            refused.iter().for_each(|image| assert!(!matches(pattern, image), "{pattern} {image}"));
        }
        assert!(is_allowed(&[], "anything"));
    }
}
