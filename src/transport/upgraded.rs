//! A connection after `101 UPGRADED`: a raw byte stream in both directions.

use std::io;

use bytes::{Bytes, BytesMut};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;

use super::hyper_stream::HyperStream;
use super::stream::{StreamReader, StreamWriter};

/// How many bytes one read makes room for; the engine's own frames hold at most 32 KiB.
pub const READ_BYTES_MAX: usize = 64 * 1024;

/// The two directions of an upgraded connection.
pub struct UpgradedConnection {
    /// The direction from the engine.
    pub reader: UpgradedReader,
    /// The direction to the engine.
    pub writer: UpgradedWriter,
}

/// The direction from the engine.
pub struct UpgradedReader {
    /// Bytes that arrived in one segment with the response's head: the first output of a quick job.
    early: Bytes,
    stream: StreamReader,
}

/// The direction to the engine. Only [`UpgradedWriter::close`] half-closes every kind of connection.
pub struct UpgradedWriter(StreamWriter);

impl UpgradedConnection {
    /// `None` if hyper's connection was not made of a [`HyperStream`].
    pub(super) fn from_hyper(upgraded: Upgraded) -> Option<Self> {
        let parts = upgraded.downcast::<TokioIo<HyperStream>>().ok()?;
        let (stream, writer) = parts.io.into_inner().stream.into_split();
        let reader = UpgradedReader { early: parts.read_buf, stream };
        Some(Self { reader, writer: UpgradedWriter(writer) })
    }
}

impl UpgradedReader {
    /// Appends the bytes that have arrived to `buffer` and returns their number; 0 at the end of the stream.
    pub async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        if !self.early.is_empty() {
            let early = std::mem::take(&mut self.early);
            buffer.extend_from_slice(&early);
            return Ok(early.len());
        }
        buffer.reserve(READ_BYTES_MAX);
        self.stream.read_buf(buffer).await
    }
}

impl UpgradedWriter {
    /// Writes all of `bytes`.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Half-closes the connection: the process reads the end of its standard input, and its output goes on.
    pub async fn close(mut self) -> io::Result<()> {
        self.0.shutdown().await
    }
}
