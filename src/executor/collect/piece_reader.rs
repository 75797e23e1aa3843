//! A stream that arrives in pieces, for a thread that reads it and may block.

use std::io::{self, Read, Write};

use bytes::{Buf, Bytes};
use tokio::sync::mpsc;

/// How many pieces of a stream may wait for the store, of 64 KiB at most: the disk and the connection take turns.
pub(super) const PIECES_MAX: usize = 8;

/// Where a stream's pieces go.
pub(super) type PieceSender = mpsc::Sender<io::Result<Bytes>>;

/// Reads the pieces one after the other.
pub(super) struct PieceReader {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl PieceReader {
    pub(super) fn new(pieces: mpsc::Receiver<io::Result<Bytes>>) -> Self {
        Self { pieces, piece: Bytes::new() }
    }
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(buffer.get_mut(..length).unwrap_or_default());
        Ok(length)
    }
}

/// Passes what is written on in pieces.
pub(super) struct PieceStream(PieceSender);

impl PieceStream {
    pub(super) fn new(pieces: PieceSender) -> Self {
        Self(pieces)
    }
}

impl Write for PieceStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes)));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
