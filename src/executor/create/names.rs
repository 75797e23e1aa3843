//! Names and labels of the objects that a job creates, in GitLab Runner's format.
//!
//! Invariant: names contain the job's slot and a random number, so that neither concurrent jobs nor runs of other
//! processes share one.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use crate::engine::name::Name;
use crate::executor::cleanup::process_label;
use crate::go_duration;
use crate::plan::job_plan::{JobPlan, ServicePlan, VolumePlan, VolumeSource};
use crate::plan::service_name::with_underscores;

/// The prefix of all labels, as in GitLab Runner.
pub const LABEL_PREFIX: &str = "com.gitlab.gitlab-runner.";

/// The label that every object of this program carries, and no object of another runner.
pub const OWN_LABEL: &str = "com.gitlab.gitlab-runner.runner.id=lite";

/// The label with the process that created an object. GitLab Runner has no such label.
pub const PROCESS_LABEL: &str = "process";

/// The label with the name that a container was created with, which differs from its name if somebody has renamed it or
/// it has inherited the label. GitLab Runner has no such label.
pub const CONTAINER_NAME_LABEL: &str = "container.name";

/// How the names of a job's objects begin: this runner has no token, and every project is its first. The slot follows.
const PROJECT_PREFIX: &str = "runner-lite-project-1-concurrent-";

/// How the name of `doctor`'s container begins; a random number follows.
pub const DOCTOR_PREFIX: &str = "runner-lite-doctor-";

/// The label with the project of a persistent volume. GitLab Runner has no such label.
pub const PROJECT_PATH_LABEL: &str = "project.path";

/// The label of objects that stay on the engine after their job (`--keep`). GitLab Runner has no such label.
pub const KEPT_LABEL: &str = "kept";

/// The purpose of a container or volume: the label `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// The container that runs the job's script.
    Build,
    /// The container through which sources are uploaded.
    Predefined,
    /// The container that runs `hooks:pre_get_sources_script`.
    Hook,
    /// The container that checks whether a service accepts connections.
    Wait,
    /// The container that selects the files of artifacts and caches.
    Collect,
    Service,
    /// A volume, whatever its content.
    Cache,
}

/// The names and labels of one attempt at a job.
#[derive(Debug, Clone)]
pub struct Names {
    /// `runner-<short token>-project-<id>-concurrent-<slot>`, as GitLab Runner has it: this runner has no token, and
    /// every project is its first.
    project_unique_name: String,
    run: String,
    labels: BTreeMap<String, String>,
}

impl Names {
    /// Names with 64 random bits, so that no two runs share one.
    pub fn new(plan: &JobPlan) -> Self {
        // The standard library seeds its hash tables at random; the hash of nothing depends on that seed alone.
        let mut names = Self::of_run(plan, std::hash::RandomState::new().build_hasher().finish());
        names.labels.extend(
            process_label::own_label().map(|process| (format!("{LABEL_PREFIX}{PROCESS_LABEL}"), process)),
        );
        names
    }

    /// As [`Names::new`], for a job whose objects stay on the engine: all of them say so from their creation on.
    pub fn of_kept_job(plan: &JobPlan) -> Self {
        let mut names = Self::new(plan);
        names.labels.insert(format!("{LABEL_PREFIX}{KEPT_LABEL}"), "true".to_owned());
        names
    }

    /// Names with `number` in place of random bits and without a process label.
    pub fn of_run(plan: &JobPlan, number: u64) -> Self {
        let project_unique_name = format!("{PROJECT_PREFIX}{}", plan.slot);
        let run = format!("{project_unique_name}-{number:016x}");
        Self { project_unique_name, run, labels: base_labels(plan) }
    }

    /// The runner's name for the project in this slot, which is the host name of the build container.
    pub fn project_unique_name(&self) -> &str {
        &self.project_unique_name
    }

    /// How the names of all objects of this attempt begin.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Whether the objects stay on the engine after the job.
    pub fn are_of_kept_job(&self) -> bool {
        self.labels.contains_key(&format!("{LABEL_PREFIX}{KEPT_LABEL}"))
    }

    pub fn build(&self) -> Name {
        Name::new(&format!("{}-build", self.run))
    }

    pub fn predefined(&self) -> Name {
        Name::new(&format!("{}-predefined", self.run))
    }

    pub fn hook(&self) -> Name {
        Name::new(&format!("{}-hook", self.run))
    }

    pub fn collector(&self) -> Name {
        Name::new(&format!("{}-collect", self.run))
    }

