//! The queue between the executor and whoever listens to it.

#![warn(missing_docs)]

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::event::{Event, EventKind};
use super::notice::Notice;

/// How many pieces of output may wait for the listener. With pieces of at most 64 KiB this bounds the memory that a slow
/// terminal costs to 1 MiB; a full queue holds up the job's own writes, as a slow pipe would. Other events do not count:
/// a job has a few for each image, service and container, so that they need not wait for anybody.
pub const EVENTS_MAX: usize = 16;

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
pub struct EventReceiver(mpsc::UnboundedReceiver<QueuedEvent>);

/// The listener has gone away, so events have no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerGone;

/// Creates a queue; the sender stands for the run as a whole.
pub fn channel() -> (EventSender, EventReceiver) {
    let (queue, receiver) = mpsc::unbounded_channel();
    (EventSender { job: None, queue, room: Arc::new(Semaphore::new(EVENTS_MAX)) }, EventReceiver(receiver))
}

impl EventSender {
    /// A sender for the events of one job.
    pub fn for_job(&self, name: &str) -> Self {
        Self { job: Some(name.into()), ..self.clone() }
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

    /// Waits for room for bulk data: output, and notices of which there may be thousands.
    ///
    /// # Errors
    /// Nobody listens any more.
    pub async fn reserve(&self) -> Result<EventPermit<'_>, ListenerGone> {
        tokio::select! {
            room = Arc::clone(&self.room).acquire_owned() => match room {
                Ok(room) if !self.queue.is_closed() => Ok(EventPermit { sender: self, room }),
                _ => Err(ListenerGone),
            },
            () = self.closed() => Err(ListenerGone),
        }
    }

    /// Returns once the listener has gone away, for instance because the log's reader closed the pipe.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    fn enqueue(&self, kind: EventKind, room: Option<OwnedSemaphorePermit>) {
        let _ = self.queue.send(QueuedEvent { event: stamped(self.job.clone(), kind), _room: room });
    }
}

impl EventPermit<'_> {
    /// Sends an event without waiting.
    pub fn send(self, kind: EventKind) {
        self.sender.enqueue(kind, Some(self.room));
    }
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

    /// Takes note that no more events follow.
    ///
    /// # Errors
    /// Nobody reads the sink's output any more.
    fn finish(&mut self) -> io::Result<()>;
}

impl EventReceiver {
    /// Waits for the next event; `None` once all senders are gone.
    pub async fn next(&mut self) -> Option<Event> {
        Some(self.0.recv().await?.event)
    }

    /// Passes every event to `sink` until all senders are gone. Blocks the calling thread: a sink that stalls must not
    /// hold up signals, timeouts and clean-up, so it gets a thread of its own.
    ///
    /// # Errors
    /// The sink failed. The senders learn of it by [`EventSender::closed`].
    pub fn deliver(mut self, sink: &mut impl EventSink) -> io::Result<()> {
        // The event keeps its room until the sink has taken it.
        while let Some(queued) = self.0.blocking_recv() {
            sink.take(&queued.event)?;
        }
        sink.finish()
    }
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

    #[tokio::test]
    async fn a_listener_that_goes_away_is_noticed() {
        let (events, receiver) = channel();
        drop(receiver);
        events.closed().await;
        events.send(EventKind::ActivityEnded);
        assert_eq!(events.reserve().await.unwrap_err(), ListenerGone);
    }
}
