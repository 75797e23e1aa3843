//! Putting the project's files into the job's container.

use std::path::Path;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::amount::{counted, size};
use crate::engine::name::Name;
use crate::engine::product::Maker;
use crate::executor::context::Context;
use crate::executor::event::{Event, Tone};
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobPlan, VolumeSource};
use crate::workspace::WorkspaceError;
use crate::workspace::list::Method;
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
                    let text = format!("Copying {} into the container", amount(files, bytes));
                    context.events.send(Event::Busy(text)).await;
                }
            }
        }
    };
    if shown {
        context.events.send(Event::Idle).await;
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

/// Says what has been copied.
pub async fn say(context: &Context, summary: &Summary) {
    let (events, project_dir) = (&context.events, &context.plan.project_dir);
    let Some(method) = summary.method else {
        return events.line(Tone::Plain, "Skipping Git repository setup").await;
    };
    let how = match method {
        Method::Git => "of the working tree, as git lists them,",
        Method::Everything => "(everything: there is no git here)",
    };
    let line = format!("Copied {} {how} to {project_dir}", amount(summary.files, summary.bytes));
    events.line(Tone::Plain, line).await;
    for path in &summary.skipped {
        let line = format!("`{}` is no file, directory or link and was left out", path.display());
        events.line(Tone::Warning, line).await;
    }
}

/// `1 file (12 B)`, `20000 files (1.3 GB)`.
fn amount(files: u64, bytes: u64) -> String {
    format!("{} ({})", counted(files, "file"), size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_the_unit_that_fits() {
        assert_eq!(amount(1, 12), "1 file (12 B)");
        assert_eq!(amount(0, 0), "0 files (0 B)");
        assert_eq!(amount(20_000, 1_340_000_000), "20000 files (1.3 GB)");
        assert_eq!(amount(2, 9_999_000_000_000), "2 files (9999.0 GB)");
    }
}
