//! The scenarios of `proto-fixtures/`: sequences of calls, recorded once on a real engine and replayed to the same calls.
//!
//! The names of objects are fixed, so that a replay can compare requests exactly. Every scenario removes its objects.

#[path = "container_life.rs"]
pub(crate) mod container_life;
#[path = "pulls.rs"]
mod pulls;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use runner_lite::engine::Engine;
use runner_lite::engine::container::create::{ContainerConfig, EndpointSettings, Stdio};
use runner_lite::engine::container::host_config::{HostConfig, LogConfig};
use runner_lite::engine::container::logs::{Follow, LogOptions, Timestamps};
use runner_lite::engine::container::remove::RemoveAnonymousVolumes;
use runner_lite::engine::container::wait::WaitCondition;
use runner_lite::engine::error::EngineError;
use runner_lite::engine::exec::create::ExecConfig;
use runner_lite::engine::image::create::PullRequest;
use runner_lite::engine::name::Name;
use runner_lite::engine::network::create::NetworkConfig;
use runner_lite::engine::product::Maker;
use runner_lite::engine::stream::frames::Frames;
use runner_lite::engine::stream::stdcopy::Channel;
use runner_lite::engine::volume::create::VolumeConfig;
use tokio::sync::mpsc;

const IMAGE: &str = "busybox:1.35";

/// All scenarios; each has the name of its folder.
pub(crate) const NAMES: &[&str] = &[
    "archive",
    "container-life",
    "exec",
    "image-inspect",
    "list",
    "missing-container",
    "missing-image",
    "name-conflict",
    "network",
    "pull",
    "pull-error-in-stream",
    "pull-identity-token",
    "pull-no-password",
    "pull-no-repository",
    "pull-no-tag",
    "pull-progress",
    "pull-registry-down",
    "pull-wrong-password",
    "start-fails",
    "system",
    "volume",
];

/// Makes the calls of one scenario and checks the answers.
pub(crate) async fn run_scenario(name: &str, engine: &Engine) {
    match name {
        "archive" => archive(engine).await,
        "container-life" => container_life::container_life(engine).await.unwrap().check(),
        "exec" => exec(engine).await,
        "image-inspect" => image_inspect(engine).await,
        "list" => list(engine).await,
        "missing-container" => missing_container(engine).await,
        "missing-image" => missing_image(engine).await,
        "name-conflict" => name_conflict(engine).await,
        "network" => network(engine).await,
        "pull" => pull(engine).await,
        "pull-progress" => pulls::pull_with_progress(engine).await,
        _ if name.starts_with("pull-") => pulls::refused_pull(name, engine).await,
        "start-fails" => start_fails(engine).await,
        "system" => system(engine).await,
        "volume" => volume(engine).await,
        _ => panic!("no scenario is named {name}"),
    }
}

/// Standard output and standard error.
#[derive(Debug, PartialEq, Eq, Default)]
struct Output {
    out: String,
    err: String,
}

const LOG: LogOptions = LogOptions { follow: Follow::No, timestamps: Timestamps::No, tail: None };

async fn system(engine: &Engine) {
    let version = engine.engine_version().await.unwrap();
    assert_eq!((version.os.as_str(), version.arch.as_str()), ("linux", "amd64"));
    assert_eq!(version.api_version, engine.version().to_string());
    let info = engine.info().await.unwrap();
    let architecture = by_engine(engine, "x86_64", "amd64");
    assert_eq!((info.os_type.as_str(), info.architecture.as_str()), ("linux", architecture));
    assert!(info.security_options.unwrap().iter().any(|option| option.starts_with("name=seccomp")));
}

