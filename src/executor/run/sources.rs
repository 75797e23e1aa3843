//! Putting the project's files into the job's container.

use std::path::Path;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::engine::name::Name;
use crate::engine::product::Maker;
use crate::executor::context::Context;
use crate::executor::event::EventKind;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobPlan, VolumeSource};
use crate::workspace::WorkspaceError;
use crate::workspace::pack::{Contents, Packing, Summary, open_root, pack};

/// How often the live line counts on.
const TICK: Duration = Duration::from_millis(250);

/// Begins to list and read the sources, as far as the short queue of pieces has room: work that the engine's own
/// preparations hide.
pub fn read_ahead(context: &Context) -> Packing {
    let (plan, base) = (&context.plan, base(context));
    let below = match base {
        "/" => made(plan).cloned().collect(),
        // Its root is packed with the project's directory.
        _ => Vec::new(),
    };
    pack(Contents {
        base,
        volumes: &below,
        project_dir: &plan.project_dir,
        files: &plan.variable_files,
        sources: &plan.sources,
    })
}

/// Where the archive is unpacked. Docker finds volumes below that directory. Podman 5 does not, and has them only where
/// an archive is for the volume itself.
fn base(context: &Context) -> &str {
    if context.engine.product().maker != Maker::Podman {
        return "/";
    }
    let (volumes, project) = (context.plan.volumes.iter(), Path::new(&context.plan.project_dir));
    let above = volumes.map(|volume| &*volume.destination).filter(|path| project.starts_with(path));
    above.max_by_key(|path| path.len()).unwrap_or("/")
}

/// The volumes whose roots are to be writable by all, for they are made for jobs.
fn made(plan: &JobPlan) -> impl Iterator<Item = &String> {
    let made = plan.volumes.iter().filter(|volume| !matches!(volume.source, VolumeSource::Given { .. }));
    made.map(|volume| &volume.destination)
}

/// Opens the volumes that the archive of the sources does not.
async fn open_others(context: &Context, container: &Name) -> Result<(), Failure> {
    let base = base(context);
    if base == "/" {
        return Ok(());
    }
    for volume in made(&context.plan).filter(|volume| *volume != base) {
        let archive = open_root().map_err(|source| WorkspaceError::Pack { path: volume.into(), source })?;
        context.engine.container_put_archive(container, volume, archive).await?;
    }
    Ok(())
}

/// Streams the sources into `container`. The live line counts them from when they have been `announced`: before that
/// it tells of something else.
pub async fn put(
    context: &Context,
    container: &Name,
    packing: Packing,
    announced: &Notify,
) -> Result<Summary, Failure> {
    open_others(context, container).await?;
    let Packing { pieces, progress, task } = packing;
    let upload = context.engine.container_put_archive(container, base(context), pieces);
    let mut shown = false;
    let uploaded = {
        let mut upload = std::pin::pin!(upload);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                result = &mut upload => break result,
                () = announced.notified(), if !shown => shown = true,
                _ = ticks.tick(), if shown => {
                    let (files, bytes) = progress.so_far();
                    let activity = Activity::SourcesUpload { files, bytes };
                    context.events.send(EventKind::Activity(activity)).await;
                }
            }
        }
    };
    if shown {
        context.events.send(EventKind::ActivityEnded).await;
    }
    // An engine that refuses the upload breaks the packing off too, and is the reason then; in all other cases the
    // packing knows better why an upload was broken off.
    match (task.await, uploaded) {
        (Ok(Ok(summary)), Ok(())) => Ok(summary),
        (Ok(Err(error)), Err(_)) if !matches!(error, WorkspaceError::Pack { .. }) => Err(error.into()),
        (_, Err(error)) => Err(error.into()),
        (Ok(Err(error)), Ok(())) => Err(error.into()),
        (Err(_), Ok(())) => Err(WorkspaceError::BrokenOff.into()),
    }
}

/// Reports what was copied.
pub async fn report(context: &Context, summary: Summary) {
    let events = &context.events;
    let Summary { files, bytes, method, skipped } = summary;
    let Some(method) = method else { return events.notice(Notice::SourcesSkipped).await };
    let project_dir = context.plan.project_dir.clone();
    events.notice(Notice::SourcesCopied { files, bytes, method, project_dir }).await;
    for path in skipped {
        events.notice(Notice::SourceLeftOut { path }).await;
    }
}
