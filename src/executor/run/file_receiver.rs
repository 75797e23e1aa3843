//! A container whose command unpacks the job's files from its standard input before it becomes the shell of the script
//! (`create/shell.rs`). The script is the last of the files.
//!
//! The files are sent while the engine starts the container: they wait in the connection. A command without `tar` says so and
//! ends, so that no shell takes them for a script.

use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::script_receipt::{ScriptReceipt, ScriptState};
use super::session::{RunningSession, Session, exit_code};
use super::session_state::EXIT_GRACE;
use crate::engine::Engine;
use crate::engine::container::attach::{Attached, UpgradedWriter};
use crate::engine::container::wait::Wait;
use crate::engine::name::Name;
use crate::engine::stream::frames::Frames;
use crate::executor::create::shell::FILES_FOLLOW;
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::{Failure, ScriptArrival};
use crate::executor::shutdown::Signal;

/// How long the command may take nothing of the archive and report nothing. The disk may be busy, as for an upload.
pub const UNPACK_SILENCE: Duration = Duration::from_secs(120);

/// How much output is kept while a report is waited for.
const EARLY_BYTES_MAX: usize = 64 * 1024;

/// A container that gets the job's files.
pub struct FileReceiver {
    /// The start of the container, and the sending of the files; `None` once both have ended.
    sending: Option<Sending>,
    /// Whether an error has ended the archive early.
    is_broken_off: bool,
    reports: Reports,
}

type Sending = Pin<Box<dyn Future<Output = Result<Sent, Failure>> + Send>>;

/// How much of the archive has been sent.
enum Sent {
    /// All of it, or as much as the command takes.
    Everything,
    /// An error has ended the archive early.
    BrokenOff,
}

/// How the delivery has ended.
pub enum Delivered {
    /// The shell runs the script, or there is none.
    Unpacked(Box<RunningSession>),
    /// `tar` has failed. The container has ended.
    Refused,
}

/// What happens next in a container that gets files.
enum Next {
    Report(ScriptState),
    OutputEnd,
    BrokenArchive,
}

/// What has been read of a container's output.
struct Reports {
    container: Name,
    output: Frames,
    wait: Wait,
    receipt: ScriptReceipt,
    /// Output that nobody has been told of.
    early: BytesMut,
}

impl FileReceiver {
    /// Starts the container of `session`, begins to send it the archive, and waits for its first report. `None` if its
    /// command has no `tar`, and has ended.
    pub async fn start(
        context: &JobContext,
        session: Session,
        pieces: mpsc::Receiver<io::Result<Bytes>>,
    ) -> Result<Option<Self>, Failure> {
        let Session { container, attached: Attached { output, input }, wait, .. } = session;
        let sending = send(context.engine.clone(), container.clone(), input, pieces);
        let (receipt, early) = (ScriptReceipt::default(), BytesMut::new());
        let reports = Reports { container, output, wait, receipt, early };
        let mut receiver = Self { sending: Some(Box::pin(sending)), is_broken_off: false, reports };
        match receiver.next().await? {
            Next::Report(ScriptState::NoTar) => {
                receiver.end(context).await?;
                Ok(None)
            }
            Next::Report(_) | Next::BrokenArchive => Ok(Some(receiver)),
            Next::OutputEnd => Err(receiver.lost(context).await),
        }
    }

    /// Sends the rest of the archive, and waits until the command has unpacked it. `None` if an error has ended the archive
    /// early.
    pub async fn finish(mut self, context: &JobContext) -> Result<Option<Delivered>, Failure> {
        while !self.is_broken_off {
            match self.reports.receipt.state() {
                ScriptState::FilesRefused => {
                    self.end(context).await?;
                    return Ok(Some(Delivered::Refused));
                }
                ScriptState::Unreported | ScriptState::FilesWanted if self.reports.may_come() => {}
                _ => return Ok(Some(Delivered::Unpacked(Box::new(self.reports.into_session())))),
            }
            match self.next().await? {
                Next::Report(_) | Next::BrokenArchive => {}
                Next::OutputEnd => return Err(self.lost(context).await),
            }
        }
        Ok(None)
    }

    /// Sends the archive until the next report.
    async fn next(&mut self) -> Result<Next, Failure> {
        let container = self.reports.container.clone();
        let mut report = pin!(self.reports.next());
        let mut reported = None;
        if let Some(sending) = &mut self.sending {
            tokio::select! {
                state = &mut report => reported = Some(state?),
                sent = sending => {
                    self.sending = None;
                    if let Sent::BrokenOff = sent? {
                        self.is_broken_off = true;
                        return Ok(Next::BrokenArchive);
                    }
                }
            }
        }
        let state = match reported {
            Some(state) => state,
            None => within_silence(&container, report).await?,
        };
        Ok(state.map_or(Next::OutputEnd, Next::Report))
    }

