//! The list of everything that a job creates on the engine, and its removal.
//!
//! Invariant: a name enters the ledger before the create call. Whatever happens to that call, the object is found and
//! removed. The removal has its own deadline and continues after single failures.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::Engine;
use crate::engine::container::create::CreatedContainer;
use crate::engine::container::list::ContainerSummary;
use crate::engine::container::remove::{ContainerRemoval, RemoveAnonymousVolumes};
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::executor::create::names::{CONTAINER_NAME_LABEL, LABEL_PREFIX};
use crate::plan::job_plan;

/// Limit for the removal of all objects. Killing a container whose processes hang in the kernel took 15 s.
pub const TEARDOWN_WITHIN: Duration = Duration::from_secs(60);

/// How long after a dropped create call its object may still appear: Docker 20.10 and Podman complete such a call, and Podman
/// 5.8 on a loaded host took more than 3 s. Only time in which the engine answers counts.
pub const LATE_CREATION: Duration = Duration::from_secs(5);

/// How long a network may stay "in use" after its last container has been removed (moby#17217).
pub const NETWORK_RELEASE: Duration = Duration::from_secs(10);

/// The pause between two attempts to remove an object that has not appeared yet or is still in use.
const RETRY_EVERY: Duration = Duration::from_millis(100);

/// The objects that a job has created. Clones share one list.
#[derive(Clone)]
pub struct Ledger {
    entries: Arc<Mutex<Vec<LedgerEntry>>>,
    anonymous_volumes: RemoveAnonymousVolumes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct LedgerEntry {
    object: Object,
    state: CreationState,
    /// A container's id, which stays the same if somebody renames it; `None` before the answer of its create call.
    id: Option<Name>,
}

/// An object on the engine that must be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    Container(Name),
    Network(Name),
    Volume(Name),
    /// A connection of a container to a network. Neither has to be created by this program.
    Membership {
        network: Name,
        container: Name,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CreationState {
    /// The create call was sent and has not been answered.
    Creating,
    /// The engine has answered, with success or an error.
    Settled,
}

/// Whether the engine had the object of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    No,
    Yes,
}

/// An object that could not be removed.
#[derive(Debug)]
pub struct RemovalFailure {
    pub object: Object,
    pub error: EngineError,
}

impl Object {
    /// What the object is, and its name: `container runner-lite-…-build`.
    pub fn description(&self) -> String {
        match self {
            Self::Container(name) => format!("container {name}"),
            Self::Network(name) => format!("network {name}"),
            Self::Volume(name) => format!("volume {name}"),
            Self::Membership { network, container } => format!("container {container} in network {network}"),
        }
    }

    /// The command by which a user can remove the object.
    pub fn removal_command(&self) -> String {
        match self {
            Self::Container(name) => format!("docker rm -f -v {name}"),
            Self::Network(name) => format!("docker network rm {name}"),
            Self::Volume(name) => format!("docker volume rm {name}"),
            Self::Membership { network, container } => {
                format!("docker network disconnect -f {network} {container}")
            }
        }
    }
}

impl Ledger {
    /// An empty ledger. `volumes` decides whether a container's anonymous volumes are removed with it.
    pub fn new(volumes: job_plan::AnonymousVolumes) -> Self {
        let anonymous_volumes = match volumes {
            job_plan::AnonymousVolumes::Removed => RemoveAnonymousVolumes::Yes,
            job_plan::AnonymousVolumes::Kept => RemoveAnonymousVolumes::No,
        };
        Self { entries: Arc::default(), anonymous_volumes }
    }

    /// Adds `object` and runs the create call.
    pub async fn create<T>(
        &self,
        object: Object,
        call: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        self.entries().push(LedgerEntry { object: object.clone(), state: CreationState::Creating, id: None });
        let result = call.await;
        // A call that timed out, or whose connection broke, may still have its effect.
        let is_answered = result.as_ref().err().is_none_or(|error| error.status().is_some());
        if is_answered {
            for entry in self.entries().iter_mut().filter(|entry| entry.object == object) {
                entry.state = CreationState::Settled;
            }
        }
        result
    }

