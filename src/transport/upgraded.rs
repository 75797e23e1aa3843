//! A connection after `101 UPGRADED`: a raw stream in both directions.

use bytes::{Bytes, BytesMut};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::socket::Socket;

/// How much one read asks for; the engine's own frames hold at most 32 KiB.
pub const READ_BYTES: usize = 64 * 1024;

/// The two directions of a hijacked connection.
pub struct Hijacked {
    /// From the engine.
    pub reader: Reader,
    /// To the engine.
    pub writer: Writer,
}

/// The engine's side of a hijacked connection.
pub struct Reader {
    /// Bytes that came in one segment with the response's head: the first output of a quick job.
    early: Bytes,
    socket: OwnedReadHalf,
}

/// Our side of a hijacked connection.
pub struct Writer(OwnedWriteHalf);

impl Hijacked {
    /// `None` when the upgraded connection is not over a unix socket.
    pub(super) fn from_upgraded(upgraded: Upgraded) -> Option<Self> {
        let parts = upgraded.downcast::<TokioIo<Socket>>().ok()?;
        let (socket, writer) = parts.io.into_inner().0.into_split();
        Some(Self { reader: Reader { early: parts.read_buf, socket }, writer: Writer(writer) })
    }
}

impl Reader {
    /// Appends what has come to `buffer`; 0 at the end of the stream.
    pub async fn read(&mut self, buffer: &mut BytesMut) -> std::io::Result<usize> {
        if !self.early.is_empty() {
            let early = std::mem::take(&mut self.early);
            buffer.extend_from_slice(&early);
            return Ok(early.len());
        }
        buffer.reserve(READ_BYTES);
        self.socket.read_buf(buffer).await
    }
}

impl Writer {
    /// Writes all of `bytes`.
    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Half-closes: the process reads the end of its standard input, its output goes on.
    pub async fn close(mut self) -> std::io::Result<()> {
        self.0.shutdown().await
    }
}
