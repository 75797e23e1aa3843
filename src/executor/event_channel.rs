//! The queue between the executor and whoever listens to it.

#![warn(missing_docs)]

use std::future::{pending, poll_fn};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};

use super::event::{Event, EventKind};
use super::notice::Notice;
use super::shutdown::Shutdown;

/// How many pieces of output may wait for the listener. With pieces of at most 64 KiB this bounds the memory that a slow
/// terminal costs to 1 MiB; a full queue holds up the job's own writes, as a slow pipe would. Other events do not count:
/// a job has a few for each image, service and container, so that they need not wait for anybody.
pub const EVENTS_MAX: usize = 16;

/// How long after the listener has failed a signal may arrive that is the reason: writing to a closed terminal fails at
/// once, and SIGHUP comes from its shell. Ctrl-C ends the reader of a pipe as well.
pub const SIGNAL_FOLLOWS: Duration = Duration::from_millis(500);

/// Sends the events of one job, or those of the whole run, and stamps each with the time and the job. Clones send to
/// the same queue, which closes when all of them are gone.
///
/// Only bulk data waits for the listener: signals, time limits and the removal of objects must never depend on whether
/// somebody reads the log.
#[derive(Debug, Clone)]
pub struct EventSender {
    job: Option<Arc<str>>,
    queue: mpsc::UnboundedSender<QueuedEvent>,
    room: Arc<Semaphore>,
    /// When the last event was sent that is a part of the log.
    heard: Arc<Mutex<Instant>>,
    listener: watch::Receiver<ListenerState>,
}

/// Whether the listener can use events. It takes them either way, until it is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListenerState {
    Listens,
    HasFailed,
}

/// An event, and the room that it takes until the listener has it.
#[derive(Debug)]
struct QueuedEvent {
    event: Event,
    _room: Option<OwnedSemaphorePermit>,
}

/// Room for one event in the queue.
#[derive(Debug)]
pub struct EventPermit<'s> {
    sender: &'s EventSender,
    room: OwnedSemaphorePermit,
}

/// The receiving end of the queue.
#[derive(Debug)]
pub struct EventReceiver {
    queue: Arc<Mutex<mpsc::UnboundedReceiver<QueuedEvent>>>,
    state: watch::Sender<ListenerState>,
}

/// Gives the events that a listener which stalls has not taken.
#[derive(Debug)]
pub struct UndeliveredEvents(Arc<Mutex<mpsc::UnboundedReceiver<QueuedEvent>>>);

/// The receiving end has been dropped, so events have no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerGone;

/// Creates a queue; the sender stands for the run as a whole.
pub fn channel() -> (EventSender, EventReceiver) {
    let (queue, receiver) = mpsc::unbounded_channel();
    let (state, listener) = watch::channel(ListenerState::Listens);
    let room = Arc::new(Semaphore::new(EVENTS_MAX));
    let sender = EventSender { job: None, queue, room, heard: heard_now(), listener };
    (sender, EventReceiver { queue: Arc::new(Mutex::new(receiver)), state })
}

impl EventSender {
    /// A sender for the events of one job.
    pub fn for_job(&self, name: &str) -> Self {
        Self { job: Some(name.into()), heard: heard_now(), ..self.clone() }
    }

    /// When this sender or a clone of it sent the last event that is a part of the log; at first, when it was made.
    pub fn last_heard(&self) -> Instant {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event. [`EventSender::closed`] tells whether anybody listens.
    pub fn send(&self, kind: EventKind) {
        self.enqueue(kind, None);
    }

    /// Sends a notice.
    pub fn notice(&self, notice: Notice) {
        self.send(EventKind::Notice(notice));
    }

    /// Sends new numbers of something that goes on, unless the listener is behind: later numbers will follow.
    pub fn progress(&self, kind: EventKind) {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
            self.enqueue(kind, Some(room));
        }
    }

