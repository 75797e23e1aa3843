//! Leftovers on the engine: objects that killed runs did not remove, and persistent volumes.
//!
//! Invariant: objects of other runners are never found, and objects of a process that runs are marked as such.
//! Labels alone prove nothing: a container of an image that was made of a job's container (`docker commit`), or whose image
//! sets them, has them, too. Such a container has another name.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Ledger, Object, RemovalFailure};
pub use super::process_label::ProcessState;
use super::process_label::{process_state, process_state_beside_running};
use crate::engine::Engine;
use crate::engine::container::list::ContainerSummary;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::create::names::{
    CONTAINER_NAME_LABEL, KEPT_LABEL, LABEL_PREFIX, OWN_LABEL, PROCESS_LABEL, PROJECT_PATH_LABEL, is_of_a_run,
};
use crate::plan::job_plan::AnonymousVolumes;

/// An object that a run of this program created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    pub object: Object,
    /// Its job and state, or its path and project: `job test, exited`, `/cache of group/project`.
    pub purpose: String,
    /// Whether the process that created it still runs. Persistent volumes belong to no process.
    pub process: ProcessState,
}

/// All objects of this program on an engine, also those of processes that still run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leftovers {
    /// Containers, networks and temporary volumes.
    pub of_runs: Vec<Leftover>,
    /// The same of jobs whose user has asked for them to stay (`--keep`).
    pub of_kept_jobs: Vec<Leftover>,
    pub persistent_volumes: Vec<Leftover>,
    /// Objects that carry this program's labels, but not the name that it gave to one: renamed ones, and others'
    /// containers that have inherited the labels.
    pub of_other_names: Vec<Leftover>,
}

impl Leftovers {
    /// Finds them by the label that every object of this program carries.
    ///
    /// # Errors
    /// The engine cannot list its objects.
    pub async fn find(engine: &Engine) -> Result<Self, EngineError> {
        let (containers, networks, volumes) = tokio::try_join!(
            engine.container_list(OWN_LABEL),
            engine.network_list(OWN_LABEL),
            engine.volume_list(OWN_LABEL)
        )?;
        let mut found = Self::default();
        let running: BTreeSet<&str> = containers
            .iter()
            .filter(|container| is_own(container) && matches!(&*container.state, "running" | "paused"))
            .filter_map(|container| container_label(container, PROCESS_LABEL))
            .collect();
        // An object without a process label may belong to a process that could not read `/proc`.
        let process_of = |label: Option<&str>| match label {
            None => ProcessState::Unknown,
            Some(process) if running.contains(process) => process_state_beside_running(process),
            Some(process) => process_state(process),
        };
        for container in &containers {
            let Some(name) = container.name() else { continue };
            let label = |key: &str| container_label(container, key);
            let purpose = format!("{}, {}", of_job(label("job.name")), container.state);
            let process = process_of(label(PROCESS_LABEL));
            let list = match (is_own(container), label(KEPT_LABEL)) {
                (false, _) => &mut found.of_other_names,
                (true, None) => &mut found.of_runs,
                (true, Some(_)) => &mut found.of_kept_jobs,
            };
            list.push(Leftover { object: Object::Container(name), purpose, process });
        }
        for network in &networks {
            let label = |key: &str| label(network.labels.as_ref(), key);
            let (object, purpose) = (Object::Network(Name::new(&network.name)), of_job(label("job.name")));
            let process = process_of(label(PROCESS_LABEL));
            found.list_of(&network.name, label(KEPT_LABEL)).push(Leftover { object, purpose, process });
        }
        for volume in &volumes {
            let label = |key: &str| label(volume.labels.as_ref(), key);
            let object = Object::Volume(Name::new(&volume.name));
            if label("reusable") == Some("true") {
                let (path, project) = (label("destination"), label(PROJECT_PATH_LABEL));
                let purpose = format!("{} of {}", path.unwrap_or_default(), project.unwrap_or("?"));
                found.persistent_volumes.push(Leftover { object, purpose, process: ProcessState::Ended });
            } else {
                let purpose = of_job(label("job.name"));
                let process = process_of(label(PROCESS_LABEL));
                found.list_of(&volume.name, label(KEPT_LABEL)).push(Leftover { object, purpose, process });
            }
        }
        Ok(found)
    }

    /// The list for a network or a temporary volume with that name and that [`KEPT_LABEL`].
    fn list_of(&mut self, name: &str, kept: Option<&str>) -> &mut Vec<Leftover> {
        match (is_of_a_run(name), kept) {
            (false, _) => &mut self.of_other_names,
            (true, None) => &mut self.of_runs,
            (true, Some(_)) => &mut self.of_kept_jobs,
        }
    }
}

/// Whether a container has the name that this program gave it. Older versions set no label with that name.
pub(in crate::executor) fn is_own(container: &ContainerSummary) -> bool {
    let created_as = container_label(container, CONTAINER_NAME_LABEL);
    container.name().is_some_and(|name| {
        is_of_a_run(name.as_str()) && created_as.is_none_or(|created| created == name.as_str())
    })
}

