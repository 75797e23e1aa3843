//! What takes a while.

/// Something that takes a while, and that a terminal shows for as long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// Credential files are read and credential helpers run.
    CredentialSearch {
        /// The reference of the image to pull.
        image: String,
    },
    /// The health checks of the services run.
    ServiceChecks,
    /// The user has stopped the script, whose processes are told to end.
    Stop,
    /// Caches, artifacts and reports are collected. Sent again as the numbers grow.
    Collection {
        /// Files and symbolic links so far.
        files: u64,
        /// The size of their content so far.
        bytes: u64,
    },
    /// The project's files are uploaded. Sent again as the numbers grow.
    SourcesUpload {
        /// Files and symbolic links so far.
        files: u64,
        /// The size of their content so far.
        bytes: u64,
    },
}
