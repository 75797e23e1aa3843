//! Preparation of a job: images, services, sources and the build container. Independent steps run at the same time.
//!
//! Where the build container can unpack the sources itself, they are its input (`create/delivery.rs`), and may lie in its
//! own file system. Elsewhere they are uploaded into the volume at `/builds` through a separate container, like GitLab
//! Runner's helper container. The engine locks a container while it unpacks an archive into it; so the build container and
//! the services can be created and started during the upload.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::attempt_record::AttemptRecord;
use super::delivery;
use super::file_receiver::FileReceiver;
use super::output_record::OutputRecord;
use super::session::{RunningSession, Session, Stop};
use super::session_state::{FirstProcess, SessionEnd, StopReason};
use super::sources;
use crate::engine::image::inspect::InspectedImage;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::collect::restore::{self, GivenFiles};
use crate::executor::create;
use crate::executor::create::containers::NewContainer;
use crate::executor::create::delivery::{Delivery, has_entrypoint, reads_files_at_start};
use crate::executor::create::script;
use crate::executor::create::shell::{EntrypointKind, entrypoint_kind};
use crate::executor::create::volumes;
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::job_context::JobContext;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::executor::service::start::StartedService;
use crate::executor::service::watch::ServiceWatch;
use crate::executor::service::{health_check, start};
use crate::linux::kernel;
use crate::plan::job_plan::{EngineInJob, JobPlan};
use crate::workspace::pack::{Packing, PackingWork};

/// The build container, whose shell has the script.
pub struct PreparedJob {
    pub container: Name,
    pub first_process: FirstProcess,
    pub running: RunningSession,
    /// The services, of which those that end are reported.
    pub services: ServiceWatch,
    /// Hashes of the names of the sources, if `untracked` files are kept.
    pub delivered: Option<Vec<u64>>,
}

/// How far the build container is before it has the sources.
enum BuildContainer {
    /// It runs, and takes the sources, which are being packed, if it can.
    Receives(Option<FileReceiver>, PackingWork),
    /// Its sources are uploaded.
    Waits(WaitingContainer),
}

/// A container that has not got its script.
enum WaitingContainer {
    /// It runs, and its shell waits for the script.
    Started(RunningSession),
    /// It is not started, because its entrypoint may read the sources.
    Attached(Session),
}

impl WaitingContainer {
    /// Starts the container if it has not been started, with its script.
    async fn with_script(self, context: &JobContext) -> Result<RunningSession, Failure> {
        match self {
            Self::Started(running) => Ok(running),
            Self::Attached(session) => {
                let text = script::step_script(&context.plan, context.echo);
                Ok(session.start(context, text, std::future::ready(())).await?)
            }
        }
    }
}

/// The result of [`prepare_container`].
struct ContainerPreparation {
    name: Name,
    first_process: FirstProcess,
    container: BuildContainer,
    image: InspectedImage,
    /// Host names of the services, as entries of `ExtraHosts`.
    hosts: Vec<String>,
    services: ServiceWatch,
    services_time: Duration,
    /// The duration of everything but the services' health checks.
    prepare_time: Duration,
}

/// Prepares the job. Whatever happens, the context's ledger has all objects created.
pub async fn prepare(context: &JobContext, record: &mut AttemptRecord) -> Result<PreparedJob, Failure> {
    let begun = Instant::now();
    let given = restore::look_up(context);
    announce(context);
    let alone = without_project_volume(context, &given).await?;
    prepare_given(alone.as_ref().unwrap_or(context), given, begun, record).await
}

