//! From images to a job's container that has its script: what does not depend on each other goes on at the
//! same time.
//!
//! The sources go into the volume at `/builds` by way of a container of their own, as GitLab
//! Runner's helper container has them there: the engine locks a container while it unpacks something into it, and so
//! the job's own container can be created and started meanwhile, and the services too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::coverage::Coverage;
use super::record::Record;
use super::session::{Running, Session};
use super::sources;
use crate::engine::container::wait::WaitCondition;
use crate::engine::image::inspect::InspectedImage;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::context::Context;
use crate::executor::create::script;
use crate::executor::create::shell::{EntrypointKind, entrypoint_kind};
use crate::executor::create::volumes;
use crate::executor::event::{EventKind, Phase, Section};
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::executor::service::{health_check, start};
use crate::linux::kernel;
use crate::plan::job_plan::{JobPlan, ProjectDirContent};

/// Variables by which a shell or the linker reads a file before the script: such a file may be one of the sources.
const READ_AT_START: [&str; 3] = ["BASH_ENV", "ENV", "LD_PRELOAD"];

/// The job's container, whose shell waits for the script.
pub struct Prepared {
    /// Its name.
    pub container: Name,
    /// Its first run.
    pub running: Running,
}

/// The job's container on its way.
enum Started {
    /// Its shell waits.
    Running(Running),
    /// Its entrypoint may look at the sources, and must not run before they are there.
    Held(Session),
}

/// What [`build`] has come to.
struct Built {
    container: Name,
    started: Started,
    /// The image's id.
    image: String,
    /// The services' names for `/etc/hosts`.
    hosts: Vec<String>,
    services_time: Duration,
    /// The time of all the rest.
    prepare_time: Duration,
}

