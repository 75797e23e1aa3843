//! The answer of `auth`: which credentials a pull of an image uses, and why the other entries do not count.

use serde_json::json as value;

use super::json::versioned_answer;
use super::printable::printable_line;
use crate::credentials::lookup::{ConsideredEntry, CredentialSearch, EntryOutcome};
use crate::registry::auth_config::Auth;
use crate::registry::credential_source::CredentialSource;

/// The widest key that the others are aligned with.
const KEY_COLUMNS_MAX: usize = 100;

/// The answer as text.
pub fn text(image: &str, sources: &[CredentialSource], search: &CredentialSearch) -> String {
    let registry = printable_line(search.image.registry());
    let mut out = format!("Image     {}\nRegistry  {registry}\n", printable_line(image));
    for (index, source) in sources.iter().enumerate() {
        out.push_str(&format!("\n{}\n", printable_line(&source.label)));
        if let Some(failure) = search.failures.iter().find(|failure| failure.source == index) {
            out.push_str(&format!("  not used: {}\n", printable_line(&failure.error.to_string())));
        }
        let own: Vec<_> = search.entries.iter().filter(|entry| entry.source == index).collect();
        if own.is_empty() && source.config.is_ok() {
            match source.remark() {
                Some(remark) => out.push_str(&format!("  has no entries: {remark}\n")),
                None => out.push_str("  has no entries\n"),
            }
        }
        let width =
            own.iter().map(|entry| printable_line(&entry.key).chars().count()).max().unwrap_or_default();
        let width = width.min(KEY_COLUMNS_MAX);
        for entry in own {
            let mark = if entry.outcome == EntryOutcome::Used { '*' } else { '-' };
            let helper = entry
                .helper
                .as_ref()
                .map(|helper| format!(" ({})", printable_line(helper)))
                .unwrap_or_default();
            let key = printable_line(&entry.key);
            out.push_str(&format!("  {mark} {key:width$}  {}{helper}\n", reason(entry, search)));
        }
    }
    out.push('\n');
    out.push_str(&match &search.found {
        Some((source, auth)) => {
            let label = printable_line(label(sources, *source));
            format!("{} from {label} would be used.\n", account(auth))
        }
        None => {
            let why = match sources.is_empty() {
                true => "there is neither $DOCKER_AUTH_CONFIG nor a configuration file of Docker",
                false => "the image would be pulled anonymously",
            };
            format!(
                "No credentials: {why}.\n`{}` stores them.\n",
                printable_line(&search.image.login_command())
            )
        }
    });
    out
}

/// The answer as a JSON object.
pub fn json(image: &str, sources: &[CredentialSource], search: &CredentialSearch) -> String {
    let used = search.found.as_ref().map(|(source, auth)| {
        value!({
            "source": label(sources, *source),
            "key": auth.server,
            "username": auth.username,
            "kind": kind(auth),
        })
    });
    let entry = |entry: &ConsideredEntry| {
        value!({
            "source": label(sources, entry.source),
            "key": entry.key,
            "helper": entry.helper,
            "used": entry.outcome == EntryOutcome::Used,
            "why": reason(entry, search),
        })
    };
    let failures = search.failures.iter().map(
        |failure| value!({"source": label(sources, failure.source), "error": failure.error.to_string()}),
    );
    let answer = value!({
        "image": image,
        "registry": search.image.registry(),
        "credentials": used,
        "entries": search.entries.iter().map(entry).collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    });
    versioned_answer(&answer)
}

fn label(sources: &[CredentialSource], index: usize) -> &str {
    sources.get(index).map_or("", |source| &source.label)
}

fn kind(auth: &Auth) -> &'static str {
    match (auth.registry_token.is_empty(), auth.identity_token.is_empty()) {
        (false, _) => "registry token",
        (true, false) => "identity token",
        (true, true) => "password",
    }
}

fn account(auth: &Auth) -> String {
    match &*auth.username {
        "" => format!("The {} (hidden)", kind(auth)),
        user => format!("User {} with a {} (hidden)", printable_line(user), kind(auth)),
    }
}