async fn prepare_given(
    context: &JobContext,
    given: GivenFiles,
    begun: Instant,
    record: &mut AttemptRecord,
) -> Result<PreparedJob, Failure> {
    let AttemptRecord { timings, output, .. } = record;
    let (plan, events) = (&context.plan, &context.events);
    volumes::create_volumes(context).await?;
    create_network(context).await?;

    let (announced, hook_over, sources_in) = (Notify::new(), Notify::new(), Arc::new(Notify::new()));
    let has_hook = !plan.pre_get_sources.is_empty();
    let upload_sources = async {
        let image = context.images.ensure(&plan.image).await?;
        if delivery_of(plan, &image, &given) == Delivery::Stream {
            return Ok(None);
        }
        let hook_over = has_hook.then_some(&hook_over);
        let summary = delivery::upload(context, &image, &given, hook_over, &announced).await?;
        // Without that, the shell of a job that is about to fail never gets its script.
        if given.lets_script_run() {
            sources_in.notify_one();
        }
        Ok(Some(summary))
    };
    let prepare_build = async {
        let built = prepare_container(context, begun, &given, &announced, sources_in.clone()).await?;
        let prepared = Instant::now();
        events.send(EventKind::Section(Section::GetSources));
        if has_hook {
            let container = context.containers().hook(built.image.id.clone(), built.hosts.clone());
            run_hook(context, container, built.first_process, output).await?;
            hook_over.notify_one();
        }
        Ok::<_, Failure>((built, prepared))
    };
    let (uploaded, (built, prepared)) = tokio::try_join!(upload_sources, prepare_build)?;
    let ContainerPreparation {
        name,
        image,
        first_process,
        container,
        services,
        services_time,
        mut prepare_time,
        ..
    } = built;
    let (mut summary, container) = match container {
        BuildContainer::Receives(receiver, work) => {
            let (summary, running) = delivery::stream(context, &name, &image, receiver, work).await?;
            (summary, WaitingContainer::Started(running))
        }
        BuildContainer::Waits(container) => (uploaded.unwrap_or_default(), container),
    };
    let sources_time = prepared.elapsed();
    let (delivered, broken) = (summary.name_hashes.take(), std::mem::take(&mut summary.broken_caches));
    sources::report(context, summary).await;
    given.report(context, &broken)?;
    let held = Instant::now();
    let running = container.with_script(context).await?;
    prepare_time = prepare_time.saturating_add(held.elapsed());
    timings.push((Phase::Prepare, prepare_time));
    if !plan.services.is_empty() {
        timings.push((Phase::Services, services_time));
    }
    timings.push((Phase::Sources, sources_time));
    Ok(PreparedJob { container: name, first_process, running, services, delivered })
}

/// Says which job begins, and in which image.
fn announce(context: &JobContext) {
    let (job, image) = (context.plan.name.clone(), context.plan.image.reference.clone());
    context.events.send(EventKind::Section(Section::PrepareExecutor));
    context.events.notice(Notice::ExecutorSelected { job, image });
    let unprivileged = context.plan.services.iter().find(|service| service.is_unprivileged_engine());
    let unprivileged =
        unprivileged.map(|engine| EngineInJob::Unprivileged { service: engine.image.reference.clone() });
    let socket = context.plan.engine_socket.as_ref();
    let socket = socket.map(|socket| EngineInJob::Socket { service: socket.service.clone() });
    unprivileged
        .into_iter()
        .chain(socket)
        .for_each(|engine| context.events.notice(Notice::EngineInJob(engine)));
}

async fn create_network(context: &JobContext) -> Result<(), Failure> {
    if let Some(network) = context.containers().network() {
        let create = context.engine.network_create(&network);
        context.ledger.create(Object::Network(network.name.clone()), create).await?;
    }
    Ok(())
}

/// Provides the image, starts the services, then creates the build container and starts it if it does not need sources.
async fn prepare_container(
    context: &JobContext,
    begun: Instant,
    given: &GivenFiles,
    announced: &Notify,
    sources_in: Arc<Notify>,
) -> Result<ContainerPreparation, Failure> {
    let (plan, events) = (&context.plan, &context.events);
    // The image is pulled while the services start.
    let (image, StartedServices { hosts, watch, time: services_time }) =
        tokio::try_join!(context.images.ensure(&plan.image), start_services(context))?;
    // From here on the upload is what takes time, so the log shows its progress.
    announced.notify_one();
    events.send(EventKind::Section(Section::PrepareScript));
    let project_unique_name = context.names.project_unique_name().to_owned();
    events.notice(Notice::ContainerHostSelected { project_unique_name, host: kernel::hostname() });
    let delivery = delivery_of(plan, &image, given);
    let packing = (delivery == Delivery::Stream).then(|| sources::read_ahead_with_script(context));
    let name = create_build_container(context, &image, hosts.clone(), delivery).await?;
    let first_process = first_process(plan, &image, delivery);
    let session = Session::open(context, &name, first_process).await?;
    let container = match packing {
        Some(Packing { pieces, work }) => {
            BuildContainer::Receives(FileReceiver::start(context, session, pieces).await?, work)
        }
        None if first_process == FirstProcess::ShellFinder && !reads_files_at_start(plan) => {
            let text = script::step_script(plan, context.echo);
            let running = session.start(context, text, async move { sources_in.notified().await }).await?;
            BuildContainer::Waits(WaitingContainer::Started(running))
        }
        None => BuildContainer::Waits(WaitingContainer::Attached(session)),
    };
    let prepare_time = begun.elapsed().saturating_sub(services_time);
    Ok(ContainerPreparation {
        name,
        first_process,
        container,
        image,
        hosts,
        services: watch,
        services_time,
        prepare_time,
    })
}

