//! Preparation of a job: images, services, sources and the build container. Independent steps run at the same time.
//!
//! Sources are uploaded into the volume at `/builds` through a separate container, like GitLab Runner's helper
//! container. The engine locks a container while it unpacks an archive into it; so the build container and the
//! services can be created and started during the upload.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

use super::attempt_record::AttemptRecord;
use super::coverage::Coverage;
use super::session::{RunningSession, Session, Stop};
use super::session_state::{FirstProcess, SessionEnd, StopReason};
use super::sources;
use crate::engine::container::wait::{Wait, WaitCondition};
use crate::engine::error::EngineError;
use crate::engine::image::inspect::InspectedImage;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::collect::restore;
use crate::executor::create::script;
use crate::executor::create::shell::{EntrypointKind, entrypoint_kind};
use crate::executor::create::volumes;
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::executor::service::start::StartedService;
use crate::executor::service::{health_check, start};
use crate::linux::kernel;
use crate::plan::job_plan::{JobPlan, ProjectDirContent};

/// How often a container is looked at that clears the project directory.
const EXIT_LOOKED_FOR_EVERY: Duration = Duration::from_secs(2);

/// Variables that make a shell or the linker read a file before the script. The file may be one of the sources.
const READ_AT_START: [&str; 3] = ["BASH_ENV", "ENV", "LD_PRELOAD"];

/// The build container, whose shell has the script.
pub struct PreparedJob {
    pub container: Name,
    pub first_process: FirstProcess,
    pub running: RunningSession,
    /// Hashes of the names of the sources, if `untracked` files are kept.
    pub delivered: Option<Vec<u64>>,
}

/// How far the build container is before the sources are uploaded.
enum BuildContainer {
    /// It runs, and its shell waits for the script.
    Started(RunningSession),
    /// It is not started, because its entrypoint may read the sources.
    Attached(Session),
}

/// The result of [`prepare_container`].
struct ContainerPreparation {
    name: Name,
    first_process: FirstProcess,
    container: BuildContainer,
    image_id: String,
    /// Host names of the services, as entries of `ExtraHosts`.
    hosts: Vec<String>,
    services_time: Duration,
    /// The duration of everything but the services' health checks.
    prepare_time: Duration,
}

/// Prepares the job. Whatever happens, the context's ledger has all objects created.
pub async fn prepare(context: &JobContext, record: &mut AttemptRecord) -> Result<PreparedJob, Failure> {
    let AttemptRecord { timings, coverage, .. } = record;
    let (plan, events) = (&context.plan, &context.events);
    let begun = Instant::now();
    let given = restore::look_up(context);
    let packing = sources::read_ahead(context, &given);
    events.send(EventKind::Section(Section::PrepareExecutor));
    events.notice(Notice::ExecutorSelected { image: plan.image.reference.clone() });
    volumes::create_volumes(context).await?;
    if let Some(network) = context.containers().network() {
        let create = context.engine.network_create(&network);
        context.ledger.create(Object::Network(network.name.clone()), create).await?;
    }

    let (announced, hook_over, sources_in) = (Notify::new(), Notify::new(), Arc::new(Notify::new()));
    let has_hook = !plan.pre_get_sources.is_empty();
    let upload_sources = async {
        let image = context.images.ensure(&plan.image).await?;
        let container = create_predefined(context, &image).await?;
        if has_hook {
            hook_over.notified().await;
        }
        clear_project_dir(context, &container).await?;
        let summary = sources::upload(context, &container, packing, &announced).await?;
        sources_in.notify_one();
        Ok(summary)
    };
    let prepare_build = async {
        let built = prepare_container(context, begun, &announced, sources_in.clone()).await?;
        let prepared = Instant::now();
        events.send(EventKind::Section(Section::GetSources));
        if has_hook {
            run_hook(context, &built, coverage).await?;
            hook_over.notify_one();
        }
        Ok::<_, Failure>((built, prepared))
    };
    let (mut summary, (built, prepared)) = tokio::try_join!(upload_sources, prepare_build)?;
    let ContainerPreparation { name, first_process, container, services_time, mut prepare_time, .. } = built;
    let sources_time = prepared.elapsed();
    let delivered = summary.name_hashes.take();
    sources::report(context, summary).await;
    given.report(context)?;
    let running = match container {
        BuildContainer::Started(running) => running,
        BuildContainer::Attached(session) => {
            let held = Instant::now();
            let text = script::step_script(plan, context.echo);
            let running = session.start(context, text, std::future::ready(())).await?;
            prepare_time = prepare_time.saturating_add(held.elapsed());
            running
        }
    };
    timings.push((Phase::Prepare, prepare_time));
    if !plan.services.is_empty() {
        timings.push((Phase::Services, services_time));
    }
    timings.push((Phase::Sources, sources_time));
    Ok(PreparedJob { container: name, first_process, running, delivered })
}

