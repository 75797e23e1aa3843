//! API versions, and the choice of the one to use.

use std::fmt;

/// A version such as `1.41`; the numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot.
    pub minor: u16,
}

/// The oldest version that runner-lite supports, of Docker 20.10.
pub const CLIENT_MIN: ApiVersion = ApiVersion { major: 1, minor: 41 };

/// The newest version that runner-lite was tested with, of Docker 28.5. Newer engines accept it.
pub const CLIENT_MAX: ApiVersion = ApiVersion { major: 1, minor: 51 };

impl ApiVersion {
    /// Parses `1.41`; a text with a second dot is not an API version.
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.trim().split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

/// The version to use with an engine whose newest is `server`; `None` if that is older than [`CLIENT_MIN`]. An engine
/// whose *oldest* version is newer than ours says so in its first error (see [`minimum_in_refusal`]).
pub fn negotiated(server: ApiVersion) -> Option<ApiVersion> {
    (server >= CLIENT_MIN).then(|| server.min(CLIENT_MAX))
}

/// The engine's oldest version, from the message with which it refuses an older client: `client version 1.51 is too
/// old. Minimum supported API version is 1.60, please upgrade your client to a newer version`.
pub fn minimum_in_refusal(message: &str) -> Option<ApiVersion> {
    let (_, rest) = message.split_once("is too old. Minimum supported API version is ")?;
    ApiVersion::parse(rest.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(minor: u16) -> ApiVersion {
        ApiVersion { major: 1, minor }
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(ApiVersion::parse("1.9").unwrap() < ApiVersion::parse("1.41").unwrap());
        assert_eq!(ApiVersion::parse("1.41.5"), None);
        assert_eq!(ApiVersion::parse(""), None);
    }

    #[test]
    fn the_newest_version_that_both_sides_support_is_used() {
        assert_eq!(negotiated(version(40)), None);
        assert_eq!(negotiated(version(41)), Some(version(41)));
        assert_eq!(negotiated(version(55)), Some(CLIENT_MAX));
    }

    #[test]
    fn the_oldest_version_is_parsed_from_a_refusal() {
        let text = "client version 1.51 is too old. Minimum supported API version is 1.60, please upgrade your client";
        assert_eq!(minimum_in_refusal(text), Some(version(60)));
        assert_eq!(
            minimum_in_refusal("client version 1.51 is too old. Minimum supported API version is 1.60."),
            Some(version(60))
        );
        assert_eq!(minimum_in_refusal("client version 1.52 is too new"), None);
    }
}
