//! A request's body that arrives in pieces through a channel, and the progress of a request.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What a request waits for, and since when. The connection's stream, the body and the limit share it.
#[derive(Debug, Clone)]
pub(super) struct RequestProgress(Arc<Mutex<(RequestWait, Instant)>>);

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestWait {
    /// The next piece of the body.
    Sender,
    /// The peer, which must take more of the body.
    Reader,
    /// The answer: the body has no more pieces.
    Answer,
}

impl RequestProgress {
    /// The progress of a request that is about to be sent.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new((RequestWait::Answer, Instant::now()))))
    }

    pub(super) fn get(&self) -> (RequestWait, Instant) {
        *self.lock()
    }

    /// Notes that the peer has taken bytes.
    pub(super) fn written(&self) {
        self.lock().1 = Instant::now();
    }

    fn waits_for(&self, what: RequestWait) {
        *self.lock() = (what, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, (RequestWait, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that arrives through a channel.
pub(super) struct PiecewiseBody {
    pub(super) pieces: mpsc::Receiver<io::Result<Bytes>>,
    pub(super) progress: RequestProgress,
}

impl Body for PiecewiseBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = self.pieces.poll_recv(context);
        self.progress.waits_for(match polled {
            Poll::Pending => RequestWait::Sender,
            Poll::Ready(Some(_)) => RequestWait::Reader,
            Poll::Ready(None) => RequestWait::Answer,
        });
        polled.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
