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
    /// Opens the store, numbers the run in `facts` and takes a slot. The messages are warnings.
    pub fn take(places: Result<StorePlaces, UsageError>, facts: &mut Facts) -> (Self, Vec<UserMessage>) {
        let (mut place, mut messages) = (Self { store: None, places: None, slot: None }, Vec::new());
        facts.slots = SlotStore::Missing;
        let taken = places.map_err(|error| chain(&error)).and_then(|places| {
            place.fill(&places, facts).map_err(|error| chain(&error))?;
            place.places = Some(places);
            Ok(())
        });
        let disk = place.store.as_ref().map(|store| store.check_disk());
        if let Some(Err(error)) = disk {
            messages.push(UserMessage::Warning(chain(&error)));
        }
        if let Err(error) = taken {
            let warning = format!("nothing of this run is stored, and no caches are used: {error}");
            messages.push(UserMessage::Warning(warning));
        }
        (place, messages)
    }

    fn fill(&mut self, places: &StorePlaces, facts: &mut Facts) -> Result<(), StoreError> {
        let store = ProjectStore::open(places, facts.root(), &facts.project_identity())?;
        self.slot = Some(store.take_slot()?);
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
    let note = "runner-lite runs in a container, with which all that it stores goes; mount a directory at";
    (!lost.is_empty()).then(|| UserMessage::Note(format!("{note} {} to keep it", lost.join(" and "))))
}

/// Whether a folder, which need not exist yet, is in the file system of the root.
fn is_on_root(folder: &Path) -> bool {
    let device = |path: &Path| path.metadata().ok().map(|metadata| metadata.dev());
    folder.ancestors().find_map(device) == device(Path::new("/"))
}
