//! From images to a job's container that has its script: what does not depend on each other goes on at the
//! same time.
//!
//! The sources go into the volume at `/builds` by way of a container of their own that is never started, as GitLab
//! Runner's helper container has them there: the engine locks a container while it unpacks something into it, and so
//! the job's own container can be created and started meanwhile, and the services too.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::context::{Context, NO_LOG};
use super::event::{Event, Phase, Section, Tone};
use super::job::Timings;
use super::ledger::Object;
use super::names::{Kind, PROJECT_UNIQUE_NAME};
use super::outcome::Failure;
use super::script::{self, EntrypointKind};
use super::session::{Running, Session};
use super::{service, sources};
use crate::engine::container::create::{ContainerConfig, Stdio};
use crate::engine::image::inspect::Image;
use crate::engine::name::Name;
use crate::plan::job_plan::{JobNetwork, JobPlan};

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
    services_time: Duration,
    /// The time of all the rest.
    prepare_time: Duration,
}

/// Prepares the job. What was made is in the context's ledger, whatever happens.
pub async fn prepare(context: &Context, timings: &mut Timings) -> Result<Prepared, Failure> {
    let (plan, events) = (&context.plan, &context.events);
    let begun = Instant::now();
    let packing = sources::read_ahead(context);
    events.send(Event::Section(Section::PrepareExecutor)).await;
    events.line(Tone::Plain, format!("Using Docker executor with image {} ...", plan.image.reference)).await;
    // Comes to be with the first container that mounts it.
    let volume = Object::Volume(context.names.builds_volume());
    context.ledger.create(volume, async { Ok(()) }).await?;
    if plan.network == JobNetwork::PerJob {
        let (name, labels) = (context.names.network(), context.names.network_labels());
        let create = context.engine.network_create(&name, &labels);
        context.ledger.create(Object::Network(name.clone()), create).await?;
    }

    let (announced, sources_in) = (Notify::new(), Arc::new(Notify::new()));
    let upload = async {
        let image = context.images.ensure(&plan.image).await?;
        let container = create_predefined(context, &image).await?;
        let summary = sources::put(context, &container, packing, &announced).await?;
        sources_in.notify_one();
        Ok(summary)
    };
    let build = async {
        let built = build(context, begun, &announced, sources_in.clone()).await?;
        let prepared = Instant::now();
        events.send(Event::Section(Section::GetSources)).await;
        Ok::<_, Failure>((built, prepared))
    };
    let (summary, (built, prepared)) = tokio::try_join!(upload, build)?;
    let Built { container, started, services_time, mut prepare_time } = built;
    let sources_time = prepared.elapsed();
    sources::say(context, &summary).await;
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
    events.send(Event::Section(Section::PrepareScript)).await;
    let host = hostname().unwrap_or_else(|| "this host".to_owned());
    events.line(Tone::Plain, format!("Running on {PROJECT_UNIQUE_NAME} via {host}...")).await;
    let container = create(context, &image, hosts).await?;
    let session = Session::open(context, &container).await?;
    let started = if waits_for_script(plan, &image) {
        let text = script::step_script(plan, context.echo);
        Started::Running(session.start(context, text, async move { sources_in.notified().await }).await?)
    } else {
        Started::Held(session)
    };
    let prepare_time = begun.elapsed().saturating_sub(services_time);
    Ok(Built { container, started, services_time, prepare_time })
}

/// Whether the container's first process is the shell that waits for the script, and looks at nothing before.
fn waits_for_script(plan: &JobPlan, image: &Image) -> bool {
    let of_image = image.config.as_ref().and_then(|config| config.entrypoint.as_deref());
    let entrypoint = plan.image.entrypoint.as_deref().or(of_image);
    let cleared = entrypoint.is_none_or(|words| words.iter().all(String::is_empty));
    cleared && READ_AT_START.iter().all(|key| plan.variable(key).is_none())
}

/// Starts the services and waits for them. Gives their names for `/etc/hosts`, and how long the waiting took.
async fn start_services(context: &Context) -> Result<(Vec<String>, Duration), Failure> {
    let services = service::start_all(context).await?;
    let hosts = services.iter().flat_map(service::Started::hosts).collect();
    let started = Instant::now();
    service::wait_for_all(context, services).await?;
    Ok((hosts, started.elapsed()))
}

/// The container through which the sources go in; GitLab Runner calls its own "predefined".
async fn create_predefined(context: &Context, image: &Image) -> Result<Name, Failure> {
    let name = context.names.predefined();
    let mut host_config = context.host_config(Vec::new(), NO_LOG);
    host_config.network_mode = Some("none".to_owned());
    let config = ContainerConfig {
        image: image.id.clone(),
        hostname: None,
        user: None,
        entrypoint: None,
        // Never run; an image without a command of its own needs one to be created from.
        cmd: Some(vec!["sh".to_owned()]),
        env: Vec::new(),
        labels: context.names.labels(Kind::Predefined),
        stdio: Stdio::DETACHED,
        host_config,
        networking_config: None,
    };
    let create = context.engine.container_create(&name, context.plan.image.platform.as_deref(), &config);
    context.ledger.create(Object::Container(name.clone()), create).await?;
    Ok(name)
}

async fn create(context: &Context, image: &Image, hosts: Vec<String>) -> Result<Name, Failure> {
    let plan = &context.plan;
    let name = context.names.build();
    let kind = script::entrypoint_kind(plan.image.entrypoint.as_deref());
    if kind == EntrypointKind::BareShell {
        let shell = plan.image.entrypoint.as_deref().and_then(<[String]>::first).map(String::as_str);
        let shell = shell.unwrap_or_default();
        let line = format!(
            "entrypoint [\"{shell}\"] is a bare shell: GitLab Runner passes it `sh -c …` and the job fails there with \
             exit code 126; runner-lite passes it `-c …`. Use [\"\"] or [\"{shell}\", \"-c\"] for both"
        );
        context.events.line(Tone::Warning, line).await;
    }
    let config = ContainerConfig {
        image: image.id.clone(),
        hostname: Some(PROJECT_UNIQUE_NAME.to_owned()),
        user: plan.image.user.clone(),
        entrypoint: plan.image.entrypoint.clone(),
        cmd: Some(script::command(kind)),
        env: plan.variables.iter().map(|variable| format!("{}={}", variable.key, variable.value)).collect(),
        labels: context.names.labels(super::names::Kind::Build),
        stdio: Stdio::ATTACHED,
        host_config: context.host_config(hosts, NO_LOG),
        networking_config: context.endpoint(vec!["build".to_owned(), name.to_string()]),
    };
    let create = context.engine.container_create(&name, plan.image.platform.as_deref(), &config);
    context.ledger.create(Object::Container(name.clone()), create).await?;
    Ok(name)
}

/// This machine's name.
fn hostname() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
