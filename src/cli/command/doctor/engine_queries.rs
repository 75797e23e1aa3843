//! The checks that ask the engine.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::command::doctor::checks::{check_clock, check_disk, check_leftovers, check_reach};
use crate::cli::options::{EngineOptions, UsageError};
use crate::engine::Engine;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::engine::system::info::Info;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::Leftovers;
use crate::executor::service::reachability;
use crate::linux::container;
use crate::probe::own_container;
use crate::report::doctor::Check;
use crate::transport::connect_error::ConnectError;
use crate::transport::connector::Connector;
use crate::transport::http1::TransportError;

/// Connects to the engine and checks everything that it can tell. `options` may say why no engine can be chosen.
pub(super) async fn check_engine(options: Result<EngineOptions, UsageError>) -> Vec<Check> {
    let options = match options {
        Ok(options) => options,
        Err(error) => {
            return vec![Check::failed("engine", error.to_string(), "name another one with --host")];
        }
    };
    let (chosen, observer) = (options.choice.to_string(), options.observer());
    let engine = match Engine::connect(Connector::new(options.choice.endpoint), observer).await {
        Ok(engine) => engine,
        Err(error) => return vec![unreachable_engine(&chosen, &error)],
    };
    let version = engine.version();
    let mut checks = vec![
        Check::ok("engine", format!("{} at {chosen}", engine.product())),
        Check::ok("permission", "you may use the socket"),
        Check::ok("api", format!("API {version}")),
    ];
    match engine.info().await {
        Ok(info) => {
            checks.push(reach_of_services(&engine).await);
            checks.push(engine_disk(&info));
            #[expect(clippy::disallowed_methods, reason = "compared with the engine's clock")]
            let now = Timestamp::now();
            checks.push(check_clock(info.system_time.as_deref(), now));
        }
        Err(error) => checks.push(Check::failed("info", chain(&error), "see the engine's own log")),
    }
    checks.push(match Leftovers::find(&engine).await {
        Ok(found) => check_leftovers(&found),
        Err(error) => Check::warning("leftovers", chain(&error), "see the engine's own log"),
    });
    checks
}

/// The check for an engine that cannot be reached. The text of the error says what to do.
fn unreachable_engine(chosen: &str, error: &EngineError) -> Check {
    let (check, text) = match &error.kind {
        EngineErrorKind::Transport(TransportError::Connect(denied @ ConnectError::Denied { .. })) => {
            ("permission", chain(denied))
        }
        EngineErrorKind::Transport(TransportError::Connect(other)) => ("engine", chain(other)),
        _ => ("engine", chain(error)),
    };
    Check::failed(check, text, format!("the engine is {chosen}; see --host"))
}

/// Checks whether the services of a job can be dialled from here.
async fn reach_of_services(engine: &Engine) -> Check {
    for id in own_container::candidate_ids(&container::traces()) {
        if engine.container_inspect(&Name::new(&id)).await.is_ok() {
            let text = "this is a container of that engine: it joins the network of a job's services";
            return Check::ok("reach", text);
        }
    }
    check_reach(reachability::reachability(engine).await)
}

/// Checks the free space on the engine's disk, if the engine runs on this machine.
fn engine_disk(info: &Info) -> Check {
    let root = Path::new(&info.docker_root_dir);
    let free = rustix::fs::statvfs(root).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let is_visible = root.is_absolute() && own_container::candidate_ids(&container::traces()).is_empty();
    check_disk(&info.docker_root_dir, free.filter(|_| is_visible))
}
