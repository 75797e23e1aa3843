//! How runner-lite differs on purpose from the recorded jobs of GitLab Runner (`tests/reference/`).
//!
//! `docs/fidelity.md` explains every difference; a test compares its table with this one.

/// One difference in the log of a job.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The recorded jobs that have it; all whose log has the line, if none is named.
    pub(crate) cases: &'static [&'static str],
    /// A line of GitLab Runner.
    pub(crate) runner: &'static str,
    /// What runner-lite prints in its place. A line that ends with `*` stands for all lines that begin like it.
    pub(crate) ours: &'static [&'static str],
    /// Why, as in the table of `docs/fidelity.md`.
    pub(crate) reason: &'static str,
}

const STORE: &str = "There is no server: artifacts go into the store of this machine, and come from it.";
const LOCAL_CACHE: &str = "Caches are always local, so nothing has to be said about a server for them.";

/// All differences in logs.
pub(crate) const DIFFERENCES: [Difference; 8] = [
    Difference {
        cases: &[],
        runner: "Uploading artifacts as \"archive\" to coordinator... 201 Created",
        ours: &["Stored artifacts of t: *"],
        reason: STORE,
    },
    Difference {
        cases: &[],
        runner: "Uploading artifacts as \"dotenv\" to coordinator... 201 Created",
        ours: &["Stored artifacts of t as \"dotenv\": 1 file, 16 B"],
        reason: STORE,
    },
    Difference {
        cases: &[],
        runner: "Uploading artifacts as \"junit\" to coordinator... 201 Created",
        ours: &["Stored artifacts of t as \"junit\": 1 file, *"],
        reason: STORE,
    },
    Difference {
        cases: &["art-download"],
        runner: "Downloading artifacts from coordinator... ok",
        ours: &["Artifacts of art-paths: 3 files (6 B), from run *"],
        reason: STORE,
    },
    Difference {
        cases: &[],
        runner: "No URL provided, cache will not be downloaded from shared cache server. Instead a local version of \
                 cache will be extracted.",
        ours: &[],
        reason: LOCAL_CACHE,
    },
    Difference {
        cases: &[],
        runner: "No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally.",
        ours: &[],
        reason: LOCAL_CACHE,
    },
    Difference {
        cases: &["cache-none-found"],
        runner: "WARNING: nothing/: no matching files. Ensure that the artifact path is relative to the working directory \
                 (/builds/local/cached)",
        ours: &[
            "WARNING: nothing/: no matching files. Ensure that the artifact path is relative to the working directory \
             (/builds/local/cached)",
            "WARNING: No files to cache.",
        ],
        reason: "GitLab Runner 19 prints this line; the recorded version 17.5.5 did not have it yet.",
    },
    Difference {
        cases: &["cache-strange-owner"],
        runner: "Archive is up to date!",
        ours: &[],
        reason: "A cache is saved again when any attribute of a file has changed, such as its mode, or when a file is \
                 gone. GitLab Runner compares modification times alone.",
    },
];