fn reason(entry: &ConsideredEntry, search: &CredentialSearch) -> &'static str {
    match entry.outcome {
        EntryOutcome::Used => "is used",
        // GitLab Runner no longer takes this spelling for Docker Hub.
        EntryOutcome::OtherRegistry if is_hub_without_scheme(entry, search) => {
            "is never used: write https://index.docker.io/v1/"
        }
        EntryOutcome::OtherRegistry => "is for another registry",
        EntryOutcome::OtherPath => "is for another path of the registry",
        EntryOutcome::LessExact => "not needed: an entry for a longer path is used",
        EntryOutcome::AlreadySet => "not needed: an entry before it has the same path",
        EntryOutcome::Empty => "names neither a user nor a token",
        EntryOutcome::NotFound => "the helper has no credentials for it",
        EntryOutcome::SourceFailed => "not used: this source has an error",
        EntryOutcome::NotAsked => "not asked: an entry before it is for this registry",
    }
}

fn is_hub_without_scheme(entry: &ConsideredEntry, search: &CredentialSearch) -> bool {
    search.image.registry() == crate::registry::registry_path::DOCKER_HUB
        && entry.key.starts_with("index.docker.io")
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD as STANDARD, Engine as _};

    use super::*;
    use crate::credentials::lookup::search;
    use crate::credentials::memory::Helpers;

    const JOB: &str = r#"{"auths": {
        "r.io:5000": {"auth": "bWU6aHVudGVyMg=="}, "r.io:5000/other": {"auth": "bWU6aHVudGVyMg=="},
        "r.io": {"auth": "bWU6aHVudGVyMg=="}}}"#;
    const FILE: &str =
        r#"{"auths": {"https://r.io:5000": {}, "index.docker.io": {"identitytoken": "hunter2"}}}"#;

    async fn search_in(image: &str, texts: &[&str]) -> (Vec<CredentialSource>, CredentialSearch) {
        let labels = ["$DOCKER_AUTH_CONFIG", "/home/me/.docker/config.json", "/broken"];
        let source = |(label, text): (&str, &&str)| CredentialSource::new(label, text);
        let sources: Vec<_> = labels.into_iter().zip(texts).map(source).collect();
        let found = search(&sources, image, &Helpers::new(None)).await;
        (sources, found)
    }

    #[tokio::test]
    async fn every_entry_has_a_reason_and_no_secret_is_shown() {
        let (sources, found) = search_in("r.io:5000/group/x:1", &[JOB, FILE, "{"]).await;
        let answer = text("r.io:5000/group/x:1", &sources, &found);
        insta::assert_snapshot!(answer);
        for answer in [answer, json("r.io:5000/group/x:1", &sources, &found)] {
            assert!(!answer.contains("hunter2") && !answer.contains("bWU6"), "{answer}");
        }
    }

    #[tokio::test]
    async fn json_has_the_same_entries_and_reasons() {
        let (sources, found) = search_in("ruby", &[r#"{"auths": {"r.io": {}}}"#, FILE]).await;
        insta::assert_snapshot!(json("ruby", &sources, &found));
    }

    #[tokio::test]
    async fn no_text_of_a_source_adds_a_line_or_commands_the_terminal() {
        let forged = "x\nNo credentials\u{1b}[2J";
        let encoded = STANDARD.encode(format!("{forged}:hunter2"));
        let auth = format!(
            r#"{{"auths": {{"r.io": {{"auth": "{encoded}"}}}}, "credHelpers": {{"a\\nb": "x\\ny"}}}}"#
        );
        let sources = [
            CredentialSource::new(forged, &auth),
            CredentialSource::new(forged, r#"{"credHelpers": {"r.io": "x\nNo credentials"}}"#),
            CredentialSource::new(forged, "{"),
        ];
        let found = search(&sources, "r.io/x", &Helpers::new(None)).await;
        let answer = text(&format!("r.io/x{forged}"), &sources, &found);
        assert!(answer.contains(r"User x\nNo credentials\u{1b}[2J with a password"), "{answer}");
        assert!(answer.lines().all(|line| !line.starts_with("No credentials")), "{answer}");
        assert!(!answer.contains('\u{1b}'), "{answer}");
    }

    #[tokio::test]
    async fn an_image_without_any_source_of_credentials_is_reported() {
        let (sources, found) = search_in("ruby", &[]).await;
        insta::assert_snapshot!(text("ruby", &sources, &found));
    }
}
