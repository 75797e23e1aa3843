//! Docker's configuration of credentials: the value of `DOCKER_AUTH_CONFIG`, and `config.json`.
//!
//! Invariant: no error quotes a value, for it may be a secret. One bad entry makes the whole text unusable, as in
//! GitLab Runner.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::secret::Secret;

/// Who to be for a registry. Empty parts are absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Auth {
    /// The key of its entry.
    pub server: String,
    /// The user.
    pub username: String,
    /// The user's password.
    pub password: Secret,
    /// What the registry gives passwords for: an OAuth2 refresh token.
    pub identity_token: Secret,
    /// What is shown to the registry itself: a bearer token.
    pub registry_token: Secret,
}

impl Auth {
    /// Whether nobody is named: `docker login` leaves such entries where a store has the password.
    pub fn is_empty(&self) -> bool {
        self.username.is_empty()
            && [&self.password, &self.identity_token, &self.registry_token].iter().all(|s| s.is_empty())
    }

    /// Everything about it that nobody may see, the text of `auth` included.
    pub fn secrets(&self) -> Vec<Secret> {
        let pair = match self.password.is_empty() {
            true => Secret::default(),
            false => Secret::new(STANDARD.encode(format!("{}:{}", self.username, self.password.expose()))),
        };
        let all = [&self.password, &self.identity_token, &self.registry_token, &pair];
        all.into_iter().filter(|secret| !secret.is_empty()).cloned().collect()
    }
}

/// The name of a credential helper, without `docker-credential-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HelperName(String);

impl HelperName {
    /// The program's name.
    pub fn program(&self) -> String {
        format!("docker-credential-{}", self.0)
    }
}

/// What such a text says. Keys are as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthConfig {
    /// `auths`: credentials in the text itself.
    pub auths: BTreeMap<String, Auth>,
    /// `credsStore`: a helper that knows which registries it has credentials for.
    pub store: Option<HelperName>,
    /// `credHelpers`: a helper for each registry.
    pub helpers: BTreeMap<String, HelperName>,
}