    /// Waits for room for bulk data: output, and notices of which there may be thousands. A listener that has failed has
    /// room for everything.
    ///
    /// # Errors
    /// The receiving end has been dropped.
    pub async fn reserve(&self) -> Result<EventPermit<'_>, ListenerGone> {
        tokio::select! {
            room = Arc::clone(&self.room).acquire_owned() => match room {
                Ok(room) if self.listener.has_changed().is_ok() => Ok(EventPermit { sender: self, room }),
                _ => Err(ListenerGone),
            },
            () = self.dropped() => Err(ListenerGone),
        }
    }

    /// Returns once the listener has failed or gone away, for instance because the log's reader closed the pipe.
    pub async fn closed(&self) {
        let mut listener = self.listener.clone();
        let _ = listener.wait_for(|state| *state == ListenerState::HasFailed).await;
    }

    /// Like [`EventSender::closed`], unless a signal stops the run, before or soon after: what it requests still holds.
    pub async fn closed_without_signal(&self, shutdown: &Shutdown) {
        self.closed().await;
        if timeout(SIGNAL_FOLLOWS, shutdown.requested()).await.is_ok() {
            pending::<()>().await;
        }
    }

    async fn dropped(&self) {
        let mut listener = self.listener.clone();
        while listener.changed().await.is_ok() {}
    }

    fn enqueue(&self, kind: EventKind, room: Option<OwnedSemaphorePermit>) {
        if kind.is_in_log() {
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        let _ = self.queue.send(QueuedEvent { event: stamped(self.job.clone(), kind), _room: room });
    }
}

impl EventPermit<'_> {
    /// Sends an event without waiting.
    pub fn send(self, kind: EventKind) {
        self.sender.enqueue(kind, Some(self.room));
    }
}

fn heard_now() -> Arc<Mutex<Instant>> {
    Arc::new(Mutex::new(Instant::now()))
}

fn stamped(job: Option<Arc<str>>, kind: EventKind) -> Event {
    #[expect(clippy::disallowed_methods, reason = "an event has the time at which it is sent")]
    let at = Timestamp::now();
    Event { at, job, kind }
}

/// Listens to a run: the log, a recorder of tests, or another form of output.
pub trait EventSink {
    /// Takes the next event. Events of one job arrive in the order in which it sent them.
    ///
    /// # Errors
    /// Nobody reads the sink's output any more, which stops the run.
    fn take(&mut self, event: &Event) -> io::Result<()>;

    /// Takes an event after the sink has failed: a part of it may go on, such as a report in a file.
    fn take_unshown(&mut self, _event: &Event) {}

    /// Takes note that no more events follow.
    ///
    /// # Errors
    /// Nobody reads the sink's output any more.
    fn finish(&mut self) -> io::Result<()>;
}

impl EventReceiver {
    /// Waits for the next event; `None` once all senders are gone.
    pub async fn next(&mut self) -> Option<Event> {
        Some(poll_fn(|context| locked(&self.queue).poll_recv(context)).await?.event)
    }

    /// Access to the events that are still in the queue after a delivery has stalled.
    pub fn undelivered(&self) -> UndeliveredEvents {
        UndeliveredEvents(Arc::clone(&self.queue))
    }

    /// Passes every event to `sink` until all senders are gone. Blocks the calling thread: a sink that stalls must not
    /// hold up signals, timeouts and clean-up, so it gets a thread of its own.
    ///
    /// # Errors
    /// The sink failed. The senders learn of it at once by [`EventSender::closed`]; the further events go nowhere.
    pub fn deliver(self, sink: &mut impl EventSink) -> io::Result<()> {
        let delivered = self.deliver_all(sink);
        if delivered.is_err() {
            self.deliver_unshown(sink);
        }
        delivered
    }

    /// Tells the senders that nobody reads the sink's output, and passes their events on nevertheless until all senders
    /// are gone: a run that a signal stops goes on to its end, without a log. Blocks the calling thread.
    pub fn deliver_unshown(self, sink: &mut impl EventSink) {
        self.state.send_replace(ListenerState::HasFailed);
        while let Some(queued) = self.wait_for_event() {
            sink.take_unshown(&queued.event);
        }
    }

    fn deliver_all(&self, sink: &mut impl EventSink) -> io::Result<()> {
        // The event keeps its room until the sink has taken it.
        while let Some(queued) = self.wait_for_event() {
            sink.take(&queued.event)?;
        }
        sink.finish()
    }

    fn wait_for_event(&self) -> Option<QueuedEvent> {
        locked(&self.queue).blocking_recv()
    }
}

impl UndeliveredEvents {
    /// Takes what is in the queue. The event that the listener stalls at is not.
    pub fn take(self) -> Vec<Event> {
        // A listener that waits for the next event holds the lock, and has taken all others.
        let Ok(mut queue) = self.0.try_lock() else { return Vec::new() };
        std::iter::from_fn(|| queue.try_recv().ok()).map(|queued| queued.event).collect()
    }
}

