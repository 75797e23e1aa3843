//! The container in which this program selects and sends the files that are kept (`runner-lite collect`).

use super::piece_reader::PieceSender;
use crate::collect::request::CollectRequest;
use crate::engine::container::attach::Attached;
use crate::engine::container::wait::{Exit, Wait, WaitCondition};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::engine::stream::stdcopy::Channel;
use crate::executor::create::containers::COLLECT_PROGRAM;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::workspace::program::program;

/// How much of the program's messages is kept; they are one line each.
const MESSAGE_BYTES_MAX: usize = 4096;

/// A container with this program, which has not been started.
pub struct Collector {
    pub(super) container: Name,
}

/// A container in which the program runs.
pub struct RunningCollector {
    attached: Attached,
    wait: Wait,
}

impl Collector {
    /// Creates the container and copies the program into it.
    pub async fn create(context: &JobContext) -> Result<Self, Failure> {
        let image = context.images.ensure(&context.plan.image).await?;
        let container = context.containers().collector(image.id);
        context.create(&container).await?;
        let archive = program(context.probe.program.clone(), COLLECT_PROGRAM.trim_start_matches('/'));
        context.engine.container_put_archive(&container.name, "/", archive).await?;
        Ok(Self { container: container.name })
    }

    /// Starts the program.
    ///
    /// # Errors
    /// A call of the engine failed. An error with a status means that the container cannot run the program.
    pub async fn start(self, context: &JobContext) -> Result<RunningCollector, EngineError> {
        let (engine, container) = (&context.engine, &self.container);
        let (attached, wait) = tokio::try_join!(
            engine.container_attach(container),
            engine.container_wait(container, WaitCondition::NextExit)
        )?;
        engine.container_start(container).await?;
        Ok(RunningCollector { attached, wait })
    }
}

impl RunningCollector {
    /// Gives the program its request, and passes its answer on to `pieces` until it has ended. A receiver that is gone
    /// ends nothing: the rest of the answer is dropped.
    ///
    /// # Errors
    /// A call of the engine failed, or the program ended with an error, which it has told.
    pub async fn run(self, request: &CollectRequest, pieces: PieceSender) -> Result<(), Failure> {
        let failed = |detail: String| Failure::Collect { detail };
        let request = serde_json::to_vec(request).map_err(|error| failed(error.to_string()))?;
        let Self { attached: Attached { mut output, mut input }, wait } = self;
        let write = async {
            // The program tells what it misses of its request.
            if input.write(&request).await.is_ok() {
                let _ = input.close().await;
            }
            Ok(())
        };
        let mut message = Vec::new();
        let read = async {
            while let Some(chunk) = output.next().await? {
                match chunk.channel {
                    Channel::Stdout => drop(pieces.send(Ok(chunk.bytes)).await),
                    _ => keep_message(&mut message, &chunk.bytes),
                }
            }
            Ok::<_, Failure>(())
        };
        tokio::try_join!(write, read)?;
        drop(pieces);
        let Exit { status_code, .. } = wait.exit().await?;
        match status_code {
            0 => Ok(()),
            exit_code => Err(failed(format!(
                "`{COLLECT_PROGRAM}` has ended with exit code {exit_code}, and said: {}",
                one_line(&message)
            ))),
        }
    }
}

fn keep_message(message: &mut Vec<u8>, bytes: &[u8]) {
    let room = MESSAGE_BYTES_MAX.saturating_sub(message.len());
    message.extend(bytes.iter().take(room));
}

fn one_line(message: &[u8]) -> String {
    String::from_utf8_lossy(message).split_whitespace().collect::<Vec<_>>().join(" ")
}
