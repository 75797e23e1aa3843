//! Whether this process can dial the addresses of containers, for `doctor`. A container of any image runs this program,
//! which listens for a moment. Only an accepted connection counts: a refusal may come from another machine.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::container::create::{ContainerConfig, Stdio};
use crate::engine::container::host_config::{HostConfig, LogConfig};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Ledger;
use crate::executor::cleanup::process_label;
use crate::executor::create::containers::PROBE_PROGRAM;
use crate::executor::create::names::{
    CONTAINER_NAME_LABEL, DOCTOR_PREFIX, LABEL_PREFIX, OWN_LABEL, PROCESS_LABEL,
};
use crate::linux::process::EXECUTABLE;
use crate::plan::job_plan::AnonymousVolumes;
use crate::probe::dial::{self, DialRecord};
use crate::probe::{ProbeResult, Target};
use crate::workspace::program::program;

/// The port that the program listens on.
const PORT: u16 = 9999;

/// How long the program listens, if its container is not removed before.
const LISTEN_WITHIN: Duration = Duration::from_secs(10);

/// How long its address is dialled. The program listens as soon as its container has started.
const DIAL_WITHIN: Duration = Duration::from_secs(3);

/// From where containers' addresses can be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachability {
    /// From this process.
    Direct,
    /// Only from containers.
    FromContainers,
    /// Unknown: this program does not run in a container, for example because of its architecture.
    ProgramFailed,
    /// Unknown: the engine has no image to create a container from.
    NoImage,
}

/// Tries to dial a container that is created for it and removed afterwards.
///
/// # Errors
/// The container cannot be created, started or removed.
pub async fn reachability(engine: &Engine) -> Result<Reachability, EngineError> {
    let images = engine.image_list().await?;
    let Some(image) = images.into_iter().min_by_key(|image| image.size) else {
        return Ok(Reachability::NoImage);
    };
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    let tried = dial_one(engine, &ledger, image.id).await;
    let leftovers = ledger.teardown(engine).await;
    match leftovers.into_iter().next() {
        Some(leftover) => Err(leftover.error),
        None => tried,
    }
}

async fn dial_one(engine: &Engine, ledger: &Ledger, image: String) -> Result<Reachability, EngineError> {
    let random = std::hash::RandomState::new().build_hasher().finish();
    let name = Name::new(&format!("{DOCTOR_PREFIX}{random:016x}"));
    let config = config(image, &name);
    let create = engine.container_create(&name, None, &config);
    ledger.create_container(&name, create).await?;
    engine
        .container_put_archive(&name, "/", program(EXECUTABLE.into(), PROBE_PROGRAM.trim_start_matches('/')))
        .await?;
    engine.container_start(&name).await?;
    let networks = engine.container_inspect(&name).await?.network_settings.networks.unwrap_or_default();
    let addresses: Vec<IpAddr> =
        networks.values().filter_map(|endpoint| endpoint.ip_address.parse().ok()).collect();
    let target = Target { addresses, ports: vec![PORT] };
    Ok(match dial::probe(&DialRecord::new(&target), DIAL_WITHIN).await {
        ProbeResult::Open { .. } => Reachability::Direct,
        // The container runs, so the program listens; whoever refused the connection is another machine.
        _ if engine.container_inspect(&name).await?.state.running => Reachability::FromContainers,
        _ => Reachability::ProgramFailed,
    })
}

fn config(image: String, name: &Name) -> ContainerConfig {
    let (own, value) = OWN_LABEL.split_once('=').unwrap_or((OWN_LABEL, ""));
    let mut labels = BTreeMap::from([
        (own.to_owned(), value.to_owned()),
        (format!("{LABEL_PREFIX}{CONTAINER_NAME_LABEL}"), name.to_string()),
    ]);
    labels.extend(
        process_label::own_label().map(|process| (format!("{LABEL_PREFIX}{PROCESS_LABEL}"), process)),
    );
    let arguments =
        ["probe".to_owned(), format!("--within={}", LISTEN_WITHIN.as_millis()), format!("--listen={PORT}")];
    ContainerConfig {
        image,
        hostname: None,
        mac_address: None,
        user: Some("0".to_owned()),
        entrypoint: Some(vec![PROBE_PROGRAM.to_owned()]),
        cmd: Some(arguments.to_vec()),
        env: Vec::new(),
        labels,
        stdio: Stdio::DETACHED,
        host_config: HostConfig::new(LogConfig::new("none")),
        networking_config: None,
    }
}
