//! Image references by Docker's grammar: `[domain[:port]/]path[:tag][@digest]`.
//!
//! Invariant: the engine accepts every [`Reference`]. GitLab Runner and the Docker CLI use the same grammar
//! (distribution/reference 0.6); only the CLI adds a default registry.

use thiserror::Error;

/// The longest name without tag and digest, by Docker's grammar.
const NAME_BYTES_MAX: usize = 255;

/// The longest tag, by Docker's grammar.
const TAG_BYTES_MAX: usize = 128;

/// The shortest digest, by Docker's grammar.
const DIGEST_DIGITS_MIN: usize = 32;

/// The default registry, Docker Hub, by its present and its former name.
const DEFAULT_REGISTRIES: [&str; 2] = ["docker.io/", "index.docker.io/"];

/// A valid reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'a> {
    /// Registry and path: `registry:5000/group/image`.
    pub name: &'a str,
    /// The text after `:`.
    pub tag: Option<&'a str>,
    /// The text after `@`: `sha256:…`.
    pub digest: Option<&'a str>,
}

/// The parameters of a pull: `POST /images/create?fromImage=…&tag=…` (Engine API 1.41, ImageCreate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullTarget<'a> {
    /// The name as Docker shows it, without `docker.io/library/`.
    pub from_image: &'a str,
    /// The digest, else the tag, else `latest`. An empty tag would make the engine pull every tag.
    pub tag: &'a str,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferenceError {
    #[error("it is empty")]
    Empty,
    /// `https://…`.
    #[error("it starts with `{0}`: write only the registry's host")]
    Scheme(String),
    #[error("it contains white space")]
    WhiteSpace,
    /// `a//b`, or a slash at the start or the end.
    #[error("a part of its path is empty")]
    EmptyComponent,
    /// `image:`.
    #[error("nothing follows the `:`")]
    EmptyTag,
    /// Only the registry's host may have upper case letters.
    #[error("`{0}` has upper case letters")]
    UpperCase(String),
    /// The part before the first slash is neither a host nor a path component.
    #[error("`{0}` is neither a registry's host nor a part of a path")]
    Domain(String),
    /// Any other invalid component of the path.
    #[error(
        "`{0}` may have lower case letters and digits, with single `.`, `_`, `__` or dashes between them"
    )]
    Component(String),
    /// The tag has other characters, or is too long.
    #[error(
        "the tag `{0}` may have up to {TAG_BYTES_MAX} letters, digits, `_`, `.` and `-`, \
         and starts with neither of the last two"
    )]
    Tag(String),
    /// The digest is not `algorithm:hex`, or is too short.
    #[error("the digest `{0}` is not of the form `sha256:` and 64 hex digits")]
    Digest(String),
    #[error("its name is longer than {NAME_BYTES_MAX} bytes")]
    TooLong,
}

impl<'a> Reference<'a> {
    /// Splits a reference into its parts.
    ///
    /// # Errors
    /// The first part of `text` that the grammar does not allow.
    pub fn parse(text: &'a str) -> Result<Self, ReferenceError> {
        if text.trim().is_empty() {
            return Err(ReferenceError::Empty);
        }
        if text.contains(char::is_whitespace) {
            return Err(ReferenceError::WhiteSpace);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(ReferenceError::Scheme(format!("{scheme}://")));
        }
        let (rest, digest) = split_at_mark(text, text.find('@'));
        let last_component = rest.rfind('/').map_or(0, |slash| slash + 1);
        let colon = rest[last_component..].find(':').map(|colon| last_component + colon);
        let (name, tag) = split_at_mark(rest, colon);
        check_name(name)?;
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        if let Some(digest) = digest {
            check_digest(digest)?;
        }
        Ok(Self { name, tag, digest })
    }

