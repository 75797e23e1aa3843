//! Plans the volumes of a job: those of the configuration, and the one for the builds directory.
//!
//! Invariants: no two volumes have the same path; variables of type file are never on a volume that outlives the job.

use super::container_plan::{VolumePlan, VolumeSource};
use super::identity::{Slot, SlotStore};
use super::job_settings::GitStrategy;
use super::problem;
use super::project_identity::identity;
use crate::runner_config::{Docker, RunnerConfig};
use crate::source::diagnostic::Diagnostic;
use crate::vars::expand::Lookup;

/// GitLab Runner's default of `builds_dir` with the Docker executor.
const BUILDS_DIR: &str = "/builds";

/// The digits of the owner's hash in the name of a persistent volume.
const OWNER_DIGITS: usize = 32;

/// The digits of the store's identity in a folder that other runners may use, too.
const STORE_DIGITS: usize = 8;

/// The length of GitLab Runner's short form of a token.
const SHORT_TOKEN_CHARACTERS: usize = 9;

/// The builds directory. It must be an absolute path other than the root.
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

/// The path between the builds directory and the project: in a directory of the host, which other runners and jobs may
/// use, too, a folder for this runner, the store that counts slots, and the slot.
pub(super) fn shared_prefix(
    config: &RunnerConfig,
    builds_dir: &str,
    slots: &SlotStore,
    slot: Slot,
) -> String {
    let shared = config.docker.volumes.iter().filter(|spec| spec.source.is_some());
    let is_shared = shared.into_iter().any(|spec| contains(&clean(&spec.destination), builds_dir));
    let token = config.runner.token.as_ref().map(|token| short_token(token.expose())).unwrap_or_default();
    let store = slots.identity().map(|identity| identity.get(..STORE_DIGITS).unwrap_or(identity));
    let owner: Vec<&str> =
        [Some(&*token), store].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    match (is_shared, &*owner) {
        (false, _) => String::new(),
        (true, []) => format!("/{slot}"),
        (true, owner) => format!("/{}/{slot}", owner.join("-")),
    }
}

/// Shortens a token as GitLab Runner does: `glrt-t1_t9Wkyj-HGRkqQ` becomes `t9Wkyj-HG`.
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
    rest.chars().take(SHORT_TOKEN_CHARACTERS).collect()
}

/// The facts that decide the volumes of a job.
pub(super) struct VolumePlanner<'a> {
    pub(super) config: &'a RunnerConfig,
    pub(super) builds_dir: &'a str,
    pub(super) project_dir: &'a str,
    pub(super) strategy: GitStrategy,
    /// The project's address or path. Projects do not share persistent volumes.
    pub(super) project: &'a str,
    /// Whether the branch or tag is protected. It does not share persistent volumes with unprotected ones.
    pub(super) is_protected: bool,
    /// The store that counts slots. Jobs of several stores do not share persistent volumes; without a store, none are kept.
    pub(super) slots: &'a SlotStore,
    /// The job's slot. Jobs that run at the same time do not share persistent volumes.
    pub(super) slot: Slot,
    pub(super) variables: &'a Lookup<'a>,
}

impl VolumePlanner<'_> {
    /// Plans all volumes in GitLab Runner's order: those of the configuration, then the builds directory's.
    pub(super) fn plan(&self) -> Result<Vec<VolumePlan>, Diagnostic> {
        let mut volumes: Vec<VolumePlan> = Vec::new();
        for spec in &self.config.docker.volumes {
            let destination = self.variables.expand("volumes", &spec.destination);
            let destination = destination.map_err(|error| problem::error(None, error.to_string()))?;
            let source = match &spec.source {
                Some(source) => {
                    VolumeSource::Configured { source: source.clone(), options: spec.options.clone() }
                }
                None => self.default_source(&destination),
            };
            add(&mut volumes, VolumePlan { destination, source })?;
        }
        if !volumes.iter().any(|volume| contains(&clean(&volume.destination), self.builds_dir)) {
            let source = match self.strategy {
                GitStrategy::Fetch => self.default_source(self.builds_dir),
                GitStrategy::Clone | GitStrategy::None | GitStrategy::Empty => temporary(self.builds_dir),
            };
            add(&mut volumes, VolumePlan { destination: self.builds_dir.to_owned(), source })?;
        }
        let is_kept = covering(&volumes, self.project_dir).is_some_and(|volume| !volume.is_temporary());
        // Nothing beside the builds directory is on its volume.
        if is_kept || self.project_dir == self.builds_dir {
            let destination = format!("{}.tmp", self.project_dir);
            let source = temporary(&destination);
            add(&mut volumes, VolumePlan { destination, source })?;
        }
        Ok(volumes)
    }

    /// The source of a volume for which the configuration has only a path.
    fn default_source(&self, destination: &str) -> VolumeSource {
        let Docker { disable_cache, cache_dir, .. } = &self.config.docker;
        let protected = if self.is_protected { "-protected" } else { "" };
        let (owner, hash) = (self.owner(), md5_hex(destination));
        match cache_dir {
            _ if *disable_cache || *self.slots == SlotStore::Missing => temporary(destination),
            Some(folder) => {
                let folder = folder.trim_end_matches('/');
                let source = format!("{folder}/{owner}/{hash}{protected}");
                VolumeSource::Configured { source, options: Vec::new() }
            }
            None => VolumeSource::Persistent { name: format!("{owner}-cache-{hash}{protected}") },
        }
    }

    /// `runner-<hash>`, with a hash of the runner, the project, the store that counts slots, and the slot.
    fn owner(&self) -> String {
        let store = self.slots.identity().map_or(String::new(), |store| format!("-{store}"));
        let owner = format!("{}-{}{store}", identity(self.config, self.project), self.slot);
        let hash = hex(&hmac_sha256::Hash::hash(owner.as_bytes()));
        format!("runner-{}", hash.get(..OWNER_DIGITS).unwrap_or(&hash))
    }
}

impl VolumePlan {
    /// Whether the volume is removed with the job.
    pub fn is_temporary(&self) -> bool {
        matches!(self.source, VolumeSource::Temporary { .. })
    }
}

/// The innermost volume that contains `path`.
pub(super) fn covering<'v>(volumes: &'v [VolumePlan], path: &str) -> Option<&'v VolumePlan> {
    let around = volumes.iter().filter(|volume| contains(&clean(&volume.destination), path));
    around.max_by_key(|volume| clean(&volume.destination).len())
}

/// Whether a volume with a configured source is mounted at `path`.
pub(super) fn is_configured_at(volumes: &[VolumePlan], path: &str) -> bool {
    configured(volumes).any(|volume| clean(&volume.destination) == path)
}

/// Whether a volume with a configured source is mounted at `path` or below it.
pub(super) fn is_configured_at_or_below(volumes: &[VolumePlan], path: &str) -> bool {
    configured(volumes).any(|volume| contains(path, &clean(&volume.destination)))
}

fn configured(volumes: &[VolumePlan]) -> impl Iterator<Item = &VolumePlan> {
    volumes.iter().filter(|volume| matches!(volume.source, VolumeSource::Configured { .. }))
}

pub(super) fn temporary(destination: &str) -> VolumeSource {
    VolumeSource::Temporary { hash: md5_hex(destination) }
}

/// Adds a volume, unless its path is invalid or in use. The errors have GitLab Runner's words.
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

/// Normalizes an absolute path, as Go's `path.Clean` does.
pub(super) fn clean(path: &str) -> String {
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

/// Whether `path` is `folder` or below it.
pub(super) fn contains(folder: &str, path: &str) -> bool {
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
