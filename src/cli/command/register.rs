//! `runner-lite register`: adds a runner to GitLab Runner's configuration. It contacts no server.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::host::text_file::read_text_file;
use crate::cli::options::{RegisterOptions, TokenKind};
use crate::report::console;
use crate::runner_config::registration::Registered;

/// The mode of the file: it holds a token, so only its owner may read it.
const FILE_MODE: u32 = 0o600;

/// Runs `register` and returns its exit code.
pub fn run(options: &RegisterOptions) -> Result<u8, CommandError> {
    let registered =
        register(options).map_err(|problem| CommandError::new(CommandErrorKind::Usage, problem))?;
    let warnings = registered.warnings.iter();
    warnings.for_each(|warning| console::warning(format_args!("the template: {warning}")));
    console::answer(summary(options, &registered));
    Ok(exit_code::PASSED)
}

fn register(options: &RegisterOptions) -> Result<Registered, String> {
    let path = real_path(&options.config);
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
    // With the lock, two processes that add to the file at once do not overwrite each other.
    let lock = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    let _lock = lock.map_err(|error| format!("cannot lock `{}`: {error}", folder.display()))?;
    let old = match read_text_file(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("cannot read `{shown}`: {error}")),
    };
    let registered = options
        .registration
        .add(&old, options.template.as_deref())
        .map_err(|error| format!("{error}; nothing was written to `{shown}`"))?;
    replace(&path, folder, &registered.text).map_err(|error| format!("cannot write `{shown}`: {error}"))?;
    Ok(registered)
}

/// Resolves symbolic links, so that the file behind a link is replaced and the link stays.
fn real_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Replaces the file in one step, so that a reader sees either the old or the new text. The file keeps its owner.
fn replace(path: &Path, folder: &Path, text: &str) -> io::Result<()> {
    let temporary = folder.join(format!(".config.toml.{}", std::process::id()));
    let written = write_new(&temporary, path, text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The file does not exist if its creation failed.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(temporary: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(temporary)?;
    if let Ok(old) = fs::metadata(path)
        && old.uid() != file.metadata()?.uid()
    {
        chown(temporary, Some(old.uid()), Some(old.gid()))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Tells what was added and how to use it.
fn summary(options: &RegisterOptions, registered: &Registered) -> String {
    let registration = &options.registration;
    let path = options.config.display();
    let name = registration.name.as_deref().unwrap_or_default();
    let named = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
    let mut text = format!("Runner{named} is added to {path}.\nNo server was contacted");
    text.push_str(match (options.token_kind, &registration.token) {
        (_, None) => ".\n",
        (TokenKind::Runner, _) => "; the token is in the file for GitLab Runner.\n",
        (TokenKind::Registration, _) => {
            "; the registration token is in the file for GitLab Runner, which has to exchange it for a runner's \
             token with `gitlab-runner register`.\n"
        }
    });
    if registered.namesakes > 0 {
        text.push_str(&format!(
            "The file already had a runner of that name; --runner{named} still selects that one.\n"
        ));
    }
    let runner =
        if registered.is_first || name.is_empty() { String::new() } else { format!(" --runner{named}") };
    let config = if options.is_default { String::new() } else { format!(" --config {path}") };
    text.push_str(&format!("Run a job with it: runner-lite exec JOB{config}{runner}\n"));
    for flag in &options.without_effect {
        text.push_str(&format!(
            "--{flag} is a setting of the GitLab server, and is not written to the file.\n"
        ));
    }
    text
}
