//! Names, labels and the host name of what a job makes, in GitLab Runner's forms.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use crate::engine::name::Name;
use crate::executor::cleanup::process_label;
use crate::go_duration;
use crate::plan::job_plan::{JobPlan, ServicePlan, VolumePlan, VolumeSource};
use crate::plan::service_name::with_underscores;

/// The prefix of the labels of GitLab Runner.
pub const LABEL_PREFIX: &str = "com.gitlab.gitlab-runner.";

/// The label that every object of this program's carries, and no other runner's.
pub const OWN_LABEL: &str = "com.gitlab.gitlab-runner.runner.id=lite";

/// The label, ours, that says which process made something and removes it at the end.
pub const PROCESS: &str = "process";

/// The label, ours, that says which project a kept volume is for.
pub const PROJECT_PATH: &str = "project.path";

/// What a container or volume is for: the label `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The job's container.
    Build,
    /// The container through which the sources go in.
    Predefined,
    /// The container of a hook.
    Hook,
    /// The container that a service is probed from.
    Wait,
    /// A service.
    Service,
    /// A volume.
    Cache,
}

/// The names of one run.
#[derive(Debug, Clone)]
pub struct Names {
    /// `runner-<short token>-project-<id>-concurrent-<slot>`, as GitLab Runner has it: this runner has no token, and
    /// every project is its first.
    project_unique_name: String,
    run: String,
    labels: BTreeMap<String, String>,
}

impl Names {
    /// Names for a run of `plan`, with 64 random bits in them so that no two runs share one.
    pub fn new(plan: &JobPlan) -> Self {
        // The standard library seeds its hash tables at random; an empty hash shows that seed.
        let mut names = Self::of_run(plan, std::hash::RandomState::new().build_hasher().finish());
        names
            .labels
            .extend(process_label::this().map(|process| (format!("{LABEL_PREFIX}{PROCESS}"), process)));
        names
    }

    /// Names for the run of `plan` with that number.
    pub fn of_run(plan: &JobPlan, number: u64) -> Self {
        let project_unique_name = format!("runner-lite-project-1-concurrent-{}", plan.slot);
        let run = format!("{project_unique_name}-{number:016x}");
        Self { project_unique_name, run, labels: base_labels(plan) }
    }

    /// The runner's name for the project in this slot, which is the host name of the build container.
    pub fn project_unique_name(&self) -> &str {
        &self.project_unique_name
    }

    /// The build container.
    pub fn build(&self) -> Name {
        Name::new(&format!("{}-build", self.run))
    }

    /// The container through which the sources go in.
    pub fn predefined(&self) -> Name {
        Name::new(&format!("{}-predefined", self.run))
    }

    /// The container that a hook runs in before the sources go in.
    pub fn hook(&self) -> Name {
        Name::new(&format!("{}-hook", self.run))
    }

    /// A service's container: its name and its position in the list of services.
    pub fn service(&self, service: &ServicePlan) -> Name {
        Name::new(&format!("{}-{}-{}", self.run, with_underscores(&service.name), service.index))
    }

    /// The network of `FF_NETWORK_PER_BUILD`.
    pub fn network(&self) -> Name {
        Name::new(&format!("{}-network", self.run))
    }

    /// A volume that is made; one that is given has its own.
    pub fn volume(&self, source: &VolumeSource) -> Option<Name> {
        match source {
            VolumeSource::Given { .. } => None,
            VolumeSource::Kept { name } => Some(Name::new(name)),
            VolumeSource::Temporary { hash } => Some(Name::new(&format!("{}-cache-{hash}", self.run))),
        }
    }

    /// Labels of a volume that is made. One that is kept is no single job's.
    pub fn volume_labels(&self, volume: &VolumePlan) -> BTreeMap<String, String> {
        let mut labels = self.labels(Kind::Cache);
        let (is_kept, is_protected) = match &volume.source {
            VolumeSource::Kept { name } => (true, name.ends_with("-protected")),
            VolumeSource::Given { .. } | VolumeSource::Temporary { .. } => (false, false),
        };
        if is_kept {
            labels.remove(&format!("{LABEL_PREFIX}job.name"));
            labels.remove(&format!("{LABEL_PREFIX}{PROCESS}"));
        }
        let more = [
            ("destination", volume.destination.clone()),
            ("protected", is_protected.to_string()),
            ("reusable", is_kept.to_string()),
        ];
        labels.extend(more.map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value)));
        labels
    }

    /// Labels of the job's network.
    pub fn network_labels(&self) -> BTreeMap<String, String> {
        self.labels.clone()
    }

    /// Labels of a container or volume.
    pub fn labels(&self, kind: Kind) -> BTreeMap<String, String> {
        let kind = match kind {
            Kind::Build => "build",
            Kind::Predefined => "predefined",
            Kind::Hook => "hook",
            Kind::Wait => "wait",
            Kind::Service => "service",
            Kind::Cache => "cache",
        };
        let mut labels = self.labels.clone();
        labels.insert(format!("{LABEL_PREFIX}type"), kind.to_owned());
        labels
    }

    /// Labels of a service's container.
    pub fn service_labels(&self, service: &ServicePlan) -> BTreeMap<String, String> {
        let mut labels = self.labels(Kind::Service);
        labels.insert(format!("{LABEL_PREFIX}service"), service.name.clone());
        labels.insert(format!("{LABEL_PREFIX}service.version"), service.version.clone());
        labels
    }
}

/// The labels that everything carries; `job.name` and `project.path` are ours, for `docker ps --filter` and `clean`.
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
        (PROJECT_PATH, variable("CI_PROJECT_PATH")),
        ("pipeline.id", variable("CI_PIPELINE_ID")),
        ("runner.id", "lite".to_owned()),
        ("runner.local_id", "0".to_owned()),
    ]
    .into_iter()
    .map(|(key, value)| (format!("{LABEL_PREFIX}{key}"), value))
    .collect()
}