/// Prepares the job. What was made is in the context's ledger, whatever happens.
pub async fn prepare(context: &Context, record: &mut Record) -> Result<Prepared, Failure> {
    let Record { timings, coverage } = record;
    let (plan, events) = (&context.plan, &context.events);
    let begun = Instant::now();
    let packing = sources::read_ahead(context);
    events.send(EventKind::Section(Section::PrepareExecutor)).await;
    events.notice(Notice::ExecutorSelected { image: plan.image.reference.clone() }).await;
    volumes::create_volumes(context).await?;
    if let Some(network) = context.containers().network() {
        let create = context.engine.network_create(&network);
        context.ledger.create(Object::Network(network.name.clone()), create).await?;
    }

    let (announced, hook_over, sources_in) = (Notify::new(), Notify::new(), Arc::new(Notify::new()));
    let has_hook = !plan.pre_get_sources.is_empty();
    let upload = async {
        let image = context.images.ensure(&plan.image).await?;
        let container = create_predefined(context, &image).await?;
        if has_hook {
            hook_over.notified().await;
        }
        clear_project_dir(context, &container).await?;
        let summary = sources::put(context, &container, packing, &announced).await?;
        sources_in.notify_one();
        Ok(summary)
    };
    let build = async {
        let built = build(context, begun, &announced, sources_in.clone()).await?;
        let prepared = Instant::now();
        events.send(EventKind::Section(Section::GetSources)).await;
        if has_hook {
            hook(context, &built, coverage).await?;
            hook_over.notify_one();
        }
        Ok::<_, Failure>((built, prepared))
    };
    let (summary, (built, prepared)) = tokio::try_join!(upload, build)?;
    let Built { container, started, services_time, mut prepare_time, .. } = built;
    let sources_time = prepared.elapsed();
    sources::report(context, summary).await;
    let running = match started {
        Started::Running(running) => running,
        Started::Held(session) => {
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
    Ok(Prepared { container, running })
}

/// Image and services, then the job's container.
async fn build(
    context: &Context,
    begun: Instant,
    announced: &Notify,
    sources_in: Arc<Notify>,
) -> Result<Built, Failure> {
    let (plan, events) = (&context.plan, &context.events);
    // The build image is looked for, and pulled, while the services start.
    let (image, (hosts, services_time)) =
        tokio::try_join!(context.images.ensure(&plan.image), start_services(context))?;
    // The live line is the sources' from here on: an engine that is busy with them is slow to start a container.
    announced.notify_one();
    events.send(EventKind::Section(Section::PrepareScript)).await;
    let project_unique_name = context.names.project_unique_name().to_owned();
    events.notice(Notice::ContainerHostSelected { project_unique_name, host: kernel::hostname() }).await;
    let container = create(context, &image, hosts.clone()).await?;
    let session = Session::open(context, &container).await?;
    let started = if waits_for_script(plan, &image) {
        let text = script::step_script(plan, context.echo);
        Started::Running(session.start(context, text, async move { sources_in.notified().await }).await?)
    } else {
        Started::Held(session)
    };
    let prepare_time = begun.elapsed().saturating_sub(services_time);
    Ok(Built { container, started, image: image.id.clone(), hosts, services_time, prepare_time })
}

/// Runs the hook that comes before the sources. GitLab Runner has a helper container for it; here it is one of the job's
/// image, of which likewise nothing is left but what was written to volumes.
async fn hook(context: &Context, built: &Built, coverage: &mut Coverage) -> Result<(), Failure> {
    let container = context.containers().hook(built.image.clone(), built.hosts.clone());
    context.create(&container).await?;
    let session = Session::open(context, &container.name).await?;
    let text = script::pre_get_sources(&context.plan, context.echo);
    let running = session.start(context, text, std::future::ready(())).await?;
    let limit = context.plan.timeout;
    running.run(context, limit, coverage).await?.success(limit)
}

/// Whether the container's first process is the shell that waits for the script, and looks at nothing before.
fn waits_for_script(plan: &JobPlan, image: &InspectedImage) -> bool {
    let of_image = image.config.as_ref().and_then(|config| config.entrypoint.as_deref());
    let entrypoint = plan.image.entrypoint.as_deref().or(of_image);
    let cleared = entrypoint.is_none_or(|words| words.iter().all(String::is_empty));
    cleared && READ_AT_START.iter().all(|key| plan.variable(key).is_none())
}

/// Starts the services and waits for them. Gives their names for `/etc/hosts`, and how long the waiting took.
async fn start_services(context: &Context) -> Result<(Vec<String>, Duration), Failure> {
    let services = start::start_all(context).await?;
    let hosts = services.iter().flat_map(start::Started::extra_hosts).collect();
    let started = Instant::now();
    health_check::wait_for_all(context, services).await?;
    Ok((hosts, started.elapsed()))
}

/// The container through which the sources go in.
async fn create_predefined(context: &Context, image: &InspectedImage) -> Result<Name, Failure> {
    let container = context.containers().predefined(image.id.clone());
    context.create(&container).await?;
    Ok(container.name)
}

/// Runs the container for the sources, where the project directory may have things in it and is to be cleared.
async fn clear_project_dir(context: &Context, container: &Name) -> Result<(), Failure> {
    let plan = &context.plan;
    if plan.project_dir_content == ProjectDirContent::Left {
        return Ok(());
    }
    let wait = context.engine.container_wait(container, WaitCondition::NextExit).await?;
    context.engine.container_start(container).await?;
    match wait.exit().await?.status_code {
        0 => Ok(()),
        exit_code => Err(Failure::Clear { project_dir: plan.project_dir.clone(), exit_code }),
    }
}

async fn create(context: &Context, image: &InspectedImage, hosts: Vec<String>) -> Result<Name, Failure> {
    let entrypoint = context.plan.image.entrypoint.as_deref();
    if entrypoint_kind(entrypoint) == EntrypointKind::BareShell {
        let shell = entrypoint.and_then(<[String]>::first).map(String::as_str).unwrap_or_default();
        context.events.notice(Notice::BareShellEntrypoint { shell: shell.to_owned() }).await;
    }
    let container = context.containers().build(image.id.clone(), hosts);
    context.create(&container).await?;
    Ok(container.name)
}
