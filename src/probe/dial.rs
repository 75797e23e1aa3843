//! Dials all ports of all addresses at the same time, until one accepts a connection or the limit is over.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::schedule::{DIAL_WITHIN, Pauses, UNREACHABLE_AFTER};
use super::{ProbeResult, Target};

/// What the dials of a target have in common.
#[derive(Default)]
struct DialRecord {
    /// The number of dials.
    dials: AtomicU64,
    /// Whether an address has answered, if only with a refusal.
    answered: AtomicBool,
}

/// Dials until a port of `target` accepts a connection, for at most `limit`. A target without addresses or ports is
/// closed.
pub async fn probe(target: &Target, limit: Duration) -> ProbeResult {
    let record = Arc::new(DialRecord::default());
    let mut dials = JoinSet::new();
    for &address in &target.addresses {
        for &port in &target.ports {
            dials.spawn(until_open(SocketAddr::new(address, port), record.clone()));
        }
    }
    let started = Instant::now();
    tokio::select! {
        Some(Ok(port)) = dials.join_next() => ProbeResult::Open { port },
        after = no_answer(&record) => ProbeResult::Unreachable { after },
        () = sleep(limit.saturating_sub(started.elapsed())) => {
            ProbeResult::Closed { dials: record.dials.load(Ordering::Relaxed) }
        }
    }
}

async fn until_open(address: SocketAddr, record: Arc<DialRecord>) -> u16 {
    let mut pauses = Pauses::default();
    loop {
        record.dials.fetch_add(1, Ordering::Relaxed);
        match timeout(DIAL_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return address.port(),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                record.answered.store(true, Ordering::Relaxed);
            }
            // There is no route or no answer. The network may still come up while the container starts.
            Ok(Err(_)) | Err(_) => {}
        }
        sleep(pauses.next().unwrap_or(DIAL_WITHIN)).await;
    }
}

/// Returns after [`UNREACHABLE_AFTER`] if no address has answered by then.
async fn no_answer(record: &DialRecord) -> Duration {
    sleep(UNREACHABLE_AFTER).await;
    if record.answered.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    UNREACHABLE_AFTER
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn target(ports: &[u16]) -> Target {
        Target { addresses: vec![HERE], ports: ports.to_vec() }
    }

    #[tokio::test]
    async fn one_open_port_among_closed_ones_is_enough() {
        let listener = std::net::TcpListener::bind((HERE, 0)).unwrap();
        let open = listener.local_addr().unwrap().port();
        let result = probe(&target(&[1, open]), Duration::from_secs(30)).await;
        assert_eq!(result, ProbeResult::Open { port: open });
    }

    #[tokio::test]
    async fn a_closed_port_is_dialled_until_the_limit() {
        let result = probe(&target(&[1]), Duration::from_millis(200)).await;
        assert!(matches!(result, ProbeResult::Closed { dials: 5.. }), "{result:?}");
    }

    #[tokio::test]
    async fn a_port_that_opens_later_is_found() {
        let port = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        let (target, opener) = (target(&[port]), async {
            sleep(Duration::from_millis(60)).await;
            tokio::net::TcpListener::bind((HERE, port)).await.unwrap()
        });
        let (result, _listener) = tokio::join!(probe(&target, Duration::from_secs(30)), opener);
        assert_eq!(result, ProbeResult::Open { port });
    }
}
