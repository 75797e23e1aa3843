//! Synthetic: the API versions of an engine, and Docker's answer to a request of another version.

/// The API versions of a synthetic engine, which otherwise answers like a recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VersionRange {
    pub(crate) oldest: &'static str,
    /// The version that the engine announces.
    pub(crate) newest: &'static str,
}

impl VersionRange {
    /// Docker's answer to a request line with a version outside the range; `None` for a version inside.
    pub(crate) fn refusal(self, line: &str) -> Option<String> {
        let (_, rest) = line.split_once(" /v")?;
        let (asked, _) = rest.split_once('/')?;
        let minor = |version: &str| version.strip_prefix("1.").unwrap().parse::<u16>().unwrap();
        let why = if minor(asked) > minor(self.newest) {
            format!("client version {asked} is too new. Maximum supported API version is {}", self.newest)
        } else if minor(asked) < minor(self.oldest) {
            format!(
                "client version {asked} is too old. Minimum supported API version is {}, please upgrade your client \
                 to a newer version",
                self.oldest
            )
        } else {
            return None;
        };
        let body = format!("{{\"message\":\"{why}\"}}\n");
        let length = body.len();
        Some(format!(
            "HTTP/1.1 400 Bad Request\r\nApi-Version: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}",
            self.newest
        ))
    }
}