/// Runs `hooks:pre_get_sources_script` in a container of the job's image, where GitLab Runner uses its helper image. In
/// both, only what the hook writes to volumes reaches the job.
async fn run_hook(
    context: &JobContext,
    container: NewContainer,
    first_process: FirstProcess,
    output: &mut OutputRecord,
) -> Result<(), Failure> {
    context.create(&container).await?;
    let session = Session::open(context, &container.name, first_process).await?;
    let text = script::pre_get_sources(&context.plan, context.echo);
    let running = session.start(context, text, std::future::ready(())).await?;
    // Preparation as a whole ends when the user stops it.
    let (deadline, signal) = (context.deadline.at(), std::future::pending());
    let stop = Stop { deadline, reader_deadline: deadline, signal };
    match running.run(context, stop, output).await? {
        SessionEnd::Exited { exit_code: 0, .. } => Ok(()),
        SessionEnd::Exited { exit_code, position } => {
            Err(Failure::of_script(exit_code, position, &context.plan.pre_get_sources, None))
        }
        SessionEnd::Stopped { reason: StopReason::TimeLimit, .. } => {
            Err(Failure::Timeout { after: context.plan.timeout })
        }
        SessionEnd::Stopped { reason: StopReason::Signal(signal), .. } => Err(Failure::Interrupted(signal)),
    }
}

/// How the files get into the job's container. Those of caches and of other jobs are uploaded: the engine keeps more of
/// their attributes than BusyBox's `tar`. So is everything of a job that fails because of them, whose script must not run.
fn delivery_of(plan: &JobPlan, image: &InspectedImage, given: &GivenFiles) -> Delivery {
    if given.is_nothing() { Delivery::of_job(plan, image) } else { Delivery::Upload }
}

/// The context of a job whose project directory lies in its container, if it can. The image decides that, too; no other
/// one is pulled beside it, because the job has no services.
async fn without_project_volume(
    context: &JobContext,
    given: &GivenFiles,
) -> Result<Option<JobContext>, Failure> {
    let plan = &context.plan;
    if create::delivery::without_project_volume(plan, Delivery::of_plan(plan)).is_none() {
        return Ok(None);
    }
    let image = context.images.ensure(&plan.image).await?;
    let without = create::delivery::without_project_volume(plan, delivery_of(plan, &image, given));
    Ok(without.map(|plan| JobContext { plan: Arc::new(plan), ..context.clone() }))
}

/// What the job's container starts with.
fn first_process(plan: &JobPlan, image: &InspectedImage, delivery: Delivery) -> FirstProcess {
    match delivery {
        Delivery::Stream => FirstProcess::FileReceiver,
        Delivery::Upload if has_entrypoint(plan, image) => FirstProcess::Entrypoint,
        Delivery::Upload => FirstProcess::ShellFinder,
    }
}

/// The services of a job after their health checks.
struct StartedServices {
    /// Their host names, as entries of `ExtraHosts`.
    hosts: Vec<String>,
    watch: ServiceWatch,
    /// How long the checks took.
    time: Duration,
}

/// Starts the services and waits for their health checks.
async fn start_services(context: &JobContext) -> Result<StartedServices, Failure> {
    let services = start::start_all(context).await?;
    let hosts = services.iter().flat_map(StartedService::extra_hosts).collect();
    let started = Instant::now();
    let watch = health_check::wait_for_all(context, services).await?;
    Ok(StartedServices { hosts, watch, time: started.elapsed() })
}

async fn create_build_container(
    context: &JobContext,
    image: &InspectedImage,
    hosts: Vec<String>,
    delivery: Delivery,
) -> Result<Name, Failure> {
    let entrypoint = context.plan.image.entrypoint.as_deref();
    if entrypoint_kind(entrypoint) == EntrypointKind::BareShell {
        let shell = entrypoint.and_then(<[String]>::first).map(String::as_str).unwrap_or_default();
        context.events.notice(Notice::BareShellEntrypoint { shell: shell.to_owned() });
    }
    let container = context.containers().build(image.id.clone(), hosts, delivery);
    context.create(&container).await?;
    Ok(container.name)
}
