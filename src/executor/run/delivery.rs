//! The two ways in which the files of a job get into its volumes (`create/delivery.rs`).

use std::pin::pin;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use super::file_receiver::{Delivered, FileReceiver};
use super::session::{RunningSession, Session};
use super::session_state::FirstProcess;
use super::sources;
use crate::engine::container::wait::{Wait, WaitCondition};
use crate::engine::error::EngineError;
use crate::engine::image::inspect::InspectedImage;
use crate::engine::name::Name;
use crate::executor::collect::restore::GivenFiles;
use crate::executor::create::script;
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::ProjectDirContent;
use crate::workspace::pack::{PackingWork, Summary};

/// How often a container is looked at that clears the project directory.
const EXIT_LOOKED_FOR_EVERY: Duration = Duration::from_secs(2);

/// Uploads the files through a container of their own, once a hook is over. Progress is reported once `announced` is
/// notified.
pub async fn upload(
    context: &JobContext,
    image: &InspectedImage,
    given: &GivenFiles,
    hook_over: Option<&Notify>,
    announced: &Notify,
) -> Result<Summary, Failure> {
    let packing = sources::read_ahead(context, image, given);
    let container = create_predefined(context, image).await?;
    if let Some(hook_over) = hook_over {
        hook_over.notified().await;
    }
    clear_project_dir(context, &container).await?;
    sources::upload(context, &container, packing, announced).await
}

/// Delivers the files as the input of the job's container, which has been started. If its command cannot unpack them,
/// they are uploaded. Returns the session of the shell, which has the script.
pub async fn stream(
    context: &JobContext,
    container: &Name,
    image: &InspectedImage,
    receiver: Option<FileReceiver>,
    work: PackingWork,
) -> Result<(Summary, RunningSession), Failure> {
    if let Some(receiver) = receiver {
        match sources::stream(context, receiver, work).await? {
            (Delivered::Unpacked(running), summary) => return Ok((summary, *running)),
            (Delivered::Refused, _) => context.events.notice(Notice::FilesRefused),
        }
    }
    let summary = upload_instead(context, container, image).await?;
    let session = Session::open(context, container, FirstProcess::FileReceiver).await?;
    let text = script::step_script(&context.plan, context.echo);
    Ok((summary, session.start(context, text, std::future::ready(())).await?))
}

/// Uploads the files of a job whose container cannot unpack them, into that container if no volume is for them.
async fn upload_instead(
    context: &JobContext,
    container: &Name,
    image: &InspectedImage,
) -> Result<Summary, Failure> {
    let (announced, given) = (Notify::new(), GivenFiles::default());
    announced.notify_one();
    if context.plan.project_volume().is_some() {
        return upload(context, image, &given, None, &announced).await;
    }
    sources::upload(context, container, sources::read_ahead(context, image, &given), &announced).await
}

/// Creates the container through which sources are uploaded.
async fn create_predefined(context: &JobContext, image: &InspectedImage) -> Result<Name, Failure> {
    let container = context.containers().predefined(image.id.clone());
    context.create(&container).await?;
    Ok(container.name)
}

/// Removes files of earlier jobs from the project directory, as far as the plan asks for it.
async fn clear_project_dir(context: &JobContext, container: &Name) -> Result<(), Failure> {
    let plan = &context.plan;
    if plan.project_dir_content == ProjectDirContent::Left {
        return Ok(());
    }
    let wait = context.engine.container_wait(container, WaitCondition::NextExit).await?;
    context.engine.container_start(container).await?;
    match exit_of_started(context, container, wait).await? {
        0 => Ok(()),
        exit_code => Err(Failure::Clear { project_dir: plan.project_dir.clone(), exit_code }),
    }
}

/// The exit code of a container that has been started. Podman 5 misses the exit of one that runs for a millisecond, so
/// the container is looked at as well.
async fn exit_of_started(context: &JobContext, container: &Name, wait: Wait) -> Result<i64, EngineError> {
    let mut exit = pin!(wait.exit());
    loop {
        if let Ok(ended) = timeout(EXIT_LOOKED_FOR_EVERY, &mut exit).await {
            return Ok(ended?.status_code);
        }
        // The wait itself fails if the engine is in trouble.
        if let Ok(inspected) = context.engine.container_inspect(container).await
            && !inspected.state.running
        {
            return Ok(inspected.state.exit_code);
        }
    }
}
