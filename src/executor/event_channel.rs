//! The queue between the executor and whoever listens to it.

#![warn(missing_docs)]

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::event::{Event, EventKind};
use super::notice::Notice;

/// How many events may wait for the listener. With output pieces of at most 64 KiB this bounds the memory that a slow
/// terminal costs to 1 MiB; a full queue holds up the job's own writes, as a slow pipe would.
pub const EVENTS_MAX: usize = 16;

/// Sends the events of one job, or those of the whole run, and stamps each with the time and the job. Clones send to
/// the same queue, which closes when all of them are gone.
#[derive(Debug, Clone)]
pub struct EventSender {
    job: Option<Arc<str>>,
    queue: mpsc::Sender<Event>,
}

/// Room for one event in the queue.
#[derive(Debug)]
pub struct EventPermit<'s> {
    job: Option<Arc<str>>,
    room: mpsc::Permit<'s, Event>,
}

/// The receiving end of the queue.
#[derive(Debug)]
pub struct EventReceiver(mpsc::Receiver<Event>);

/// The listener has gone away, so events have no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerGone;

/// Creates a queue; the sender stands for the run as a whole.
pub fn channel() -> (EventSender, EventReceiver) {
    let (queue, receiver) = mpsc::channel(EVENTS_MAX);
    (EventSender { job: None, queue }, EventReceiver(receiver))
}

impl EventSender {
    /// A sender for the events of one job.
    pub fn for_job(&self, name: &str) -> Self {
        Self { job: Some(name.into()), queue: self.queue.clone() }
    }

    /// Sends an event, and waits for room if the queue is full. [`EventSender::closed`] tells whether anybody listens.
    pub async fn send(&self, kind: EventKind) {
        let _ = self.queue.send(stamped(self.job.clone(), kind)).await;
    }

    /// Sends a notice.
    pub async fn notice(&self, notice: Notice) {
        self.send(EventKind::Notice(notice)).await;
    }

    /// Waits for room for one event.
    ///
    /// # Errors
    /// Nobody listens any more.
    pub async fn reserve(&self) -> Result<EventPermit<'_>, ListenerGone> {
        let room = self.queue.reserve().await.map_err(|_| ListenerGone)?;
        Ok(EventPermit { job: self.job.clone(), room })
    }

    /// Returns once the listener has gone away, for instance because the log's reader closed the pipe.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }
}

impl EventPermit<'_> {
    /// Sends an event without waiting.
    pub fn send(self, kind: EventKind) {
        self.room.send(stamped(self.job, kind));
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
        self.0.recv().await
    }

    /// Passes every event to `sink` until all senders are gone. Blocks the calling thread: a sink that stalls must not
    /// hold up signals, timeouts and clean-up, so it gets a thread of its own.
    ///
    /// # Errors
    /// The sink failed. The senders learn of it by [`EventSender::closed`].
    pub fn deliver(mut self, sink: &mut impl EventSink) -> io::Result<()> {
        while let Some(event) = self.0.blocking_recv() {
            sink.take(&event)?;
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
        run.send(EventKind::ActivityEnded).await;
        job.notice(Notice::SourcesSkipped).await;
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
    async fn a_stalled_sink_holds_up_output_and_no_signal() {
        let (events, receiver) = channel();
        let (resume, stalled) = thread_channel::channel();
        let listener = std::thread::spawn(move || receiver.deliver(&mut Stalled(stalled)));
        let (signals, shutdown) = shutdown::channel();
        // One more than the queue holds is with the sink.
        for _ in 0..=EVENTS_MAX {
            events.send(EventKind::ActivityEnded).await;
        }
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
        events.send(EventKind::ActivityEnded).await;
        assert_eq!(events.reserve().await.unwrap_err(), ListenerGone);
    }
}
