//! The check of one service: by dials of its ports, and by the `HEALTHCHECK` of its image if the user wants that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::explanation::{Expected, Explanation, explain};
use super::image_health::{Health, HealthCommand, until_healthy};
use super::prober::{ContainerProbe, probe_from_container};
use super::readiness::{DialOrigin, ReadinessKind, ReadinessStep};
use super::sockets::{ServiceProcess, listening_sockets};
use crate::error_chain::chain;
use crate::executor::event::{EventKind, ServiceProblem};
use crate::executor::job_context::JobContext;
use crate::executor::notice::{Notice, ServiceLabel};
use crate::probe::dial::{self, DialRecord};
use crate::probe::mode::ProbeMode;
use crate::probe::{ProbeResult, Target};

/// A service without ports cannot be checked. It gets this time to log something or to exit, so that the warning has a
/// log to show; GitLab Runner waits 10 s for the same reason.
const PORTLESS_GRACE: Duration = Duration::from_secs(1);

/// From where services are dialled.
#[derive(Debug, Clone)]
pub(super) struct DialPlace {
    pub(super) mode: ProbeMode,
    pub(super) origin: DialOrigin,
}

/// The check of one service, and what it has done so far.
pub(super) struct ServiceCheck<'a> {
    context: &'a JobContext,
    label: &'a ServiceLabel,
    process: &'a ServiceProcess,
    target: &'a CheckedTarget,
    place: DialPlace,
    limit: Duration,
    record: DialRecord,
    dials_are_told: AtomicBool,
}

/// What is checked of a service.
pub(super) struct CheckedTarget {
    pub(super) dialled: Target,
    /// The ports of UDP that its image declares.
    pub(super) udp_ports: Vec<u16>,
    /// The `HEALTHCHECK` to wait for.
    pub(super) health: Option<HealthCommand>,
    /// When its container was started.
    pub(super) started: Instant,
}

impl<'a> ServiceCheck<'a> {
    /// A check of the service that begins now, and takes at most `limit`.
    pub(super) fn new(
        context: &'a JobContext,
        (label, process): (&'a ServiceLabel, &'a ServiceProcess),
        target: &'a CheckedTarget,
        place: DialPlace,
        limit: Duration,
    ) -> Self {
        let record = DialRecord::new(&target.dialled);
        let dials_are_told = AtomicBool::new(false);
        Self { context, label, process, target, place, limit, record, dials_are_told }
    }

    /// Returns when the service is ready, or with the reason why it is not known to be.
    pub(super) async fn run(&self) -> Result<(), ServiceProblem> {
        let Some(command) = &self.target.health else { return self.dial().await };
        let Target { addresses, ports } = &self.target.dialled;
        if self.place.mode == ProbeMode::Off || addresses.is_empty() || ports.is_empty() {
            return self.wait_for_health(command).await;
        }
        let (health, dialled) = tokio::join!(self.wait_for_health(command), self.dial());
        health?;
        match dialled {
            // Databases are healthy while they are initialised, before they accept a connection of others.
            Err(ServiceProblem::Timeout { addresses, ports, dials, mut explanations }) => {
                explanations.insert(0, Explanation::Healthy);
                Err(ServiceProblem::Timeout { addresses, ports, dials, explanations })
            }
            _ => Ok(()),
        }
    }

    /// Tells of the dials of this process so far, once.
    pub(super) fn tell_dials(&self) {
        if self.record.dials() > 0 && !self.dials_are_told.swap(true, Ordering::Relaxed) {
            let kind = ReadinessKind::Dials { origin: self.place.origin.clone(), ports: self.record.ports() };
            self.tell(self.record.started(), kind);
        }
    }

    fn tell(&self, began: Instant, kind: ReadinessKind) {
        let began = began.saturating_duration_since(self.target.started);
        let step = ReadinessStep { service: self.label.clone(), began, kind };
        self.context.events.send(EventKind::Readiness(Box::new(step)));
    }

    async fn wait_for_health(&self, command: &HealthCommand) -> Result<(), ServiceProblem> {
        let began = Instant::now();
        match until_healthy(&self.context.engine, &self.process.name, command, self.limit).await {
            Health::Healthy { failures } => {
                self.tell(began, ReadinessKind::Healthy { failures, took: began.elapsed() });
                Ok(())
            }
            Health::Unhealthy { runs, last } => Err(ServiceProblem::Unhealthy { runs, last }),
        }
    }

    /// Waits until a port accepts a connection.
    async fn dial(&self) -> Result<(), ServiceProblem> {
        let Target { addresses, ports } = &self.target.dialled;
        if ports.is_empty() {
            sleep(PORTLESS_GRACE).await;
            return Err(ServiceProblem::NoPorts { explanations: self.explanations().await });
        }
        if addresses.is_empty() {
            sleep(PORTLESS_GRACE).await;
            return Err(ServiceProblem::NoAddress);
        }
        match self.dial_from_anywhere().await {
            Ok(ProbeResult::Open { .. }) => Ok(()),
            Ok(ProbeResult::Closed { dials }) => Err(ServiceProblem::Timeout {
                addresses: addresses.clone(),
                ports: ports.clone(),
                dials,
                explanations: self.explanations().await,
            }),
            Ok(ProbeResult::Unreachable { after }) => {
                Err(ServiceProblem::Unreachable { addresses: addresses.clone(), after })
            }
            Err(error) => Err(ServiceProblem::CheckFailed { error }),
        }
    }

    /// Dials from this process, or from a container, as the mode says.
    async fn dial_from_anywhere(&self) -> Result<ProbeResult, String> {
        let mut limit = self.limit;
        if self.place.mode != ProbeMode::Inside {
            let begun = Instant::now();
            let result = dial::probe(&self.record, limit).await;
            self.tell_dials();
            if self.place.mode == ProbeMode::Direct || !matches!(result, ProbeResult::Unreachable { .. }) {
                return Ok(result);
            }
            let container = self.process.name.to_string();
            self.context.events.notice(Notice::ServiceCheckMoved { container });
            limit = limit.saturating_sub(begun.elapsed());
        }
        let probed = probe_from_container(self.context, &self.process.name, &self.target.dialled, limit);
        let ContainerProbe { result, ports, began } = probed.await.map_err(|failure| chain(&failure))?;
        self.tell(began, ReadinessKind::Dials { origin: DialOrigin::Container, ports });
        Ok(result)
    }

    async fn explanations(&self) -> Vec<Explanation> {
        let Target { addresses, ports } = &self.target.dialled;
        let expected = Expected { addresses, ports, udp: &self.target.udp_ports };
        let found = listening_sockets(&self.context.engine, &self.context.plan.network, self.process).await;
        explain(&expected, found.as_ref())
    }
}
