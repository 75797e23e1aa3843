//! `runner-lite doctor`: does this host run jobs, and if not, what is to be done?

mod findings;

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;

use crate::cli::exit_code;
use crate::cli::options::{EngineOptions, Format};
use crate::cli::print;
use crate::cli::runtime::runtime;
use crate::engine::Engine;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::engine::name::Name;
use crate::engine::system::info::Info;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::Leftovers;
use crate::executor::service::reach;
use crate::linux::container;
use crate::probe::own_container;
use crate::registry::source::CredentialSource;
use crate::report::doctor::{Check, CheckState, json, text};
use crate::report::style::Style;
use crate::transport::connect_error::ConnectError;
use crate::transport::connector::Connector;
use crate::transport::http1::TransportError;

/// `doctor`, decided.
pub struct DoctorOptions {
    /// The engine, or why none can be named.
    pub engine: Result<EngineOptions, String>,
    /// Where credentials are looked for on this host.
    pub credentials: Vec<CredentialSource>,
    /// How the answer looks.
    pub format: Format,
    /// Its colours.
    pub style: Style,
}

/// Runs `doctor` and gives its exit code.
pub fn run(options: DoctorOptions) -> ExitCode {
    let DoctorOptions { engine, credentials, format, style } = options;
    let Some(mut checks) = runtime(of_engine(engine)) else {
        return ExitCode::from(exit_code::SYSTEM_FAILED);
    };
    checks.push(findings::credentials(&credentials));
    print(&match format {
        Format::Text => text(&checks, style),
        Format::Json => json(&checks),
    });
    let failed = checks.iter().any(|check| check.state == CheckState::Failed);
    ExitCode::from(if failed { exit_code::UNFIT } else { exit_code::PASSED })
}

async fn of_engine(options: Result<EngineOptions, String>) -> Vec<Check> {
    let options = match options {
        Ok(options) => options,
        Err(error) => return vec![Check::failed("engine", error, "name another one with --host")],
    };
    let chosen = options.choice.to_string();
    let engine = match Engine::connect(Connector::new(options.choice.endpoint), options.observer).await {
        Ok(engine) => engine,
        Err(error) => return vec![unreached(&chosen, &error)],
    };
    let version = engine.version();
    let mut checks = vec![
        Check::ok("engine", format!("{} at {chosen}", engine.product())),
        Check::ok("permission", "the socket may be used"),
        Check::ok("api", format!("version {version} is spoken")),
    ];
    match engine.info().await {
        Ok(info) => {
            checks.push(reach(&engine).await);
            checks.push(disk(&info));
            #[expect(clippy::disallowed_methods, reason = "compared with the engine's clock")]
            let now = Timestamp::now();
            checks.push(findings::clock(info.system_time.as_deref(), now));
        }
        Err(error) => checks.push(Check::failed("info", chain(&error), "see the engine's own log")),
    }
    checks.push(match Leftovers::find(&engine).await {
        Ok(found) => findings::leftovers(&found),
        Err(error) => Check::warning("leftovers", chain(&error), "see the engine's own log"),
    });
    checks
}

/// The connection's own text says what to do.
fn unreached(chosen: &str, error: &EngineError) -> Check {
    let check = match &error.kind {
        EngineErrorKind::Transport(TransportError::Connect(ConnectError::Denied { .. })) => "permission",
        _ => "engine",
    };
    Check::failed(
        check,
        format!("{}, which is {chosen}", chain(error)),
        "see `runner-lite exec --help` for --host",
    )
}

/// Whether the services of a job can be dialled from here.
async fn reach(engine: &Engine) -> Check {
    for id in own_container::candidates(&container::traces()) {
        if engine.container_inspect(&Name::new(&id)).await.is_ok() {
            let text = "this is a container of that engine: it joins the network of a job's services";
            return Check::ok("reach", text);
        }
    }
    findings::reach(reach::reach(engine).await)
}

/// The engine's disk, where it is one of this machine's.
fn disk(info: &Info) -> Check {
    let root = Path::new(&info.docker_root_dir);
    let free = rustix::fs::statvfs(root).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let is_seen = root.is_absolute() && own_container::candidates(&container::traces()).is_empty();
    findings::disk(&info.docker_root_dir, free.filter(|_| is_seen))
}
