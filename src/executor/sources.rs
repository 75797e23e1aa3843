//! Putting the project's files into the job's container.

use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use super::context::Context;
use super::event::{Event, Tone};
use super::outcome::Failure;
use crate::engine::name::Name;
use crate::plan::job_plan::VolumeSource;
use crate::workspace::WorkspaceError;
use crate::workspace::list::Method;
use crate::workspace::pack::{Packing, Summary, pack};

/// How often the live line counts on.
const TICK: Duration = Duration::from_millis(250);

/// Begins to list and read the sources, as far as the short queue of pieces has room: work that the engine's own
/// preparations hide.
pub fn read_ahead(context: &Context) -> Packing {
    let plan = &context.plan;
    let made = plan.volumes.iter().filter(|volume| !matches!(volume.source, VolumeSource::Given { .. }));
    let made: Vec<_> = made.map(|volume| volume.destination.clone()).collect();
    pack(&plan.sources, &made, &plan.project_dir, &plan.variable_files)
}

/// Streams the sources into `container`. The live line counts them from when they have been `announced`: before that
/// it tells of something else.
pub async fn put(
    context: &Context,
    container: &Name,
    packing: Packing,
    announced: &Notify,
) -> Result<Summary, Failure> {
    let Packing { pieces, progress, task } = packing;
    let upload = context.engine.container_put_archive(container, "/", pieces);
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
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let size = if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) };
    format!("{files} file{} ({size})", if files == 1 { "" } else { "s" })
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
