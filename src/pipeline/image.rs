//! `image` and `services`: the string and the map form.

use crate::source::map::Spanned;

/// `image: ruby:2.6` or `image: {name: …, entrypoint: …, docker: …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The image reference as written, variables not expanded.
    pub name: Spanned<String>,
    /// `entrypoint`; `None` when the key is absent or null.
    pub entrypoint: Option<Vec<String>>,
    /// `docker:user`.
    pub user: Option<String>,
    /// `docker:platform`.
    pub platform: Option<String>,
}

/// One entry of `services`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Image, entrypoint, user and platform, as for a job's image.
    pub image: Image,
    /// `alias` as written: names separated by commas or blanks, variables not expanded.
    pub alias: Option<Spanned<String>>,
    /// `command`; `None` when the key is absent or null.
    pub command: Option<Vec<String>>,
    /// `variables` for this service alone.
    pub variables: Vec<super::variables::Variable>,
}
