//! The delivery of the project's files: as the input of the job's container, or as an upload.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use super::file_receiver::{Delivered, FileReceiver};
use crate::engine::image::inspect::InspectedImage;
use crate::engine::name::Name;
use crate::engine::product::Maker;
use crate::executor::collect::restore::GivenFiles;
use crate::executor::collect::tasks::needs_names;
use crate::executor::create::shell::script_path;
use crate::executor::create::{image_user, script};
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::Failure;
use crate::plan::job_plan::{JobPlan, Sources, Umask, VolumeSource};
use crate::secret::Secret;
use crate::workspace::WorkspaceError;
use crate::workspace::pack::{
    Contents, FileReader, GivenArchive, LastFile, NameHashes, PackProgress, Packing, PackingWork,
    SkippedPath, Summary, open_root, pack,
};

/// How often the upload reports its progress.
const TICK: Duration = Duration::from_millis(250);

/// Begins to list and pack the files for an upload while the engine prepares containers. The queue of pieces is short, so
/// packing pauses until the upload begins.
pub fn read_ahead(context: &JobContext, image: &InspectedImage, given: &GivenFiles) -> Packing {
    let reader = reader(context, image);
    tell_umask(context, reader, image_user::user(&context.plan, image));
    pack_below(context, archive_root(context), reader, &given.archives, None)
}

/// As [`read_ahead`], for a command of the container that unpacks the files: the last one is the script. The job is given
/// nothing but its sources.
pub fn read_ahead_with_script(context: &JobContext) -> Packing {
    let script = Secret::new(script::step_script(&context.plan, context.echo));
    let path = script_path(&context.plan);
    // Only a container that runs as root unpacks its files.
    let reader = FileReader::User(0);
    tell_umask(context, reader, "root");
    pack_below(context, "/", reader, &[], Some(LastFile { path: &path, content: &script }))
}

/// Who reads the variables of type file. Programs such as `ssh` refuse a key that others can read.
fn reader(context: &JobContext, image: &InspectedImage) -> FileReader {
    let user = image_user::user(&context.plan, image);
    image_user::number(user).map_or(FileReader::Unknown, FileReader::User)
}

/// Tells whether the files belong to the job's user, if that is asked for.
fn tell_umask(context: &JobContext, reader: FileReader, user: &str) {
    let Sources::WorkingTree { checkout, .. } = &context.plan.sources else { return };
    context.events.notice(match (checkout.umask, reader) {
        (Umask::Zero, _) => return,
        (Umask::Usual, FileReader::User(_)) => Notice::UmaskUnused,
        (Umask::Usual, FileReader::Unknown) => Notice::OwnerUnknown { user: user.to_owned() },
    });
}

fn pack_below(
    context: &JobContext,
    base: &str,
    reader: FileReader,
    archives: &[GivenArchive],
    last: Option<LastFile<'_>>,
) -> Packing {
    let plan = &context.plan;
    let below = match base {
        "/" => created_volumes(plan).cloned().collect(),
        // The archive for the project directory contains the root of its volume.
        _ => Vec::new(),
    };
    pack(Contents {
        base,
        volumes: &below,
        project_dir: &plan.project_dir,
        files: &plan.variable_files,
        reader,
        sources: &plan.sources,
        snapshot: context.store.as_ref().and_then(|store| store.snapshot()),
        archives,
        names: if needs_names(plan) { NameHashes::Needed } else { NameHashes::Unneeded },
        last,
    })
}

/// The directory for which the archive is uploaded. Docker unpacks files below it into the volumes mounted there.
/// Podman 5 does so only if the directory is the volume itself.
fn archive_root(context: &JobContext) -> &str {
    if context.engine.product().maker != Maker::Podman {
        return "/";
    }
    context.plan.project_volume().map_or("/", |volume| &volume.destination)
}

/// The volumes that the job creates, whose root directories must be writable for all users.
fn created_volumes(plan: &JobPlan) -> impl Iterator<Item = &String> {
    let created =
        plan.volumes.iter().filter(|volume| !matches!(volume.source, VolumeSource::Configured { .. }));
    created.map(|volume| &volume.destination)
}

