//! The stream as hyper sees it: a write to a closed peer waits instead of failing.
//!
//! An engine that refuses an upload answers before it has read the body, and then closes. The next write fails, and
//! hyper would give up the connection together with the refusal, which has arrived and is still unread. So a failed
//! write waits for ever here, and the read ends the exchange: with the refusal, or with the end of the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::piecewise_body::RequestProgress;
use super::stream::Stream;

/// A stream whose reads alone report that the peer has closed it.
pub(super) struct HyperStream {
    pub(super) stream: Stream,
    /// Learns of every write.
    pub(super) progress: RequestProgress,
}

impl HyperStream {
    /// Notes the progress of a write, and turns its error into a wait if the peer has closed the connection. No waker is
    /// registered: the same task polls the read, whose waker ends the wait.
    fn after_write(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Ready(Err(error))
                if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) =>
            {
                Poll::Pending
            }
            Poll::Ready(Ok(written)) => {
                self.progress.written();
                Poll::Ready(Ok(written))
            }
            other => other,
        }
    }
}

impl AsyncRead for HyperStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for HyperStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.after_write(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