async fn missing_image(engine: &Engine) {
    let mut config = container_config(&["true"], Stdio::DETACHED);
    config.image = "busybox:runner-lite-fixture-none".to_owned();
    let error = engine.container_create(&fixture_name("no-image"), None, &config).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.to_string(), "cannot create container `runner-lite-fixture-no-image`");
    let message = by_engine(engine, "No such image: ", "no such image: docker.io/library/busybox:");
    assert!(error.message().unwrap().starts_with(message), "{error:?}");

    // The address is explicit, because a message about a mirror would name the network of the recording machine.
    let from_image = "127.0.0.1:5001/library/busybox";
    let request = PullRequest { from_image, tag: "runner-lite-fixture-none", ..PullRequest::default() };
    let error = engine.image_create(&request).await.err().unwrap();
    assert!(error.is_not_found(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "cannot pull image `127.0.0.1:5001/library/busybox:runner-lite-fixture-none`"
    );
}

async fn pull(engine: &Engine) {
    let request = PullRequest { from_image: "busybox", tag: "1.35", ..PullRequest::default() };
    let mut pull = engine.image_create(&request).await.unwrap();
    let mut last = String::new();
    while let Some(progress) = pull.next().await.unwrap() {
        last = progress.status;
    }
    assert_eq!(last, by_engine(engine, "Status: Image is up to date for busybox:1.35", "Download complete"));
}

async fn image_inspect(engine: &Engine) {
    assert!(engine.image_inspect(IMAGE).await.unwrap().id.starts_with("sha256:"));
    let error = engine.image_inspect("runner-lite-fixture/none:1").await.unwrap_err();
    assert!(error.is_not_found());
    // Docker 20.10 repeats the message within itself.
    let message = by_engine(
        engine,
        "No such image: runner-lite-fixture/none:1",
        "runner-lite-fixture/none:1: No such image",
    );
    assert!(error.message().unwrap().ends_with(message), "{error:?}");
}

async fn name_conflict(engine: &Engine) {
    let (name, config) = (fixture_name("twice"), container_config(&["true"], Stdio::DETACHED));
    let created = engine.container_create(&name, None, &config).await.unwrap();
    assert_eq!(created.id.len(), 64);
    let error = engine.container_create(&name, None, &config).await.unwrap_err();
    assert!(error.is_conflict());
    assert!(error.message().unwrap().contains("is already in use"), "{error:?}");
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
}

async fn start_fails(engine: &Engine) {
    let name = fixture_name("start-fails");
    engine
        .container_create(&name, None, &container_config(&["no-such-program"], Stdio::DETACHED))
        .await
        .unwrap();
    let error = engine.container_start(&name).await.unwrap_err();
    assert_eq!(error.status().unwrap().to_string(), by_engine(engine, "400", "500"), "{error:?}");
    assert!(error.message().unwrap().contains("executable file not found in $PATH"), "{error:?}");
    let state = engine.container_inspect(&name).await.unwrap().state;
    assert_eq!(state.status, "created");
    // Podman does not report the error.
    let (exit_code, error) = if is_podman(engine) { (0, "") } else { (127, "executable file not found") };
    assert_eq!(state.exit_code, exit_code);
    assert!(state.error.contains(error), "{state:?}");
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
}

async fn missing_container(engine: &Engine) {
    let name = fixture_name("none");
    let errors = [
        engine.container_attach(&name).await.err(),
        engine.container_wait(&name, WaitCondition::NextExit).await.err(),
        engine.container_start(&name).await.err(),
        engine.container_stop(&name, Duration::from_secs(1)).await.err(),
        engine.container_kill(&name, "SIGKILL").await.err(),
        engine.container_inspect(&name).await.err(),
        engine.container_logs(&name, &LOG).await.err(),
        engine.container_put_archive(&name, "/", tar_of("file", b"content")).await.err(),
    ];
    for error in errors.map(Option::unwrap) {
        assert!(error.is_not_found(), "{error:?}");
        assert!(error.to_string().ends_with("container `runner-lite-fixture-none`"), "{error}");
        let message = error.message().unwrap().to_owned();
        let expect = by_engine(engine, "No such container: runner-lite-fixture-none", "no such container");
        assert!(message.contains(expect), "{message}");
    }
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
}

