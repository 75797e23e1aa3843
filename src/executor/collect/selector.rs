//! What selects the files: this program in a container, or, where it cannot run there, this process.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tokio::time::timeout_at;

use super::collector::Collector;
use super::named;
use super::piece_reader::PieceSender;
use super::tasks::may_select_files;
use super::whole;
use crate::collect::request::CollectRequest;
use crate::error_chain::chain;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::linux::elf::{ElfHead, HEAD_BYTES_MAX};

/// What selects the files of a job.
pub enum FileSelector {
    /// No file is selected, whatever the result of the scripts is.
    Unneeded,
    /// The engine, which copies the few files that are named.
    Named,
    /// This program, in a container.
    Container(Collector),
    /// This process, among all files of the project directory, because of this reason.
    Whole { reason: String },
}

/// Prepares the selection while the scripts run.
pub async fn prepare(context: &JobContext) -> Result<FileSelector, Failure> {
    if context.store.is_none() || !may_select_files(&context.plan) {
        return Ok(FileSelector::Unneeded);
    }
    if named::is_enough_for(context) {
        return Ok(FileSelector::Named);
    }
    match context.shutdown.unless(timeout_at(context.deadline, prepare_collector(context))).await {
        Ok(Ok(selector)) => selector,
        Ok(Err(_)) => Err(Failure::Timeout { after: context.plan.timeout }),
        Err(signal) => Err(Failure::Interrupted(signal)),
    }
}

async fn prepare_collector(context: &JobContext) -> Result<FileSelector, Failure> {
    match why_not_in_container(context).await? {
        Some(reason) => Ok(FileSelector::Whole { reason }),
        None => Ok(FileSelector::Container(Collector::create(context).await?)),
    }
}

/// Why this program cannot run in a container of any image; `None` if it can.
async fn why_not_in_container(context: &JobContext) -> Result<Option<String>, Failure> {
    let Some(head) = head_of(&context.probe.program) else {
        return Ok(Some("the running program cannot be read".to_owned()));
    };
    if !head.is_static {
        return Ok(Some("the running program is not static".to_owned()));
    }
    let engine = context.engine.engine_version().await?.arch;
    Ok(match head.architecture {
        Some(architecture) if architecture != engine => {
            Some(format!("the running program is for {architecture} and the engine runs on {engine}"))
        }
        _ => None,
    })
}

fn head_of(program: &Path) -> Option<ElfHead> {
    let mut head = Vec::new();
    let file = File::open(program).ok()?;
    file.take(HEAD_BYTES_MAX as u64).read_to_end(&mut head).ok()?;
    ElfHead::parse(&head)
}

impl FileSelector {
    /// Selects files and passes the answer on to `pieces`.
    ///
    /// # Errors
    /// The answer is incomplete.
    pub(super) async fn select(
        self,
        context: &JobContext,
        request: CollectRequest,
        pieces: PieceSender,
    ) -> Result<(), Failure> {
        match self {
            Self::Unneeded => Err(Failure::Collect { detail: "nothing has been prepared for it".to_owned() }),
            Self::Named => match named::fetch(context).await? {
                Some(tree) => {
                    let lines = named::environment_lines(context, &request).await?;
                    whole::answer(tree, request, lines, pieces).await
                }
                None => Box::pin(prepare_collector(context).await?.select(context, request, pieces)).await,
            },
            Self::Container(collector) => match collector.start(context).await {
                Ok(running) => running.run(&request, pieces).await,
                // Containers may not run programs of their own, for example.
                Err(error) if error.status().is_some() => {
                    whole::select(context, chain(&error), request, pieces).await
                }
                Err(error) => Err(error.into()),
            },
            Self::Whole { reason } => whole::select(context, reason, request, pieces).await,
        }
    }
}
