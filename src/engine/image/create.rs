//! `POST /images/create` (ImageCreate): a pull.

use std::time::Duration;

use bytes::BytesMut;
use hyper::Method;
use serde::Deserialize;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::registry_auth::RegistryAuth;
use crate::engine::request::CallResponse;
use crate::engine::stream::json_values::JsonValues;
use crate::engine::target::RequestTarget;

/// How long an engine may send nothing: it answers after it has fetched the manifest, and sends nothing while it
/// unpacks a large layer, which took minutes on slow disks.
const SILENCE: Duration = Duration::from_secs(900);

/// The image to pull.
#[derive(Clone, Default)]
pub struct PullRequest<'a> {
    /// The image's name without tag and digest.
    pub from_image: &'a str,
    /// The tag or digest, which is required: without one the engine pulls every tag of the repository.
    pub tag: &'a str,
    /// The platform as `os/arch[/variant]`; `None` is the engine's own.
    pub platform: Option<&'a str>,
    /// Registry credentials; `None` pulls anonymously.
    pub auth: Option<RegistryAuth<'a>>,
}

/// One step of a pull.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullStep {
    /// The action: `Downloading`, `Extracting`, `Pull complete` …
    #[serde(default)]
    pub status: String,
    /// The layer's id, or the tag on the first line.
    #[serde(default)]
    pub id: Option<String>,
    /// The layer's progress, if it is known.
    #[serde(default, rename = "progressDetail")]
    pub detail: Option<ProgressDetail>,
}

/// The progress of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct ProgressDetail {
    /// The bytes that are done.
    #[serde(default)]
    pub current: Option<i64>,
    /// The size in bytes; -1 or absent if it is unknown.
    #[serde(default)]
    pub total: Option<i64>,
}

/// A running pull. Dropping it makes the engine cancel the pull.
pub struct Pull {
    answer: CallResponse,
    decoder: JsonValues,
    buffer: BytesMut,
}

/// An object of the stream: a step, or the error that ends the pull.
#[derive(Deserialize)]
struct PullMessage {
    #[serde(flatten)]
    progress: PullStep,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, rename = "errorDetail")]
    error_detail: Option<ErrorDetail>,
}

#[derive(Deserialize)]
struct ErrorDetail {
    #[serde(default)]
    message: String,
}

impl Engine {
    /// Begins to pull an image. Call [`Pull::next`] to the end: the pull may fail long after the engine has answered
    /// 200.
    pub async fn image_create(&self, request: &PullRequest<'_>) -> Result<Pull, EngineError> {
        let target = RequestTarget::new("/images/create")
            .query("fromImage", request.from_image)
            .query("tag", request.tag)
            .maybe("platform", request.platform);
        let separator = if request.tag.contains(':') { '@' } else { ':' };
        let subject = format!("{}{separator}{}", request.from_image, request.tag);
        let call = self.call("pull image", &subject, Method::POST, target);
        let call = call.registry_auth(request.auth.as_ref()).head_within(SILENCE);
        let answer = call.send().await?;
        Ok(Pull { answer, decoder: JsonValues::default(), buffer: BytesMut::new() })
    }
}

impl Pull {
    /// The next step; `None` after the last one.
    ///
    /// # Errors
    /// The engine reports that the pull failed, or sends nothing for too long.
    pub async fn next(&mut self) -> Result<Option<PullStep>, EngineError> {
        loop {
            let value = self.decoder.next(&mut self.buffer);
            let value = value.map_err(|error| self.unexpected(error.to_string()))?;
            if let Some(value) = value {
                let message: PullMessage =
                    serde_json::from_slice(&value).map_err(|error| self.unexpected(error.to_string()))?;
                let failure =
                    message.error_detail.map(|detail| detail.message).filter(|text| !text.is_empty());
                return match failure.or(message.error) {
                    Some(message) => Err(self.answer.error(EngineErrorKind::InStream { message })),
                    None => Ok(Some(message.progress)),
                };
            }
            let piece = timeout(SILENCE, self.answer.response.next_chunk()).await;
            let silent = |_| self.answer.error(EngineErrorKind::TimedOut { after: SILENCE });
            match piece.map_err(silent)?.map_err(|error| self.answer.error(error.into()))? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(self.unexpected("it broke off inside a progress object".to_owned())),
            }
        }
    }

    fn unexpected(&self, detail: String) -> EngineError {
        self.answer.error(EngineErrorKind::Unexpected { detail })
    }
}
