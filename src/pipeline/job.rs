//! A job as written, with `default:` and the top-level keywords already applied.

use super::image::{Image, Service};
use super::variables::Variable;
use crate::source::map::Spanned;

/// A job as written in the file; nothing in it is expanded yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The job's key in the file.
    pub name: Spanned<String>,
    /// `stage`, by default `test`.
    pub stage: String,
    /// `image`; `None` when neither the job nor the defaults name one.
    pub image: Option<Image>,
    /// `services`, in order.
    pub services: Vec<Service>,
    /// The job's own `variables`, without the global ones.
    pub variables: Vec<Variable>,
    /// `before_script`, one item a command.
    pub before_script: Vec<String>,
    /// `script`, one item a command; never empty.
    pub script: Vec<String>,
    /// `after_script`, one item a command; empty when there is none.
    pub after_script: Vec<String>,
    /// `allow_failure`.
    pub allow_failure: AllowFailure,
}

/// Which failures of a job do not fail the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowFailure {
    /// Every failure counts.
    No,
    /// No failure counts.
    Yes,
    /// A script that ends with one of these exit codes does not count.
    ExitCodes(Vec<i64>),
}
