//! Hides registry credentials in the excerpts of pipeline files that diagnostics show.

/// Keys of Docker's `config.json` whose values are secret.
const KEYS: [&str; 5] = ["auth", "password", "identitytoken", "registrytoken", "Secret"];

/// Replaces every byte of a secret value by `*`, so that spans of the text stay valid.
pub fn redact(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for key in KEYS {
        for (start, _) in text.match_indices(key) {
            if let Some((from, to)) = value_after(text, start, key) {
                bytes.get_mut(from..to).unwrap_or_default().fill(b'*');
            }
        }
    }
    // Whole values are replaced, so no character is cut in two.
    String::from_utf8(bytes).unwrap_or_default()
}

/// The range of the value that belongs to the key at `start`, in JSON, in YAML, or in JSON inside a YAML string.
fn value_after(text: &str, start: usize, key: &str) -> Option<(usize, usize)> {
    let is_open = |c: char| c.is_whitespace() || "\"'{,\\".contains(c);
    if text.get(..start)?.chars().next_back().is_some_and(|before| !is_open(before)) {
        return None;
    }
    let rest = text.get(start + key.len()..)?;
    let rest = rest.trim_start_matches(['"', '\'', '\\']).trim_start_matches(' ').strip_prefix(':')?;
    let value = rest.trim_start_matches(' ').trim_start_matches(['"', '\'', '\\']);
    let end = value.find(|c: char| c.is_whitespace() || "\"'},\\".contains(c)).unwrap_or(value.len());
    let from = text.len() - value.len();
    Some((from, from + end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(redact(text), expect);
    }

    #[test]
    fn values_are_hidden_in_every_notation_and_the_text_keeps_its_length() {
        check(
            r#"X: '{"auths": {"r.io": {"auth": "dTpw"}}}'"#,
            r#"X: '{"auths": {"r.io": {"auth": "****"}}}'"#,
        );
        check(r#"X: "{\"auth\":\"dTpw\"}""#, r#"X: "{\"auth\":\"****\"}""#);
        check("{password: hunter2, username: u}", "{password: *******, username: u}");
        check("  identitytoken: 'é1'\n  a: b", "  identitytoken: '***'\n  a: b");
    }

    #[test]
    fn text_without_secret_values_stays_the_same() {
        for text in ["script: [auth me]", "author: x", "my_auth: x", "auths: x", "password", "a: auth"] {
            check(text, text);
        }
    }
}
