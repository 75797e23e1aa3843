//! The jobs of `proto-fixtures/`: complete runs of `execute`, recorded once on a real engine and replayed.
//!
//! Names, ids and plans are fixed, so that a replay can compare requests exactly.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runner_lite::credentials::memory::Helpers;
use runner_lite::engine::Engine;
use runner_lite::executor::create::names::Names;
use runner_lite::executor::create::script::Echo;
use runner_lite::executor::event::Event;
use runner_lite::executor::event_channel;
use runner_lite::executor::execute;
use runner_lite::executor::image::shared_pulls::SharedPulls;
use runner_lite::executor::outcome::{Failure, JobOutcome};
use runner_lite::executor::run_context::{ProbeSettings, RunContext};
use runner_lite::executor::service::settings::ServiceSettings;
use runner_lite::executor::shutdown::Shutdown;
use runner_lite::executor::terminal_turn::TerminalTurns;
use runner_lite::plan::job_plan::{
    AllowFailure, AnonymousVolumes, ArtifactsPlan, ContainerSettings, EnvironmentVariable, ImagePlan,
    JobNetwork, JobPlan, ProjectDirContent, Retry, ScriptItem, ServicePlan, Slot, Sources, TerminalUse,
    VolumeDriver, VolumePlan, VolumeSource,
};
use runner_lite::probe::mode::ProbeMode;
use runner_lite::registry::pull_policy::PullPolicy;

/// All jobs; each has the name of its folder.
pub(crate) const NAMES: &[&str] =
    &["job-after-script", "job-fetch", "job-plain", "job-pull", "job-service", "job-timeout"];

/// The number in the names of all objects, in place of random bits. No other run has this number and this slot.
const RUN_NUMBER: u64 = 0xf1c7;
const SLOT: Slot = Slot::new(9);

/// The time limit of the jobs, which ends waits that have no limit of their own. It is longer than those that have one.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1000);

/// The result of a job on the engine that it was recorded on, which a replay must report or else an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrueResult {
    ExitCode(i64),
    ScriptTimeout,
}

/// What a run of a job came to.
#[derive(Debug)]
pub(crate) struct JobRun {
    pub(crate) outcome: Arc<JobOutcome>,
    pub(crate) events: Vec<Event>,
}

impl JobRun {
    /// The result that the run reports; `None` if it failed without a result.
    pub(crate) fn reported(&self) -> Option<TrueResult> {
        match self.outcome.failure() {
            None => Some(TrueResult::ExitCode(0)),
            Some(Failure::Script { exit_code, .. }) => Some(TrueResult::ExitCode(*exit_code)),
            Some(Failure::ScriptTimeout { .. }) => Some(TrueResult::ScriptTimeout),
            Some(_) => None,
        }
    }
}

/// The true result of a job.
pub(crate) fn true_result(name: &str) -> TrueResult {
    match name {
        "job-after-script" => TrueResult::ExitCode(3),
        "job-timeout" => TrueResult::ScriptTimeout,
        _ => TrueResult::ExitCode(0),
    }
}

/// The plan of a job, with the sources at `project`.
pub(crate) fn plan(name: &str, project: &Path) -> JobPlan {
    let plan = plain(name);
    match name {
        "job-plain" => plan,
        "job-after-script" => JobPlan {
            script: commands(&["echo before", "exit 3"]),
            after_script: commands(&["echo after $CI_JOB_STATUS"]),
            ..plan
        },
        "job-fetch" => JobPlan {
            volumes: vec![VolumePlan {
                destination: "/builds".to_owned(),
                source: VolumeSource::Persistent { name: "runner-lite-fixture-job-builds".to_owned() },
            }],
            project_dir_content: ProjectDirContent::Removed { but: Vec::new() },
            sources: Sources::WorkingTree {
                root: project.to_owned(),
                checkout: runner_lite::plan::job_plan::Checkout::default(),
            },
            pre_get_sources: commands(&["echo hook"]),
            script: commands(&["cat README"]),
            ..plan
        },
        "job-pull" => {
            let reference = "127.0.0.1:5001/runner-lite/fixture:progress";
            JobPlan { image: image(reference, PullPolicy::Always), ..plan }
        }
        "job-service" => JobPlan {
            // The program that probes the service is linked to this image's C library.
            image: image("debian:bookworm-slim", PullPolicy::Never),
            services: vec![
                service(0, "listens", "while true; do nc -l -p 7000 -e true; done"),
                service(1, "ends", "echo no; exit 1"),
            ],
            network: JobNetwork::PerJob { ipv6: false, mtu: 0 },
            services_timeout: Some(Duration::from_secs(30)),
            ..plan
        },
        "job-timeout" => JobPlan {
            script: commands(&["echo begun", "sleep 60"]),
            after_script: commands(&["echo after $CI_JOB_STATUS"]),
            script_timeout: Some(Duration::from_secs(2)),
            ..plan
        },
        _ => panic!("no job is named {name}"),
    }
}

