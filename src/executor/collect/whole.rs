//! Selects files in this process, where this program cannot run in a container: all files of the project directory are
//! copied into the store first.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use super::copy::{copy, failed};
use super::piece_reader::{PieceReader, PieceSender, PieceStream};
use crate::collect::environment::read_environment;
use crate::collect::request::CollectRequest;
use crate::collect::tar_tree::TarTree;
use crate::executor::event::EventKind;
use crate::executor::files_notice::FilesNotice;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::executor::run_store::JobStore;

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
    store.tell_of_whole_copy(|| context.events.send(EventKind::Files(FilesNotice::CopiedWhole { reason })));
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
    Ok(copy(context, path, lines_of).await?.unwrap_or_default())
}

/// The lines of the `GITLAB_ENV` file in an archive; none if the job has put something else than a file at its path.
fn lines_of(archive: impl Read) -> io::Result<Vec<u8>> {
    match tar::Archive::new(archive).entries()?.next().transpose()? {
        Some(entry) if entry.header().entry_type().is_file() => read_environment(entry),
        _ => Ok(Vec::new()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of an archive with entries of that kind.
    fn lines_of_entries(kind: tar::EntryType, contents: &[&[u8]]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for content in contents {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, "gitlab_runner_env", *content).unwrap();
        }
        lines_of(&*archive.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn only_the_complete_lines_at_the_beginning_of_a_single_regular_file_are_read() {
        use tar::EntryType;
        assert_eq!(lines_of_entries(EntryType::Regular, &[b"A=1\nB=2", b"C=3"]), b"A=1\nB=2");
        assert_eq!(lines_of_entries(EntryType::Directory, &[b"", b"C=3"]), b"");
        assert_eq!(lines_of_entries(EntryType::Symlink, &[b""]), b"");
        let long = ["A=1\n", "B=", &"x".repeat(2 << 20)].concat();
        assert_eq!(lines_of_entries(EntryType::Regular, &[long.as_bytes()]), b"A=1");
    }
}
