//! `runner-lite collect`: writes the files that a job leaves behind to standard output, from within a container. The run that
//! started the container reads them.

use std::fs;
use std::io::{self, BufWriter, Read};
use std::path::Path;

use crate::cli::arguments::CollectArgs;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::collect::collect;
use crate::collect::environment::read_environment_file;
use crate::collect::folder_tree::FolderTree;
use crate::collect::request::CollectRequest;
use crate::report::console;

/// The buffer of the output: small files and their headers are written together.
const BUFFER_BYTES: usize = 256 * 1024;

/// Reads the request and answers it.
pub fn run(args: &CollectArgs) -> Result<u8, CommandError> {
    let cannot_read = |path: &Path, reason: &dyn std::fmt::Display| {
        failed(format!("cannot read {}: {reason}", path.display()))
    };
    let request = read_request(&args.request).map_err(|error| cannot_read(&args.request, &error))?;
    let request: CollectRequest =
        serde_json::from_slice(&request).map_err(|error| cannot_read(&args.request, &error))?;
    let project_dir = Path::new(&request.project_dir);
    let mut tree = FolderTree::open(project_dir).map_err(|error| cannot_read(project_dir, &error))?;
    let environment_file = Path::new(&request.environment_file);
    let lines =
        read_environment_file(environment_file).map_err(|error| cannot_read(environment_file, &error))?;
    let out = console::byte_stream().map_err(|error| failed(format!("cannot write: {error}")))?;
    collect(&mut tree, &request, &lines, BufWriter::with_capacity(BUFFER_BYTES, out))
        .map(|()| exit_code::PASSED)
        .map_err(|error| failed(error.to_string()))
}

/// Reads the request; `-` is the standard input. An argument with its content could be as long as a file, and others would
/// see it.
fn read_request(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(path);
    }
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;
    Ok(request)
}

fn failed(message: String) -> CommandError {
    CommandError::new(CommandErrorKind::System, message)
}
