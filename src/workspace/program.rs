//! Packs this program's own executable, to run it in a container.

use std::io::{self, Write};

use bytes::Bytes;
use tar::{Builder, EntryType};
use tokio::sync::mpsc;

use super::pack::{PIECES_MAX, PieceWriter, header};
use crate::linux::process::open_executable;

/// All users of the container may run it.
const MODE: u32 = 0o755;

/// Packs the executable under `name`, in a separate thread.
pub fn program(name: &'static str) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    // An error breaks the archive off, and the upload reports it.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = pack(name, PieceWriter::new(sender.clone())) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    pieces
}

fn pack(name: &str, pieces: PieceWriter) -> io::Result<()> {
    let file = open_executable()?;
    let mut tar = Builder::new(pieces);
    let mut header = header(EntryType::Regular, MODE, file.metadata()?.len(), 0);
    tar.append_data(&mut header, name, file)?;
    tar.into_inner()?.flush()
}
