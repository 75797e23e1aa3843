//! Can a container's address be dialled from here? Tried with one: this program, put into a container of any image,
//! listens there for a moment. A refusal would prove nothing, for it may be some other machine's.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::container::create::{ContainerConfig, Stdio};
use crate::engine::container::host_config::{HostConfig, LogConfig};
use crate::engine::error::EngineError;
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::{Ledger, Object};
use crate::executor::cleanup::process_label;
use crate::executor::create::containers::PROBE_PROGRAM;
use crate::executor::create::names::{LABEL_PREFIX, OWN_LABEL, PROCESS_LABEL};
use crate::plan::job_plan::AnonymousVolumes;
use crate::probe::{ProbeResult, Target, dial};
use crate::workspace::program::program;

/// Where it listens.
const PORT: u16 = 9999;

/// How long the container lives, if it is not removed before.
const LIFE_MILLIS: u32 = 10_000;

/// How long its address is dialled: the program in it listens as soon as it has been started.
const DIAL_WITHIN: Duration = Duration::from_secs(3);

/// Whether addresses can be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From here.
    Direct,
    /// Only from a container.
    Inside,
    /// This program does not run in a container.
    NotRun,
    /// The engine has no image to try it with.
    NoImage,
}

/// Tries it, and removes what that took.
///
/// # Errors
/// The container cannot be made or started.
pub async fn reach(engine: &Engine) -> Result<Reach, EngineError> {
    let images = engine.image_list().await?;
    let Some(image) = images.into_iter().min_by_key(|image| image.size) else { return Ok(Reach::NoImage) };
    let ledger = Ledger::new(AnonymousVolumes::Removed);
    let tried = dial_one(engine, &ledger, image.id).await;
    let leftovers = ledger.teardown(engine).await;
    match leftovers.into_iter().next() {
        Some(leftover) => Err(leftover.error),
        None => tried,
    }
}

async fn dial_one(engine: &Engine, ledger: &Ledger, image: String) -> Result<Reach, EngineError> {
    let random = std::hash::RandomState::new().build_hasher().finish();
    let name = Name::new(&format!("runner-lite-doctor-{random:016x}"));
    let config = config(image);
    let create = engine.container_create(&name, None, &config);
    ledger.create(Object::Container(name.clone()), create).await?;
    engine.container_put_archive(&name, "/", program(PROBE_PROGRAM.trim_start_matches('/'))).await?;
    engine.container_start(&name).await?;
    let networks = engine.container_inspect(&name).await?.network_settings.networks.unwrap_or_default();
    let addresses: Vec<IpAddr> =
        networks.values().filter_map(|endpoint| endpoint.ip_address.parse().ok()).collect();
    let target = Target { addresses, ports: vec![PORT] };
    Ok(match dial::probe(&target, DIAL_WITHIN).await {
        ProbeResult::Open { .. } => Reach::Direct,
        // It lives, so it listens: whoever refuses is not the container.
        _ if engine.container_inspect(&name).await?.state.running => Reach::Inside,
        _ => Reach::NotRun,
    })
}

fn config(image: String) -> ContainerConfig {
    let (own, value) = OWN_LABEL.split_once('=').unwrap_or((OWN_LABEL, ""));
    let mut labels = BTreeMap::from([(own.to_owned(), value.to_owned())]);
    labels.extend(
        process_label::own_label().map(|process| (format!("{LABEL_PREFIX}{PROCESS_LABEL}"), process)),
    );
    let arguments = ["probe".to_owned(), format!("--within={LIFE_MILLIS}"), format!("--listen={PORT}")];
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
