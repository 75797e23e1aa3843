//! One job from its images to its exit code, in GitLab Runner's order.

use std::time::{Duration, Instant};

use super::context::{Context, NO_LOG};
use super::event::{Event, Phase, Section, Tone};
use super::ledger::Object;
use super::names::PROJECT_UNIQUE_NAME;
use super::outcome::Failure;
use super::script::{self, EntrypointKind, JobStatus};
use super::session::{Ended, Session};
use super::{service, sources};
use crate::engine::container::create::{ContainerConfig, Stdio};
use crate::engine::name::Name;
use crate::plan::job_plan::JobNetwork;

/// The job's container, ready for its first start.
struct Prepared {
    container: Name,
    session: Session,
}

/// How long each phase took.
pub type Timings = Vec<(Phase, Duration)>;

/// Runs the job. What it made is in the context's ledger, whatever happens.
pub async fn run(context: &Context, timings: &mut Timings) -> Result<(), Failure> {
    let prepared = match context.shutdown.unless(prepare(context, timings)).await {
        Ok(prepared) => prepared?,
        Err(signal) => return Err(Failure::Interrupted(signal)),
    };
    let Prepared { container, session } = prepared;
    let script = step_script(context, session, timings).await;
    let status = match &script {
        Ok(()) => JobStatus::Success,
        Err(Failure::Script { .. }) => JobStatus::Failed,
        // The container has been lost, stopped, or has used up the job's time.
        Err(_) => return script,
    };
    if context.plan.after_script.is_empty() {
        return script;
    }
    let started = Instant::now();
    let after = after_script(context, &container, status).await;
    timings.push((Phase::AfterScript, started.elapsed()));
    match after {
        Err(failure @ Failure::Interrupted(_)) => Err(failure),
        Err(failure) if counts(context) => script.and(Err(failure)),
        Err(failure) => {
            let line = format!("after_script failed, but job will continue unaffected: {failure}");
            context.events.line(Tone::Warning, line).await;
            script
        }
        Ok(()) => script,
    }
}

/// Whether a failing `after_script` fails the job: `AFTER_SCRIPT_IGNORE_ERRORS: "false"`.
fn counts(context: &Context) -> bool {
    context.plan.variable("AFTER_SCRIPT_IGNORE_ERRORS") == Some("false")
}

async fn prepare(context: &Context, timings: &mut Timings) -> Result<Prepared, Failure> {
    let (plan, events) = (&context.plan, &context.events);
    let started = Instant::now();
    let packing = sources::read_ahead(context);
    events.send(Event::Section(Section::PrepareExecutor)).await;
    events.line(Tone::Plain, format!("Using Docker executor with image {} ...", plan.image.reference)).await;
    if plan.network == JobNetwork::PerJob {
        let (name, labels) = (context.names.network(), context.names.network_labels());
        let create = context.engine.network_create(&name, &labels);
        context.ledger.create(Object::Network(name.clone()), create).await?;
    }
    // The build image is looked for, and pulled, while the services start.
    let (image, (hosts, services_time)) =
        tokio::try_join!(context.images.ensure(&plan.image), start_services(context))?;
    timings.push((Phase::Prepare, started.elapsed().saturating_sub(services_time)));
    if !plan.services.is_empty() {
        timings.push((Phase::Services, services_time));
    }

    let started = Instant::now();
    events.send(Event::Section(Section::PrepareScript)).await;
    let host = hostname().unwrap_or_else(|| "this host".to_owned());
    events.line(Tone::Plain, format!("Running on {PROJECT_UNIQUE_NAME} via {host}...")).await;
    let container = create(context, image, hosts).await?;
    events.send(Event::Section(Section::GetSources)).await;
    let attach = async { Session::open(context, &container).await.map_err(Failure::from) };
    let ((), session) = tokio::try_join!(sources::put(context, &container, packing), attach)?;
    timings.push((Phase::Sources, started.elapsed()));
    Ok(Prepared { container, session })
}

/// Starts the services and waits for them. Gives their names for `/etc/hosts`, and how long the waiting took.
async fn start_services(context: &Context) -> Result<(Vec<String>, Duration), Failure> {
    if !context.plan.services.is_empty() {
        // Comes to be with the first container that mounts it.
        let volume = context.names.builds_volume();
        context.ledger.create(Object::Volume(volume), async { Ok(()) }).await?;
    }
    let services = service::start_all(context).await?;
    let hosts = services.iter().flat_map(service::Started::hosts).collect();
    let started = Instant::now();
    service::wait_for_all(context, services).await?;
    Ok((hosts, started.elapsed()))
}

async fn create(context: &Context, image: String, hosts: Vec<String>) -> Result<Name, Failure> {
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
        image,
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

async fn step_script(context: &Context, session: Session, timings: &mut Timings) -> Result<(), Failure> {
    let started = Instant::now();
    context.events.send(Event::Section(Section::StepScript)).await;
    let text = script::step_script(&context.plan, context.echo);
    let limit = context.plan.timeout;
    let ended = session.run(context, text, limit).await;
    timings.push((Phase::Script, started.elapsed()));
    success(ended?, limit)
}

/// Starts the container once more, with a fresh shell and the file system as the script left it.
async fn after_script(context: &Context, container: &Name, status: JobStatus) -> Result<(), Failure> {
    context.events.send(Event::Section(Section::AfterScript)).await;
    let limit = context.plan.after_script_timeout;
    let session = Session::open(context, container).await?;
    let text = script::after_script(&context.plan, status, context.echo);
    success(session.run(context, text, limit).await?, limit)
}

/// Only exit code 0 is a success.
fn success(ended: Ended, limit: Duration) -> Result<(), Failure> {
    match ended {
        Ended::Exited(0) => Ok(()),
        Ended::Exited(exit_code) => Err(Failure::Script { exit_code }),
        Ended::TimedOut => Err(Failure::Timeout { after: limit }),
        Ended::Interrupted(signal) => Err(Failure::Interrupted(signal)),
    }
}

/// This machine's name.
fn hostname() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