/// Why such a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthConfigError {
    /// No JSON.
    #[error("it is no JSON: line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Another type than the one that belongs there.
    #[error("`{place}` is no {expected}")]
    Type {
        /// Path of keys.
        place: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// An `auth` that cannot be read.
    #[error("`auth` of `{key}` is not the base64 text of USER:PASSWORD")]
    Auth {
        /// The entry's key.
        key: String,
    },
    /// A name that would lead out of the folders on the PATH. GitLab Runner fails the job for it.
    #[error("credential helper `{name}`: path traversal is not allowed, write a name without `/`")]
    HelperName {
        /// As written.
        name: String,
    },
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl AuthConfig {
    /// Reads such a text; an empty one says nothing.
    pub fn parse(text: &str) -> Result<Self, AuthConfigError> {
        // Go's strings, and so the Runner's, may begin with a byte order mark; JSON may not.
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // Syntax errors quote nothing, which errors of types would.
        let root: Value = serde_json::from_str(text)
            .map_err(|error| AuthConfigError::Json { line: error.line(), column: error.column() })?;
        let root = object(&root, "the whole")?;
        let mut config = Self::default();
        for (key, entry) in section(root, "auths")? {
            config.auths.insert(key.clone(), auth(key, object(entry, &format!("auths.{key}"))?)?);
        }
        for (key, name) in section(root, "credHelpers")? {
            let name = text_of(Some(name), || format!("credHelpers.{key}"))?;
            config.helpers.extend(helper(name)?.map(|name| (key.clone(), name)));
        }
        config.store = helper(text_of(root.get("credsStore"), || "credsStore".to_owned())?)?;
        Ok(config)
    }

    /// Everything in it that nobody may see.
    pub fn secrets(&self) -> impl Iterator<Item = Secret> {
        self.auths.values().flat_map(Auth::secrets)
    }
}

fn auth(key: &str, entry: &Map<String, Value>) -> Result<Auth, AuthConfigError> {
    let field = |name: &str| text_of(entry.get(name), || format!("auths.{key}.{name}"));
    let (username, password) = match field("auth")? {
        "" => (field("username")?.to_owned(), field("password")?.to_owned()),
        pair => decode(pair).ok_or_else(|| AuthConfigError::Auth { key: key.to_owned() })?,
    };
    Ok(Auth {
        server: key.to_owned(),
        username,
        password: Secret::new(password),
        identity_token: Secret::new(field("identitytoken")?),
        registry_token: Secret::new(field("registrytoken")?),
    })
}

/// `base64(USER:PASSWORD)`, with what old clients left around the password taken off.
fn decode(pair: &str) -> Option<(String, String)> {
    let pair = String::from_utf8(STANDARD.decode(pair).ok()?).ok()?;
    let (username, password) = pair.split_once(':')?;
    Some((username.to_owned(), password.trim_matches('\0').to_owned()))
}

fn helper(name: &str) -> Result<Option<HelperName>, AuthConfigError> {
    match name {
        "" => Ok(None),
        name if name.contains(['/', '\0']) => Err(AuthConfigError::HelperName { name: name.to_owned() }),
        name => Ok(Some(HelperName(name.to_owned()))),
    }
}

/// The entries of a map of the top level; absent and null ones have none.
fn section<'a>(
    root: &'a Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, AuthConfigError> {
    let section = root.get(name).filter(|value| !value.is_null());
    Ok(section.map(|value| object(value, name)).transpose()?.into_iter().flatten())
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, AuthConfigError> {
    let expected = "object";
    value.as_object().ok_or_else(|| AuthConfigError::Type { place: place.to_owned(), expected })
}

fn text_of(value: Option<&Value>, place: impl FnOnce() -> String) -> Result<&str, AuthConfigError> {
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(AuthConfigError::Type { place: place(), expected: "string" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entry: &str, username: &str, password: &str) {
        let config = AuthConfig::parse(&format!(r#"{{"auths": {{"r.io": {entry}}}}}"#)).unwrap();
        let auth = config.auths.get("r.io").unwrap();
        assert_eq!((&*auth.username, auth.password.expose()), (username, password), "{entry}");
        assert_eq!(auth.server, "r.io");
    }

    #[track_caller]
    fn check_error(text: &str, expect: &str) {
        assert_eq!(AuthConfig::parse(text).unwrap_err().to_string(), expect, "{text}");
    }

    #[test]
    fn users_and_passwords_are_read_in_both_spellings() {
        check(r#"{"auth": "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ="}"#, "my_username", "my_password");
        check(r#"{"auth": "dTpwOjE="}"#, "u", "p:1");
        check(r#"{"auth": "dTpwAA==", "username": "x", "password": "y"}"#, "u", "p");
        check(r#"{"username": "u", "password": "p", "email": null}"#, "u", "p");
        check("{}", "", "");
    }

    #[test]
    fn tokens_are_read_beside_them() {
        let text = r#"{"auths": {"r.io": {"identitytoken": "i", "registrytoken": "r", "auth": "MDA6"}}}"#;
        let config = AuthConfig::parse(text).unwrap();
        let auth = config.auths.get("r.io").unwrap();
        let parts = (&*auth.username, auth.password.expose(), auth.identity_token.expose());
        assert_eq!((parts, auth.registry_token.expose()), (("00", "", "i"), "r"));
    }

    #[test]
    fn helpers_are_read_and_other_settings_passed_over() {
        let text = r#"{"credsStore": "pass", "credHelpers": {"a.io": "x"}, "HttpHeaders": {"A": "b"}, "auths": null}"#;
        let config = AuthConfig::parse(text).unwrap();
        assert_eq!(config.store.unwrap().program(), "docker-credential-pass");
        assert_eq!(config.helpers.get("a.io").unwrap().program(), "docker-credential-x");
        assert_eq!(AuthConfig::parse(" \n").unwrap(), AuthConfig::default());
    }

    #[test]
    fn errors_name_the_place_and_quote_no_value() {
        check_error("{\n  hunter2", "it is no JSON: line 2, column 3");
        check_error("[]", "`the whole` is no object");
        check_error(r#"{"auths": "hunter2"}"#, "`auths` is no object");
        check_error(r#"{"auths": {"r.io": "hunter2"}}"#, "`auths.r.io` is no object");
        check_error(r#"{"auths": {"r.io": {"password": 7}}}"#, "`auths.r.io.password` is no string");
        let pair = "`auth` of `r.io` is not the base64 text of USER:PASSWORD";
        check_error(r#"{"auths": {"r.io": {"auth": "hunter2"}}}"#, pair);
        check_error(r#"{"auths": {"r.io": {"auth": "aHVudGVyMg=="}}}"#, pair);
        check_error(
            r#"{"auths": {"r.io": {"auth": "dTpw", "x": 1}, "s.io": {"auth": "dTpwAA"}}}"#,
            &pair.replace("r.io", "s.io"),
        );
        let path = "credential helper `../x`: path traversal is not allowed, write a name without `/`";
        check_error(r#"{"credsStore": "../x"}"#, path);
        check_error(r#"{"credHelpers": {"r.io": "../x"}}"#, path);
    }

    #[test]
    fn what_is_secret_includes_the_text_of_auth() {
        let config =
            AuthConfig::parse(r#"{"auths": {"r.io": {"auth": "dTpw", "identitytoken": "i"}}}"#).unwrap();
        let secrets: Vec<_> = config.secrets().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["p", "i", "dTpw"]);
        assert!(!format!("{config:?}").contains("dTpw"));
    }
}
