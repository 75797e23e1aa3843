//! One request per connection, with hyper's `client::conn::http1`.
//!
//! Connections are not pooled: opening a unix socket takes some 50 µs, the engine may close an idle connection just
//! before the next request, and over HTTP/1.1 a long `wait` would block every request behind it.

use std::fmt;
use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE,
};
use hyper::http::uri::{InvalidUri, Uri};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::connect_error::ConnectError;
use super::connector::Connector;
use super::hyper_stream::HyperStream;
use super::piecewise_body::{PiecewiseBody, RequestProgress, RequestWait};
use super::upgraded::UpgradedConnection;

/// The body of a request.
pub enum RequestBody {
    /// No body.
    Empty,
    /// A JSON document.
    Json(Vec<u8>),
    /// A tar archive in pieces; an error among the pieces breaks the request off.
    Tar(mpsc::Receiver<io::Result<Bytes>>),
}

/// Whether the connection becomes a raw stream after the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeMode {
    /// One request and one response.
    Ordinary,
    /// `Connection: Upgrade` and `Upgrade: tcp`, which the engine answers with 101.
    Upgrade,
}

/// An HTTP request.
pub struct Request {
    /// GET, HEAD, POST, PUT or DELETE.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: String,
    /// A header with credentials. Mark its value as sensitive, so that no `Debug` text shows it.
    pub credentials: Option<(HeaderName, HeaderValue)>,
    /// JSON, an archive or nothing.
    pub body: RequestBody,
    /// Whether to ask for an upgrade.
    pub mode: ExchangeMode,
    /// How long the peer may neither take bytes of the request nor answer. Time in which the body has no piece for it
    /// does not count.
    pub head_within: Duration,
}

/// The step of an exchange, for errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangePhase {
    /// From the connection to the first byte.
    Send,
    /// Until the end of the response's head.
    Head,
    /// While the response's body arrives.
    Body,
    /// Between the 101 and the raw stream.
    Upgrade,
}

impl fmt::Display for ExchangePhase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Send => "sending the request",
            Self::Head => "waiting for the answer",
            Self::Body => "reading the answer",
            Self::Upgrade => "taking over the connection",
        })
    }
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The connection could not be opened.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The target is no URI, for example because it is longer than 65,534 bytes. Nothing was sent.
    #[error("the request cannot be sent")]
    InvalidTarget(#[from] InvalidUri),
    /// A step took longer than its limit.
    #[error("no answer after {} s while {phase}", after.as_secs())]
    Timeout {
        /// The step.
        phase: ExchangePhase,
        /// The limit.
        after: Duration,
    },
    /// The peer closed the connection, or does not speak HTTP.
    #[error("{}while {phase}", closed_or_not_http(source))]
    Protocol {
        /// The step.
        phase: ExchangePhase,
        /// hyper's error.
        source: hyper::Error,
    },
    /// The response's body is larger than its limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The engine answered 101, and hyper did not hand the connection over.
    #[error("the connection could not be taken over after the engine agreed to it")]
    NotUpgraded,
}

fn closed_or_not_http(error: &hyper::Error) -> &'static str {
    if error.is_parse() || error.is_parse_status() {
        "what listens there does not speak HTTP/1.1: bad answer "
    } else {
        "the engine closed the connection "
    }
}

/// A response whose head has arrived.
pub struct Response {
    /// 101 if the connection can be upgraded.
    pub status: StatusCode,
    /// The headers; trailers are ignored.
    pub headers: HeaderMap,
    body: Incoming,
    upgrade: Option<hyper::upgrade::OnUpgrade>,
    connection_task: ConnectionTask,
}

/// The task that moves the connection's bytes. Dropping it closes the connection.
struct ConnectionTask(JoinHandle<()>);

impl Drop for ConnectionTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens a connection, sends `request` and reads the head of the response.
pub async fn send(connector: &Connector, request: Request) -> Result<Response, TransportError> {
    let Request { method, target, credentials, body, mode, head_within } = request;
    let target: Uri = target.parse()?;
    let stream = connector.connect().await?;
    let progress = RequestProgress::new();
    let stream = HyperStream { stream, progress: progress.clone() };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|source| TransportError::Protocol { phase: ExchangePhase::Send, source })?;
    // The exchange reports every error of the connection, so the task's own result adds nothing.
    #[expect(clippy::disallowed_methods, reason = "`ConnectionTask` ends the task when it is dropped")]
    let connection_task = ConnectionTask(tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    }));
    let mut request = http_request(method, target, body, mode, &progress);
    request.headers_mut().extend(credentials);
    let mut response = answer(sender.send_request(request), &progress, head_within).await?;
    let upgrade =
        (response.status() == StatusCode::SWITCHING_PROTOCOLS).then(|| hyper::upgrade::on(&mut response));
    let (head, body) = response.into_parts();
    Ok(Response { status: head.status, headers: head.headers, body, upgrade, connection_task })
}

