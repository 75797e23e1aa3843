//! Tests of the executor: a plan, an engine with prepared answers, and a recorder of events.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::cleanup::ledger::Ledger;
use super::create::names::Names;
use super::create::script::Echo;
use super::event::{Event, EventKind};
use super::event_channel::{EventSender, EventSink};
use super::image::job_images::JobImages;
use super::image::pull::Puller;
use super::image::shared_pulls::SharedPulls;
use super::job_context::JobContext;
use super::job_deadline::JobDeadline;
use super::notice::Notice;
use super::run_context::{ProbeSettings, RunContext};
use super::run_store::{DotenvLimits, JobStore, RunStore, now};
use super::service::log_stream::ServiceLogs;
use super::service::settings::ServiceSettings;
use super::shutdown::{self, ShutdownSender};
use super::terminal_turn::TerminalTurns;
use crate::credentials::memory::Helpers;
use crate::engine::{CallObserver, Engine};
use crate::plan::job_plan::{
    AllowFailure, AnonymousVolumes, ArtifactsPlan, ContainerSettings, ImagePlan, JobNetwork, JobPlan,
    ProjectDirContent, Retry, Slot, Sources, TerminalUse, VolumeDriver, VolumePlan, VolumeSource,
};
use crate::store::{ProjectStore, RunStart, SourcesRecord, StorePlaces};
use crate::transport::connector::Connector;
use crate::transport::endpoint::Endpoint;

/// The answer to the ping, by which the client learns the version of the API.
const PONG: &str = "HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK";

/// Records events.
#[derive(Debug, Default)]
pub(super) struct Recorder(pub(super) Vec<Event>);

