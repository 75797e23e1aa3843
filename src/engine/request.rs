//! One call: send the request, notify the observer, turn an error status into an error, decode the answer.

use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::error::{EngineError, EngineErrorKind};
use super::registry_auth::{self, RegistryAuth};
use super::target::RequestTarget;
use super::version::{CLIENT_MAX, minimum_in_refusal};
use super::{ApiCall, Connection, Engine};
use crate::transport::http1::{self, ExchangeMode, Request, RequestBody, Response, TransportError};
use crate::transport::upgraded::UpgradedConnection;

/// The largest JSON answer. A container with hundreds of mounts stays far below.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The largest error body, as in moby's own client.
pub const ERROR_BYTES_MAX: usize = 1024 * 1024;

/// How long the engine may take to answer an ordinary call. Creating a container on a busy disk took 8 s.
pub const HEAD_WITHIN: Duration = Duration::from_secs(60);

/// How long the body of an ordinary answer may take.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);

/// A call under construction.
pub(super) struct Call<'a> {
    connection: &'a Connection,
    operation: &'static str,
    subject: String,
    method: Method,
    target: String,
    credentials: Option<(HeaderName, HeaderValue)>,
    body: RequestBody,
    mode: ExchangeMode,
    head_within: Duration,
}

impl Engine {
    pub(super) fn call(
        &self,
        operation: &'static str,
        subject: &str,
        method: Method,
        target: RequestTarget,
    ) -> Call<'_> {
        let connection = &*self.connection;
        let target = format!("/v{}{}", connection.version, target.text());
        Call::new(connection, operation, subject, method, target)
    }
}

impl<'a> Call<'a> {
    /// A call without a version in its path, for the ping that negotiates the version.
    pub(super) fn new(
        connection: &'a Connection,
        operation: &'static str,
        subject: &str,
        method: Method,
        target: String,
    ) -> Self {
        let (body, mode, head_within) = (RequestBody::Empty, ExchangeMode::Ordinary, HEAD_WITHIN);
        Self {
            connection,
            operation,
            subject: subject.to_owned(),
            method,
            target,
            credentials: None,
            body,
            mode,
            head_within,
        }
    }

    /// Sends `value` as JSON.
    pub(super) fn json(mut self, value: &impl Serialize) -> Result<Self, EngineError> {
        let json = serde_json::to_vec(value).map_err(|error| {
            self.error(EngineErrorKind::Unexpected { detail: format!("not sent: {error}") })
        })?;
        self.body = RequestBody::Json(json);
        Ok(self)
    }

    /// Sends a tar archive, which arrives in pieces.
    pub(super) fn tar(mut self, pieces: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        self.body = RequestBody::Tar(pieces);
        self
    }

    /// Adds registry credentials; `None` pulls anonymously.
    pub(super) fn registry_auth(mut self, auth: Option<&RegistryAuth<'_>>) -> Self {
        let header = auth.and_then(RegistryAuth::header);
        self.credentials = header.map(|value| (HeaderName::from_static(registry_auth::HEADER), value));
        self
    }

    /// Asks for the connection as a raw stream after the answer.
    pub(super) fn upgrade(mut self) -> Self {
        self.mode = ExchangeMode::Upgrade;
        self
    }

    /// Replaces [`HEAD_WITHIN`].
    pub(super) fn head_within(mut self, limit: Duration) -> Self {
        self.head_within = limit;
        self
    }

    /// Sends the call.
    ///
    /// # Errors
    /// No answer arrived, or its status is an error.
    pub(super) async fn send(mut self) -> Result<CallResponse, EngineError> {
        let started = Instant::now();
        let request = Request {
            method: self.method.clone(),
            target: self.target.clone(),
            credentials: self.credentials.take(),
            body: std::mem::replace(&mut self.body, RequestBody::Empty),
            mode: self.mode,
            head_within: self.head_within,
        };
        let result = http1::send(&self.connection.connector, request).await;
        if let Some(observer) = &self.connection.observer {
            observer(&ApiCall {
                operation: self.operation,
                subject: self.subject.clone(),
                method: self.method.to_string(),
                target: self.target.clone(),
                status: result.as_ref().ok().map(|response| response.status.as_u16()),
                elapsed: started.elapsed(),
            });
        }
        let response = result.map_err(|error| self.error(error.into()))?;
        if response.status.is_success() || matches!(response.status.as_u16(), 101 | 304) {
            return Ok(CallResponse { operation: self.operation, subject: self.subject, response });
        }
        let kind = decode_refusal(response).await.unwrap_or_else(EngineErrorKind::from);
        Err(self.error(kind))
    }

    /// Sends the call and decodes its JSON answer.
    pub(super) async fn decode<T: DeserializeOwned>(self) -> Result<T, EngineError> {
        self.send().await?.decode().await
    }

    /// Sends a call whose answer consists of a status only, and returns it.
    pub(super) async fn status(self) -> Result<u16, EngineError> {
        Ok(self.send().await?.response.status.as_u16())
    }

    fn error(&self, kind: EngineErrorKind) -> EngineError {
        EngineError { operation: self.operation, subject: self.subject.clone(), kind }
    }
}

/// An answer with a status of success.
pub(super) struct CallResponse {
    pub(super) operation: &'static str,
    pub(super) subject: String,
    pub(super) response: Response,
}

impl CallResponse {
    pub(super) fn error(&self, kind: EngineErrorKind) -> EngineError {
        EngineError { operation: self.operation, subject: self.subject.clone(), kind }
    }

    /// Takes over the connection of a call made with [`Call::upgrade`].
    pub(super) async fn upgrade(self) -> Result<UpgradedConnection, EngineError> {
        let Self { operation, subject, response } = self;
        response.upgrade().await.map_err(|error| EngineError { operation, subject, kind: error.into() })
    }

    /// Decodes the JSON body within the usual limits.
    pub(super) async fn decode<T: DeserializeOwned>(self) -> Result<T, EngineError> {
        self.decode_within(Some(BODY_WITHIN)).await
    }

    /// Decodes the JSON body; without a limit it waits for as long as the connection lasts.
    pub(super) async fn decode_within<T: DeserializeOwned>(
        self,
        limit: Option<Duration>,
    ) -> Result<T, EngineError> {
        let Self { operation, subject, response } = self;
        let decoded = match response.read_body(JSON_BYTES_MAX, limit).await {
            Ok(body) => serde_json::from_slice(&body)
                .map_err(|error| EngineErrorKind::Unexpected { detail: error.to_string() }),
            Err(error) => Err(error.into()),
        };
        decoded.map_err(|kind| EngineError { operation, subject, kind })
    }
}

/// Decodes the body of an error: usually JSON with a `message`, but plain text from Go's HTTP server and for attach.
async fn decode_refusal(response: Response) -> Result<EngineErrorKind, TransportError> {
    #[derive(serde::Deserialize)]
    struct Refusal {
        message: String,
    }
    let status = response.status;
    let body = response.read_body(ERROR_BYTES_MAX, Some(BODY_WITHIN)).await?;
    let message = match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) => refusal.message,
        Err(_) => String::from_utf8_lossy(&body).into_owned(),
    };
    let message = match message.trim() {
        "" => status.canonical_reason().unwrap_or("no reason given").to_owned(),
        text => text.to_owned(),
    };
    Ok(match minimum_in_refusal(&message) {
        Some(minimum) => EngineErrorKind::TooNew { minimum, newest: CLIENT_MAX },
        None => EngineErrorKind::Status { status: status.as_u16(), message },
    })
}