/// Provides the image, starts the services, then creates the build container and starts it if it does not need sources.
async fn prepare_container(
    context: &JobContext,
    begun: Instant,
    announced: &Notify,
    sources_in: Arc<Notify>,
) -> Result<ContainerPreparation, Failure> {
    let (plan, events) = (&context.plan, &context.events);
    // The image is pulled while the services start.
    let (image, (hosts, services_time)) =
        tokio::try_join!(context.images.ensure(&plan.image), start_services(context))?;
    // From here on the upload is what takes time, so the log shows its progress.
    announced.notify_one();
    events.send(EventKind::Section(Section::PrepareScript));
    let project_unique_name = context.names.project_unique_name().to_owned();
    events.notice(Notice::ContainerHostSelected { project_unique_name, host: kernel::hostname() });
    let name = create_build_container(context, &image, hosts.clone()).await?;
    let first_process = first_process(plan, &image);
    let session = Session::open(context, &name, first_process).await?;
    let container = if waits_for_script(plan, first_process) {
        let text = script::step_script(plan, context.echo);
        BuildContainer::Started(
            session.start(context, text, async move { sources_in.notified().await }).await?,
        )
    } else {
        BuildContainer::Attached(session)
    };
    let prepare_time = begun.elapsed().saturating_sub(services_time);
    Ok(ContainerPreparation {
        name,
        first_process,
        container,
        image_id: image.id.clone(),
        hosts,
        services_time,
        prepare_time,
    })
}

/// Runs `hooks:pre_get_sources_script` in a container of the job's image, where GitLab Runner uses its helper image. In
/// both, only what the hook writes to volumes reaches the job.
async fn run_hook(
    context: &JobContext,
    built: &ContainerPreparation,
    coverage: &mut Coverage,
) -> Result<(), Failure> {
    let container = context.containers().hook(built.image_id.clone(), built.hosts.clone());
    context.create(&container).await?;
    let session = Session::open(context, &container.name, built.first_process).await?;
    let text = script::pre_get_sources(&context.plan, context.echo);
    let running = session.start(context, text, std::future::ready(())).await?;
    // Preparation as a whole ends when the user stops it.
    let (deadline, signal) = (context.deadline, std::future::pending());
    let stop = Stop { deadline, reader_deadline: deadline, signal };
    match running.run(context, stop, coverage).await? {
        SessionEnd::Exited(0) => Ok(()),
        SessionEnd::Exited(exit_code) => Err(Failure::Script { exit_code }),
        SessionEnd::Stopped { reason: StopReason::TimeLimit, .. } => {
            Err(Failure::Timeout { after: context.plan.timeout })
        }
        SessionEnd::Stopped { reason: StopReason::Signal(signal), .. } => Err(Failure::Interrupted(signal)),
    }
}

/// What the containers with a shell start with: an entrypoint that the job or the image has, else the command.
fn first_process(plan: &JobPlan, image: &InspectedImage) -> FirstProcess {
    let of_image = image.config.as_ref().and_then(|config| config.entrypoint.as_deref());
    let entrypoint = plan.image.entrypoint.as_deref().or(of_image);
    match entrypoint.is_none_or(|words| words.iter().all(String::is_empty)) {
        true => FirstProcess::ShellFinder,
        false => FirstProcess::Entrypoint,
    }
}

/// Whether the container reads nothing before the script.
fn waits_for_script(plan: &JobPlan, first_process: FirstProcess) -> bool {
    first_process == FirstProcess::ShellFinder && READ_AT_START.iter().all(|key| plan.variable(key).is_none())
}

/// Starts the services and waits for their health checks. Returns their host names and how long the checks took.
async fn start_services(context: &JobContext) -> Result<(Vec<String>, Duration), Failure> {
    let services = start::start_all(context).await?;
    let hosts = services.iter().flat_map(StartedService::extra_hosts).collect();
    let started = Instant::now();
    health_check::wait_for_all(context, services).await?;
    Ok((hosts, started.elapsed()))
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

async fn create_build_container(
    context: &JobContext,
    image: &InspectedImage,
    hosts: Vec<String>,
) -> Result<Name, Failure> {
    let entrypoint = context.plan.image.entrypoint.as_deref();
    if entrypoint_kind(entrypoint) == EntrypointKind::BareShell {
        let shell = entrypoint.and_then(<[String]>::first).map(String::as_str).unwrap_or_default();
        context.events.notice(Notice::BareShellEntrypoint { shell: shell.to_owned() });
    }
    let container = context.containers().build(image.id.clone(), hosts);
    context.create(&container).await?;
    Ok(container.name)
}
