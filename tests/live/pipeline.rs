//! A project whose jobs store files and receive those of other jobs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use super::run::{Outcome, program, run_job_in, spawn, wait_with_output};

/// How many jobs of the tests run at the same time where they do not depend on each other.
const JOBS_AT_ONCE: usize = 4;

/// A temporary project with a pipeline file.
pub(crate) struct Pipeline {
    /// Keeps the folder as long as the project is used.
    _parent: tempfile::TempDir,
    folder: PathBuf,
}

/// An entry of a stored archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name, with a slash at the end if it is a directory.
    pub(crate) name: String,
    /// The permission bits.
    pub(crate) mode: u32,
    pub(crate) size: u64,
}

impl Pipeline {
    /// A project `shop` without a repository.
    pub(crate) fn new(yaml: &str) -> Self {
        Self::named("shop", yaml)
    }

    /// A project with this name, without a repository.
    pub(crate) fn named(name: &str, yaml: &str) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().canonicalize().unwrap().join(name);
        std::fs::create_dir(&folder).unwrap();
        let pipeline = Self { _parent: parent, folder };
        pipeline.write(".gitlab-ci.yml", yaml);
        pipeline
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits all files to the branch `main`, in a new repository if there is none.
    pub(crate) fn commit(&self) {
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["add", "."]);
        self.git(&["commit", "-qm", "one", "--allow-empty"]);
    }

    /// Runs git and returns its output.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        let ran =
            Command::new("git").current_dir(&self.folder).args(identity).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Runs a job, and asserts that nothing of it is left on the engine.
    pub(crate) fn exec(&self, job: &str, arguments: &[&str]) -> Outcome {
        run_job_in(&self.folder, job, arguments)
    }

    /// Runs a job that must pass.
    pub(crate) fn pass(&self, job: &str) -> Outcome {
        let outcome = self.exec(job, &[]);
        outcome.assert(0, &[]);
        outcome
    }

    /// Runs the program, for another command than `exec`.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        wait_with_output(spawn(program(), &self.folder, arguments), |_| {})
    }

    /// Runs the program, which must succeed, and returns its answer.
    pub(crate) fn answer(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        outcome.assert(0, &[]);
        outcome.log()
    }

    /// What `artifacts list` says about the job, as JSON.
    pub(crate) fn listed(&self, job: &str) -> Value {
        serde_json::from_str(&self.answer(&["artifacts", "list", job, "--json"])).unwrap()
    }

    /// The entries of the archive that the job has stored; none if it has stored none.
    pub(crate) fn entries(&self, job: &str) -> Vec<Entry> {
        self.listed(job)["entries"].as_array().unwrap().iter().map(Entry::of).collect()
    }

    /// The names of the entries, without directories.
    pub(crate) fn stored_files(&self, job: &str) -> Vec<String> {
        let names = self.entries(job).into_iter().map(|entry| entry.name);
        names.filter(|name| !name.ends_with('/')).collect()
    }
}

impl Entry {
    fn of(entry: &Value) -> Self {
        let path = entry["path"].as_str().unwrap();
        let slash = if entry["type"] == "folder" { "/" } else { "" };
        Self {
            name: format!("{path}{slash}"),
            mode: u32::from_str_radix(entry["mode"].as_str().unwrap(), 8).unwrap(),
            size: entry["size"].as_u64().unwrap(),
        }
    }
}

/// Calls `run` for every item, for several at the same time.
pub(crate) fn at_once<T: Send>(items: Vec<T>, run: impl Fn(T) + Sync) {
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..JOBS_AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = next() {
                    run(item);
                }
            });
        }
    });
}
