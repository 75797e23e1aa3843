//! Synthetic: which versions of the API an engine speaks, and how Docker refuses the others.

/// Which versions of the API a synthetic engine speaks; its answers are those of a recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    /// The oldest.
    pub(crate) oldest: &'static str,
    /// The newest, which it announces.
    pub(crate) newest: &'static str,
}

impl Versions {
    /// What Docker answers to a request of a version outside of these.
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
