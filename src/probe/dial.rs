//! Dials all ports of all addresses at the same time, until one accepts a connection or the limit is over.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::schedule::{DIAL_WITHIN, Pauses, UNREACHABLE_AFTER};
use super::{DialledPort, ProbeResult, Target};

/// What has become of the dials of a target so far. Clones share it.
#[derive(Debug, Clone)]
pub struct DialRecord {
    ports: Arc<Vec<PortRecord>>,
    started: Instant,
}

/// What has become of the dials of one port at one address.
#[derive(Debug)]
struct PortRecord {
    address: SocketAddr,
    /// The number of dials, those that go on included.
    dials: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
    /// When it accepted a connection.
    opened: OnceLock<Instant>,
}

impl DialRecord {
    /// A record of the dials of `target`, which begin now.
    pub fn new(target: &Target) -> Self {
        let port = |address| PortRecord {
            address,
            dials: AtomicU64::default(),
            refused: AtomicU64::default(),
            unanswered: AtomicU64::default(),
            opened: OnceLock::new(),
        };
        let addresses = target.addresses.iter();
        let sockets = addresses
            .flat_map(|&address| target.ports.iter().map(move |&port| SocketAddr::new(address, port)));
        Self { ports: Arc::new(sockets.map(port).collect()), started: Instant::now() }
    }

    /// When the dials began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// What has become of each port.
    pub fn ports(&self) -> Vec<DialledPort> {
        let port = |port: &PortRecord| DialledPort {
            address: port.address,
            refused: port.refused.load(Ordering::Relaxed),
            unanswered: port.unanswered.load(Ordering::Relaxed),
            opened: port.opened.get().map(|opened| opened.duration_since(self.started)),
        };
        self.ports.iter().map(port).collect()
    }

    /// The number of dials.
    pub fn dials(&self) -> u64 {
        self.ports.iter().map(|port| port.dials.load(Ordering::Relaxed)).sum()
    }

    /// Whether an address has answered, if only with a refusal.
    fn is_answered(&self) -> bool {
        self.ports.iter().any(|port| port.refused.load(Ordering::Relaxed) > 0)
    }
}

/// Dials until a port of `record` accepts a connection, for at most `limit`. A target without addresses or ports is
/// closed.
pub async fn probe(record: &DialRecord, limit: Duration) -> ProbeResult {
    let mut dials = JoinSet::new();
    for index in 0..record.ports.len() {
        dials.spawn(until_open(record.clone(), index));
    }
    tokio::select! {
        Some(Ok(Some(port))) = dials.join_next() => ProbeResult::Open { port },
        after = no_answer(record) => ProbeResult::Unreachable { after },
        () = sleep(limit) => ProbeResult::Closed { dials: record.dials() },
    }
}

/// Dials the port until it accepts a connection. `None` if the record has no such port.
async fn until_open(record: DialRecord, index: usize) -> Option<u16> {
    let port = record.ports.get(index)?;
    let mut pauses = Pauses::default();
    loop {
        port.dials.fetch_add(1, Ordering::Relaxed);
        match timeout(DIAL_WITHIN, TcpStream::connect(port.address)).await {
            Ok(Ok(_)) => {
                let _ = port.opened.set(Instant::now());
                return Some(port.address.port());
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                port.refused.fetch_add(1, Ordering::Relaxed);
            }
            // There is no route or no answer. The network may still come up while the container starts.
            Ok(Err(_)) | Err(_) => {
                port.unanswered.fetch_add(1, Ordering::Relaxed);
            }
        }
        sleep(pauses.next().unwrap_or(DIAL_WITHIN)).await;
    }
}

/// Returns after [`UNREACHABLE_AFTER`] if no address has answered by then.
async fn no_answer(record: &DialRecord) -> Duration {
    sleep(UNREACHABLE_AFTER).await;
    if record.is_answered() {
        std::future::pending::<()>().await;
    }
    UNREACHABLE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn record(ports: &[u16]) -> DialRecord {
        DialRecord::new(&Target { addresses: vec![HERE], ports: ports.to_vec() })
    }

    #[tokio::test]
    async fn one_open_port_among_closed_ones_is_enough() {
        let listener = std::net::TcpListener::bind((HERE, 0)).unwrap();
        let open = listener.local_addr().unwrap().port();
        let record = record(&[1, open]);
        let result = probe(&record, Duration::from_secs(30)).await;
        assert_eq!(result, ProbeResult::Open { port: open });
        let ports = record.ports();
        assert_eq!(
            (ports[0].opened, ports[1].opened.is_some(), ports[1].refused),
            (None, true, 0),
            "{ports:?}"
        );
    }

    #[tokio::test]
    async fn a_closed_port_is_dialled_until_the_limit() {
        let record = record(&[1]);
        let result = probe(&record, Duration::from_millis(200)).await;
        assert!(matches!(result, ProbeResult::Closed { dials: 5.. }), "{result:?}");
        let ports = record.ports();
        assert!(ports[0].refused >= 5 && ports[0].opened.is_none(), "{ports:?}");
    }

    #[tokio::test]
    async fn a_port_that_opens_later_is_found() {
        let port = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        let (record, opener) = (record(&[port]), async {
            sleep(Duration::from_millis(60)).await;
            tokio::net::TcpListener::bind((HERE, port)).await.unwrap()
        });
        let (result, _listener) = tokio::join!(probe(&record, Duration::from_secs(30)), opener);
        assert_eq!(result, ProbeResult::Open { port });
        let ports = record.ports();
        assert!(ports[0].refused > 0 && ports[0].opened >= Some(Duration::from_millis(50)), "{ports:?}");
    }
}
