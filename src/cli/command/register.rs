//! `runner-lite register`: adds a runner to GitLab Runner's configuration. It contacts nobody.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::exit_code;
use crate::cli::host::text_file;
use crate::cli::options::RegisterOptions;
use crate::cli::print;
use crate::cli::say;
use crate::runner_config::registration::Registered;

/// The mode of the file: it has a token in it.
const MODE: u32 = 0o600;

/// Runs `register` and gives its exit code.
pub fn run(options: RegisterOptions) -> ExitCode {
    match register(&options) {
        Ok(registered) => {
            registered.warnings.iter().for_each(|warning| say(&format!("warning: the template: {warning}")));
            print(&told(&options, &registered));
            ExitCode::from(exit_code::PASSED)
        }
        Err(problem) => {
            say(&format!("error: {problem}"));
            ExitCode::from(exit_code::USAGE)
        }
    }
}

fn register(options: &RegisterOptions) -> Result<Registered, String> {
    let path = real_path(&options.config);
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| format!("cannot make `{}`: {error}", folder.display()))?;
    // Of two that add to the same file at once neither loses what the other has written.
    let lock = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    let _lock = lock.map_err(|error| format!("cannot lock `{}`: {error}", folder.display()))?;
    let old = match text_file::read(&path) {
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

/// The file itself, where the path is a link to it.
fn real_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Puts a new file in the place of the old one: whoever reads it sees either, and never a part. It keeps the owner.
fn replace(path: &Path, folder: &Path, text: &str) -> io::Result<()> {
    let temporary = folder.join(format!(".config.toml.{}", std::process::id()));
    let written = write_new(&temporary, path, text).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // It may not have come to be.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(temporary: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(temporary)?;
    if let Ok(old) = fs::metadata(path)
        && old.uid() != file.metadata()?.uid()
    {
        chown(temporary, Some(old.uid()), Some(old.gid()))?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What is said of it.
fn told(options: &RegisterOptions, registered: &Registered) -> String {
    let registration = &options.registration;
    let path = options.config.display();
    let name = registration.name.as_deref().unwrap_or_default();
    let named = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
    let mut text = format!("Runner{named} is added to {path}.\nNo server was contacted");
    text.push_str(match (options.token_kind, &registration.token) {
        (_, None) => ".\n",
        (TokenKind::Runner, _) => "; the token is kept for when GitLab Runner uses the file.\n",
        (TokenKind::Registration, _) => {
            "; the registration token is kept for when GitLab Runner uses the file, and has to be exchanged for a \
             runner's token then: `gitlab-runner register` does that.\n"
        }
    });
    if registered.namesakes > 0 {
        text.push_str(&format!(
            "The file had a runner of that name, which is still the one that --runner{named} takes.\n"
        ));
    }
    let runner =
        if registered.is_first || name.is_empty() { String::new() } else { format!(" --runner{named}") };
    let config = if options.is_default { String::new() } else { format!(" --config {path}") };
    text.push_str(&format!("Run a job with it: runner-lite exec JOB{config}{runner}\n"));
    for flag in &options.without_effect {
        text.push_str(&format!("--{flag} is the server's to keep, and not in the file.\n"));
    }
    text
}

/// What kind of token was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A runner's own (`--token`).
    Runner,
    /// One with which a runner gets its own (`--registration-token`).
    Registration,
}
