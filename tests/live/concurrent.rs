//! Two jobs of one run at the same time, in one process and with one connection to the engine.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runner_lite::credentials::memory::Helpers;
use runner_lite::engine::Engine;
use runner_lite::engine::exec::create::ExecConfig;
use runner_lite::engine::name::Name;
use runner_lite::executor::create::names::Names;
use runner_lite::executor::create::script::Echo;
use runner_lite::executor::event::EventKind;
use runner_lite::executor::event_channel::{self, EventReceiver};
use runner_lite::executor::execute;
use runner_lite::executor::image::shared_pulls::SharedPulls;
use runner_lite::executor::notice::Notice;
use runner_lite::executor::outcome::JobOutcome;
use runner_lite::executor::run_context::{ProbeSettings, RunContext};
use runner_lite::executor::service::settings::ServiceSettings;
use runner_lite::executor::shutdown;
use runner_lite::executor::terminal_turn::TerminalTurns;
use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::load;
use runner_lite::pipeline::rule_context::RuleFiles;
use runner_lite::plan::facts::Facts;
use runner_lite::plan::identity::{JobIdentity, SlotStore};
use runner_lite::plan::job::plan_job;
use runner_lite::plan::job_inputs::JobInputs;
use runner_lite::plan::job_plan::{JobPlan, Slot};
use runner_lite::plan::selection::Selector;
use runner_lite::registry::pull_policy::PullPolicies;
use runner_lite::runner_config::RunnerConfig;
use runner_lite::source::map::SourceMap;
use runner_lite::transport::connector::Connector;
use runner_lite::transport::endpoint::Endpoint;
use tokio::sync::watch;

use super::engine;

/// The jobs of the pipeline, each in the slot of its position.
const JOBS: [&str; 2] = ["concurrent-first", "concurrent-second"];

/// How long both jobs together may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Each job says that it runs, and waits until it is let go.
const YAML: &str = r"
.job:
  image: {name: '127.0.0.1:5001/library/alpine:3.7', pull_policy: always}
  services: ['busybox:1.35']
  script:
    - echo my host is $(hostname)
    - i=0; while [ ! -e /tmp/go ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done
    - test -e /tmp/go
variables: {FF_NETWORK_PER_BUILD: 'true', GIT_STRATEGY: none}
concurrent-first: {extends: .job}
concurrent-second: {extends: .job}
";

/// The files of a project that has none.
struct NoRuleFiles;

impl RuleFiles for NoRuleFiles {
    fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        None
    }

    fn all_files(&self) -> Rc<[String]> {
        Rc::default()
    }
}

fn plan(slot: usize, folder: &Path) -> JobPlan {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", YAML);
    let pipeline = load(&mut map, file, &NoFiles).0.unwrap();
    let facts = Facts {
        event: None,
        merge_request: None,
        git: None,
        project_directory: folder.to_owned(),
        committed: None,
        now: "2024-01-02T03:04:05Z".parse().unwrap(),
        runner: RunnerConfig::default(),
        pull_policies: PullPolicies::default(),
        environment_auth: None,
        docker_config: None,
        project_variables: Vec::new(),
        variables: Vec::new(),
        variable_files: Vec::new(),
        config_file: ".gitlab-ci.yml".to_owned(),
        pipeline_id: 1,
        pipeline_iid: 1,
        slots: SlotStore::Unopened,
        executable_arch: "linux/amd64".to_owned(),
        version: "0.1.0".to_owned(),
        timeout: None,
    };
    let identity = JobIdentity::new(1, u64::try_from(slot).unwrap() + 1, Slot::new(slot));
    let selector = Selector::new(&pipeline, &facts, &NoRuleFiles);
    let (plan, problems) =
        plan_job(&selector.decide(&pipeline.jobs[JOBS[slot]]), &facts, identity, &JobInputs::default(), &map);
    plan.unwrap_or_else(|| panic!("{problems:?}"))
}

/// What the events of a job contain.
#[derive(Debug, Default)]
struct JobEvents {
    notices: Vec<Notice>,
    output: String,
}

