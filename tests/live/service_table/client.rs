//! Clients of services, which know nothing of the program's own checks.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::engine_api::get_json;

/// How long an attempt may take.
const ATTEMPT_WITHIN: Duration = Duration::from_millis(500);

/// How long a datagram may take to come back: one that nobody receives is lost.
const ECHO_WITHIN: Duration = Duration::from_millis(50);

/// The pause between two attempts.
const ATTEMPT_EVERY: Duration = Duration::from_millis(5);

/// Who tries to use a service.
#[derive(Clone, Copy)]
pub(super) enum Client {
    /// Asks PostgreSQL for a session, which it may refuse because it starts up.
    Postgres,
    /// Waits for the greeting of MySQL.
    Mysql,
    /// Sends `PING` to Redis.
    Redis,
    /// Gets a page.
    Http { port: u16, path: &'static str },
    /// Sends a datagram and waits for it to come back.
    Udp { port: u16 },
}

impl Client {
    /// Whether the service at `address` can be used now.
    fn succeeds(self, address: IpAddr) -> bool {
        match self {
            Self::Postgres => {
                let startup = b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0";
                answer(address, 5432, startup).is_some_and(|answer| answer.starts_with(b"R"))
            }
            Self::Mysql => answer(address, 3306, b"").is_some_and(|answer| answer.get(4) == Some(&10)),
            Self::Redis => {
                answer(address, 6379, b"PING\r\n").is_some_and(|answer| answer.starts_with(b"+PONG"))
            }
            Self::Http { port, path } => {
                let request = format!("GET {path} HTTP/1.0\r\n\r\n");
                let answer = answer(address, port, request.as_bytes());
                answer
                    .is_some_and(|answer| answer.starts_with(b"HTTP/1.") && answer[8..].starts_with(b" 200"))
            }
            Self::Udp { port } => echo(address, port).is_ok_and(|answer| answer == *b"ping"),
        }
    }
}

/// The beginning of what the server answers.
fn answer(address: IpAddr, port: u16, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::new(address, port), ATTEMPT_WITHIN).ok()?;
    stream.set_read_timeout(Some(ATTEMPT_WITHIN)).ok()?;
    stream.write_all(request).ok()?;
    let mut bytes = vec![0; 64];
    let length = stream.read(&mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

fn echo(address: IpAddr, port: u16) -> std::io::Result<[u8; 4]> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.set_read_timeout(Some(ECHO_WITHIN))?;
    socket.connect((address, port))?;
    socket.send(b"ping")?;
    let mut bytes = [0; 4];
    socket.recv(&mut bytes)?;
    Ok(bytes)
}

/// What is known of the job while it runs.
#[derive(Default)]
pub(super) struct Progress {
    /// Its log says that the service is ready.
    pub(super) ready_is_told: AtomicBool,
    /// It has ended.
    pub(super) has_ended: AtomicBool,
}

/// What a client has seen of a service.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When the container of the service was started.
    pub(super) started: Option<Timestamp>,
    /// When the first attempt began that succeeded.
    pub(super) usable: Option<Timestamp>,
    /// Whether it could not yet be used when the log had already said that it is ready.
    pub(super) failed_when_ready: bool,
}

/// Tries to use the service of `job` until it can be used, or the job has ended.
pub(super) fn watch(job: &str, client: Client, progress: &Progress) -> Seen {
    let mut seen = Seen::default();
    let mut address = None;
    while !progress.has_ended.load(Ordering::SeqCst) {
        let Some(service) = address else {
            address = find_service(job, &mut seen);
            std::thread::sleep(ATTEMPT_EVERY);
            continue;
        };
        let ready_was_told = progress.ready_is_told.load(Ordering::SeqCst);
        let begun = Timestamp::now();
        if client.succeeds(service) {
            seen.usable = Some(begun);
            break;
        }
        seen.failed_when_ready |= ready_was_told && !progress.has_ended.load(Ordering::SeqCst);
        std::thread::sleep(ATTEMPT_EVERY);
    }
    seen
}

/// The address of the service's container, if that runs.
fn find_service(job: &str, seen: &mut Seen) -> Option<IpAddr> {
    let label = format!("com.gitlab.gitlab-runner.job.name={job}");
    let filter = format!("{{\"label\":[\"{label}\",\"com.gitlab.gitlab-runner.type=service\"]}}");
    let filter: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let list = get_json(&format!("/v1.41/containers/json?filters={filter}"));
    let id = list.get(0)?["Id"].as_str()?.to_owned();
    let container = get_json(&format!("/v1.41/containers/{id}/json"));
    seen.started = container["State"]["StartedAt"].as_str()?.parse().ok();
    let networks = container["NetworkSettings"]["Networks"].as_object()?;
    networks.values().find_map(|network: &Value| network["IPAddress"].as_str()?.parse().ok())
}
