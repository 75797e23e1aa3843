//! The Engine client with answers that were written by hand, because no engine could be recorded with them.

use std::time::Duration;

use bytes::Bytes;
use runner_lite::engine::Engine;
use runner_lite::engine::image::create::PullRequest;
use runner_lite::engine::name::Name;
use runner_lite::error_chain::chain;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::replay::Server;

/// How long a call may take; the server answers at once.
const CALL_WITHIN: Duration = Duration::from_secs(5);

const PING: (&str, &str) =
    ("GET /_ping ", "HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK");

fn server(answers: &[(&'static str, &str)]) -> Server {
    Server::answering(answers.iter().map(|(prefix, bytes)| (*prefix, bytes.as_bytes().to_vec())).collect())
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn within<T>(call: impl Future<Output = T>) -> T {
    timeout(CALL_WITHIN, call).await.unwrap()
}

async fn connect_error(ping: &str) -> String {
    let server = server(&[("GET /_ping ", ping)]);
    let error = within(Engine::connect(server.connector(), None)).await.err().unwrap();
    server.shut_down().await;
    let text = chain(&error);
    assert!(text.starts_with("cannot reach the engine at `unix:///"), "{text}");
    text
}

#[tokio::test]
async fn a_peer_that_is_no_engine_is_reported_as_such() {
    let garbage = connect_error("SSH-2.0-OpenSSH_9.2\r\n\r\n").await;
    assert!(garbage.contains("does not speak HTTP/1.1"), "{garbage}");
    let other = connect_error(&answer("200 OK", "OK")).await;
    assert!(other.contains("no `Api-Version` header in the answer to a ping"), "{other}");
    let silent = connect_error("").await;
    assert!(silent.contains("the engine closed the connection"), "{silent}");
}

#[tokio::test]
async fn an_engine_that_is_too_old_is_refused_with_both_versions() {
    let text = connect_error("HTTP/1.1 200 OK\r\nApi-Version: 1.40\r\nContent-Length: 2\r\n\r\nOK").await;
    assert!(text.ends_with("its newest API version is 1.40, runner-lite needs 1.41 (Docker 20.10) or newer"));
}

#[tokio::test]
async fn an_engine_that_is_too_new_is_refused_with_both_versions() {
    let refusal = r#"{"message":"client version 1.51 is too old. Minimum supported API version is 1.60, please upgrade your client to a newer version"}"#;
    let server = server(&[PING, ("GET /v1.51/info ", &answer("400 Bad Request", refusal))]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    let text = chain(&within(engine.info()).await.unwrap_err());
    assert!(
        text.contains("its oldest API version is 1.60, runner-lite supports versions up to 1.51"),
        "{text}"
    );
    server.shut_down().await;
}

#[tokio::test]
async fn a_204_needs_no_length() {
    let server = server(&[PING, ("POST /v1.51/containers/x/start ", "HTTP/1.1 204 No Content\r\n\r\n")]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    within(engine.container_start(&Name::new("x"))).await.unwrap();
    server.shut_down().await;
}

#[tokio::test]
async fn a_refusal_of_attach_in_plain_text_keeps_the_engines_message() {
    let refusal =
        "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNo such container: x\r\n";
    let server = server(&[PING, ("POST /v1.51/containers/x/attach?", refusal)]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    let error = within(engine.container_attach(&Name::new("x"))).await.err().unwrap();
    assert!(error.is_not_found());
    assert_eq!(error.message(), Some("No such container: x"));
    server.shut_down().await;
}

#[tokio::test]
async fn a_pull_that_fails_after_its_200_is_an_error() {
    let steps = concat!(
        r#"{"status":"Pulling from library/x","id":"1"}"#,
        "\r\n",
        r#"{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}"#,
    );
    let server = server(&[PING, ("POST /v1.51/images/create?", &answer("200 OK", steps))]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    let request = PullRequest { from_image: "x", tag: "1", ..PullRequest::default() };
    let mut pull = within(engine.image_create(&request)).await.unwrap();
    assert_eq!(within(pull.next()).await.unwrap().unwrap().status, "Pulling from library/x");
    assert_eq!(chain(&within(pull.next()).await.unwrap_err()), "cannot pull image `x:1`: unexpected EOF");
    server.shut_down().await;
}

#[tokio::test]
async fn a_message_of_the_engine_in_the_output_is_an_error() {
    let upgraded = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\
                    \u{1}\0\0\0\0\0\0\u{3}hi\n\u{3}\0\0\0\0\0\0\u{4}oops";
    let server = server(&[PING, ("POST /v1.51/containers/x/attach?", upgraded)]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    let mut attached = within(engine.container_attach(&Name::new("x"))).await.unwrap();
    assert_eq!(within(attached.output.next()).await.unwrap().unwrap().bytes, "hi\n");
    let text = chain(&within(attached.output.next()).await.unwrap_err());
    assert_eq!(text, "cannot read the output of container `x`: the engine aborted the output stream: oops");
    server.shut_down().await;
}

/// Larger than a socket's buffers, so that the client is still writing when the answer arrives.
const ARCHIVE_BYTES: usize = 5 * 1024 * 1024;

#[tokio::test]
async fn a_refusal_of_an_upload_is_reported_instead_of_the_broken_pipe() {
    let refusal = answer("404 Not Found", r#"{"message":"No such container: x"}"#);
    let server = server(&[PING, ("PUT /v1.51/containers/x/archive?", &refusal)]);
    let engine = within(Engine::connect(server.connector(), None)).await.unwrap();
    let (sender, pieces) = mpsc::channel(1);
    let feed = async {
        for _ in 0..ARCHIVE_BYTES / 65536 {
            if sender.send(Ok(Bytes::from_static(&[b'x'; 65536]))).await.is_err() {
                return;
            }
        }
    };
    let name = Name::new("x");
    let put = async {
        let result = engine.container_put_archive(&name, "/tmp", pieces).await;
        result.unwrap_err()
    };
    let (error, ()) = within(async { tokio::join!(put, feed) }).await;
    assert_eq!(error.message(), Some("No such container: x"), "{}", chain(&error));
    assert!(error.is_not_found());
    server.shut_down().await;
}