async fn exec(engine: &Engine) {
    let name = fixture_name("exec");
    engine
        .container_create(&name, None, &container_config(&["sleep", "600"], Stdio::DETACHED))
        .await
        .unwrap();
    let command = ["sh", "-c", "echo out; echo err >&2; exit 7"].map(str::to_owned).to_vec();
    let command = ExecConfig { cmd: command, user: None };
    assert!(engine.exec_create(&name, &command).await.unwrap_err().is_conflict());
    engine.container_start(&name).await.unwrap();
    let exec = engine.exec_create(&name, &command).await.unwrap();
    let output = collect_output(&mut engine.exec_start(&exec).await.unwrap()).await.unwrap();
    assert_eq!(output, Output { out: "out\n".to_owned(), err: "err\n".to_owned() });
    let state = engine.exec_inspect(&exec).await.unwrap();
    assert_eq!((state.running, state.exit_code), (false, Some(7)));
    engine.container_kill(&name, "SIGKILL").await.unwrap();
    let wait = engine.container_wait(&name, WaitCondition::NotRunning).await.unwrap();
    assert_eq!(wait.exit().await.unwrap().status_code, 137);
    engine.container_stop(&name, Duration::from_secs(1)).await.unwrap();
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
}

async fn network(engine: &Engine) {
    let (name, container) = (fixture_name("network"), fixture_name("member"));
    let wanted = NetworkConfig::new(name.clone(), labels());
    engine.network_create(&wanted).await.unwrap();
    assert!(engine.network_create(&wanted).await.unwrap_err().is_conflict());
    let network = engine.network_inspect(&name).await.unwrap();
    assert_eq!((network.name.as_str(), network.id.len()), ("runner-lite-fixture-network", 64));
    engine.container_create(&container, None, &container_config(&["true"], Stdio::DETACHED)).await.unwrap();
    let alias = EndpointSettings { aliases: vec!["db".to_owned()], mac_address: None };
    engine.network_connect(&name, &container, &alias).await.unwrap();
    let joined = engine.container_inspect(&container).await.unwrap().network_settings.networks.unwrap();
    assert!(joined.contains_key(name.as_str()), "{joined:?}");
    engine.network_disconnect(&name, &container).await.unwrap();
    engine.container_remove(&container, RemoveAnonymousVolumes::Yes).await.unwrap();
    engine.network_remove(&name).await.unwrap();
    engine.network_remove(&name).await.unwrap();
    assert!(engine.network_inspect(&name).await.unwrap_err().is_not_found());
}

async fn volume(engine: &Engine) {
    let name = fixture_name("volume");
    let made = engine.volume_create(&VolumeConfig::new(name.clone(), labels())).await.unwrap();
    assert_eq!(made.name, "runner-lite-fixture-volume");
    // A second create returns the existing volume with its labels.
    let again = engine.volume_create(&VolumeConfig::new(name.clone(), BTreeMap::new())).await.unwrap();
    assert_eq!(again.labels, Some(labels()));
    assert_eq!(engine.volume_inspect(&name).await.unwrap(), made);
    engine.volume_remove(&name).await.unwrap();
    engine.volume_remove(&name).await.unwrap();
    assert!(engine.volume_inspect(&name).await.unwrap_err().is_not_found());
}

