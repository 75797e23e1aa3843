//! One request on one connection, by hyper's `client::conn::http1`.
//!
//! A connection is never shared: a unix socket costs some 50 µs to open, while a pooled one can be closed by the
//! engine between two requests, and HTTP/1.1 would make a long `wait` block everything behind it.

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, UPGRADE,
};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connect::{ConnectError, connect};
use super::endpoint::Endpoint;
use super::socket::Socket;
use super::upgraded::Hijacked;

/// What is sent after a request's head.
pub enum Payload {
    /// Nothing.
    Empty,
    /// A JSON document.
    Json(Vec<u8>),
    /// A tar archive, piece by piece; an error among the pieces breaks the request off.
    Tar(mpsc::Receiver<io::Result<Bytes>>),
}

/// Whether the connection is to become a raw stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// An ordinary exchange.
    Exchange,
    /// `Connection: Upgrade`, `Upgrade: tcp`.
    Hijack,
}

/// A request.
pub struct Request {
    /// GET, HEAD, POST, PUT or DELETE.
    pub method: Method,
    /// Path and query, percent-encoded.
    pub target: String,
    /// A header that nobody may see. Its value should be marked as sensitive.
    pub credentials: Option<(HeaderName, HeaderValue)>,
    /// What follows the head.
    pub payload: Payload,
    /// Ordinary or hijacking.
    pub mode: Mode,
    /// How long the answer's head may take; `None` only for calls that a caller cancels by dropping them.
    pub head_within: Option<Duration>,
}

/// The step of an exchange at which it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Between connecting and the first byte.
    Send,
    /// Until the end of the answer's head.
    Head,
    /// While the answer's body was read.
    Body,
    /// While the connection was taken over.
    Upgrade,
}

impl fmt::Display for Phase {
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
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A named limit ran out.
    #[error("no answer after {} s while {phase}", after.as_secs())]
    Timeout {
        /// The step.
        phase: Phase,
        /// The limit.
        after: Duration,
    },
    /// The peer went away, or does not speak HTTP.
    #[error("{}while {phase}", lost_or_garbled(source))]
    Protocol {
        /// The step.
        phase: Phase,
        /// hyper's error.
        source: hyper::Error,
    },
    /// An answer larger than its limit.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// 101 without a stream behind it.
    #[error("the connection could not be taken over after the engine agreed to it")]
    NotUpgraded,
}

fn lost_or_garbled(error: &hyper::Error) -> &'static str {
    if error.is_parse() || error.is_parse_status() {
        "what listens there does not speak HTTP/1.1: bad answer "
    } else {
        "the engine closed the connection "
    }
}

/// An answer whose head has been read.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    upgrade: Option<hyper::upgrade::OnUpgrade>,
    driver: Driver,
}

/// The task that moves the connection's bytes; it ends with its owner.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects, sends `request` and reads the head of the answer.
pub async fn send(endpoint: &Endpoint, request: Request) -> Result<Response, TransportError> {
    let Request { method, target, credentials, payload, mode, head_within } = request;
    let stream = connect(endpoint).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(Socket(stream)))
        .await
        .map_err(|source| TransportError::Protocol { phase: Phase::Send, source })?;
    // The exchange itself reports what happens to the connection; the driver's own result says nothing more.
    let driver = Driver(tokio::spawn(async move {
        let _ = connection.with_upgrades().await;
    }));
    let mut request = http_request(method, target, payload, mode);
    request.headers_mut().extend(credentials);
    let exchange = sender.send_request(request);
    let answer = match head_within {
        Some(after) => timeout(after, exchange)
            .await
            .map_err(|_| TransportError::Timeout { phase: Phase::Head, after })?,
        None => exchange.await,
    };
    let mut answer = answer.map_err(|source| TransportError::Protocol { phase: Phase::Head, source })?;
    let upgrade =
        (answer.status() == StatusCode::SWITCHING_PROTOCOLS).then(|| hyper::upgrade::on(&mut answer));
    let (head, body) = answer.into_parts();
    Ok(Response { status: head.status, headers: head.headers, body, upgrade, driver })
}

fn http_request(
    method: Method,
    target: String,
    payload: Payload,
    mode: Mode,
) -> hyper::Request<UnsyncBoxBody<Bytes, io::Error>> {
    let (body, content_type): (UnsyncBoxBody<Bytes, io::Error>, _) = match payload {
        Payload::Empty => (Empty::new().map_err(|never| match never {}).boxed_unsync(), None),
        Payload::Json(json) => {
            (Full::from(json).map_err(|never| match never {}).boxed_unsync(), Some("application/json"))
        }
        Payload::Tar(pieces) => (Pieces(pieces).boxed_unsync(), Some("application/x-tar")),
    };
    let needs_length = method == Method::POST && body.is_end_stream();
    let mut request = hyper::Request::new(body);
    *request.method_mut() = method;
    // `target` was percent-encoded by its builder; should it be no URI after all, the engine answers 404 to "/".
    *request.uri_mut() = target.parse().unwrap_or_default();
    let headers = request.headers_mut();
    // The engine wants a Host header and refuses a socket's path in it (Go 1.20.6 and later).
    headers.insert(HOST, HeaderValue::from_static("docker"));
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if needs_length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if mode == Mode::Hijack {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
    }
    request
}

impl Response {
    /// The whole body, if it is no larger than `limit` bytes.
    pub async fn bytes(mut self, limit: usize, within: Option<Duration>) -> Result<Bytes, TransportError> {
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(piece) = self.piece().await? {
                if whole.len().saturating_add(piece.len()) > limit {
                    return Err(TransportError::TooLarge { limit });
                }
                whole.extend_from_slice(&piece);
            }
            Ok(whole.freeze())
        };
        match within {
            Some(after) => timeout(after, read)
                .await
                .map_err(|_| TransportError::Timeout { phase: Phase::Body, after })?,
            None => read.await,
        }
    }

    /// The next piece of the body as it comes from the socket; `None` at its end.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|source| TransportError::Protocol { phase: Phase::Body, source })?;
            // Trailers are of no interest, and an empty piece would look like the end.
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Takes over the connection of a 101 answer.
    pub async fn hijack(self) -> Result<Hijacked, TransportError> {
        let upgrade = self.upgrade.ok_or(TransportError::NotUpgraded)?;
        let upgraded =
            upgrade.await.map_err(|source| TransportError::Protocol { phase: Phase::Upgrade, source })?;
        // The driver has handed the socket over and is at its end.
        drop(self.driver);
        Hijacked::from_upgraded(upgraded).ok_or(TransportError::NotUpgraded)
    }
}

/// A request body fed through a channel.
struct Pieces(mpsc::Receiver<io::Result<Bytes>>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