fn plain(name: &str) -> JobPlan {
    JobPlan {
        terminal: TerminalUse::Never,
        name: name.to_owned(),
        stage: "test".to_owned(),
        job_id: 1_001,
        slot: SLOT,
        engine_socket: None,
        image: image("busybox:1.35", PullPolicy::IfNotPresent),
        hostname: None,
        settings: ContainerSettings::default(),
        volumes: vec![VolumePlan {
            destination: "/builds".to_owned(),
            source: VolumeSource::Temporary { hash: "c33bcaa1fd2c77edfc3893b41966cea8".to_owned() },
        }],
        volume_driver: VolumeDriver::default(),
        anonymous_volumes: AnonymousVolumes::Removed,
        credentials: Vec::new(),
        secrets: Vec::new(),
        log: runner_lite::plan::job_plan::LogPlan::default(),
        variable_files: Vec::new(),
        services: Vec::new(),
        variables: vec![variable("CI_PROJECT_PATH", "fixture/project")],
        pre_get_sources: Vec::new(),
        script: commands(&["echo out", "echo err >&2"]),
        after_script: Vec::new(),
        project_dir: "/builds/fixture/project".to_owned(),
        project_dir_content: ProjectDirContent::Left,
        sources: Sources::None,
        network: JobNetwork::DefaultBridge,
        timeout: TIMEOUT,
        script_timeout: None,
        after_script_counts: false,
        debug_trace: false,
        after_script_timeout: TIMEOUT,
        services_timeout: None,
        allow_failure: AllowFailure::No,
        retry: Retry::default(),
        coverage: None,
        artifacts: ArtifactsPlan::default(),
        caches: Vec::new(),
        received: Vec::new(),
    }
}

fn service(index: usize, name: &str, command: &str) -> ServicePlan {
    ServicePlan {
        image: image("busybox:1.35", PullPolicy::IfNotPresent),
        name: name.to_owned(),
        version: "1.35".to_owned(),
        index,
        aliases: texts(&[name]),
        network_aliases: texts(&[name]),
        command: Some(texts(&["sh", "-c", command])),
        // The other service has no port, so that only its exit ends the check.
        variables: (index == 0).then(|| variable("HEALTHCHECK_TCP_PORT", "7000")).into_iter().collect(),
        settings: ContainerSettings::default(),
    }
}

fn image(reference: &str, policy: PullPolicy) -> ImagePlan {
    ImagePlan {
        reference: reference.to_owned(),
        entrypoint: None,
        user: None,
        platform: None,
        pull_policies: vec![policy],
        span: None,
    }
}

fn variable(key: &str, value: &str) -> EnvironmentVariable {
    EnvironmentVariable { key: key.to_owned(), value: value.to_owned() }
}

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn commands(items: &[&str]) -> Vec<ScriptItem> {
    items.iter().map(|item| ScriptItem::of_runner(item)).collect()
}

/// A project of two files outside of a repository.
pub(crate) fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("README"), "read me\n").unwrap();
    std::fs::write(folder.path().join("data"), [b'x'; 1000]).unwrap();
    folder
}

/// Runs `plan` under `execute`. `program` probes the services.
pub(crate) async fn run(plan: JobPlan, engine: Engine, shutdown: Shutdown, program: &Path) -> JobRun {
    let (events, mut receiver) = event_channel::channel();
    let context = RunContext {
        engine,
        events,
        shutdown,
        echo: Echo::Plain,
        helpers: Arc::new(Helpers::new(None)),
        pulls: SharedPulls::new(),
        probe: ProbeSettings {
            mode: ProbeMode::Inside,
            program: program.to_owned(),
            ..ProbeSettings::default()
        },
        services: ServiceSettings::default(),
        terminals: TerminalTurns::default(),
        store: None,
        names: |plan| Names::of_run(plan, RUN_NUMBER),
    };
    let listen = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.next().await {
            events.push(event);
        }
        events
    };
    let (result, events) = tokio::join!(execute(plan, context), listen);
    JobRun { outcome: result.outcome, events }
}