/// Collects the events of both jobs, and signals for each job that its script runs.
async fn listen(mut events: EventReceiver, runs: [watch::Sender<bool>; 2]) -> [JobEvents; 2] {
    let mut jobs = [JobEvents::default(), JobEvents::default()];
    while let Some(event) = events.next().await {
        let slot = JOBS.iter().position(|job| event.job.as_deref() == Some(job)).unwrap();
        match event.kind {
            EventKind::Notice(notice) => jobs[slot].notices.push(notice),
            EventKind::Output(bytes) => jobs[slot].output.push_str(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
        if jobs[slot].output.contains("my host is runner-lite") {
            runs[slot].send_replace(true);
        }
    }
    jobs
}

/// The names of a job's containers, networks and volumes.
async fn names(engine: &Engine, job: &str) -> Vec<String> {
    let label = format!("com.gitlab.gitlab-runner.job.name={job}");
    let containers = engine.container_list(&label).await.unwrap();
    let networks = engine.network_list(&label).await.unwrap();
    let volumes = engine.volume_list(&label).await.unwrap();
    assert!(!containers.is_empty() && networks.len() == 1 && !volumes.is_empty(), "{job}");
    let containers = containers.iter().map(|container| container.name().unwrap().to_string());
    let networks = networks.iter().map(|network| network.name.clone());
    containers.chain(networks).chain(volumes.iter().map(|volume| volume.name.clone())).collect()
}

/// Lets both jobs go once both run, and returns the names that each has on the engine meanwhile.
async fn conduct(engine: &Engine, runs: [watch::Receiver<bool>; 2]) -> [Vec<String>; 2] {
    for mut runs in runs {
        runs.wait_for(|runs| *runs).await.unwrap();
    }
    let both = [names(engine, JOBS[0]).await, names(engine, JOBS[1]).await];
    for name in both.iter().flatten().filter(|name| name.ends_with("-build")) {
        let config = ExecConfig { cmd: vec!["touch".to_owned(), "/tmp/go".to_owned()], user: None };
        let exec = engine.exec_create(&Name::new(name), &config).await.unwrap();
        let mut output = engine.exec_start(&exec).await.unwrap();
        while output.next().await.unwrap().is_some() {}
    }
    both
}

#[test]
fn two_jobs_in_one_process_share_a_pull_and_no_name() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    runtime.block_on(async { tokio::time::timeout(LIMIT, two_jobs()).await.unwrap() });
    assert!(begun.elapsed() < LIMIT);
    for job in JOBS {
        engine::assert_nothing_left_of(job);
    }
}

async fn two_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let connector = Connector::new(Endpoint::Unix(engine::socket()));
    let engine = Engine::connect(connector, None).await.unwrap();
    let (_sender, shutdown) = shutdown::channel();
    let (events, receiver) = event_channel::channel();
    let first = RunContext {
        engine: engine.clone(),
        events,
        shutdown,
        echo: Echo::Plain,
        helpers: Arc::new(Helpers::new(None)),
        pulls: SharedPulls::new(),
        probe: ProbeSettings::default(),
        services: ServiceSettings::default(),
        terminals: TerminalTurns::default(),
        store: None,
        names: Names::new,
    };
    let second = first.clone();
    let (first_runs, first_does) = watch::channel(false);
    let (second_runs, second_does) = watch::channel(false);
    let (one, other, jobs, names) = tokio::join!(
        execute(plan(0, folder.path()), first),
        execute(plan(1, folder.path()), second),
        listen(receiver, [first_runs, second_runs]),
        conduct(&engine, [first_does, second_does]),
    );
    for (slot, (result, job)) in [one, other].iter().zip(&jobs).enumerate() {
        assert!(matches!(*result.outcome, JobOutcome::Passed), "{result:?}\n{job:?}");
        let host = format!("my host is runner-lite-project-1-concurrent-{slot}\n");
        assert!(job.output.contains(&host), "{job:?}");
        let is_selection = |notice: &&Notice| matches!(notice, Notice::ImageSelected { .. });
        assert_eq!(job.notices.iter().filter(is_selection).count(), 2, "{job:?}");
    }
    let of_alpine = |notice: &&Notice| matches!(notice, Notice::PullStarted { image, .. } if image.ends_with("alpine:3.7"));
    assert_eq!(jobs.iter().flat_map(|job| &job.notices).filter(of_alpine).count(), 1, "{jobs:?}");
    for (slot, names) in names.iter().enumerate() {
        assert!(names.iter().any(|name| name.ends_with("-build")), "{names:?}");
        let begins = format!("runner-lite-project-1-concurrent-{slot}-");
        assert!(names.iter().all(|name| name.starts_with(&begins)), "{names:?}");
    }
    let [first, second] = names;
    assert!(!first.iter().any(|name| second.contains(name)), "{first:?} {second:?}");
}
