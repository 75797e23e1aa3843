//! Everything that a job makes on the engine, written down before it is made, and its removal.
//!
//! Invariant: a name enters the ledger before the call that makes the object. Whatever happens to that call, the
//! object is found and removed; removal has a deadline of its own and goes on past single failures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::Engine;
use crate::engine::container::remove::RemoveAnonymousVolumes;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::plan::job_plan;

/// How long the removal of everything may take. Killing a container whose processes hang in the kernel took 15 s.
pub const TEARDOWN_WITHIN: Duration = Duration::from_secs(60);

/// How long an object may appear after its create call was given up: Docker 20.10 finishes such a call.
pub const LATE_CREATION: Duration = Duration::from_secs(3);

/// A network can be "in use" for a moment after its last container is gone (moby#17217).
pub const NETWORK_RELEASE: Duration = Duration::from_secs(10);

/// Between two tries at removing something that is not yet there, or not yet free.
const RETRY_EVERY: Duration = Duration::from_millis(100);

/// What has been made. Clones share one list.
#[derive(Clone)]
pub struct Ledger {
    entries: Arc<Mutex<Vec<Entry>>>,
    anonymous_volumes: RemoveAnonymousVolumes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    object: Object,
    state: State,
}

/// Something on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A container.
    Container(Name),
    /// A network.
    Network(Name),
    /// A volume.
    Volume(Name),
    /// A container's place in a network, neither of which need be ours.
    Membership {
        /// The network.
        network: Name,
        /// The container.
        container: Name,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The create call was begun and has not answered.
    Creating,
    /// It has answered, with or without success.
    Settled,
}

/// Something that could not be removed.
#[derive(Debug)]
pub struct Leftover {
    /// What it is.
    pub object: Object,
    /// Why it is still there.
    pub error: EngineError,
}

impl Object {
    /// How a person would remove it.
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
    /// Nothing has been made; volumes of images are removed with their containers, or not.
    pub fn new(volumes: job_plan::AnonymousVolumes) -> Self {
        let anonymous_volumes = match volumes {
            job_plan::AnonymousVolumes::Removed => RemoveAnonymousVolumes::Yes,
            job_plan::AnonymousVolumes::Kept => RemoveAnonymousVolumes::No,
        };
        Self { entries: Arc::default(), anonymous_volumes }
    }

    /// Writes `object` down and runs the call that makes it.
    pub async fn create<T>(
        &self,
        object: Object,
        call: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        self.entries().push(Entry { object: object.clone(), state: State::Creating });
        let result = call.await;
        for entry in self.entries().iter_mut().filter(|entry| entry.object == object) {
            entry.state = State::Settled;
        }
        result
    }

    /// Removes one object before the end.
    ///
    /// # Errors
    /// The engine refuses; it stays in the ledger.
    pub async fn remove(&self, engine: &Engine, object: &Object) -> Result<(), EngineError> {
        let removal = Removal { engine: engine.clone(), volumes: self.anonymous_volumes };
        removal.remove_once(object).await?;
        self.entries().retain(|entry| entry.object != *object);
        Ok(())
    }

    /// Removes everything: containers at once, then volumes and networks, which containers hold. Returns what is
    /// still there.
    pub async fn teardown(&self, engine: &Engine) -> Vec<Leftover> {
        let deadline = Instant::now() + TEARDOWN_WITHIN;
        let entries = std::mem::take(&mut *self.entries());
        let (containers, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| matches!(entry.object, Object::Container(_) | Object::Membership { .. }));
        let mut leftovers = self.remove_all(engine, containers, deadline).await;
        leftovers.extend(self.remove_all(engine, others, deadline).await);
        leftovers
    }

    async fn remove_all(&self, engine: &Engine, entries: Vec<Entry>, deadline: Instant) -> Vec<Leftover> {
        let mut removals = JoinSet::new();
        for entry in entries {
            let removal = Removal { engine: engine.clone(), volumes: self.anonymous_volumes };
            removals.spawn(async move {
                let object = entry.object.clone();
                let limit = deadline.saturating_duration_since(Instant::now());
                let result = timeout(limit, removal.remove(&entry)).await;
                let error = result.unwrap_or_else(|_| Err(timed_out(&object))).err()?;
                Some(Leftover { object, error })
            });
        }
        // A removal that panicked has left something behind without a word; there is none that can.
        removals.join_all().await.into_iter().flatten().collect()
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How things are removed.
struct Removal {
    engine: Engine,
    volumes: RemoveAnonymousVolumes,
}

impl Removal {
    async fn remove(&self, entry: &Entry) -> Result<(), EngineError> {
        let until = Instant::now() + LATE_CREATION;
        loop {
            self.remove_once(&entry.object).await?;
            // 404 counts as removed, so an object whose creation was given up is asked for until it cannot come any
            // more.
            if entry.state == State::Settled || Instant::now() >= until {
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
