//! Patterns of images that a runner allows, in GitLab Runner's dialect (`doublestar`): `*` stops at `/`, `**` does not.

use crate::pipeline::path_pattern::PathPattern;

/// Whether `image` is one that `patterns` stand for; every image is where there is none. The whole name as written is
/// compared: `mysql` is not `mysql:latest`.
pub(super) fn is_allowed(patterns: &[String], image: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, image))
}

/// Whether `pattern` stands for `image`. A `!` in front means nothing special.
pub(super) fn matches(pattern: &str, image: &str) -> bool {
    // Ruby's `**`, which this is made with, stops at `/` where it is last.
    let all_below = if pattern == "**" || pattern.ends_with("/**") { "/*" } else { "" };
    PathPattern::new(&format!("{pattern}{all_below}")).matches(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_the_runners_documentation() {
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
