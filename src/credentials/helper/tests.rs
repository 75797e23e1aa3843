use std::time::Instant;

use super::*;
use crate::registry::auth_config::AuthConfig;

/// Writes an executable file by a process of its own: a file that this process had open for writing could be open still
/// in a child that another test starts at the same time, and the system runs no such file.
pub(in crate::credentials) fn write_program(path: &std::path::Path, text: &str) {
    let script = "printf %s \"$2\" >\"$1\" && chmod 755 \"$1\"";
    let status = std::process::Command::new("sh").args(["-c", script, "sh"]).arg(path).arg(text).status();
    assert!(status.unwrap().success());
}

/// A PATH with `docker-credential-it` on it, which is this shell script.
struct Helper {
    folder: tempfile::TempDir,
}

impl Helper {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("docker-credential-it");
        write_program(&program, &format!("#!/bin/sh\n{script}\n"));
        Self { folder }
    }

    fn path(&self) -> OsString {
        let mut path = self.folder.path().as_os_str().to_owned();
        path.push(":/usr/bin:/bin");
        path
    }

    async fn get(&self) -> Result<Option<Auth>, HelperError> {
        get(&name("it"), "r.io", Some(&self.path())).await
    }
}

fn name(text: &str) -> HelperName {
    AuthConfig::parse(&format!(r#"{{"credsStore": "{text}"}}"#)).unwrap().store.unwrap()
}

#[track_caller]
fn problem<T: std::fmt::Debug>(result: Result<T, HelperError>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn the_key_goes_in_on_standard_input_and_credentials_come_out() {
    let script = r#"test "$1" = get || exit 3
        key=$(cat)
        echo "{\"ServerURL\": \"$key\", \"username\": \"me at $key\", \"Secret\": \"s\"}""#;
    let auth = Helper::new(script).get().await.unwrap().unwrap();
    assert_eq!((&*auth.server, &*auth.username, auth.password.expose()), ("r.io", "me at r.io", "s"));
}

#[tokio::test]
async fn the_user_token_means_an_identity_token() {
    let auth = Helper::new(r#"echo '{"Username": "<token>", "Secret": "t"}'"#).get().await.unwrap().unwrap();
    assert_eq!((&*auth.username, auth.identity_token.expose(), auth.password.expose()), ("", "t", ""));
}

#[tokio::test]
async fn a_helper_without_credentials_is_no_error() {
    let none = Helper::new("echo credentials not found in native keychain; exit 1");
    assert_eq!(none.get().await, Ok(None));
    assert_eq!(Helper::new(r#"echo '{"Username": "", "Secret": ""}'"#).get().await, Ok(None));
}

#[tokio::test]
async fn a_store_lists_its_keys() {
    let helper = Helper::new(r#"test "$1" = list && echo '{"https://r.io": "me", "s.io": "you"}'"#);
    assert_eq!(list(&name("it"), Some(&helper.path())).await.unwrap(), ["https://r.io", "s.io"]);
}

#[tokio::test]
async fn a_failure_names_the_helper_and_what_it_said() {
    let missing = get(&name("gone"), "r.io", Some(&"/nonexistent".into())).await;
    let expect = "credential helper `docker-credential-gone`: there is no such program on the PATH";
    assert_eq!(problem(missing), expect);
    let start = "credential helper `docker-credential-it`:";
    let crash = Helper::new("echo 'the keychain is locked'; echo more; exit 2").get().await;
    assert_eq!(problem(crash), format!("{start} it failed (exit status: 2): the keychain is locked"));
    let crash = Helper::new("echo 'no tty' >&2; exit 2").get().await;
    assert_eq!(problem(crash), format!("{start} it failed (exit status: 2): no tty"));
    let killed = Helper::new("kill -9 $$").get().await;
    assert_eq!(problem(killed), format!("{start} it failed (signal: 9 (SIGKILL))"));
}

#[tokio::test]
async fn no_answer_is_quoted() {
    let garbage = "its answer is not the JSON that the protocol asks for";
    for (script, expect) in [
        ("echo hunter2", garbage),
        (r#"echo '["hunter2"]'"#, garbage),
        (r#"echo '{"Username": "u"}'"#, garbage),
        (r#"echo '{"Username": "u", "Secret": 7}'"#, garbage),
        (r#"echo '{"Secret": "hunter2"'; exit 1"#, "it failed (exit status: 1)"),
    ] {
        let text = problem(Helper::new(script).get().await);
        assert_eq!(text, format!("credential helper `docker-credential-it`: {expect}"), "{script}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = Helper::new("yes").get().await;
    let expect = "credential helper `docker-credential-it`: it answered with more than 1048576 bytes";
    assert_eq!(problem(endless), expect);
}

// The clock is not the machine's: it jumps to the limit as soon as nothing else is left to wait for.
#[tokio::test(start_paused = true)]
async fn a_helper_that_hangs_is_stopped() {
    let started = Instant::now();
    let hanging = Helper::new("exec sleep 300").get().await;
    let expect = "credential helper `docker-credential-it`: it has not answered after 30 s and was stopped";
    assert_eq!(problem(hanging), expect);
    assert!(started.elapsed() < WITHIN);
}