/// Lists objects by label, before and after they are removed.
async fn list(engine: &Engine) {
    let (name, label) = (fixture_name("list"), "runner-lite.fixture=yes");
    engine.container_create(&name, None, &container_config(&["true"], Stdio::DETACHED)).await.unwrap();
    engine.network_create(&NetworkConfig::new(name.clone(), labels())).await.unwrap();
    engine.volume_create(&VolumeConfig::new(name.clone(), labels())).await.unwrap();
    let containers = engine.container_list(label).await.unwrap();
    let found: Vec<_> = containers.iter().map(|found| (found.name().unwrap(), &*found.state)).collect();
    assert_eq!(found, [(name.clone(), "created")]);
    assert_eq!(containers[0].label("runner-lite.fixture"), Some("yes"));
    let networks = engine.network_list(label).await.unwrap();
    assert_eq!((networks.len(), &*networks[0].name), (1, name.as_str()));
    assert_eq!(networks[0].labels, Some(labels()));
    let volumes = engine.volume_list(label).await.unwrap();
    assert_eq!((volumes.len(), &*volumes[0].name), (1, name.as_str()));
    assert_eq!(volumes[0].labels, Some(labels()));
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
    engine.network_remove(&name).await.unwrap();
    engine.volume_remove(&name).await.unwrap();
    assert_eq!(engine.container_list(label).await.unwrap(), []);
    assert_eq!(engine.network_list(label).await.unwrap(), []);
    assert_eq!(engine.volume_list(label).await.unwrap(), []);
}

async fn archive(engine: &Engine) {
    let name = fixture_name("archive");
    engine
        .container_create(&name, None, &container_config(&["cat", "/tmp/note"], Stdio::DETACHED))
        .await
        .unwrap();
    engine.container_put_archive(&name, "/tmp", tar_of("note", b"copied\n")).await.unwrap();
    // Podman creates a missing directory.
    let missing = engine.container_put_archive(&name, "/none", tar_of("note", b"")).await;
    assert_eq!(missing.is_err_and(|error| error.is_not_found()), !is_podman(engine));
    engine.container_start(&name).await.unwrap();
    let wait = engine.container_wait(&name, WaitCondition::NotRunning).await.unwrap();
    assert_eq!(wait.exit().await.unwrap().status_code, 0);
    let log = collect_output(&mut engine.container_logs(&name, &LOG).await.unwrap()).await.unwrap();
    assert_eq!(log, Output { out: "copied\n".to_owned(), err: String::new() });
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await.unwrap();
}

fn is_podman(engine: &Engine) -> bool {
    engine.product().maker == Maker::Podman
}

/// `of_podman` if the engine is Podman, and `of_docker` otherwise: their messages differ.
fn by_engine<'a>(engine: &Engine, of_docker: &'a str, of_podman: &'a str) -> &'a str {
    if is_podman(engine) { of_podman } else { of_docker }
}

fn fixture_name(what: &str) -> Name {
    Name::new(&format!("runner-lite-fixture-{what}"))
}

fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([("runner-lite.fixture".to_owned(), "yes".to_owned())])
}

fn container_config(cmd: &[&str], stdio: Stdio) -> ContainerConfig {
    ContainerConfig {
        image: IMAGE.to_owned(),
        hostname: None,
        mac_address: None,
        user: None,
        entrypoint: None,
        cmd: Some(cmd.iter().map(|word| (*word).to_owned()).collect()),
        env: vec![],
        labels: labels(),
        stdio,
        host_config: HostConfig::new(LogConfig::new("json-file")),
        networking_config: None,
    }
}

/// A tar archive of one file, as the body of a request.
fn tar_of(path: &str, content: &[u8]) -> mpsc::Receiver<io::Result<Bytes>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    archive.append_data(&mut header, path, content).unwrap();
    let (sender, pieces) = mpsc::channel(1);
    sender.try_send(Ok(archive.into_inner().unwrap().into())).unwrap();
    pieces
}

async fn collect_output(frames: &mut Frames) -> Result<Output, EngineError> {
    let mut output = Output::default();
    while let Some(piece) = frames.next().await? {
        let text = std::str::from_utf8(&piece.bytes).unwrap();
        match piece.channel {
            Channel::Stdout => output.out.push_str(text),
            Channel::Stderr => output.err.push_str(text),
            Channel::Engine => unreachable!("the engine's text is an error"),
        }
    }
    Ok(output)
}
