//! Leftovers on the engine: objects that killed runs did not remove, and persistent volumes.
//!
//! Invariant: objects of other runners are never found, and objects of a process that runs are marked as such.

use std::collections::BTreeMap;

use super::ledger::{Ledger, Object, RemovalFailure};
pub use super::process_label::ProcessState;
use super::process_label::process_state;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::create::names::{LABEL_PREFIX, OWN_LABEL, PROCESS_LABEL, PROJECT_PATH_LABEL};
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
    pub persistent_volumes: Vec<Leftover>,
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
        for container in &containers {
            let Some(name) = container.name() else { continue };
            let label = |key: &str| container.label(&format!("{LABEL_PREFIX}{key}"));
            let purpose = format!("{}, {}", of_job(label("job.name")), container.state);
            found.of_runs.push(Leftover {
                object: Object::Container(name),
                purpose,
                process: process_of(label(PROCESS_LABEL)),
            });
        }
        for network in &networks {
            let label = |key: &str| label(network.labels.as_ref(), key);
            let (object, purpose) = (Object::Network(Name::new(&network.name)), of_job(label("job.name")));
            found.of_runs.push(Leftover { object, purpose, process: process_of(label(PROCESS_LABEL)) });
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
                found.of_runs.push(Leftover { object, purpose, process: process_of(label(PROCESS_LABEL)) });
            }
        }
        Ok(found)
    }
}

fn label<'l>(labels: Option<&'l BTreeMap<String, String>>, key: &str) -> Option<&'l str> {
    labels?.get(&format!("{LABEL_PREFIX}{key}")).map(String::as_str)
}

fn of_job(name: Option<&str>) -> String {
    format!("job {}", name.unwrap_or("?"))
}

/// An object without a process label may belong to a process that could not read `/proc`.
fn process_of(label: Option<&str>) -> ProcessState {
    label.map_or(ProcessState::Unknown, process_state)
}

/// Removes objects of runs. Returns the failed removals.
pub async fn remove(engine: &Engine, leftovers: &[Leftover]) -> Vec<RemovalFailure> {
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
