//! Frames as they come from a connection: attach, exec and logs.

use bytes::BytesMut;

use super::stdcopy::{OutputChunk, StdCopy};
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::transport::http1::Response;
use crate::transport::upgraded::UpgradedReader;

/// The output of a container or an exec, or its log.
pub struct Frames {
    operation: &'static str,
    subject: String,
    source: FrameSource,
    decoder: StdCopy,
    buffer: BytesMut,
}

/// Where the bytes come from.
pub(in crate::engine) enum FrameSource {
    /// A connection that was taken over.
    Upgraded(UpgradedReader),
    /// The body of an ordinary answer.
    Body(Box<Response>),
}

impl Frames {
    pub(in crate::engine) fn new(operation: &'static str, subject: &str, source: FrameSource) -> Self {
        let (decoder, buffer) = (StdCopy::default(), BytesMut::new());
        Self { operation, subject: subject.to_owned(), source, decoder, buffer }
    }

    /// The next piece of output; `None` at the end of the stream.
    ///
    /// Can be dropped and called again without losing a byte. Nothing is read ahead of the caller, so whoever is slow
    /// holds up the process and not our memory.
    pub async fn next(&mut self) -> Result<Option<OutputChunk>, EngineError> {
        loop {
            if let Some(piece) =
                self.decoder.next(&mut self.buffer).map_err(|error| self.error(error.into()))?
            {
                return Ok(Some(piece));
            }
            if self.fill().await.map_err(|kind| self.error(kind))? == 0 {
                self.decoder.finish(&self.buffer).map_err(|error| self.error(error.into()))?;
                return Ok(None);
            }
        }
    }

    async fn fill(&mut self) -> Result<usize, EngineErrorKind> {
        match &mut self.source {
            FrameSource::Upgraded(reader) => {
                reader.read(&mut self.buffer).await.map_err(EngineErrorKind::Stream)
            }
            FrameSource::Body(response) => {
                let piece = response.next_chunk().await?.unwrap_or_default();
                self.buffer.extend_from_slice(&piece);
                Ok(piece.len())
            }
        }
    }

    fn error(&self, kind: EngineErrorKind) -> EngineError {
        EngineError { operation: self.operation, subject: self.subject.clone(), kind }
    }
}