/// Waits for the head of the response, and gives up if the peer neither takes the body nor answers for `limit`.
async fn answer(
    exchange: impl Future<Output = Result<hyper::Response<Incoming>, hyper::Error>>,
    progress: &RequestProgress,
    limit: Duration,
) -> Result<hyper::Response<Incoming>, TransportError> {
    let mut exchange = pin!(exchange);
    let mut deadline = Instant::now() + limit;
    loop {
        if let Ok(answered) = timeout_at(deadline, &mut exchange).await {
            return answered
                .map_err(|source| TransportError::Protocol { phase: ExchangePhase::Head, source });
        }
        let (phase, since) = match progress.get() {
            (RequestWait::Sender, _) => (ExchangePhase::Send, Instant::now()),
            (RequestWait::Reader, since) => (ExchangePhase::Send, since),
            (RequestWait::Answer, since) => (ExchangePhase::Head, since),
        };
        deadline = since + limit;
        if deadline <= Instant::now() {
            return Err(TransportError::Timeout { phase, after: limit });
        }
    }
}

fn http_request(
    method: Method,
    target: Uri,
    body: RequestBody,
    mode: ExchangeMode,
    progress: &RequestProgress,
) -> hyper::Request<UnsyncBoxBody<Bytes, io::Error>> {
    let (body, content_type): (UnsyncBoxBody<Bytes, io::Error>, _) = match body {
        RequestBody::Empty => (Empty::new().map_err(|never| match never {}).boxed_unsync(), None),
        RequestBody::Json(json) => {
            (Full::from(json).map_err(|never| match never {}).boxed_unsync(), Some("application/json"))
        }
        RequestBody::Tar(pieces) => {
            let body = PiecewiseBody { pieces, progress: progress.clone() };
            (body.boxed_unsync(), Some("application/x-tar"))
        }
    };
    let needs_length = method == Method::POST && body.is_end_stream();
    let mut request = hyper::Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = target;
    let headers = request.headers_mut();
    // The engine requires a Host header, and since Go 1.20.6 refuses a socket's path in it.
    headers.insert(HOST, HeaderValue::from_static("docker"));
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if needs_length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if mode == ExchangeMode::Upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
    }
    request
}

impl Response {
    /// Reads the whole body.
    ///
    /// # Errors
    /// The body is larger than `limit` bytes, or takes longer than `within`.
    pub async fn read_body(
        mut self,
        limit: usize,
        within: Option<Duration>,
    ) -> Result<Bytes, TransportError> {
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(chunk) = self.next_chunk().await? {
                if whole.len().saturating_add(chunk.len()) > limit {
                    return Err(TransportError::TooLarge { limit });
                }
                whole.extend_from_slice(&chunk);
            }
            Ok(whole.freeze())
        };
        match within {
            Some(after) => timeout(after, read)
                .await
                .map_err(|_| TransportError::Timeout { phase: ExchangePhase::Body, after })?,
            None => read.await,
        }
    }

    /// The next chunk of the body as it arrives; `None` at the body's end.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(frame) = self.body.frame().await {
            let frame =
                frame.map_err(|source| TransportError::Protocol { phase: ExchangePhase::Body, source })?;
            // Trailers are ignored, and so is an empty chunk, which callers would take for the end.
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Takes over the connection after a 101.
    pub async fn upgrade(self) -> Result<UpgradedConnection, TransportError> {
        let upgrade = self.upgrade.ok_or(TransportError::NotUpgraded)?;
        let upgraded = upgrade
            .await
            .map_err(|source| TransportError::Protocol { phase: ExchangePhase::Upgrade, source })?;
        // The task has handed the stream over and ends.
        drop(self.connection_task);
        UpgradedConnection::from_hyper(upgraded).ok_or(TransportError::NotUpgraded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_chain::chain;
    use crate::transport::endpoint::Endpoint;

    #[tokio::test]
    async fn a_target_that_is_no_uri_is_an_error_and_is_not_sent() {
        for (target, reason) in
            [("/a b".to_owned(), "invalid uri character"), ("/a".repeat(40_000), "uri too long")]
        {
            let (connector, mut listener) = Connector::in_memory(Endpoint::Unix("/run/engine.sock".into()));
            let request = Request {
                method: Method::DELETE,
                target,
                credentials: None,
                body: RequestBody::Empty,
                mode: ExchangeMode::Ordinary,
                head_within: Duration::from_secs(1),
            };
            let error = send(&connector, request).await.err().unwrap();
            assert_eq!(chain(&error), format!("the request cannot be sent: {reason}"));
            drop(connector);
            assert!(listener.accept().await.is_none(), "a connection was opened");
        }
    }
}
