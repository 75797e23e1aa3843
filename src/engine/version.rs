//! API versions and the choice of one.

use std::fmt;

/// `1.41` and the like, compared by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// Before the dot.
    pub major: u16,
    /// After the dot.
    pub minor: u16,
}

/// The oldest version spoken: Docker 20.10's.
pub const CLIENT_MIN: ApiVersion = ApiVersion { major: 1, minor: 41 };

/// The newest version spoken: Docker 28.5's, the newest that the client was tried on. Newer engines accept it.
pub const CLIENT_MAX: ApiVersion = ApiVersion { major: 1, minor: 51 };

impl ApiVersion {
    /// Reads `1.41`; anything after a second dot is no version of the API.
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

/// The version to speak with a server whose newest is `server`; `None` when the server is older than
/// [`CLIENT_MIN`]. A server whose *minimum* is above ours says so in its first answer (see
/// [`too_old_for`]).
pub fn choose(server: ApiVersion) -> Option<ApiVersion> {
    (server >= CLIENT_MIN).then(|| server.min(CLIENT_MAX))
}

/// The server's minimum, out of the text with which it refuses an older client: `client version 1.51 is too old.
/// Minimum supported API version is 1.60, please upgrade your client to a newer version`.
pub fn too_old_for(message: &str) -> Option<ApiVersion> {
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
    fn the_choice_is_clamped_to_what_both_speak() {
        assert_eq!(choose(version(40)), None);
        assert_eq!(choose(version(41)), Some(version(41)));
        assert_eq!(choose(version(55)), Some(CLIENT_MAX));
    }

    #[test]
    fn a_servers_minimum_is_read_out_of_its_refusal() {
        let text = "client version 1.51 is too old. Minimum supported API version is 1.60, please upgrade your client";
        assert_eq!(too_old_for(text), Some(version(60)));
        assert_eq!(
            too_old_for("client version 1.51 is too old. Minimum supported API version is 1.60."),
            Some(version(60))
        );
        assert_eq!(too_old_for("client version 1.52 is too new"), None);
    }
}
