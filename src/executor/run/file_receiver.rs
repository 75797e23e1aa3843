//! A container whose command unpacks the job's files from its standard input before it becomes the shell of the script
//! (`create/shell.rs`). The script is the last of the files.
//!
//! Nothing is sent before the command has reported that it waits for files, because a shell would take them for a script.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::script_receipt::{ScriptReceipt, ScriptState};
use super::session::{RunningSession, Session, exit_code};
use super::session_state::EXIT_GRACE;
use crate::engine::container::attach::{Attached, UpgradedWriter};
use crate::engine::container::wait::Wait;
use crate::engine::name::Name;
use crate::engine::stream::frames::Frames;
use crate::executor::create::shell::FILES_FOLLOW;
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::executor::shutdown::Signal;

/// How long the command may take nothing of the archive and report nothing. The disk may be busy, as for an upload.
pub const UNPACK_SILENCE: Duration = Duration::from_secs(120);

/// How much output is kept while a report is waited for.
const EARLY_BYTES_MAX: usize = 64 * 1024;

/// A container that has been started, and was told that files follow.
pub struct FileReceiver {
    input: UpgradedWriter,
    reports: Reports,
}

/// What the command does first.
pub enum Started {
    /// It waits for the files.
    WantsFiles(FileReceiver),
    /// It has no `tar`: its shell waits for the script.
    WantsScript(ShellWithoutFiles),
}

/// A shell that waits for the script, and that the job's files have not reached.
pub struct ShellWithoutFiles {
    input: UpgradedWriter,
    reports: Reports,
}

/// How the delivery has ended.
pub enum Delivered {
    /// The shell runs the script, or there is none.
    Unpacked(Box<RunningSession>),
    /// `tar` has failed. The container has ended.
    Refused,
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
    /// Starts the container of `session`, tells its command that files follow, and waits for its first report.
    pub async fn start(context: &JobContext, session: Session) -> Result<Started, Failure> {
        let Session { container, attached: Attached { output, mut input }, wait, .. } = session;
        // The line waits in the connection. A container that ends without reading it is found out by its output.
        let _ = input.write(FILES_FOLLOW.as_bytes()).await;
        context.engine.container_start(&container).await?;
        let (receipt, early) = (ScriptReceipt::default(), BytesMut::new());
        let mut reports = Reports { container, output, wait, receipt, early };
        match within_silence(&reports.container.clone(), reports.next()).await? {
            // A `tar` that fails at once may have been reported, too.
            Some(ScriptState::FilesWanted | ScriptState::FilesRefused) => {
                Ok(Started::WantsFiles(Self { input, reports }))
            }
            Some(_) => Ok(Started::WantsScript(ShellWithoutFiles { input, reports })),
            None => {
                // A command that still waits ends without input.
                drop(input);
                Err(reports.ended(context).await)
            }
        }
    }

    /// Sends the archive, and waits until the command has unpacked it. `None` if an error has ended the archive early.
    pub async fn send(
        self,
        context: &JobContext,
        mut pieces: mpsc::Receiver<io::Result<Bytes>>,
    ) -> Result<Option<Delivered>, Failure> {
        let Self { mut input, mut reports } = self;
        let container = reports.container.clone();
        let writing = async {
            while let Some(piece) = pieces.recv().await {
                let Ok(piece) = piece else { return Ok(Written::BrokenOff) };
                // A command that reads no more has ended, or reports why it will.
                match within_silence(&container, async { Ok(input.write(&piece).await) }).await? {
                    Ok(()) => {}
                    Err(_) => return Ok(Written::Ended),
                }
            }
            let _ = input.close().await;
            Ok::<_, Failure>(Written::Ended)
        };
        let state = if reports.receipt.state() == ScriptState::FilesRefused {
            Some(ScriptState::FilesRefused)
        } else {
            let mut report = std::pin::pin!(reports.next());
            tokio::select! {
                state = &mut report => state?,
                written = writing => match written? {
                    Written::BrokenOff => return Ok(None),
                    Written::Ended => within_silence(&container, report).await?,
                },
            }
        };
        match state {
            Some(ScriptState::FilesRefused) => {
                // The rest of the output is what `tar` has said.
                while reports.next().await?.is_some() {
                    reports.tell(context).await?;
                }
                reports.ended(context).await;
                Ok(Some(Delivered::Refused))
            }
            Some(_) => Ok(Some(Delivered::Unpacked(Box::new(reports.into_session())))),
            None => Err(reports.ended(context).await),
        }
    }
}

enum Written {
    /// All of the archive, or as much as the command takes.
    Ended,
    BrokenOff,
}

impl ShellWithoutFiles {
    /// Sends the script.
    pub async fn send(self, script: &str) -> RunningSession {
        let Self { mut input, reports } = self;
        // As for every script, the shell reports whether it has received all of it.
        if input.write(script.as_bytes()).await.is_ok() {
            let _ = input.close().await;
        }
        reports.into_session()
    }
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
            if state != known || self.early.len() > EARLY_BYTES_MAX {
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
                Ok(exit_code) => Failure::ScriptNotReceived { container: container.to_string(), exit_code },
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
