//! Selects the credentials entries that apply to an image, and orders them.
//!
//! The longest path wins, then the earlier source, then the key that sorts first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::auth_config::{Auth, AuthConfig, HelperName};
use super::registry_path::RegistryPath;

/// What provides the credentials of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The configuration itself.
    Text(Auth),
    /// A helper of `credHelpers`, or the `credsStore` that listed the key.
    Helper(HelperName),
}

/// An entry of a credential source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialEntry {
    /// The position of its source in the list of sources.
    pub source: usize,
    pub key: String,
    /// The path that the key covers.
    pub path: RegistryPath,
    pub holder: Holder,
}

/// The entries of a source. `listed` are the keys that its `credsStore` lists. For equal keys, the store outranks
/// `auths`, and `credHelpers` outrank both.
pub fn entries(source: usize, config: &AuthConfig, listed: &[String]) -> Vec<CredentialEntry> {
    let mut holders: BTreeMap<&str, Holder> = BTreeMap::new();
    holders.extend(config.auths.iter().map(|(key, auth)| (&**key, Holder::Text(auth.clone()))));
    if let Some(store) = &config.store {
        holders.extend(listed.iter().map(|key| (&**key, Holder::Helper(store.clone()))));
    }
    holders.extend(config.helpers.iter().map(|(key, name)| (&**key, Holder::Helper(name.clone()))));
    let entry = |(key, holder): (&str, Holder)| CredentialEntry {
        source,
        key: key.to_owned(),
        path: RegistryPath::of_key(key),
        holder,
    };
    holders.into_iter().map(entry).collect()
}

/// Splits entries into those that apply to `image`, best first, and the others in their original order.
pub fn rank(
    image: &RegistryPath,
    entries: Vec<CredentialEntry>,
) -> (Vec<CredentialEntry>, Vec<CredentialEntry>) {
    let (mut covering, others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.path.covers(image));
    // The sort is stable, so sources and keys keep their order.
    covering.sort_by_key(|entry| Reverse(entry.path.length()));
    (covering, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources as `key=user` lists, in order.
    fn ranked(image: &str, sources: &[&[&str]]) -> Vec<String> {
        let mut all = Vec::new();
        for (index, source) in sources.iter().enumerate() {
            let auths = source.iter().map(|entry| {
                let (key, username) = entry.split_once('=').unwrap();
                (key.to_owned(), Auth { username: username.to_owned(), ..Auth::default() })
            });
            all.extend(entries(index, &AuthConfig { auths: auths.collect(), ..AuthConfig::default() }, &[]));
        }
        let (candidates, _) = rank(&RegistryPath::of_image(image), all);
        let user = |entry: CredentialEntry| match entry.holder {
            Holder::Text(auth) => auth.username,
            Holder::Helper(name) => name.program(),
        };
        candidates.into_iter().map(user).collect()
    }

    #[track_caller]
    fn check(image: &str, sources: &[&[&str]], first: &str) {
        assert_eq!(ranked(image, sources).first().map_or("", |user| user), first, "{image}");
    }

    #[test]
    fn the_longest_path_wins_and_then_the_earlier_source() {
        let one: &[&str] = &["registry.local=u1", "registry.local/ns=u2", "registry.local/ns/some/image=u3"];
        check("registry.local/foo/image:3", &[one], "u1");
        check("registry.local/ns/image:5", &[one], "u2");
        check("registry.local/ns/some/image:l", &[one], "u3");
        check("registry.local/ns/blipp/image", &[one, &["registry.local/ns/blipp=job"]], "job");
        check("registry.local/ns/blipp/image", &[one, &["registry.local/ns=job"]], "u2");
        check("no_auth_configured/image", &[one], "");
    }

    #[test]
    fn of_two_keys_for_the_same_path_the_first_in_order_wins() {
        check("r.io/x", &[&["r.io=bare", "https://r.io=scheme"]], "scheme");
        assert_eq!(ranked("r.io/x", &[&["r.io=a"], &["https://r.io=b", "r.io/x=c"]]), ["c", "a", "b"]);
    }

    #[test]
    fn helpers_outrank_the_store_and_the_store_outranks_auths() {
        let text = r#"{"auths": {"a.io": {"username": "u"}, "b.io": {}, "c.io": {}},
                       "credsStore": "store", "credHelpers": {"c.io": "helper"}}"#;
        let config = AuthConfig::parse(text).unwrap();
        let listed = ["b.io".to_owned(), "c.io".to_owned(), "d.io/group".to_owned()];
        let holders: Vec<_> = entries(0, &config, &listed)
            .into_iter()
            .map(|entry| match entry.holder {
                Holder::Text(auth) => format!("{} {}", entry.key, auth.username),
                Holder::Helper(name) => format!("{} {}", entry.key, name.program()),
            })
            .collect();
        let store = "docker-credential-store";
        let expect = [
            "a.io u".to_owned(),
            format!("b.io {store}"),
            "c.io docker-credential-helper".to_owned(),
            format!("d.io/group {store}"),
        ];
        assert_eq!(holders, expect);
    }
}
