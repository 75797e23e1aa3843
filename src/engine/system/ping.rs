//! `GET /_ping` (SystemPing): whether an engine answers, and with which API version.

use hyper::Method;

use crate::engine::Connection;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::product::Product;
use crate::engine::request::Call;
use crate::engine::version::{ApiVersion, CLIENT_MIN, negotiated};

/// Asks for the engine's product and newest API version, and chooses the newest version that both sides support.
///
/// GET rather than HEAD, because an engine that refuses a HEAD announces a body which never comes.
pub(in crate::engine) async fn negotiate(
    connection: &Connection,
) -> Result<(ApiVersion, Product), EngineError> {
    let subject = connection.connector.endpoint().to_string();
    let answer = Call::new(connection, "reach the engine at", &subject, Method::GET, "/_ping".to_owned())
        .send()
        .await?;
    let Some(header) = answer.response.headers.get("api-version") else {
        let detail = "no `Api-Version` header in the answer to a ping: is this a Docker Engine?".to_owned();
        return Err(answer.error(EngineErrorKind::Unexpected { detail }));
    };
    let Some(server) = header.to_str().ok().and_then(ApiVersion::parse) else {
        let detail = format!("`Api-Version: {}`", String::from_utf8_lossy(header.as_bytes()));
        return Err(answer.error(EngineErrorKind::Unexpected { detail }));
    };
    let version = negotiated(server)
        .ok_or_else(|| answer.error(EngineErrorKind::TooOld { server, needed: CLIENT_MIN }))?;
    Ok((version, Product::from_headers(&answer.response.headers)))
}
