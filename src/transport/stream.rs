//! A connection's byte stream, whatever it consists of.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, ReadHalf, WriteHalf,
};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// An open connection to an engine.
#[derive(Debug)]
pub enum Stream {
    /// A unix stream socket.
    Unix(UnixStream),
    /// A pipe to an engine in this process.
    Memory(DuplexStream),
}

/// The direction from the engine.
#[derive(Debug)]
pub(super) enum StreamReader {
    Unix(OwnedReadHalf),
    Memory(ReadHalf<DuplexStream>),
}

/// The direction to the engine.
#[derive(Debug)]
pub(super) enum StreamWriter {
    Unix(OwnedWriteHalf),
    Memory(WriteHalf<DuplexStream>),
}

impl Stream {
    /// Separates the directions. A unix socket's halves share no lock.
    pub(super) fn into_split(self) -> (StreamReader, StreamWriter) {
        match self {
            Self::Unix(stream) => {
                let (reader, writer) = stream.into_split();
                (StreamReader::Unix(reader), StreamWriter::Unix(writer))
            }
            Self::Memory(stream) => {
                let (reader, writer) = tokio::io::split(stream);
                (StreamReader::Memory(reader), StreamWriter::Memory(writer))
            }
        }
    }
}

impl StreamReader {
    /// Appends the bytes that have arrived to `buffer`, up to its capacity; 0 at the end of the stream.
    pub(super) async fn read_buf(&mut self, buffer: &mut bytes::BytesMut) -> io::Result<usize> {
        match self {
            Self::Unix(reader) => reader.read_buf(buffer).await,
            Self::Memory(reader) => reader.read_buf(buffer).await,
        }
    }
}

impl StreamWriter {
    /// Writes all of `bytes`.
    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Unix(writer) => writer.write_all(bytes).await,
            Self::Memory(writer) => writer.write_all(bytes).await,
        }
    }

    /// Half-closes the connection: the engine reads the end of the stream, and can go on writing.
    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Self::Unix(writer) => writer.shutdown().await,
            Self::Memory(writer) => writer.shutdown().await,
        }
    }
}

/// Calls `$method` of [`AsyncRead`] or [`AsyncWrite`] on the stream inside.
macro_rules! delegate {
    ($self:ident, $method:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Stream::Unix(stream) => Pin::new(stream).$method($($argument),*),
            Stream::Memory(stream) => Pin::new(stream).$method($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        delegate!(self, poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        delegate!(self, poll_shutdown(context))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        delegate!(self, poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Unix(stream) => stream.is_write_vectored(),
            Self::Memory(stream) => stream.is_write_vectored(),
        }
    }
}