    /// The parameters to pull this image with.
    pub fn pull_target(&self) -> PullTarget<'a> {
        let short = DEFAULT_REGISTRIES.iter().find_map(|registry| self.name.strip_prefix(registry));
        let official = short.unwrap_or(self.name).strip_prefix("library/").filter(|rest| !rest.contains('/'));
        PullTarget {
            from_image: official.or(short).unwrap_or(self.name),
            tag: self.digest.or(self.tag).unwrap_or("latest"),
        }
    }
}

/// The texts before and after the character at `mark`.
fn split_at_mark(text: &str, mark: Option<usize>) -> (&str, Option<&str>) {
    match mark {
        Some(mark) => (&text[..mark], Some(&text[mark + 1..])),
        None => (text, None),
    }
}

fn check_name(name: &str) -> Result<(), ReferenceError> {
    let (first, rest) = match name.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (name, None),
    };
    let path = match rest {
        Some(rest) if is_domain(first) => rest,
        Some(_) if first.is_empty() => return Err(ReferenceError::EmptyComponent),
        Some(_) if !is_component(first) => return Err(ReferenceError::Domain(first.to_owned())),
        _ => name,
    };
    for component in path.split('/') {
        if component.is_empty() {
            return Err(ReferenceError::EmptyComponent);
        }
        if !is_component(component) {
            let lower = component.to_ascii_lowercase();
            let problem = if lower != component && is_component(&lower) {
                ReferenceError::UpperCase
            } else {
                ReferenceError::Component
            };
            return Err(problem(component.to_owned()));
        }
    }
    if name.len() > NAME_BYTES_MAX { Err(ReferenceError::TooLong) } else { Ok(()) }
}

/// A host name or an address, with or without a port.
fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port_fits =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    let host_fits = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(label),
    };
    port_fits && host_fits
}

/// Groups of lower case letters and digits, separated by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut separators = text.split(|c: char| c.is_ascii() && alphanumeric(c as u8));
    // The first and the last one are outside of the groups and must be empty.
    let outside_empty =
        separators.next().is_some_and(str::is_empty) && separators.next_back().is_some_and(str::is_empty);
    let between = |separator: &str| {
        matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
    };
    outside_empty && separators.all(between)
}

fn check_tag(tag: &str) -> Result<(), ReferenceError> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts = tag.bytes().next().is_some_and(word);
    let fits =
        tag.len() <= TAG_BYTES_MAX && tag.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'));
    match tag {
        "" => Err(ReferenceError::EmptyTag),
        _ if starts && fits => Ok(()),
        _ => Err(ReferenceError::Tag(tag.to_owned())),
    }
}

