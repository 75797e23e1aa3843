//! What runs have left on the engine: what killed ones did not come to remove, and volumes that are kept on purpose.
//!
//! Invariant: nothing of another runner's is found, and nothing of a run that goes on is left over.

use std::collections::BTreeMap;

use super::ledger::{Ledger, Leftover, Object};
pub use super::process_label::Life;
use super::process_label::life;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::create::names::{LABEL_PREFIX, OWN_LABEL, PROCESS, PROJECT_PATH};
use crate::plan::job_plan::AnonymousVolumes;

/// Something that this program has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What it is.
    pub object: Object,
    /// What it was for: `job test, exited`, or `/cache of group/project`.
    pub purpose: String,
    /// What has become of the process that made it.
    pub life: Life,
}

/// All that is there, of runs that go on as well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leftovers {
    /// Containers, networks and volumes of runs.
    pub of_runs: Vec<Left>,
    /// Volumes that are kept from job to job.
    pub kept: Vec<Left>,
}

impl Leftovers {
    /// Asks the engine.
    ///
    /// # Errors
    /// A list that the engine does not give.
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
            found.of_runs.push(Left {
                object: Object::Container(name),
                purpose,
                life: life_of(label(PROCESS)),
            });
        }
        for network in &networks {
            let label = |key: &str| label(network.labels.as_ref(), key);
            let (object, purpose) = (Object::Network(Name::new(&network.name)), of_job(label("job.name")));
            found.of_runs.push(Left { object, purpose, life: life_of(label(PROCESS)) });
        }
        for volume in &volumes {
            let label = |key: &str| label(volume.labels.as_ref(), key);
            let object = Object::Volume(Name::new(&volume.name));
            if label("reusable") == Some("true") {
                let (path, project) = (label("destination"), label(PROJECT_PATH));
                let purpose = format!("{} of {}", path.unwrap_or_default(), project.unwrap_or("?"));
                found.kept.push(Left { object, purpose, life: Life::Dead });
            } else {
                let purpose = of_job(label("job.name"));
                found.of_runs.push(Left { object, purpose, life: life_of(label(PROCESS)) });
            }
        }
        Ok(found)
    }
}

fn label<'l>(labels: Option<&'l BTreeMap<String, String>>, key: &str) -> Option<&'l str> {
    labels?.get(&format!("{LABEL_PREFIX}{key}")).map(String::as_str)
}

fn of_job(name: Option<&str>) -> String {
    // Somebody else has written it, and it goes to a terminal.
    let name: String = name.unwrap_or("?").chars().filter(|c| !c.is_control()).collect();
    format!("job {name}")
}

/// What nobody has signed is of a version that did not, and over.
fn life_of(process: Option<&str>) -> Life {
    process.map_or(Life::Dead, life)
}

/// Removes all of these, and gives what is still there.
pub async fn remove(engine: &Engine, left: &[Left]) -> Result<Vec<Leftover>, EngineError> {
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    for left in left {
        ledger.create(left.object.clone(), async { Ok(()) }).await?;
    }
    Ok(ledger.teardown(engine).await)
}
