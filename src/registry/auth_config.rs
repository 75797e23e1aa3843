//! Docker's credential configuration: the value of `DOCKER_AUTH_CONFIG`, and `config.json`.
//!
//! Invariant: no error quotes a value, because it may be a secret. One invalid entry makes the whole text unusable, as
//! in GitLab Runner.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::secret::Secret;

/// The credentials for one registry. An absent part is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Auth {
    /// The key of its entry.
    pub server: String,
    pub username: String,
    pub password: Secret,
    /// An OAuth2 refresh token, which the registry exchanges for access tokens.
    pub identity_token: Secret,
    /// A bearer token, sent to the registry as it is.
    pub registry_token: Secret,
}

impl Auth {
    /// Whether the entry has no credentials. `docker login` writes such entries when a store has the password.
    pub fn is_empty(&self) -> bool {
        self.username.is_empty()
            && [&self.password, &self.identity_token, &self.registry_token].iter().all(|s| s.is_empty())
    }

    /// All texts to mask, including the base64 text of `auth`.
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
    /// The name of the program to run.
    pub fn program(&self) -> String {
        format!("docker-credential-{}", self.0)
    }
}

/// The decoded configuration, with its keys as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthConfig {
    /// `auths`: credentials that the configuration contains.
    pub auths: BTreeMap<String, Auth>,
    /// `credsStore`: a helper that can list the registries that it has credentials for.
    pub store: Option<HelperName>,
    /// `credHelpers`: a helper for each registry.
    pub helpers: BTreeMap<String, HelperName>,
    /// Whether entries stand at the top level, where `auths` is missing around them.
    pub lacks_auths: bool,
}

/// Keys by which an entry of `auths` is recognised.
const ENTRY_KEYS: [&str; 4] = ["auth", "username", "identitytoken", "registrytoken"];

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthConfigError {
    #[error("it is not valid JSON: line {line}, column {column}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// A value has the wrong type.
    #[error("`{place}` is no {expected}")]
    Type {
        /// The path of keys, such as `auths.r.io.password`.
        place: String,
        /// The type that is allowed.
        expected: &'static str,
    },
    /// An `auth` cannot be decoded.
    #[error("`auth` of `{key}` is not the base64 text of USER:PASSWORD")]
    Auth { key: String },
    /// A helper's name would run a program outside of the PATH. GitLab Runner fails the job for it.
    #[error("credential helper `{name}`: path traversal is not allowed, write a name without `/`")]
    HelperName { name: String },
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// The source exists, but only an option makes jobs use it.
    #[error("it is set but not read; pass --auth-from-env")]
    NotRead,
}

impl AuthConfig {
    /// Decodes a configuration. An empty text is an empty configuration.
    pub fn parse(text: &str) -> Result<Self, AuthConfigError> {
        // GitLab Runner accepts a byte order mark at the start; serde_json does not.
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // Decoding to a `Value` first: its errors quote nothing, while type errors of serde quote values.
        let root: Value = serde_json::from_str(text)
            .map_err(|error| AuthConfigError::Json { line: error.line(), column: error.column() })?;
        let root = object(&root, "the whole")?;
        let mut config = Self::default();
        for (key, entry) in top_level_entries(root, "auths")? {
            config.auths.insert(key.clone(), auth(key, object(entry, &format!("auths.{key}"))?)?);
        }
        for (key, name) in top_level_entries(root, "credHelpers")? {
            let name = text_of(Some(name), || format!("credHelpers.{key}"))?;
            config.helpers.extend(helper(name)?.map(|name| (key.clone(), name)));
        }
        let is_entry = |value: &Value| ENTRY_KEYS.iter().any(|key| value.get(key).is_some());
        config.lacks_auths = !root.contains_key("auths") && root.values().any(is_entry);
        config.store = helper(text_of(root.get("credsStore"), || "credsStore".to_owned())?)?;
        Ok(config)
    }

    /// All texts to mask.
    pub fn secrets(&self) -> impl Iterator<Item = Secret> {
        self.auths.values().flat_map(Auth::secrets)
    }
}

fn auth(key: &str, entry: &Map<String, Value>) -> Result<Auth, AuthConfigError> {
    let field = |name: &str| text_of(entry.get(name), || format!("auths.{key}.{name}"));
    let (username, password) = match field("auth")? {
        "" => (field("username")?.to_owned(), field("password")?.to_owned()),
        pair => decode_pair(pair).ok_or_else(|| AuthConfigError::Auth { key: key.to_owned() })?,
    };
    Ok(Auth {
        server: key.to_owned(),
        username,
        password: Secret::new(password),
        identity_token: Secret::new(field("identitytoken")?),
        registry_token: Secret::new(field("registrytoken")?),
    })
}

/// Decodes `base64(USER:PASSWORD)`. Old clients padded the password with NUL bytes.
fn decode_pair(pair: &str) -> Option<(String, String)> {
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

/// The entries of a top-level object; an absent or null one has no entries.
fn top_level_entries<'a>(
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
    fn a_password_is_read_from_auth_or_from_its_own_field() {
        check(r#"{"auth": "bXlfdXNlcm5hbWU6bXlfcGFzc3dvcmQ="}"#, "my_username", "my_password");
        check(r#"{"auth": "dTpwOjE="}"#, "u", "p:1");
        check(r#"{"auth": "dTpwAA==", "username": "x", "password": "y"}"#, "u", "p");
        check(r#"{"username": "u", "password": "p", "email": null}"#, "u", "p");
        check("{}", "", "");
    }

    #[test]
    fn tokens_are_read_in_addition_to_the_password() {
        let text = r#"{"auths": {"r.io": {"identitytoken": "i", "registrytoken": "r", "auth": "MDA6"}}}"#;
        let config = AuthConfig::parse(text).unwrap();
        let auth = config.auths.get("r.io").unwrap();
        let parts = (&*auth.username, auth.password.expose(), auth.identity_token.expose());
        assert_eq!((parts, auth.registry_token.expose()), (("00", "", "i"), "r"));
    }

    #[test]
    fn helpers_are_read_and_unrelated_settings_are_ignored() {
        let text = r#"{"credsStore": "pass", "credHelpers": {"a.io": "x"}, "HttpHeaders": {"A": "b"}, "auths": null}"#;
        let config = AuthConfig::parse(text).unwrap();
        assert_eq!(config.store.unwrap().program(), "docker-credential-pass");
        assert_eq!(config.helpers.get("a.io").unwrap().program(), "docker-credential-x");
        assert_eq!(AuthConfig::parse(" \n").unwrap(), AuthConfig::default());
    }

    #[test]
    fn errors_name_the_key_and_quote_no_value() {
        check_error("{\n  hunter2", "it is not valid JSON: line 2, column 3");
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
    fn secrets_include_the_base64_text_of_auth() {
        let config =
            AuthConfig::parse(r#"{"auths": {"r.io": {"auth": "dTpw", "identitytoken": "i"}}}"#).unwrap();
        let secrets: Vec<_> = config.secrets().map(|secret| secret.expose().to_owned()).collect();
        assert_eq!(secrets, ["p", "i", "dTpw"]);
        assert!(!format!("{config:?}").contains("dTpw"));
    }
}
