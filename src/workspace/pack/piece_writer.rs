//! The archive as pieces of a request's body.

use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

/// The size of a piece of the request's body.
const PIECE_BYTES_MAX: usize = 128 * 1024;

/// How many pieces may wait for the engine: 1 MiB in total, whatever the size of the project.
pub(in crate::workspace) const PIECES_MAX: usize = 8;

/// Collects the archive's bytes into pieces and sends them; waits while the queue is full.
pub(in crate::workspace) struct PieceWriter {
    pub(super) sender: mpsc::Sender<io::Result<Bytes>>,
    piece: BytesMut,
}

impl PieceWriter {
    pub(in crate::workspace) fn new(sender: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self { sender, piece: BytesMut::with_capacity(PIECE_BYTES_MAX) }
    }

    /// Whether nobody takes the pieces any more.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES_MAX {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE_BYTES_MAX)).freeze();
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
