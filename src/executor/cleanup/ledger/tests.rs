use std::collections::BTreeMap;

use super::*;
use crate::engine::container::create::{ContainerConfig, Stdio};
use crate::engine::container::host_config::{HostConfig, LogConfig};
use crate::engine::network::create::NetworkConfig;
use crate::engine::request::HEAD_WITHIN;
use crate::error_chain::chain;
use crate::executor::testing::{engine_deciding, json_answer, no_content, refusal};
use crate::plan::job_plan::AnonymousVolumes;

/// An engine whose answers depend on the time since the test began, and the requests that it got.
#[derive(Clone)]
struct ModelEngine {
    began: Instant,
    requests: Arc<Mutex<Vec<String>>>,
}

impl ModelEngine {
    fn new() -> Self {
        Self { began: Instant::now(), requests: Arc::default() }
    }

    /// Connects to the model, which answers a request as `decide` says from its method, its path and the time.
    async fn connect<A>(
        &self,
        decide: impl Fn(String, Duration) -> A + Send + 'static,
    ) -> (Engine, JoinSet<()>)
    where
        A: Future<Output = String> + Send + 'static,
    {
        let Self { began, requests } = self.clone();
        engine_deciding(None, move |line| {
            let line = line.replace("/v1.51/", "/");
            requests.lock().unwrap().push(line.clone());
            decide(line, began.elapsed())
        })
        .await
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn container(name: &str) -> Object {
    Object::Container(Name::new(name))
}

fn volume(name: &str) -> Object {
    Object::Volume(Name::new(name))
}

fn ledger_with(objects: &[Object]) -> Ledger {
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    objects.iter().for_each(|object| ledger.record(object.clone()));
    ledger
}

/// The failures of a teardown, as a user reads them.
async fn failures(ledger: &Ledger, engine: &Engine) -> Vec<String> {
    ledger.teardown(engine).await.iter().map(|failure| chain(&failure.error)).collect()
}

fn missing() -> String {
    refusal(404, "No such container: x")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn a_teardown_without_surprises_sends_one_request_for_each_object() {
    let model = ModelEngine::new();
    let (engine, _serving) = model.connect(async |_, _| no_content()).await;
    let objects = [container("a"), container("b"), volume("c"), Object::Network(Name::new("d"))];
    assert_eq!(failures(&ledger_with(&objects), &engine).await, Vec::<String>::new());
    let mut requests = model.requests();
    requests.sort();
    let expect = [
        "DELETE /containers/a?v=1&force=1",
        "DELETE /containers/b?v=1&force=1",
        "DELETE /networks/d",
        "DELETE /volumes/c",
    ];
    assert_eq!(requests, expect);
}

/// Drops a create call, as a signal does.
async fn drop_creation(ledger: &Ledger, object: Object) {
    let call = ledger.create(object, std::future::pending::<Result<(), EngineError>>());
    assert!(timeout(seconds(0), call).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn the_grace_for_a_late_creation_begins_when_the_engine_answers_again() {
    let model = ModelEngine::new();
    // The engine is stopped until second 8, and creates the container in second 10.
    let (engine, _serving) = model
        .connect(async |line: String, at: Duration| {
            sleep(seconds(8).saturating_sub(at)).await;
            match line.starts_with("DELETE") {
                true if at >= seconds(10) => no_content(),
                _ => missing(),
            }
        })
        .await;
    let ledger = ledger_with(&[]);
    drop_creation(&ledger, container("late")).await;
    assert_eq!(failures(&ledger, &engine).await, Vec::<String>::new());
    assert!(model.began.elapsed() >= seconds(11), "{:?}", model.began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_create_call_that_was_not_answered_has_the_same_grace() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |line: String, at: Duration| match line.starts_with("DELETE") {
            true if at >= HEAD_WITHIN + seconds(2) => no_content(),
            true => missing(),
            false => std::future::pending().await,
        })
        .await;
    let ledger = ledger_with(&[]);
    let network = NetworkConfig::new(Name::new("late"), BTreeMap::new());
    let created = ledger.create(Object::Network(network.name.clone()), engine.network_create(&network)).await;
    assert!(chain(&created.unwrap_err()).contains("no answer after 60 s"));
    assert_eq!(failures(&ledger, &engine).await, Vec::<String>::new());
    assert!(model.began.elapsed() >= HEAD_WITHIN + seconds(2), "{:?}", model.began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn time_in_which_the_engine_does_not_answer_is_no_grace() {
    let model = ModelEngine::new();
    // It stops after its first answer, from second 0 to second 20.
    let (engine, _serving) = model
        .connect(async |_, at: Duration| {
            if !at.is_zero() {
                sleep(seconds(20).saturating_sub(at)).await;
            }
            if at < seconds(22) { missing() } else { no_content() }
        })
        .await;
    let ledger = ledger_with(&[]);
    drop_creation(&ledger, Object::Network(Name::new("late"))).await;
    assert_eq!(failures(&ledger, &engine).await, Vec::<String>::new());
    assert!(model.began.elapsed() >= seconds(22), "{:?}", model.began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_removal_by_another_client_is_waited_for() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |line: String, at: Duration| match line.as_str() {
            "DELETE /volumes/v" => no_content(),
            _ if line.starts_with("GET /containers/json") => json_answer("[]"),
            _ if at < seconds(20) => refusal(409, "removal of container x is already in progress"),
            _ => missing(),
        })
        .await;
    assert_eq!(failures(&ledger_with(&[container("x"), volume("v")]), &engine).await, Vec::<String>::new());
    let of_volume = model.requests().iter().filter(|line| *line == "DELETE /volumes/v").count();
    assert_eq!((of_volume, model.began.elapsed() >= seconds(20)), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_removal_by_another_client_that_does_not_end_is_reported_at_the_deadline() {
    let model = ModelEngine::new();
    let (engine, _serving) =
        model.connect(async |_, _| refusal(409, "removal of container x is already in progress")).await;
    let expect = "cannot remove container `x`: \
                  the engine answered 409: removal of container x is already in progress";
    assert_eq!(failures(&ledger_with(&[container("x")]), &engine).await, [expect]);
    assert!(model.began.elapsed() <= TEARDOWN_WITHIN, "{:?}", model.began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_volume_in_use_is_removed_once_its_container_is_gone() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |_, at: Duration| match at < seconds(45) {
            true => refusal(409, "remove v: volume is in use - [0a]"),
            false => no_content(),
        })
        .await;
    assert_eq!(failures(&ledger_with(&[volume("v")]), &engine).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn one_removal_before_the_teardown_does_not_wait_for_a_volume_in_use() {
    let model = ModelEngine::new();
    let (engine, _serving) =
        model.connect(async |_, _| refusal(409, "remove v: volume is in use - [0a]")).await;
    let error = ledger_with(&[]).remove(&engine, &volume("v")).await.unwrap_err();
    assert_eq!((error.status(), model.began.elapsed()), (Some(409), Duration::ZERO));
}

/// A ledger with the container `x`, which the engine creates with the id `0a1b`.
async fn ledger_with_created(engine: &Engine) -> Ledger {
    let ledger = ledger_with(&[]);
    create(&ledger, engine, "x").await;
    ledger
}

async fn create(ledger: &Ledger, engine: &Engine, name: &str) {
    let config = ContainerConfig {
        image: "busybox".to_owned(),
        hostname: None,
        mac_address: None,
        user: None,
        entrypoint: None,
        cmd: None,
        env: Vec::new(),
        labels: BTreeMap::new(),
        stdio: Stdio::DETACHED,
        host_config: HostConfig::new(LogConfig::new("none")),
        networking_config: None,
    };
    let name = Name::new(name);
    ledger.create_container(&name, engine.container_create(&name, None, &config)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_renamed_container_is_removed_by_its_id_and_no_other_with_its_label() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |line: String, _| match line.as_str() {
            "DELETE /containers/0a1b?v=1&force=1" => no_content(),
            _ if line.starts_with("POST /containers/create") => json_answer(r#"{"Id":"0a1b"}"#),
            // A user's container of an image that was made of the job's container.
            _ if line.starts_with("GET /containers/json") => json_answer(r#"[{"Names":["/mine"]}]"#),
            _ => missing(),
        })
        .await;
    let ledger = ledger_with_created(&engine).await;
    assert_eq!(failures(&ledger, &engine).await, Vec::<String>::new());
    let expect = ["DELETE /containers/x?v=1&force=1", "DELETE /containers/0a1b?v=1&force=1"];
    assert_eq!(model.requests()[1..], expect);
}

#[tokio::test(start_paused = true)]
async fn without_an_id_a_container_with_the_label_is_reported_and_stays() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |line: String, _| match line.as_str() {
            "DELETE /containers/mine?v=1&force=1" => no_content(),
            _ if line.starts_with("GET /containers/json") => json_answer(r#"[{"Names":["/mine"]}]"#),
            _ => missing(),
        })
        .await;
    let ledger = ledger_with(&[]);
    drop_creation(&ledger, container("x")).await;
    let expect = "cannot remove container `x`: \
                  it is not there, but container `mine` has its label; if it is the same one, remove that";
    assert_eq!(failures(&ledger, &engine).await, [expect]);
    let requests = model.requests();
    assert!(requests.last().unwrap().contains("com.gitlab.gitlab-runner.container.name%3Dx"), "{requests:?}");
    assert!(!requests.iter().any(|line| line.contains("/mine")), "{requests:?}");
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_panics_is_reported_and_the_others_go_on() {
    let panicking: crate::engine::CallObserver = Arc::new(|call| {
        assert!(!call.target.contains("/containers/bad"), "a defect");
    });
    let (engine, _serving) = engine_deciding(Some(panicking), async |_| no_content()).await;
    let ledger = ledger_with(&[container("bad"), container("good"), volume("v")]);
    let failed = ledger.teardown(&engine).await;
    assert_eq!(failed.iter().map(|failure| failure.object.clone()).collect::<Vec<_>>(), [container("bad")]);
    let text = chain(&failed[0].error);
    assert!(text.starts_with("cannot remove container `bad`: the task that did it failed: "), "{text}");
    assert!(text.ends_with("a defect\""), "{text}");
}

#[tokio::test]
async fn what_is_kept_is_not_removed_and_only_what_certainly_exists_is_kept() {
    let model = ModelEngine::new();
    let (engine, _serving) = model
        .connect(async |line: String, _| match line.starts_with("DELETE ") {
            true => no_content(),
            false => json_answer(r#"{"Id":"0a1b"}"#),
        })
        .await;
    let ledger = ledger_with(&[volume("v")]);
    assert_eq!(ledger.keep(|_| true), [], "no container exists that could use the volume");
    create(&ledger, &engine, "build").await;
    create(&ledger, &engine, "helper").await;
    assert_eq!(ledger.keep(|object| *object != container("helper")), [volume("v"), container("build")]);
    assert_eq!(failures(&ledger, &engine).await, Vec::<String>::new());
    assert_eq!(model.requests()[2..], ["DELETE /containers/helper?v=1&force=1"]);
}
