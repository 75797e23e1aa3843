//! `GET /_ping` (Engine API, SystemPing): is it an engine, and what does it speak?

use hyper::Method;

use crate::engine::Connection;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::product::Product;
use crate::engine::request::Call;
use crate::engine::version::{ApiVersion, CLIENT_MIN, choose};

/// Asks which engine this is and for its newest API version, and settles on one that both sides speak.
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
    let version =
        choose(server).ok_or_else(|| answer.error(EngineErrorKind::TooOld { server, needed: CLIENT_MIN }))?;
    Ok((version, Product::of(&answer.response.headers)))
}