    /// Waits for the end of a container whose command ends. The rest of its output is what `tar` has said.
    async fn end(self, context: &JobContext) -> Result<(), Failure> {
        let Self { sending, mut reports, .. } = self;
        drop(sending);
        while reports.next().await?.is_some() {
            reports.tell(context).await?;
        }
        reports.ended(context).await;
        Ok(())
    }

    /// Why there is no report: the container was not started, has ended, or is lost.
    async fn lost(self, context: &JobContext) -> Failure {
        let Self { sending, reports, .. } = self;
        let mut ended = pin!(reports.ended(context));
        if let Some(sending) = sending {
            tokio::select! {
                failure = &mut ended => return failure,
                sent = sending => if let Err(failure) = sent {
                    return failure;
                },
            }
        }
        ended.await
    }
}

/// Starts the container while its files are written to the connection.
async fn send(
    engine: Engine,
    container: Name,
    mut input: UpgradedWriter,
    mut pieces: mpsc::Receiver<io::Result<Bytes>>,
) -> Result<Sent, Failure> {
    let start = async { engine.container_start(&container).await.map_err(Failure::from) };
    let write = async {
        // A command that reads no more has ended, or reports why it will.
        if input.write(FILES_FOLLOW.as_bytes()).await.is_err() {
            return Ok(Sent::Everything);
        }
        while let Some(piece) = pieces.recv().await {
            let Ok(piece) = piece else { return Ok(Sent::BrokenOff) };
            if within_silence(&container, async { Ok(input.write(&piece).await) }).await?.is_err() {
                return Ok(Sent::Everything);
            }
        }
        let _ = input.close().await;
        Ok(Sent::Everything)
    };
    let ((), sent) = tokio::try_join!(start, write)?;
    Ok(sent)
}

impl Reports {
    /// The state after the next report, or after so much output that reports are not waited for; `None` at the end of the
    /// output.
    ///
    /// All output is kept: that of the job may arrive before the report of its shell, which is another stream.
    async fn next(&mut self) -> Result<Option<ScriptState>, Failure> {
        let known = self.receipt.state();
        while let Some(chunk) = self.output.next().await? {
            self.early.extend_from_slice(&self.receipt.output(chunk));
            let state = self.receipt.state();
            if state != known || !self.may_come() {
                return Ok(Some(state));
            }
        }
        Ok(None)
    }

    /// Passes the output on.
    async fn tell(&mut self, context: &JobContext) -> Result<(), Failure> {
        let bytes = self.early.split().freeze();
        if !bytes.is_empty() {
            let room = context.events.reserve().await;
            room.map_err(|_| Failure::Interrupted(Signal::Pipe))?.send(EventKind::Output(bytes));
        }
        Ok(())
    }

    /// Whether a further report is waited for.
    fn may_come(&self) -> bool {
        self.early.len() <= EARLY_BYTES_MAX
    }

    fn into_session(self) -> RunningSession {
        let Self { container, output, wait, receipt, early } = self;
        RunningSession::delivered(container, output, wait, receipt, early.freeze())
    }

    /// Why the output has ended without a report: the container has ended, or is lost.
    async fn ended(mut self, context: &JobContext) -> Failure {
        if let Err(failure) = self.tell(context).await {
            return failure;
        }
        let Self { container, wait, .. } = self;
        let lost = "its output has ended, and the engine does not tell its exit code";
        match timeout(EXIT_GRACE, wait.exit()).await {
            Ok(ended) => match exit_code(&container, ended) {
                Ok(exit_code) => {
                    let arrival = ScriptArrival::Unknown;
                    Failure::ScriptNotReceived { container: container.to_string(), exit_code, arrival }
                }
                Err(failure) => failure,
            },
            Err(_) => Failure::Lost { container: container.to_string(), detail: lost.to_owned() },
        }
    }
}

/// Gives up after [`UNPACK_SILENCE`].
async fn within_silence<T>(
    container: &Name,
    step: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    timeout(UNPACK_SILENCE, step).await.unwrap_or_else(|_| {
        let detail = format!("its command has neither taken files nor reported for {UNPACK_SILENCE:?}");
        Err(Failure::Lost { container: container.to_string(), detail })
    })
}