    /// Adds the container `name`, runs the create call, and keeps the id that it answers.
    pub async fn create_container(
        &self,
        name: &Name,
        call: impl Future<Output = Result<CreatedContainer, EngineError>>,
    ) -> Result<CreatedContainer, EngineError> {
        let object = Object::Container(name.clone());
        let created = self.create(object.clone(), call).await?;
        for entry in self.entries().iter_mut().filter(|entry| entry.object == object) {
            entry.id = Some(Name::new(&created.id));
        }
        Ok(created)
    }

    /// Adds an object that exists, or that the creation of another object brings about.
    pub fn record(&self, object: Object) {
        self.entries().push(LedgerEntry { object, state: CreationState::Settled, id: None });
    }

    /// Leaves the objects that `is_kept` selects to the user: the teardown does not remove them. Only what exists for
    /// certain is left; nothing is, if no container is, for the rest serves containers. Returns what is left.
    pub fn keep(&self, is_kept: impl Fn(&Object) -> bool) -> Vec<Object> {
        let is_left = |entry: &LedgerEntry| match &entry.object {
            Object::Container(_) => entry.id.is_some() && is_kept(&entry.object),
            object => entry.state == CreationState::Settled && is_kept(object),
        };
        let mut entries = self.entries();
        let is_container = |entry: &LedgerEntry| matches!(entry.object, Object::Container(_));
        if !entries.iter().any(|entry| is_container(entry) && is_left(entry)) {
            return Vec::new();
        }
        let (left, others) = std::mem::take(&mut *entries).into_iter().partition(is_left);
        *entries = others;
        let left: Vec<LedgerEntry> = left;
        left.into_iter().map(|entry| entry.object).collect()
    }

    /// Removes one object before the teardown.
    ///
    /// # Errors
    /// The engine rejects the removal; the object stays in the ledger.
    pub async fn remove(&self, engine: &Engine, object: &Object) -> Result<(), EngineError> {
        let removal = Removal { engine, volumes: self.anonymous_volumes, deadline: Instant::now() };
        removal.remove_object(object).await?;
        self.entries().retain(|entry| entry.object != *object);
        Ok(())
    }

    /// Removes everything: first all containers at the same time, then volumes and networks, which containers keep in
    /// use. Returns the failed removals.
    pub async fn teardown(&self, engine: &Engine) -> Vec<RemovalFailure> {
        let deadline = Instant::now() + TEARDOWN_WITHIN;
        let entries = self.entries().clone();
        let (containers, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| matches!(entry.object, Object::Container(_) | Object::Membership { .. }));
        let mut leftovers = self.remove_all(engine, containers, deadline).await;
        leftovers.extend(self.remove_all(engine, others, deadline).await);
        leftovers
    }

    /// The objects that have not been removed.
    pub fn remaining(&self) -> Vec<Object> {
        self.entries().iter().map(|entry| entry.object.clone()).collect()
    }

    async fn remove_all(
        &self,
        engine: &Engine,
        entries: Vec<LedgerEntry>,
        deadline: Instant,
    ) -> Vec<RemovalFailure> {
        let (mut removals, mut objects, mut failures) = (JoinSet::new(), HashMap::new(), Vec::new());
        for entry in entries {
            let (ledger, engine, object) = (self.clone(), engine.clone(), entry.object.clone());
            let task = removals.spawn(async move {
                let removal = Removal { engine: &engine, volumes: ledger.anonymous_volumes, deadline };
                let limit = deadline.saturating_duration_since(Instant::now());
                let result = timeout(limit, removal.remove(&entry)).await;
                let after = TEARDOWN_WITHIN;
                result.unwrap_or_else(|_| Err(failed(&entry.object, EngineErrorKind::TimedOut { after })))
            });
            objects.insert(task.id(), object);
        }
        while let Some(ended) = removals.join_next_with_id().await {
            let task = match &ended {
                Ok((task, _)) => *task,
                Err(error) => error.id(),
            };
            let Some(object) = objects.remove(&task) else { continue };
            let result = match ended {
                Ok((_, result)) => result,
                Err(error) => Err(failed(&object, EngineErrorKind::TaskFailed { detail: error.to_string() })),
            };
            match result {
                Ok(()) => self.entries().retain(|entry| entry.object != object),
                Err(error) => failures.push(RemovalFailure { object, error }),
            }
        }
        failures
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<LedgerEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes objects of one ledger.
struct Removal<'a> {
    engine: &'a Engine,
    volumes: RemoveAnonymousVolumes,
    /// Until then the removal of an object in use is repeated.
    deadline: Instant,
}

impl Removal<'_> {
    async fn remove(&self, entry: &LedgerEntry) -> Result<(), EngineError> {
        let mut found = self.remove_object(&entry.object).await?;
        if entry.state == CreationState::Creating {
            // The create call was dropped, so the object may still appear. The engine may have been busy or stopped: it
            // handles the create call once it answers again, and so only the pauses between its answers count.
            let mut waited = Duration::ZERO;
            while waited < LATE_CREATION {
                sleep(RETRY_EVERY).await;
                waited = waited.saturating_add(RETRY_EVERY);
                found = self.remove_object(&entry.object).await?.max(found);
            }
        }
        match (&entry.object, found) {
            (Object::Container(name), Found::No) => self.remove_renamed(name, entry).await,
            _ => Ok(()),
        }
    }

