//! What a run takes before it plans its jobs: the store, its numbers and its slot.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use crate::cli::options::UsageError;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::linux::container;
use crate::plan::facts::Facts;
use crate::plan::identity::{Slot, SlotStore};
use crate::store::{ProjectStore, SlotLock, StoreError, StorePlaces};

/// The store of a run, and the slot of its jobs. A run goes without them if there is no usable store.
pub struct RunPlace {
    pub store: Option<Arc<ProjectStore>>,
    /// Where the store is; `None` if it is unknown.
    pub places: Option<StorePlaces>,
    slot: Option<SlotLock>,
}

impl RunPlace {
    /// Opens the store and numbers the run in `facts`. The messages are warnings.
    pub fn open(places: &Result<StorePlaces, UsageError>, facts: &mut Facts) -> (Self, Vec<UserMessage>) {
        let (mut place, mut messages) = (Self { store: None, places: None, slot: None }, Vec::new());
        facts.slots = SlotStore::Missing;
        let taken = places.as_ref().map_err(|error| chain(error)).and_then(|places| {
            place.fill(places, facts).map_err(|error| chain(&error))?;
            place.places = Some(places.clone());
            Ok(())
        });
        let disk = place.store.as_ref().map(|store| store.check_disk());
        if let Some(Err(error)) = disk {
            messages.push(UserMessage::Warning(chain(&error)));
        }
        messages.extend(taken.err().map(without_store));
        (place, messages)
    }

    /// Takes a slot for jobs that run one after another. The message is a warning: without a slot, there is no store.
    pub fn take_slot(&mut self) -> Option<UserMessage> {
        match self.store.as_ref()?.take_slot() {
            Ok(slot) => {
                self.slot = Some(slot);
                None
            }
            Err(error) => {
                (self.store, self.places) = (None, None);
                Some(without_store(chain(&error)))
            }
        }
    }

    fn fill(&mut self, places: &StorePlaces, facts: &mut Facts) -> Result<(), StoreError> {
        let store = ProjectStore::open(places, facts.root(), &facts.project_identity())?;
        facts.pipeline_id = store.next_pipeline_id(facts.now)?;
        facts.pipeline_iid = store.next_iid()?;
        facts.slots = SlotStore::Opened(store.identity()?);
        self.store = Some(Arc::new(store));
        Ok(())
    }

    /// The slot of the run's jobs, which run one after another.
    pub fn slot(&self) -> Slot {
        self.slot.as_ref().map_or(Slot::FIRST, |slot| Slot::new(slot.number()))
    }
}

fn without_store(error: String) -> UserMessage {
    UserMessage::Warning(format!("nothing of this run is stored, and no caches are used: {error}"))
}

/// Says that the store goes with the container that this process runs in, unless a directory is mounted there.
pub fn container_note(places: &StorePlaces) -> Option<UserMessage> {
    if !container::is_container() {
        return None;
    }
    let lost: Vec<String> = [&places.state, &places.cache]
        .into_iter()
        .filter(|place| is_on_root(place))
        .map(|place| format!("`{}`", place.display()))
        .collect();
    let note = "runner-lite runs in a container, and all that it stores is lost with the container; mount a \
                directory at";
    (!lost.is_empty()).then(|| UserMessage::Note(format!("{note} {} to keep it", lost.join(" and "))))
}

/// Whether a folder, which need not exist yet, is in the file system of the root.
fn is_on_root(folder: &Path) -> bool {
    let device = |path: &Path| path.metadata().ok().map(|metadata| metadata.dev());
    folder.ancestors().find_map(device) == device(Path::new("/"))
}
