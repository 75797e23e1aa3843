//! Selects files in this process, where this program cannot run in a container: all files of the project directory are
//! copied into the store first.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use super::copy::{copy, failed};
use super::piece_reader::{PieceReader, PieceSender, PieceStream};
use crate::collect::request::CollectRequest;
use crate::collect::tar_tree::TarTree;
use crate::executor::event::EventKind;
use crate::executor::files_notice::FilesNotice;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::executor::run_store::JobStore;

/// The largest `GITLAB_ENV` file that is read, as in the collector.
const ENVIRONMENT_BYTES_MAX: u64 = 1 << 20;

/// The buffer of the answer: small files and their headers are passed on together.
const BUFFER_BYTES: usize = 64 << 10;

/// Copies the project directory out of the job's container, selects files and passes the answer on.
pub(super) async fn select(
    context: &JobContext,
    reason: String,
    request: CollectRequest,
    pieces: PieceSender,
) -> Result<(), Failure> {
    let Some(store) = context.store.clone() else { return Err(failed("there is no store")) };
    context.events.send(EventKind::Files(FilesNotice::CopiedWhole { reason }));
    let environment = environment_lines(context, &request.environment_file).await?;
    let project_dir = request.project_dir.clone();
    let spool = copy(context, &project_dir, move |stream| spool(&store, stream)).await?;
    let Some(spool) = spool else { return Err(failed("the project directory is gone")) };
    let tree = tokio::task::spawn_blocking(move || TarTree::read(spool, &project_dir));
    answer(tree.await.map_err(failed)?.map_err(failed)?, request, environment, pieces).await
}

/// Selects files in `tree` and passes the answer on.
pub(super) async fn answer(
    mut tree: TarTree,
    request: CollectRequest,
    environment: Vec<u8>,
    pieces: PieceSender,
) -> Result<(), Failure> {
    let selected = tokio::task::spawn_blocking(move || {
        let out = BufWriter::with_capacity(BUFFER_BYTES, PieceStream::new(pieces));
        crate::collect::collect(&mut tree, &request, &environment, out)
    });
    selected.await.map_err(failed)?.map_err(failed)
}

/// The lines that the job has written to its `GITLAB_ENV` file, if there is one.
pub(super) async fn environment_lines(context: &JobContext, path: &str) -> Result<Vec<u8>, Failure> {
    let lines = copy(context, path, |stream| {
        let mut lines = Vec::new();
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            entry?.take(ENVIRONMENT_BYTES_MAX).read_to_end(&mut lines)?;
        }
        Ok(lines)
    });
    Ok(lines.await?.unwrap_or_default())
}

fn spool(store: &JobStore, mut stream: PieceReader) -> io::Result<File> {
    let (mut file, room) = store.folder.spool().map_err(io::Error::other)?;
    let mut limited = (&mut stream).take(room);
    io::copy(&mut limited, &mut file)?;
    if limited.limit() == 0 {
        return Err(io::Error::other("the disk of the store has no room for the project directory"));
    }
    file.flush()?;
    Ok(file)
}