    /// Removes an object, as soon as nothing uses it any more.
    async fn remove_object(&self, object: &Object) -> Result<Found, EngineError> {
        let until = match object {
            Object::Network(_) => self.deadline.min(Instant::now() + NETWORK_RELEASE),
            _ => self.deadline,
        };
        loop {
            match self.remove_once(object).await {
                Err(error) if is_temporary(object, &error) && Instant::now() + RETRY_EVERY < until => {
                    sleep(RETRY_EVERY).await;
                }
                result => return result,
            }
        }
    }

    async fn remove_once(&self, object: &Object) -> Result<Found, EngineError> {
        match object {
            Object::Container(name) => {
                return Ok(match self.engine.container_remove(name, self.volumes).await? {
                    ContainerRemoval::Removed => Found::Yes,
                    ContainerRemoval::Missing => Found::No,
                });
            }
            Object::Volume(name) => self.engine.volume_remove(name).await?,
            Object::Membership { network, container } => {
                self.engine.network_disconnect(network, container).await?;
            }
            Object::Network(name) => self.engine.network_remove(name).await?,
        }
        Ok(Found::Yes)
    }

    /// Removes the container that was created as `name`, if somebody has renamed it: it still has its id. Without one,
    /// because the create call was not answered, a container with the label of that name is only reported: one of an
    /// image that was made of the job's container (`docker commit`) has that label, too.
    async fn remove_renamed(&self, name: &Name, entry: &LedgerEntry) -> Result<(), EngineError> {
        if let Some(id) = &entry.id {
            return self.remove_object(&Object::Container(id.clone())).await.map(|_| ());
        }
        if entry.state == CreationState::Settled {
            return Ok(());
        }
        let label = format!("{LABEL_PREFIX}{CONTAINER_NAME_LABEL}={name}");
        let others = self.engine.container_list(&label).await?;
        match others.iter().find_map(ContainerSummary::name) {
            Some(renamed) => {
                Err(failed(&entry.object, EngineErrorKind::PerhapsRenamed { renamed: renamed.to_string() }))
            }
            None => Ok(()),
        }
    }
}

/// Whether the removal of `object` may succeed later: another client's removal of the container has not ended, a
/// container that uses the volume is about to be removed, or the network's last container has just been.
fn is_temporary(object: &Object, error: &EngineError) -> bool {
    match object {
        Object::Container(_) | Object::Volume(_) => error.is_conflict(),
        Object::Network(_) => error.is_in_use(),
        Object::Membership { .. } => false,
    }
}

fn failed(object: &Object, kind: EngineErrorKind) -> EngineError {
    let (operation, name) = match object {
        Object::Container(name) => ("remove container", name),
        Object::Network(name) => ("remove network", name),
        Object::Volume(name) => ("remove volume", name),
        Object::Membership { network, .. } => ("disconnect a container from network", network),
    };
    EngineError { operation, subject: name.to_string(), kind }
}

#[cfg(test)]
mod tests;