pub(in crate::executor) fn container_label<'l>(
    container: &'l ContainerSummary,
    key: &str,
) -> Option<&'l str> {
    container.label(&format!("{LABEL_PREFIX}{key}"))
}

fn label<'l>(labels: Option<&'l BTreeMap<String, String>>, key: &str) -> Option<&'l str> {
    labels?.get(&format!("{LABEL_PREFIX}{key}")).map(String::as_str)
}

fn of_job(name: Option<&str>) -> String {
    format!("job {}", name.unwrap_or("?"))
}

/// Removes objects of runs. Returns the failed removals.
pub async fn remove<'l>(
    engine: &Engine,
    leftovers: impl Iterator<Item = &'l Leftover>,
) -> Vec<RemovalFailure> {
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    for leftover in leftovers {
        ledger.record(leftover.object.clone());
    }
    ledger.teardown(engine).await
}

/// Removes persistent volumes, each with one try: one that is in use belongs to a job that runs. Returns the failed
/// removals.
pub async fn remove_volumes(engine: &Engine, volumes: &[Leftover]) -> Vec<RemovalFailure> {
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    let mut failures = Vec::new();
    for Leftover { object, .. } in volumes {
        if let Err(error) = ledger.remove(engine, object).await {
            failures.push(RemovalFailure { object: object.clone(), error });
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::super::process_label::own_label;
    use super::*;
    use crate::executor::testing::{engine_deciding, json_answer};

    const BUILD: &str = "runner-lite-project-1-concurrent-0-00000000000000fe-build";
    const NETWORK: &str = "runner-lite-project-1-concurrent-0-00000000000000fe-network";

    /// The label of this process with another part at `index`.
    fn label_with(index: &[usize], part: &str) -> String {
        let own = own_label().unwrap();
        let mut parts: Vec<&str> = own.split('/').collect();
        index.iter().for_each(|index| parts[*index] = part);
        parts.join("/")
    }

    fn labels(process: &str, more: &str) -> String {
        let prefix = "com.gitlab.gitlab-runner";
        format!(r#""Labels": {{"{prefix}.runner.id": "lite", "{prefix}.process": "{process}"{more}}}"#)
    }

    fn container(name: &str, state: &str, labels: &str) -> String {
        format!(r#"{{"Names": ["/{name}"], "State": "{state}", {labels}}}"#)
    }

    /// What is found on an engine with these containers and one network of process `process`.
    async fn find(process: &str, containers: &[String]) -> Leftovers {
        let containers = format!("[{}]", containers.join(","));
        let networks = format!(r#"[{{"Name": "{NETWORK}", "Id": "1", {}}}]"#, labels(process, ""));
        let (engine, _serving) = engine_deciding(None, move |line: String| {
            let answer = match line {
                _ if line.contains("/containers/json") => json_answer(&containers),
                _ if line.contains("/networks") => json_answer(&networks),
                _ => json_answer(r#"{"Volumes": []}"#),
            };
            async move { answer }
        })
        .await;
        Leftovers::find(&engine).await.unwrap()
    }

    fn names(all: &[Leftover]) -> Vec<String> {
        all.iter().map(|left| left.object.description()).collect()
    }

    #[tokio::test]
    async fn a_container_with_inherited_labels_is_none_of_a_run() {
        // The start is not that of this process, so the run is over.
        let process = label_with(&[3], "0");
        let created_as = format!(r#", "com.gitlab.gitlab-runner.container.name": "{BUILD}""#);
        let (labels, of_older_version) = (labels(&process, &created_as), labels(&process, ""));
        let copy = BUILD.replace("fe-build", "ff-build");
        let all = [
            container(BUILD, "running", &labels),
            container("mine", "running", &labels),
            container(&copy, "running", &labels),
            container("mine-too", "exited", &of_older_version),
            container(&copy.replace("ff-", "0f-"), "exited", &of_older_version),
        ];
        let found = find(&process, &all).await;
        let own = [
            format!("container {BUILD}"),
            format!("container {}", copy.replace("ff-", "0f-")),
            format!("network {NETWORK}"),
        ];
        assert_eq!(names(&found.of_runs), own);
        let others =
            ["container mine".to_owned(), format!("container {copy}"), "container mine-too".to_owned()];
        assert_eq!(names(&found.of_other_names), others);
        assert!(found.of_runs.iter().all(|left| left.process == ProcessState::Ended), "{found:?}");
    }

    #[tokio::test]
    async fn a_run_of_another_boot_with_a_running_container_is_another_hosts() {
        // Another boot, and a time before this one, as after a reboot of this host or on a clone of it.
        let process = label_with(&[0, 5], "0");
        let states = async |state| {
            let found = find(&process, &[container(BUILD, state, &labels(&process, ""))]).await;
            found.of_runs.iter().map(|left| left.process).collect::<Vec<_>>()
        };
        assert_eq!(states("running").await, [ProcessState::OtherHost; 2]);
        // `Ended`, unless this process is in a container and knows no host.
        assert_eq!(states("exited").await, [process_state(&process); 2]);
    }
}
