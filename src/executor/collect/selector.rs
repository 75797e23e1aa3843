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
use crate::engine::product::Maker;
use crate::error_chain::chain;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::linux::elf::{ElfHead, HEAD_BYTES_MAX};
use crate::plan::job_plan::JobPlan;

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

/// When a job has a container in which this program selects files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectorUse {
    /// Nothing is kept of the job's files.
    Never,
    /// The engine copies the few files that are named. On Podman, which follows a link that is named, and for links and
    /// large files, the program selects them.
    IfNotCopied,
    /// Unless the program cannot run there.
    Always,
}

/// When the job of `plan` has a container for this program.
pub fn collector_use(plan: &JobPlan) -> CollectorUse {
    match may_select_files(plan) {
        false => CollectorUse::Never,
        true if named::is_enough_for(plan) => CollectorUse::IfNotCopied,
        true => CollectorUse::Always,
    }
}

/// Prepares the selection while the scripts run.
pub async fn prepare(context: &JobContext) -> Result<FileSelector, Failure> {
    let copies_by_name = context.engine.product().maker != Maker::Podman;
    match collector_use(&context.plan) {
        _ if context.store.is_none() => return Ok(FileSelector::Unneeded),
        CollectorUse::Never => return Ok(FileSelector::Unneeded),
        CollectorUse::IfNotCopied if copies_by_name => return Ok(FileSelector::Named),
        CollectorUse::IfNotCopied | CollectorUse::Always => {}
    }
    match context
        .shutdown
        .of_run()
        .unless(timeout_at(context.deadline.at(), prepare_collector(context)))
        .await
    {
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
