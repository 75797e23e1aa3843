//! The volumes of a job: those of the configuration, and the one for its sources.
//!
//! Invariants: no two have the same path; the folder with variables of type file is never on a volume that outlives the
//! job.

use super::container_plan::{VolumePlan, VolumeSource};
use super::identity::Slot;
use super::problem;
use super::settings::GitStrategy;
use crate::runner_config::{Docker, RunnerConfig};
use crate::source::diagnostic::Diagnostic;
use crate::vars::expand::Lookup;

/// Where GitLab Runner's Docker executor puts projects.
const BUILDS_DIR: &str = "/builds";

/// How many digits of a hash are in the name of a volume that is kept.
const OWNER_DIGITS: usize = 32;

/// The first characters of a token that make its short form, in GitLab Runner.
const SHORT_TOKEN: usize = 9;

/// Where projects are. An error if the configuration wants them in no directory, or in the root.
pub(super) fn builds_dir(config: &RunnerConfig) -> Result<String, Diagnostic> {
    let path = config.runner.builds_dir.as_deref().unwrap_or(BUILDS_DIR);
    match (path.starts_with('/'), clean(path).as_str()) {
        (false, _) => {
            Err(problem::error(None, format!("build directory needs to be an absolute path: `{path}`")))
        }
        (true, "/") => Err(problem::error(None, "build directory needs to be a non-root path")),
        (true, clean) => Ok(clean.to_owned()),
    }
}

/// What stands between the builds directory and the project: on a directory that others may use as well, a folder of
/// this runner's and this slot's own.
pub(super) fn shared_prefix(config: &RunnerConfig, builds_dir: &str, slot: Slot) -> String {
    let shared = config.docker.volumes.iter().filter(|spec| spec.source.is_some());
    let is_shared = shared.into_iter().any(|spec| contains(&clean(&spec.destination), builds_dir));
    let token = config.runner.token.as_ref().map(|token| short_token(token.expose())).unwrap_or_default();
    match (is_shared, &*token) {
        (false, _) => String::new(),
        (true, "") => format!("/{slot}"),
        (true, token) => format!("/{token}/{slot}"),
    }
}

/// `t9Wkyj-HG` of `glrt-t1_t9Wkyj-HGRkqQ`.
pub(super) fn short_token(token: &str) -> String {
    let partition = |text: &str| {
        let rest = text.strip_prefix('t')?;
        let rest = rest.strip_prefix(['1', '2', '3'])?.strip_prefix('_')?;
        Some(rest.to_owned())
    };
    let rest = match token.strip_prefix("glrt-") {
        Some(rest) => partition(rest).unwrap_or_else(|| rest.to_owned()),
        None => {
            let legacy = token.strip_prefix("GR").and_then(|rest| {
                let (number, rest) = rest.split_at_checked(7)?;
                number.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| rest.to_owned())
            });
            let plain = token.strip_prefix("glrtr-").or(token.strip_prefix("glcbt-")).map(str::to_owned);
            plain.or(legacy).or_else(|| partition(token)).unwrap_or_else(|| token.to_owned())
        }
    };
    rest.chars().take(SHORT_TOKEN).collect()
}

/// What decides the volumes of a job.
pub(super) struct Volumes<'a> {
    pub(super) config: &'a RunnerConfig,
    pub(super) builds_dir: &'a str,
    pub(super) project_dir: &'a str,
    pub(super) strategy: GitStrategy,
    /// What tells the project from others: kept volumes are its own.
    pub(super) project: &'a str,
    /// Whether the branch or tag is protected: its volumes are apart from those of others.
    pub(super) is_protected: bool,
    /// Jobs that run at the same time have different slots, and so persistent volumes of their own.
    pub(super) slot: Slot,
    /// The job's variables.
    pub(super) variables: &'a Lookup<'a>,
}

