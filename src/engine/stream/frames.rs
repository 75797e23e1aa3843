//! Frames that arrive over a connection: the streams of attach, exec and logs.

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

/// The source of the bytes.
pub(in crate::engine) enum FrameSource {
    /// An upgraded connection.
    Upgraded(UpgradedReader),
    /// The body of an ordinary response.
    Body(Box<Response>),
}

impl Frames {
    pub(in crate::engine) fn new(operation: &'static str, subject: &str, source: FrameSource) -> Self {
        let (decoder, buffer) = (StdCopy::default(), BytesMut::new());
        Self { operation, subject: subject.to_owned(), source, decoder, buffer }
    }

    /// The next chunk of output; `None` at the end of the stream.
    ///
    /// The future can be dropped and called again without losing a byte. Nothing is read ahead, so a slow caller blocks
    /// the container's process and does not fill the memory.
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