impl EventSink for Recorder {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.0.push(event.clone());
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Recorder {
    /// A line for each event: its job and its data, without times.
    pub(super) fn lines(&self) -> String {
        let line = |event: &Event| {
            let mut kind = event.kind.clone();
            if let EventKind::Notice(Notice::PullFinished { elapsed, .. }) = &mut kind {
                *elapsed = Duration::ZERO;
            }
            format!("{}: {kind:?}\n", event.job.as_deref().unwrap_or("run"))
        };
        self.0.iter().map(line).collect()
    }
}

/// Connects to an engine in this process that gives one of `answers` on each connection, in their order. The engine
/// lives as long as the set.
pub(super) async fn engine_with(answers: Vec<String>) -> (Engine, JoinSet<()>) {
    let (connector, mut listener) = Connector::in_memory(Endpoint::Unix("/run/engine.sock".into()));
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        for answer in std::iter::once(PONG.to_owned()).chain(answers) {
            let mut stream = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                assert!(stream.read_buf(&mut head).await.unwrap() > 0);
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (Engine::connect(connector, None).await.unwrap(), serving)
}

/// Connects to an engine in this process that refuses every request with the status and the message that `refuse` gives
/// for the request line. The engine lives as long as the set.
pub(super) async fn engine_that_refuses(
    refuse: impl Fn(&str) -> (u16, &'static str) + Send + 'static,
) -> (Engine, JoinSet<()>) {
    engine_deciding(None, move |line| {
        let (status, message) = refuse(&line);
        std::future::ready(refusal(status, message))
    })
    .await
}

/// Connects to an engine in this process that answers each request as `answer` decides from its request line, such as
/// `DELETE /v1.51/volumes/x`; requests are answered at the same time. The engine lives as long as the set.
pub(super) async fn engine_deciding<A>(
    observer: Option<CallObserver>,
    answer: impl Fn(String) -> A + Send + 'static,
) -> (Engine, JoinSet<()>)
where
    A: Future<Output = String> + Send + 'static,
{
    let (connector, mut listener) = Connector::in_memory(Endpoint::Unix("/run/engine.sock".into()));
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        while let Some(mut stream) = listener.accept().await {
            let head = read_head(&mut stream).await;
            let line = head.split(" HTTP/1.1").next().unwrap_or_default().to_owned();
            let answer = (!line.contains("/_ping")).then(|| answer(line));
            connections.spawn(async move {
                let answer = match answer {
                    Some(answer) => answer.await,
                    None => PONG.to_owned(),
                };
                // A client that has given up reads no answer. An engine keeps the connection until the client closes it,
                // and an upgraded one until the container ends, which has printed
                // all that it prints if it has printed anything.
                if stream.write_all(answer.as_bytes()).await.is_ok() {
                    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                }
                if answer.starts_with("HTTP/1.1 101 ") && answer.ends_with("\r\n\r\n") {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    (Engine::connect(connector, observer).await.unwrap(), serving)
}

/// Reads a request's head, and perhaps the beginning of its body.
async fn read_head(stream: &mut DuplexStream) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap() == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// What the jobs of a run share: `engine`, `events`, and nothing done yet. The sender stops the run.
pub(super) fn run_context(engine: Engine, events: EventSender) -> (RunContext, ShutdownSender) {
    let (signals, shutdown) = shutdown::channel();
    let context = RunContext {
        engine,
        events,
        shutdown,
        echo: Echo::Plain,
        helpers: Arc::new(Helpers::new(None)),
        pulls: SharedPulls::new(),
        probe: ProbeSettings::default(),
        services: ServiceSettings::default(),
        terminals: TerminalTurns::default(),
        store: None,
        names: |plan| Names::of_run(plan, 1),
    };
    (context, signals)
}

/// The context of the first attempt at the job of `plan`, which begins now.
pub(super) fn job_context(plan: JobPlan, context: RunContext) -> JobContext {
    let RunContext {
        engine, events, shutdown, echo, helpers, pulls, probe, services, terminals, names, ..
    } = context;
    let puller = Puller::new(engine.clone(), events.clone(), Vec::new(), helpers);
    let images = JobImages::new(puller, pulls.clone(), pulls.created());
    let (deadline, names) = (JobDeadline::new(Instant::now() + plan.timeout), Arc::new(names(&plan)));
    let (plan, ledger) = (Arc::new(plan), Ledger::new(AnonymousVolumes::Removed));
    let service_logs = ServiceLogs::new(&plan, services, false);
    JobContext {
        plan,
        deadline,
        engine,
        events,
        shutdown,
        names,
        ledger,
        images,
        echo,
        probe,
        services,
        service_logs,
        terminals,
        store: None,
    }
}

/// A store below `folder` for a run of the job of `plan`, which begins now.
pub(super) fn job_store(folder: &Path, plan: &JobPlan) -> JobStore {
    let places = StorePlaces { state: folder.join("state"), cache: folder.join("cache") };
    let project = Arc::new(ProjectStore::open(&places, folder, "identity").unwrap());
    let (sources, started) = (SourcesRecord::default(), now());
    let run = Arc::new(
        project.begin_run(RunStart { pipeline_id: 1, iid: 1, sources, started, resumed: None }).unwrap(),
    );
    JobStore::begin(RunStore::new(project, run, 1000, DotenvLimits::Told), plan).unwrap()
}

/// An answer without a body.
pub(super) fn no_content() -> String {
    "HTTP/1.1 204 No Content\r\n\r\n".to_owned()
}

/// An error of the engine.
pub(super) fn refusal(status: u16, message: &str) -> String {
    let body = serde_json::json!({ "message": message }).to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// An answer with a JSON body.
pub(super) fn json_answer(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// An image with no further settings.
pub(super) fn image(reference: &str) -> ImagePlan {
    ImagePlan {
        reference: reference.to_owned(),
        entrypoint: None,
        user: None,
        platform: None,
        pull_policies: Vec::new(),
        span: None,
    }
}

/// A plan for the job `test` in the image `a:1`, with an empty script.
pub(super) fn plan() -> JobPlan {
    JobPlan {
        name: "test".to_owned(),
        stage: "test".to_owned(),
        job_id: 1_001,
        slot: Slot::FIRST,
        image: image("a:1"),
        hostname: None,
        settings: ContainerSettings::default(),
        volumes: vec![VolumePlan {
            destination: "/builds".to_owned(),
            source: VolumeSource::Temporary { hash: "c33bcaa1fd2c77edfc3893b41966cea8".to_owned() },
        }],
        engine_socket: None,
        volume_driver: VolumeDriver::default(),
        anonymous_volumes: AnonymousVolumes::Removed,
        credentials: Vec::new(),
        secrets: Vec::new(),
        log: crate::plan::job_plan::LogPlan::default(),
        variable_files: Vec::new(),
        services: Vec::new(),
        variables: Vec::new(),
        pre_get_sources: Vec::new(),
        script: Vec::new(),
        after_script: Vec::new(),
        project_dir: "/builds/local/test".to_owned(),
        project_dir_content: ProjectDirContent::Left,
        sources: Sources::None,
        network: JobNetwork::DefaultBridge,
        timeout: Duration::from_secs(60),
        script_timeout: None,
        after_script_counts: false,
        debug_trace: false,
        after_script_timeout: Duration::from_secs(60),
        services_timeout: Some(Duration::from_secs(30)),
        allow_failure: AllowFailure::No,
        retry: Retry::default(),
        terminal: TerminalUse::Never,
        coverage: None,
        artifacts: ArtifactsPlan::default(),
        caches: Vec::new(),
        received: Vec::new(),
    }
}