impl Volumes<'_> {
    /// Every volume, in the order of GitLab Runner's: those of the configuration, then the one for the sources.
    pub(super) fn plan(&self) -> Result<Vec<VolumePlan>, Diagnostic> {
        let mut volumes: Vec<VolumePlan> = Vec::new();
        for spec in &self.config.docker.volumes {
            let destination = self.variables.expand("volumes", &spec.destination);
            let destination = destination.map_err(|error| problem::error(None, error.to_string()))?;
            let source = match &spec.source {
                Some(source) => VolumeSource::Given { source: source.clone(), options: spec.options.clone() },
                None => self.own(&destination),
            };
            add(&mut volumes, VolumePlan { destination, source })?;
        }
        if !volumes.iter().any(|volume| contains(&clean(&volume.destination), self.builds_dir)) {
            let source = match self.strategy {
                GitStrategy::Fetch => self.own(self.builds_dir),
                GitStrategy::Clone | GitStrategy::None | GitStrategy::Empty => temporary(self.builds_dir),
            };
            add(&mut volumes, VolumePlan { destination: self.builds_dir.to_owned(), source })?;
        }
        let is_kept = covering(&volumes, self.project_dir).is_some_and(|volume| !volume.is_temporary());
        if is_kept {
            let destination = format!("{}.tmp", self.project_dir);
            let source = temporary(&destination);
            add(&mut volumes, VolumePlan { destination, source })?;
        }
        Ok(volumes)
    }

    /// A volume that the configuration names no source for.
    fn own(&self, destination: &str) -> VolumeSource {
        let Docker { disable_cache, cache_dir, .. } = &self.config.docker;
        let protected = if self.is_protected { "-protected" } else { "" };
        let (owner, hash) = (self.owner(), md5_hex(destination));
        match cache_dir {
            _ if *disable_cache => temporary(destination),
            Some(folder) => {
                let folder = folder.trim_end_matches('/');
                let source = format!("{folder}/{owner}/{hash}{protected}");
                VolumeSource::Given { source, options: Vec::new() }
            }
            None => VolumeSource::Kept { name: format!("{owner}-cache-{hash}{protected}") },
        }
    }

    /// `runner-<hash>`: of the runner, the project and the slot.
    fn owner(&self) -> String {
        let token = self.config.runner.token.as_ref().map(|token| token.expose()).unwrap_or_default();
        let owner = format!("{token}-runner-lite-{}-{}", self.project, self.slot);
        let hash = hex(&hmac_sha256::Hash::hash(owner.as_bytes()));
        format!("runner-{}", hash.get(..OWNER_DIGITS).unwrap_or(&hash))
    }
}

impl VolumePlan {
    /// Whether it goes with the job.
    pub fn is_temporary(&self) -> bool {
        matches!(self.source, VolumeSource::Temporary { .. })
    }
}

/// The volume that `path` is on.
pub(super) fn covering<'v>(volumes: &'v [VolumePlan], path: &str) -> Option<&'v VolumePlan> {
    let around = volumes.iter().filter(|volume| contains(&clean(&volume.destination), path));
    around.max_by_key(|volume| clean(&volume.destination).len())
}

/// Whether a volume that was given is mounted at `path`.
pub(super) fn is_given_at(volumes: &[VolumePlan], path: &str) -> bool {
    given(volumes).any(|volume| clean(&volume.destination) == path)
}

/// Whether a volume that was given is mounted at `path`, or somewhere below it.
pub(super) fn is_given_at_or_below(volumes: &[VolumePlan], path: &str) -> bool {
    given(volumes).any(|volume| contains(path, &clean(&volume.destination)))
}

fn given(volumes: &[VolumePlan]) -> impl Iterator<Item = &VolumePlan> {
    volumes.iter().filter(|volume| matches!(volume.source, VolumeSource::Given { .. }))
}

fn temporary(destination: &str) -> VolumeSource {
    VolumeSource::Temporary { hash: md5_hex(destination) }
}

/// The texts are GitLab Runner's.
fn add(volumes: &mut Vec<VolumePlan>, volume: VolumePlan) -> Result<(), Diagnostic> {
    let path = clean(&volume.destination);
    if path == "/" {
        return Err(problem::error(None, "adding volume: it needs to be at a non-root path"));
    }
    if volumes.iter().any(|other| clean(&other.destination) == path) {
        let message = format!("adding volume: volume for container path \"{path}\" is already defined");
        return Err(problem::error(None, message));
    }
    volumes.push(volume);
    Ok(())
}

/// Go's `path.Clean` of an absolute path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether `path` is `folder`, or in it.
fn contains(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
}

fn md5_hex(text: &str) -> String {
    hex(&md5::compute(text).0)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
