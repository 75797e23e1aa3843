//! Addresses of remote repositories in git's forms: URLs and `host:path`.
//!
//! Invariant: the parser drops user names, passwords, queries and fragments, so that nothing can print them.

/// The longest address; a longer text is not one.
const ADDRESS_BYTES_MAX: usize = 4 << 10;

/// The protocol of a remote repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `http://`
    Http,
    /// `https://`
    Https,
    /// `ssh://`, or `host:path`.
    Ssh,
    /// `git://`
    Git,
}

/// The address of a remote repository, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    pub scheme: Scheme,
    /// The host in lower case; an IPv6 address is in brackets.
    pub host: String,
    /// The port; `None` is the protocol's default.
    pub port: Option<u16>,
    /// The path without leading and trailing slashes.
    pub path: String,
}

impl RemoteUrl {
    /// Parses an address; `None` for a local path and for other texts.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.trim();
        if address.len() > ADDRESS_BYTES_MAX {
            return None;
        }
        let (scheme, authority, path) = match address.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/')?;
                let path = path.split(['?', '#']).next().unwrap_or_default();
                (parse_scheme(scheme)?, authority, path)
            }
            None => {
                let (authority, path) = split_scp(address)?;
                (Scheme::Ssh, authority, path)
            }
        };
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = split_port(authority)?;
        let path = path.trim_matches('/');
        // If a password contains a slash, its rest is here, before the `@`.
        let plausible = is_host(host) && !path.is_empty() && !path.contains('@');
        plausible.then(|| Self { scheme, host: host.to_ascii_lowercase(), port, path: path.to_owned() })
    }
}

fn parse_scheme(scheme: &str) -> Option<Scheme> {
    match &*scheme.to_ascii_lowercase() {
        "http" => Some(Scheme::Http),
        "https" => Some(Scheme::Https),
        "ssh" | "git+ssh" | "ssh+git" => Some(Scheme::Ssh),
        "git" => Some(Scheme::Git),
        _ => None,
    }
}

/// Splits `[user@]host:path`. With a slash before the colon the address is a local path; with a second colon it names a
/// remote helper.
fn split_scp(address: &str) -> Option<(&str, &str)> {
    let after_brackets = match (address.find('['), address.find(']')) {
        (Some(open), Some(close)) if open < close => close,
        _ => 0,
    };
    let colon = after_brackets + address[after_brackets..].find(':')?;
    let (authority, path) = (&address[..colon], &address[colon + 1..]);
    (!authority.contains('/') && !path.starts_with(':')).then_some((authority, path))
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => match port {
            "" => Some((host, None)),
            port => Some((host, Some(port.parse().ok()?))),
        },
        _ => Some((authority, None)),
    }
}

fn is_host(host: &str) -> bool {
    let (inner, colons) = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => (inner, true),
        None => (host, false),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || (colons && c == ':');
    !inner.is_empty() && inner.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scheme host port path`, or nothing.
    #[track_caller]
    fn check(address: &str, expect: &str) {
        let shown = RemoteUrl::parse(address).map(|url| {
            let port = url.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{:?} {}{port} {}", url.scheme, url.host, url.path)
        });
        assert_eq!(shown.unwrap_or_default(), expect, "{address}");
    }

    #[test]
    fn every_form_of_address_is_parsed() {
        check("https://gitlab.com/g/sub/p.git", "Https gitlab.com g/sub/p.git");
        check("http://GitLab.Example:8080/g/p/", "Http gitlab.example:8080 g/p");
        check("ssh://git@h:22/g/p.git", "Ssh h:22 g/p.git");
        check("git+ssh://git@h/g/p", "Ssh h g/p");
        check("git://h/g/p", "Git h g/p");
        check("git@h:g/p.git", "Ssh h g/p.git");
        check("h:/g/p", "Ssh h g/p");
        check("git@[::1]:g/p", "Ssh [::1] g/p");
        check("ssh://[::1]:2222/g/p", "Ssh [::1]:2222 g/p");
        check("https://h:/g/p", "Https h g/p");
    }

    #[test]
    fn credentials_never_come_out() {
        check("https://oauth2:s3cret@h/g/p.git", "Https h g/p.git");
        check("https://token@h:8443/g/p", "Https h:8443 g/p");
        check("https://u:s3c@ret@h/g/p", "Https h g/p");
        check("https://h/g/p?private_token=s3cret#s3cret", "Https h g/p");
        check("s3cret:x@h:g/p", "");
        check("https://u:s3/cret@h/g/p", "");
        check("https://u:12/cret@h/g/p", "");
    }

    #[test]
    fn local_paths_and_other_texts_are_not_addresses() {
        for address in
            ["", "/srv/git/p.git", "../p", "./a:b", "file:///srv/p", "https://h", "https:///p", "h:", "C:"]
        {
            check(address, "");
        }
        check("ext::sh -c 'x' %S /p", "");
        check("https://h:99999/p", "");
    }

    proptest! {
        #[test]
        fn a_password_is_in_no_part(password in "[a-z0-9:@!-]{1,8}SECRET[a-z0-9:@!-]{0,8}") {
            let parsed = RemoteUrl::parse(&format!("https://user:{password}@host/g/p.git"));
            let shown = format!("{parsed:?}");
            prop_assert!(!shown.contains("SECRET"));
        }

        #[test]
        fn any_text_is_parsed_without_a_panic(text in any::<String>()) {
            RemoteUrl::parse(&text);
        }
    }
}