/// Makes the roots of those volumes writable that the archive of the sources does not contain.
async fn open_other_volumes(context: &JobContext, container: &Name) -> Result<(), Failure> {
    let base = archive_root(context);
    if base == "/" {
        return Ok(());
    }
    for volume in created_volumes(&context.plan).filter(|volume| *volume != base) {
        let archive = open_root().map_err(|source| WorkspaceError::Pack { path: volume.into(), source })?;
        context.engine.container_put_archive(container, volume, archive).await?;
    }
    Ok(())
}

/// Streams the sources into `container`. Progress is reported once `announced` is notified; until then the log shows
/// another activity.
pub async fn upload(
    context: &JobContext,
    container: &Name,
    packing: Packing,
    announced: &Notify,
) -> Result<Summary, Failure> {
    open_other_volumes(context, container).await?;
    let Packing { pieces, work: PackingWork { progress, task } } = packing;
    let upload = context.engine.container_put_archive(container, archive_root(context), pieces);
    let uploaded = with_progress(context, &progress, announced, upload).await;
    // If the engine rejects the upload, packing fails too, because nobody reads the pieces (`Pack`): the engine's error
    // counts. In all other cases the packing error is the cause.
    match (task.await, uploaded) {
        (Ok(Ok(summary)), Ok(())) => Ok(summary),
        (Ok(Err(error)), Err(_)) if !matches!(error, WorkspaceError::Pack { .. }) => Err(error.into()),
        (_, Err(error)) => Err(error.into()),
        (Ok(Err(error)), Ok(())) => Err(error.into()),
        (Err(_), Ok(())) => Err(WorkspaceError::BrokenOff.into()),
    }
}

/// Sends the sources and the script to `receiver`, whose command unpacks them.
pub async fn stream(
    context: &JobContext,
    receiver: FileReceiver,
    work: PackingWork,
) -> Result<(Delivered, Summary), Failure> {
    let PackingWork { progress, task } = work;
    let announced = Notify::new();
    announced.notify_one();
    let sent = with_progress(context, &progress, &announced, receiver.finish(context)).await?;
    match (sent, task.await) {
        // A command that refuses files takes no more of them, which is a failure of the packing, too.
        (_, Ok(Err(error))) if !matches!(error, WorkspaceError::Pack { .. }) => Err(error.into()),
        (Some(Delivered::Refused), _) => Ok((Delivered::Refused, Summary::default())),
        (Some(delivered), Ok(Ok(summary))) => Ok((delivered, summary)),
        (_, Ok(Err(error))) => Err(error.into()),
        (_, Ok(Ok(_)) | Err(_)) => Err(WorkspaceError::BrokenOff.into()),
    }
}

/// Shows the progress of `packing` during `delivery`, once `announced` is notified.
async fn with_progress<T>(
    context: &JobContext,
    packing: &PackProgress,
    announced: &Notify,
    delivery: impl Future<Output = T>,
) -> T {
    let mut delivery = pin!(delivery);
    let mut shown = false;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let result = loop {
        tokio::select! {
            result = &mut delivery => break result,
            () = announced.notified(), if !shown => shown = true,
            _ = ticks.tick(), if shown => {
                let (files, bytes) = packing.so_far();
                context.events.progress(EventKind::Activity(Activity::SourcesUpload { files, bytes }));
            }
        }
    };
    if shown {
        context.events.send(EventKind::ActivityEnded);
    }
    result
}

/// Reports what was copied.
pub async fn report(context: &JobContext, summary: Summary) {
    let events = &context.events;
    let Summary { files, bytes, method, skipped, .. } = summary;
    let Some(method) = method else { return events.notice(Notice::SourcesSkipped) };
    let project_dir = context.plan.project_dir.clone();
    events.notice(Notice::SourcesCopied { files, bytes, method, project_dir });
    for SkippedPath { path, reason } in skipped {
        // There may be thousands of them. A listener that has gone away ends the job elsewhere.
        let Ok(room) = events.reserve().await else { return };
        room.send(EventKind::Notice(Notice::SourceLeftOut { path, reason }));
    }
}
