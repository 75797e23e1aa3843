//! `X-Registry-Auth`: who to be for the registry of a pull.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hyper::header::HeaderValue;
use serde::Serialize;

/// The header's name.
pub(super) const HEADER: &str = "x-registry-auth";

/// AuthConfig of the Engine API. Empty fields are left out. It has no `Debug`, so that it is in no log.
#[derive(Clone, Copy, Default, Serialize)]
pub struct RegistryAuth<'a> {
    /// The user.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub username: &'a str,
    /// The user's password.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub password: &'a str,
    /// The key of the entry that it is from.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub serveraddress: &'a str,
    /// An OAuth2 refresh token, in place of a password.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub identitytoken: &'a str,
    /// A bearer token for the registry itself.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub registrytoken: &'a str,
}

impl RegistryAuth<'_> {
    /// base64 of its JSON, in the alphabet for URLs and padded: engines overlook any other, and pull as nobody.
    /// `None` cannot come of five texts; a caller need not know that.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let json = serde_json::to_vec(self).ok()?;
        let mut value = HeaderValue::from_str(&URL_SAFE.encode(json)).ok()?;
        // hyper's own Debug then hides it.
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_in_the_url_alphabet_with_padding() {
        let auth = RegistryAuth { username: "u", password: "\u{be}?>~\u{fff}é", ..RegistryAuth::default() };
        let header = auth.header().unwrap();
        // Taken from `printf '{"username":"u","password":"¾?>~\u0fffé"}' | base64 -w0 | tr +/ -_`.
        let expect = "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6IsK-Pz5-4L-_w6kifQ==";
        assert_eq!(header.to_str().unwrap(), expect);
        assert!(header.is_sensitive());
    }

    #[test]
    fn absent_parts_are_left_out() {
        let auth = RegistryAuth { identitytoken: "t", serveraddress: "r.io", ..RegistryAuth::default() };
        let json = URL_SAFE.decode(auth.header().unwrap()).unwrap();
        assert_eq!(json, br#"{"serveraddress":"r.io","identitytoken":"t"}"#);
    }
}