fn locked<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as thread_channel;

    use bytes::Bytes;

    use super::*;
    use crate::executor::shutdown::{self, Signal};
    use crate::executor::testing::Recorder;

    #[tokio::test]
    async fn events_arrive_in_order_with_their_times_and_jobs() {
        let (run, receiver) = channel();
        let job = run.for_job("test");
        run.send(EventKind::ActivityEnded);
        job.notice(Notice::SourcesSkipped);
        job.reserve().await.unwrap().send(EventKind::Output(Bytes::from_static(b"a")));
        drop((run, job));
        let mut recorder = Recorder::default();
        let deliver = move || receiver.deliver(&mut recorder).map(|()| recorder);
        let recorder = std::thread::spawn(deliver).join().unwrap().unwrap();
        insta::assert_snapshot!(recorder.lines(), @r#"
        run: ActivityEnded
        test: Notice(SourcesSkipped)
        test: Output(b"a")
        "#);
        assert!(recorder.0.is_sorted_by_key(|event| event.at));
    }

    /// A sink that stalls until a message comes, as a terminal does on Ctrl-S.
    struct Stalled(thread_channel::Receiver<()>);

    impl EventSink for Stalled {
        fn take(&mut self, _: &Event) -> io::Result<()> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe.into())
        }

        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_stalled_sink_holds_up_output_and_nothing_else() {
        let (events, receiver) = channel();
        let (resume, stalled) = thread_channel::channel();
        let listener = std::thread::spawn(move || receiver.deliver(&mut Stalled(stalled)));
        let (signals, shutdown) = shutdown::channel();
        for _ in 0..EVENTS_MAX {
            events.reserve().await.unwrap().send(EventKind::Output(Bytes::from_static(b"a")));
        }
        // What is no output does not wait.
        events.send(EventKind::ActivityEnded);
        events.progress(EventKind::ActivityEnded);
        signals.signal(Signal::Terminate);
        tokio::select! {
            biased;
            _ = events.reserve() => panic!("the queue has room"),
            signal = shutdown.requested() => assert_eq!(signal, Signal::Terminate),
        }
        resume.send(()).unwrap();
        assert!(events.reserve().await.is_ok());
        drop((events, resume));
        assert!(listener.join().unwrap().is_err());
    }

    /// A sink whose reader has closed the pipe.
    struct Closed;

    impl EventSink for Closed {
        fn take(&mut self, _: &Event) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn finish(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_failed_listener_takes_events_until_the_senders_are_gone() {
        let (events, receiver) = channel();
        let listener = std::thread::spawn(move || receiver.deliver(&mut Closed));
        events.send(EventKind::ActivityEnded);
        events.closed().await;
        for _ in 0..=EVENTS_MAX {
            events.reserve().await.unwrap().send(EventKind::Output(Bytes::from_static(b"a")));
        }
        drop(events);
        assert_eq!(listener.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_listener_stops_a_run_unless_a_signal_does() {
        for signal_after in [None, Some(Duration::ZERO), Some(SIGNAL_FOLLOWS / 2)] {
            let (events, receiver) = channel();
            drop(receiver);
            let (signals, shutdown) = shutdown::channel();
            let sent = async {
                match signal_after {
                    Some(after) => tokio::time::sleep(after).await,
                    None => pending().await,
                }
                signals.signal(Signal::Hangup);
                pending::<()>().await
            };
            let closed = tokio::select! {
                closed = timeout(SIGNAL_FOLLOWS * 9, events.closed_without_signal(&shutdown)) => closed,
                () = sent => unreachable!("a pending future does not end"),
            };
            assert_eq!(closed.is_err(), signal_after.is_some(), "{signal_after:?}");
        }
    }

    #[tokio::test]
    async fn what_a_stalled_listener_has_not_taken_can_be_taken() {
        let (events, receiver) = channel();
        let undelivered = receiver.undelivered();
        let (resume, stalled) = thread_channel::channel();
        let listener = std::thread::spawn(move || receiver.deliver(&mut Stalled(stalled)));
        events.notice(Notice::SourcesSkipped);
        resume.send(()).unwrap();
        // The listener stalls at the first event that it gets after that.
        events.reserve().await.unwrap().send(EventKind::Output(Bytes::from_static(b"a")));
        while events.room.available_permits() == EVENTS_MAX {
            tokio::task::yield_now().await;
        }
        events.send(EventKind::ActivityEnded);
        drop(events);
        std::thread::sleep(Duration::from_millis(100));
        let left = Recorder(undelivered.take());
        assert_eq!(left.lines(), "run: ActivityEnded\n");
        drop(resume);
        assert!(listener.join().unwrap().is_err());
    }

    #[tokio::test]
    async fn a_listener_that_goes_away_is_noticed() {
        let (events, receiver) = channel();
        drop(receiver);
        events.closed().await;
        events.send(EventKind::ActivityEnded);
        assert_eq!(events.reserve().await.unwrap_err(), ListenerGone);
    }
}
