//! Two jobs of one run at the same time, in one process and with one connection to the engine.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runner_lite::credentials::memory::Helpers;
use runner_lite::engine::Engine;
use runner_lite::engine::exec::create::ExecConfig;
use runner_lite::engine::name::Name;
use runner_lite::executor::create::script::Echo;
use runner_lite::executor::event::{self, Event};
use runner_lite::executor::execute;
use runner_lite::executor::image::shared_pulls::SharedPulls;
use runner_lite::executor::outcome::JobOutcome;
use runner_lite::executor::run_context::{ProbeSettings, RunContext};
use runner_lite::executor::shutdown;
use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::load;
use runner_lite::plan::facts::Facts;
use runner_lite::plan::identity::JobIdentity;
use runner_lite::plan::job::plan_job;
use runner_lite::plan::job_plan::{JobPlan, Slot};
use runner_lite::registry::pull_policy::PullPolicies;
use runner_lite::runner_config::RunnerConfig;
use runner_lite::source::map::SourceMap;
use runner_lite::transport::connector::Connector;
use runner_lite::transport::endpoint::Endpoint;
use tokio::sync::mpsc::Receiver;
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

fn plan(slot: usize, folder: &Path) -> JobPlan {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", YAML);
    let pipeline = load(&mut map, file, &NoFiles).0.unwrap();
    let facts = Facts {
        git: None,
        project_directory: folder.to_owned(),
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
        executable_arch: "linux/amd64".to_owned(),
        version: "0.1.0".to_owned(),
        timeout: None,
    };
    let identity = JobIdentity::new(1, u64::try_from(slot).unwrap() + 1, Slot::new(slot));
    let (plan, problems) = plan_job(&pipeline.jobs[JOBS[slot]], [None, None], &pipeline, &facts, identity);
    plan.unwrap_or_else(|| panic!("{problems:?}"))
}

/// Collects a job's log and tells when its script runs.
async fn listen(mut events: Receiver<Event>, runs: watch::Sender<bool>) -> String {
    let mut log = String::new();
    while let Some(event) = events.recv().await {
        match event {
            Event::Line(_, line) => log.push_str(&(line + "\n")),
            Event::Output(bytes) => log.push_str(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
        if log.contains("my host is runner-lite") {
            runs.send_replace(true);
        }
    }
    log
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
    let (first_events, first_log) = event::channel();
    let (second_events, second_log) = event::channel();
    let first = RunContext {
        engine: engine.clone(),
        events: first_events,
        shutdown,
        echo: Echo::Plain,
        helpers: Arc::new(Helpers::new(None)),
        pulls: SharedPulls::new(),
        probe: ProbeSettings::default(),
    };
    let second = RunContext { events: second_events, ..first.clone() };
    let (first_runs, first_does) = watch::channel(false);
    let (second_runs, second_does) = watch::channel(false);
    let (one, other, one_log, other_log, names) = tokio::join!(
        execute(plan(0, folder.path()), first),
        execute(plan(1, folder.path()), second),
        listen(first_log, first_runs),
        listen(second_log, second_runs),
        conduct(&engine, [first_does, second_does]),
    );
    let logs = [one_log, other_log];
    for (slot, (outcome, log)) in [one, other].iter().zip(&logs).enumerate() {
        assert!(matches!(**outcome, JobOutcome::Passed), "{outcome:?}\n{log}");
        let host = format!("my host is runner-lite-project-1-concurrent-{slot}\n");
        assert!(log.contains(&host), "{log}");
        assert!(log.contains("Using docker image sha256:"), "{log}");
    }
    let pulls =
        |log: &String| log.matches("Pulling docker image 127.0.0.1:5001/library/alpine:3.7 ...").count();
    assert_eq!(logs.iter().map(pulls).sum::<usize>(), 1, "{logs:?}");
    for (slot, names) in names.iter().enumerate() {
        assert!(names.iter().any(|name| name.ends_with("-build")), "{names:?}");
        let begins = format!("runner-lite-project-1-concurrent-{slot}-");
        assert!(names.iter().all(|name| name.starts_with(&begins)), "{names:?}");
    }
    let [first, second] = names;
    assert!(!first.iter().any(|name| second.contains(name)), "{first:?} {second:?}");
}
