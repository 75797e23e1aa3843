//! Collects the files that a job leaves behind: its artifacts, its reports and its caches.
//!
//! `runner-lite collect` runs in a container that has the volumes of the job. It reads a [`request`], selects files as GitLab
//! Runner's helper does, and writes one tar stream, whose layout [`answer`] defines. The host reads that stream with
//! [`reader`].
//!
//! Invariant: the stream is untrusted for the host, because the job ran as root on the same volumes.

pub mod answer;
pub mod answer_writer;
pub mod environment;
pub mod expand;
pub mod glob;
pub mod reader;
pub mod request;
pub mod tar_stream;
