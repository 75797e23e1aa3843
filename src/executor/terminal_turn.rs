//! Whose turn it is to use the user's terminal: the log's, or that of a shell in a job's container. One job at a time has
//! a shell; the log goes on meanwhile, and holds back what it would show.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// The jobs of a run that want the terminal. Clones share them.
#[derive(Debug, Clone)]
pub struct TerminalTurns(Arc<WaitingJobs>);

#[derive(Debug)]
struct WaitingJobs {
    turn: Arc<Semaphore>,
    /// In the order in which they get the terminal; the first one has it, or is about to.
    names: Mutex<Vec<Arc<str>>>,
    /// The turn of a job whose shell is over, until [`TerminalTurns::pass_on`].
    past: Mutex<Option<TakenTurn>>,
    shell_is_open: AtomicBool,
}

/// A job's place among those that want the terminal. The job leaves them when this value is dropped.
#[derive(Debug)]
pub struct TerminalPlace {
    turns: TerminalTurns,
    name: Arc<str>,
}

/// A job's turn. The next one follows when this value is dropped.
#[derive(Debug)]
pub struct TakenTurn {
    _permit: Option<OwnedSemaphorePermit>,
    place: TerminalPlace,
}

impl Default for TerminalTurns {
    fn default() -> Self {
        Self(Arc::new(WaitingJobs {
            turn: Arc::new(Semaphore::new(1)),
            names: Mutex::default(),
            past: Mutex::default(),
            shell_is_open: AtomicBool::new(false),
        }))
    }
}

impl TerminalTurns {
    /// Puts a job behind all others that want the terminal.
    pub fn enqueue(&self, job: &str) -> TerminalPlace {
        let name: Arc<str> = job.into();
        self.names().push(Arc::clone(&name));
        TerminalPlace { turns: self.clone(), name }
    }

    /// Whether a job has the terminal, so that nothing of the log is shown.
    pub fn is_taken(&self) -> bool {
        self.0.shell_is_open.load(Ordering::Relaxed)
    }

    /// Marks that a shell is open.
    pub fn open_shell(&self) -> OpenShell {
        self.0.shell_is_open.store(true, Ordering::Relaxed);
        OpenShell(self.clone())
    }

    /// Keeps the turn of a job whose shell is over until the end of the job has been dealt with: that may cancel the jobs
    /// which wait for the terminal.
    pub fn keep_until_end(&self, turn: TakenTurn) {
        *self.0.past.lock().unwrap_or_else(PoisonError::into_inner) = Some(turn);
    }

    /// Lets the next job have the terminal, if this one has had it.
    pub fn pass_on(&self, job: &str) {
        let mut past = self.0.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.take_if(|turn| &*turn.place.name == job);
    }

    fn names(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TakenTurn {
    /// The jobs that get the terminal after this one, in their order.
    pub fn followers(&self) -> Vec<String> {
        let names = self.place.turns.names();
        let others = names.iter().filter(|name| !Arc::ptr_eq(name, &self.place.name));
        others.map(ToString::to_string).collect()
    }
}

impl TerminalPlace {
    /// The job that has the terminal before this one.
    pub fn holder(&self) -> Option<String> {
        self.turns.names().first().filter(|first| !Arc::ptr_eq(first, &self.name)).map(ToString::to_string)
    }

    /// Waits until the terminal is this job's.
    pub async fn turn(self) -> TakenTurn {
        // Nothing closes the semaphore.
        let permit = Arc::clone(&self.turns.0.turn).acquire_owned().await.ok();
        TakenTurn { _permit: permit, place: self }
    }
}

impl Drop for TerminalPlace {
    fn drop(&mut self) {
        self.turns.names().retain(|name| !Arc::ptr_eq(name, &self.name));
    }
}

/// Travels to the log behind everything that it has to show before, and tells that it is shown.
#[derive(Debug, Clone)]
pub struct TerminalTurn(Arc<Mutex<Option<oneshot::Sender<()>>>>);

/// Marks that a shell is open, until it is dropped.
#[derive(Debug)]
pub struct OpenShell(TerminalTurns);

impl Drop for OpenShell {
    fn drop(&mut self) {
        self.0.0.shell_is_open.store(false, Ordering::Relaxed);
    }
}

impl TerminalTurn {
    /// The agreement, and the end of the wait for the log.
    pub fn new() -> (Self, oneshot::Receiver<()>) {
        let (sender, shown) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some(sender)))), shown)
    }

    /// Says that everything before is shown, and nothing more will be.
    pub fn give(&self) {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A job that has been stopped does not wait any more.
        shown.map(|shown| shown.send(()));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn jobs_get_the_terminal_one_after_another() {
        let turns = TerminalTurns::default();
        let (first, second, third) = (turns.enqueue("a"), turns.enqueue("b"), turns.enqueue("c"));
        assert_eq!((first.holder(), second.holder().as_deref()), (None, Some("a")));
        let turn = first.turn().await;
        assert_eq!(turn.followers(), ["b", "c"]);
        // A job that is stopped while it waits leaves no gap.
        assert!(timeout(Duration::from_millis(10), second.turn()).await.is_err());
        assert_eq!(turn.followers(), ["c"]);
        drop(turn);
        assert!(third.turn().await.followers().is_empty());
    }

    #[tokio::test]
    async fn the_turn_of_a_job_passes_on_when_its_end_has_been_dealt_with() {
        let turns = TerminalTurns::default();
        let turn = turns.enqueue("a").turn().await;
        turns.keep_until_end(turn);
        turns.pass_on("another");
        let second = turns.enqueue("b");
        assert_eq!(second.holder().as_deref(), Some("a"));
        let mut second = Box::pin(second.turn());
        assert!(timeout(Duration::from_millis(10), &mut second).await.is_err());
        turns.pass_on("a");
        assert!(second.await.followers().is_empty());
    }
}
