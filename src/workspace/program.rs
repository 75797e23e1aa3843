//! Packs a program, which is this one's own executable, to run it in a container.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tar::{Builder, EntryType};
use tokio::sync::mpsc;

use super::pack::{PIECES_MAX, PieceWriter, header};

/// All users of the container may run it.
const MODE: u32 = 0o755;

/// Packs the executable `file` under `name`, in a separate thread.
pub fn program(file: PathBuf, name: &'static str) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(PIECES_MAX);
    // An error breaks the archive off, and the upload reports it.
    tokio::task::spawn_blocking(move || {
        if let Err(error) = pack(&file, name, PieceWriter::new(sender.clone())) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    pieces
}

fn pack(file: &Path, name: &str, pieces: PieceWriter) -> io::Result<()> {
    let file = File::open(file)?;
    let mut tar = Builder::new(pieces);
    let mut header = header(EntryType::Regular, MODE, file.metadata()?.len(), 0);
    tar.append_data(&mut header, name, file)?;
    tar.into_inner()?.flush()
}