/// Checks for `algorithm:hex`. The engine itself rejects unknown algorithms and wrong lengths.
fn check_digest(digest: &str) -> Result<(), ReferenceError> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let fits = digest.split_once(':').is_some_and(|(algorithm, hex)| {
        let hex_fits = hex.len() >= DIGEST_DIGITS_MIN && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex_fits && algorithm.split(['+', '.', '-', '_']).all(part)
    });
    if fits { Ok(()) } else { Err(ReferenceError::Digest(digest.to_owned())) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, tag: &str, digest: &str) {
        let reference = Reference::parse(text).unwrap();
        let parts = (reference.name, reference.tag.unwrap_or_default(), reference.digest.unwrap_or_default());
        assert_eq!(parts, (name, tag, digest), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, expect: &str) {
        assert_eq!(Reference::parse(text).unwrap_err().to_string(), expect, "{text}");
    }

    #[track_caller]
    fn check_pull(text: &str, from_image: &str, tag: &str) {
        assert_eq!(Reference::parse(text).unwrap().pull_target(), PullTarget { from_image, tag }, "{text}");
    }

    #[test]
    fn references_are_split_into_name_tag_and_digest() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        check("ruby:2.6", "ruby", "2.6", "");
        check("foo:5000", "foo", "5000", "");
        check("foo:5000/bar", "foo:5000/bar", "", "");
        check("registry:5000/g/foo:v1.2-x_y", "registry:5000/g/foo", "v1.2-x_y", "");
        check(&format!("a/b@{digest}"), "a/b", "", &digest);
        check(&format!("a/b:1@{digest}"), "a/b", "1", &digest);
        check("REG.example.com/a", "REG.example.com/a", "", "");
        check("Registry/a", "Registry/a", "", "");
        check("[::1]:5000/a", "[::1]:5000/a", "", "");
        check("my_svc/x__y.z---w", "my_svc/x__y.z---w", "", "");
        check("a.b-c/d", "a.b-c/d", "", "");
    }

    #[test]
    fn an_error_says_which_part_is_invalid() {
        check_error("", "it is empty");
        check_error(" ", "it is empty");
        check_error("ruby 2.6", "it contains white space");
        check_error("https://r.io/x", "it starts with `https://`: write only the registry's host");
        check_error("Foo", "`Foo` has upper case letters");
        check_error("foo/Bar", "`Bar` has upper case letters");
        check_error("a//b", "a part of its path is empty");
        check_error("/x:", "a part of its path is empty");
        check_error("r.io/", "a part of its path is empty");
        check_error(":tag", "a part of its path is empty");
        check_error("mysql:", "nothing follows the `:`");
        check_error("host:port/x", "`host:port` is neither a registry's host nor a part of a path");
        check_error("-r.io/x", "`-r.io` is neither a registry's host nor a part of a path");
        let rule =
            "may have lower case letters and digits, with single `.`, `_`, `__` or dashes between them";
        check_error("a/b..c", &format!("`b..c` {rule}"));
        check_error("a/_b", &format!("`_b` {rule}"));
        check_error("a/b___c", &format!("`b___c` {rule}"));
        check_error("a/b-", &format!("`b-` {rule}"));
        check_error("caf\u{e9}", &format!("`caf\u{e9}` {rule}"));
        check_error("$IMAGE", &format!("`$IMAGE` {rule}"));
        check_error(
            "a/b@sha256:abcd",
            "the digest `sha256:abcd` is not of the form `sha256:` and 64 hex digits",
        );
        check_error("a/".repeat(200).trim_end_matches('/'), "its name is longer than 255 bytes");
        assert!(matches!(Reference::parse("a:-x"), Err(ReferenceError::Tag(_))));
        assert!(matches!(Reference::parse("a:b:c"), Err(ReferenceError::Tag(_))));
        assert!(matches!(Reference::parse(&format!("a:{}", "x".repeat(129))), Err(ReferenceError::Tag(_))));
    }

    #[test]
    fn a_pull_always_has_a_tag() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        check_pull("ruby", "ruby", "latest");
        check_pull("registry:5000/foo", "registry:5000/foo", "latest");
        check_pull("ruby:2.6", "ruby", "2.6");
        check_pull(&format!("ruby@{digest}"), "ruby", &digest);
        check_pull(&format!("ruby:2.6@{digest}"), "ruby", &digest);
    }

    #[test]
    fn a_pull_omits_the_default_registry() {
        check_pull("docker.io/library/ruby:2", "ruby", "2");
        check_pull("docker.io/ruby", "ruby", "latest");
        check_pull("index.docker.io/library/ruby", "ruby", "latest");
        check_pull("docker.io/g/ruby", "g/ruby", "latest");
        check_pull("library/ruby", "ruby", "latest");
        check_pull("docker.io/library/g/ruby", "library/g/ruby", "latest");
        check_pull("r.io/library/ruby", "r.io/library/ruby", "latest");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_the_parts_of_a_reference_make_up_the_text(text in "[a-zA-Z0-9:/@._\\[\\] é$-]{0,40}") {
            if let Ok(reference) = Reference::parse(&text) {
                let tag = reference.tag.map(|tag| format!(":{tag}")).unwrap_or_default();
                let digest = reference.digest.map(|digest| format!("@{digest}")).unwrap_or_default();
                prop_assert_eq!(format!("{}{tag}{digest}", reference.name), text);
            }
        }
    }
}