    /// The name of a service's container contains the service's name and its position in the list of services.
    pub fn service(&self, service: &ServicePlan) -> Name {
        Name::new(&format!("{}-{}-{}", self.run, with_underscores(&service.name), service.index))
    }

    /// The name of the network for `FF_NETWORK_PER_BUILD`.
    pub fn network(&self) -> Name {
        Name::new(&format!("{}-network", self.run))
    }

    /// The name of a volume that the job creates; `None` for a bind mount or an existing volume.
    pub fn volume(&self, source: &VolumeSource) -> Option<Name> {
        match source {
            VolumeSource::Configured { .. } => None,
            VolumeSource::Persistent { name } => Some(Name::new(name)),
            VolumeSource::Temporary { hash } => Some(Name::new(&format!("{}-cache-{hash}", self.run))),
        }
    }

    /// Labels of a volume. A persistent one belongs to no single job and no process.
    pub fn volume_labels(&self, volume: &VolumePlan) -> BTreeMap<String, String> {
        let mut labels = self.labels(ObjectKind::Cache);
        let (is_kept, is_protected) = match &volume.source {
            VolumeSource::Persistent { name } => (true, name.ends_with("-protected")),
            VolumeSource::Configured { .. } | VolumeSource::Temporary { .. } => (false, false),
        };
        if is_kept {
            for of_job in ["job.name", PROCESS_LABEL, KEPT_LABEL] {
                labels.remove(&format!("{LABEL_PREFIX}{of_job}"));
            }
        }
        let more = [
            ("destination", volume.destination.clone()),
            ("protected", is_protected.to_string()),
            ("reusable", is_kept.to_string()),
        ];
        labels.extend(more.map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value)));
        labels
    }

    pub fn network_labels(&self) -> BTreeMap<String, String> {
        self.labels.clone()
    }

    pub fn labels(&self, kind: ObjectKind) -> BTreeMap<String, String> {
        let kind = match kind {
            ObjectKind::Build => "build",
            ObjectKind::Predefined => "predefined",
            ObjectKind::Hook => "hook",
            ObjectKind::Wait => "wait",
            ObjectKind::Collect => "collect",
            ObjectKind::Service => "service",
            ObjectKind::Cache => "cache",
        };
        let mut labels = self.labels.clone();
        labels.insert(format!("{LABEL_PREFIX}type"), kind.to_owned());
        labels
    }

    pub fn service_labels(&self, service: &ServicePlan) -> BTreeMap<String, String> {
        let mut labels = self.labels(ObjectKind::Service);
        labels.insert(format!("{LABEL_PREFIX}service"), service.name.clone());
        labels.insert(format!("{LABEL_PREFIX}service.version"), service.version.clone());
        labels
    }
}

/// Whether this program gives such a name to objects of runs; persistent volumes have other names.
pub fn is_of_a_run(name: &str) -> bool {
    if let Some(number) = name.strip_prefix(DOCTOR_PREFIX) {
        return is_random(number);
    }
    run_of(name).is_some()
}

/// How the names of all objects of the attempt begin that the object with this name belongs to, as [`Names::run`]; `None`
/// for an object of no job.
pub fn run_of(name: &str) -> Option<&str> {
    let mut parts = name.strip_prefix(PROJECT_PREFIX)?.splitn(3, '-');
    let (slot, number, object) = (parts.next()?, parts.next()?, parts.next()?);
    let is_of_job = slot.parse::<u64>().is_ok() && is_random(number);
    let run = name.strip_suffix(object)?.strip_suffix('-')?;
    is_of_job.then_some(run)
}

fn is_random(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The labels of every object. GitLab Runner has no `job.name` and `project.path`: they serve `docker ps --filter` and
/// `runner-lite clean`.
fn base_labels(plan: &JobPlan) -> BTreeMap<String, String> {
    let variable = |key: &str| plan.variable(key).unwrap_or_default().to_owned();
    [
        ("managed", "true".to_owned()),
        ("job.name", plan.name.clone()),
        ("job.id", plan.job_id.to_string()),
        ("job.sha", variable("CI_COMMIT_SHA")),
        ("job.before_sha", variable("CI_COMMIT_BEFORE_SHA")),
        ("job.ref", variable("CI_COMMIT_REF_NAME")),
        ("job.url", variable("CI_JOB_URL")),
        ("job.timeout", go_duration::format(plan.timeout)),
        ("project.id", variable("CI_PROJECT_ID")),
        (PROJECT_PATH_LABEL, variable("CI_PROJECT_PATH")),
        ("pipeline.id", variable("CI_PIPELINE_ID")),
        ("runner.id", "lite".to_owned()),
        ("runner.local_id", "0".to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value))
    .collect()
}
