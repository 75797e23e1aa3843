//! The dialling itself: every port of every address at once, until one opens or the time is over.

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

/// What all dials of a target have seen.
#[derive(Default)]
struct Seen {
    dials: AtomicU64,
    answered: AtomicBool,
}

/// Dials until a port of `target` opens, at most for `limit`. A target without addresses or ports stays closed.
pub async fn probe(target: &Target, limit: Duration) -> ProbeResult {
    let seen = Arc::new(Seen::default());
    let mut dials = JoinSet::new();
    for &address in &target.addresses {
        for &port in &target.ports {
            dials.spawn(until_open(SocketAddr::new(address, port), seen.clone()));
        }
    }
    let started = Instant::now();
    tokio::select! {
        Some(Ok(port)) = dials.join_next() => ProbeResult::Open { port },
        after = no_answer(&seen) => ProbeResult::Unreachable { after },
        () = sleep(limit.saturating_sub(started.elapsed())) => {
            ProbeResult::Closed { dials: seen.dials.load(Ordering::Relaxed) }
        }
    }
}

async fn until_open(address: SocketAddr, seen: Arc<Seen>) -> u16 {
    let mut pauses = Pauses::default();
    loop {
        seen.dials.fetch_add(1, Ordering::Relaxed);
        match timeout(DIAL_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return address.port(),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                seen.answered.store(true, Ordering::Relaxed);
            }
            // No route, or silence: another network may still come up while the container starts.
            Ok(Err(_)) | Err(_) => {}
        }
        sleep(pauses.next().unwrap_or(DIAL_WITHIN)).await;
    }
}

/// Returns if nothing has answered for so long that nothing will.
async fn no_answer(seen: &Seen) -> Duration {
    sleep(UNREACHABLE_AFTER).await;
    if seen.answered.load(Ordering::Relaxed) {
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
    async fn a_port_that_stays_closed_is_dialled_until_the_time_is_over() {
        let result = probe(&target(&[1]), Duration::from_millis(200)).await;
        assert!(matches!(result, ProbeResult::Closed { dials: 5.. }), "{result:?}");
    }

    #[tokio::test]
    async fn a_port_that_opens_later_is_seen() {
        let port = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        let (target, opener) = (target(&[port]), async {
            sleep(Duration::from_millis(60)).await;
            tokio::net::TcpListener::bind((HERE, port)).await.unwrap()
        });
        let (result, _listener) = tokio::join!(probe(&target, Duration::from_secs(30)), opener);
        assert_eq!(result, ProbeResult::Open { port });
    }
}
