//! `X-Registry-Auth`: the registry credentials of a pull.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hyper::header::HeaderValue;
use serde::Serialize;

/// The header's name.
pub(super) const HEADER: &str = "x-registry-auth";

/// `AuthConfig` of the Engine API; empty fields are left out. It has no `Debug`, so that no log can show it.
#[derive(Clone, Copy, Default, Serialize)]
pub struct RegistryAuth<'a> {
    /// The user's name at the registry.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub username: &'a str,
    /// The user's password or access token.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub password: &'a str,
    /// The key of the credentials' entry in `auths`, usually the registry's host.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub serveraddress: &'a str,
    /// An OAuth2 refresh token, instead of a password.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub identitytoken: &'a str,
    /// A bearer token, which the engine sends to the registry as it is.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub registrytoken: &'a str,
}

impl RegistryAuth<'_> {
    /// The JSON in base64, with the URL alphabet and padding: engines ignore any other form and pull anonymously.
    /// Serializing five strings cannot fail, so `None` never occurs.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let json = serde_json::to_vec(self).ok()?;
        let mut value = HeaderValue::from_str(&URL_SAFE.encode(json)).ok()?;
        // hyper's `Debug` hides sensitive values.
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_the_url_alphabet_and_padding() {
        let auth = RegistryAuth { username: "u", password: "\u{be}?>~\u{fff}é", ..RegistryAuth::default() };
        let header = auth.header().unwrap();
        // Taken from `printf '{"username":"u","password":"¾?>~\u0fffé"}' | base64 -w0 | tr +/ -_`.
        let expect = "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6IsK-Pz5-4L-_w6kifQ==";
        assert_eq!(header.to_str().unwrap(), expect);
        assert!(header.is_sensitive());
    }

    #[test]
    fn empty_fields_are_left_out() {
        let auth = RegistryAuth { identitytoken: "t", serveraddress: "r.io", ..RegistryAuth::default() };
        let json = URL_SAFE.decode(auth.header().unwrap()).unwrap();
        assert_eq!(json, br#"{"serveraddress":"r.io","identitytoken":"t"}"#);
    }
}
