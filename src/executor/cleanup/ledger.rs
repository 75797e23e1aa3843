//! The list of everything that a job creates on the engine, and its removal.
//!
//! Invariant: a name enters the ledger before the create call. Whatever happens to that call, the object is found and
//! removed. The removal has its own deadline and continues after single failures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::Engine;
use crate::engine::container::remove::RemoveAnonymousVolumes;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::plan::job_plan;

/// Limit for the removal of all objects. Killing a container whose processes hang in the kernel took 15 s.
pub const TEARDOWN_WITHIN: Duration = Duration::from_secs(60);

/// How long after a dropped create call its object may still appear: Docker 20.10 completes such a call.
pub const LATE_CREATION: Duration = Duration::from_secs(3);

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

/// An object that could not be removed.
#[derive(Debug)]
pub struct RemovalFailure {
    pub object: Object,
    pub error: EngineError,
}

impl Object {
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
        self.entries().push(LedgerEntry { object: object.clone(), state: CreationState::Creating });
        let result = call.await;
        for entry in self.entries().iter_mut().filter(|entry| entry.object == object) {
            entry.state = CreationState::Settled;
        }
        result
    }

    /// Adds an object that exists, or that the creation of another object brings about.
    pub fn record(&self, object: Object) {
        self.entries().push(LedgerEntry { object, state: CreationState::Settled });
    }

    /// Removes one object before the teardown.
    ///
    /// # Errors
    /// The engine rejects the removal; the object stays in the ledger.
    pub async fn remove(&self, engine: &Engine, object: &Object) -> Result<(), EngineError> {
        let removal = Removal { engine: engine.clone(), volumes: self.anonymous_volumes };
        removal.remove_once(object).await?;
        self.entries().retain(|entry| entry.object != *object);
        Ok(())
    }

    /// Removes everything: first all containers at the same time, then volumes and networks, which containers keep in
    /// use. Returns the failed removals.
    pub async fn teardown(&self, engine: &Engine) -> Vec<RemovalFailure> {
        let deadline = Instant::now() + TEARDOWN_WITHIN;
        let entries = std::mem::take(&mut *self.entries());
        let (containers, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| matches!(entry.object, Object::Container(_) | Object::Membership { .. }));
        let mut leftovers = self.remove_all(engine, containers, deadline).await;
        leftovers.extend(self.remove_all(engine, others, deadline).await);
        leftovers
    }

    async fn remove_all(
        &self,
        engine: &Engine,
        entries: Vec<LedgerEntry>,
        deadline: Instant,
    ) -> Vec<RemovalFailure> {
        let mut removals = JoinSet::new();
        for entry in entries {
            let removal = Removal { engine: engine.clone(), volumes: self.anonymous_volumes };
            removals.spawn(async move {
                let object = entry.object.clone();
                let limit = deadline.saturating_duration_since(Instant::now());
                let result = timeout(limit, removal.remove(&entry)).await;
                let error = result.unwrap_or_else(|_| Err(timed_out(&object))).err()?;
                Some(RemovalFailure { object, error })
            });
        }
        // `flatten` would hide a removal that panicked, but no removal can panic.
        removals.join_all().await.into_iter().flatten().collect()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<LedgerEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes objects of one ledger.
struct Removal {
    engine: Engine,
    volumes: RemoveAnonymousVolumes,
}

impl Removal {
    async fn remove(&self, entry: &LedgerEntry) -> Result<(), EngineError> {
        let until = Instant::now() + LATE_CREATION;
        loop {
            self.remove_once(&entry.object).await?;
            // 404 counts as removed. If the create call was dropped, the object may still appear, so the removal is
            // repeated until that is no longer possible.
            if entry.state == CreationState::Settled || Instant::now() >= until {
                return Ok(());
            }
            sleep(RETRY_EVERY).await;
        }
    }

    async fn remove_once(&self, object: &Object) -> Result<(), EngineError> {
        match object {
            Object::Container(name) => self.engine.container_remove(name, self.volumes).await,
            Object::Volume(name) => self.engine.volume_remove(name).await,
            Object::Membership { network, container } => {
                self.engine.network_disconnect(network, container).await
            }
            Object::Network(name) => {
                let until = Instant::now() + NETWORK_RELEASE;
                loop {
                    match self.engine.network_remove(name).await {
                        Err(error) if error.is_in_use() && Instant::now() < until => sleep(RETRY_EVERY).await,
                        result => return result,
                    }
                }
            }
        }
    }
}

fn timed_out(object: &Object) -> EngineError {
    let (operation, name) = match object {
        Object::Container(name) => ("remove container", name),
        Object::Network(name) => ("remove network", name),
        Object::Volume(name) => ("remove volume", name),
        Object::Membership { network, .. } => ("disconnect a container from network", network),
    };
    let kind = EngineErrorKind::TimedOut { after: TEARDOWN_WITHIN };
    EngineError { operation, subject: name.to_string(), kind }
}
