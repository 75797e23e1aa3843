//! The pull of one image: credentials, attempts, progress.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::pull_error::PullError;
use super::pull_progress::{PullLayers, PullProgress};
use crate::credentials::lookup::{CredentialSearch, search};
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::image::create::PullRequest;
use crate::engine::registry_auth::RegistryAuth;
use crate::executor::event::EventKind;
use crate::executor::event_channel::EventSender;
use crate::executor::notice::{Activity, Notice};
use crate::plan::job_plan::ImagePlan;
use crate::registry::auth_config::Auth;
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_failure::{is_refusal, is_transient};
use crate::registry::reference::Reference;

/// The pauses between three attempts to reach a registry, as in GitLab Runner (2 s, growing, at most 10 s).
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(4)];

/// Pulls images with the credentials of a job. Clones warn of each invalid source once.
#[derive(Clone)]
pub struct Puller {
    pub engine: Engine,
    pub events: EventSender,
    sources: Arc<Vec<CredentialSource>>,
    helpers: Arc<Helpers>,
    /// The labels of invalid sources that a warning has been sent about.
    warned: Arc<Mutex<BTreeSet<String>>>,
}

impl Puller {
    /// Creates a puller that looks for credentials in `sources`.
    pub fn new(
        engine: Engine,
        events: EventSender,
        sources: Vec<CredentialSource>,
        helpers: Arc<Helpers>,
    ) -> Self {
        Self { engine, events, sources: Arc::new(sources), helpers, warned: Arc::default() }
    }

    /// A clone with other credentials, for another job with the same log.
    pub fn with_credentials(&self, sources: Vec<CredentialSource>) -> Self {
        Self { sources: Arc::new(sources), ..self.clone() }
    }

    /// Pulls an image. Repeats the pull if the registry is temporarily unreachable.
    pub async fn pull(&self, plan: &ImagePlan) -> Result<(), PullError> {
        let reference = &plan.reference;
        let activity = Activity::CredentialSearch { image: reference.clone() };
        self.events.send(EventKind::Activity(activity));
        let search = search(&self.sources, reference, &self.helpers).await;
        self.events.send(EventKind::ActivityEnded);
        self.report_credentials(reference, &search).await?;
        let notice = Notice::PullStarted { image: reference.clone(), platform: plan.platform.clone() };
        self.events.notice(notice);
        let auth = search.found.as_ref().map(|(_, auth)| auth);
        let result = self.pull_with_retries(plan, auth).await;
        self.events.send(EventKind::PullProgressEnded { image: reference.clone() });
        result.map_err(|error| {
            let registry = search.image.registry().to_owned();
            let mut credentials = self.describe_credentials(&search);
            if error.message().is_some_and(is_refusal) {
                credentials.push_str(&match search.found {
                    None => format!("; log in with `{}`", search.image.login_command()),
                    Some(_) => {
                        "; check the user name, the password and the permissions of the account".to_owned()
                    }
                });
            }
            PullError::Pull { registry, credentials, error }
        })
    }

    /// Reports the source of the credentials, and warns of invalid sources.
    async fn report_credentials(&self, image: &str, search: &CredentialSearch) -> Result<(), PullError> {
        for failure in search.failures.iter().filter(|failure| failure.error.is_surprising()) {
            let label = self.source_label(failure.source);
            if failure.error.is_fatal() {
                let label = label.to_owned();
                return Err(PullError::Credentials { label, error: failure.error.clone() });
            }
            let is_new = self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(label.to_owned());
            if is_new {
                let (source, error) = (label.to_owned(), failure.error.to_string());
                self.events.notice(Notice::CredentialSourceFailed { source, error });
            }
        }
        if let Some((source, auth)) = &search.found {
            self.events.send(EventKind::Secrets(auth.secrets()));
            let (image, source) = (image.to_owned(), self.source_label(*source).to_owned());
            self.events.notice(Notice::CredentialsSelected { image, source });
        }
        Ok(())
    }

    /// Repeats a pull after transient errors; a rejection is final.
    async fn pull_with_retries(&self, plan: &ImagePlan, auth: Option<&Auth>) -> Result<(), EngineError> {
        for (index, pause) in PAUSES.into_iter().enumerate() {
            match self.try_pull(plan, auth).await {
                Err(error) if error.message().is_some_and(is_transient) => {
                    let error = error.message().unwrap_or_default().trim().to_owned();
                    let image = plan.reference.clone();
                    self.events.notice(Notice::PullRetried { image, attempt: index + 1, error });
                    sleep(pause).await;
                }
                result => return result,
            }
        }
        self.try_pull(plan, auth).await
    }

    async fn try_pull(&self, plan: &ImagePlan, auth: Option<&Auth>) -> Result<(), EngineError> {
        let (reference, begun) = (&plan.reference, Instant::now());
        // The engine rejects an invalid reference; planning has reported it already.
        let target = Reference::parse(reference).map(|reference| reference.pull_target());
        let (from_image, tag) =
            target.map_or((&**reference, "latest"), |target| (target.from_image, target.tag));
        let auth = auth.map(registry_auth);
        let request = PullRequest { from_image, tag, platform: plan.platform.as_deref(), auth };
        let mut layers = PullLayers::default();
        self.events.progress(EventKind::PullProgress(layers.progress(reference)));
        let mut pull = self.engine.image_create(&request).await?;
        while let Some(step) = pull.next().await? {
            if layers.update(step) {
                self.events.progress(EventKind::PullProgress(layers.progress(reference)));
            }
        }
        let PullProgress { image, layers, bytes_total: bytes, .. } = layers.progress(reference);
        self.events.notice(Notice::PullFinished { image, layers, bytes, elapsed: begun.elapsed() });
        Ok(())
    }

    fn source_label(&self, source: usize) -> &str {
        self.sources.get(source).map_or("", |source| &source.label)
    }

    /// Describes the credentials used, as `credentials from $DOCKER_AUTH_CONFIG`, or why there are none.
    fn describe_credentials(&self, search: &CredentialSearch) -> String {
        if let Some((source, _)) = search.found {
            return format!("credentials from {}", self.source_label(source));
        }
        let source = |(index, source): (usize, &CredentialSource)| {
            let failure = search.failures.iter().find(|failure| failure.source == index);
            match failure {
                Some(failure) => format!("{} is not used: {}", source.label, failure.error),
                None => match source.remark() {
                    Some(remark) => format!("none for it in {}: {remark}", source.label),
                    None => format!("none for it in {}", source.label),
                },
            }
        };
        let sources: Vec<_> = self.sources.iter().enumerate().map(source).collect();
        match sources.is_empty() {
            true => "no credentials: there is no $DOCKER_AUTH_CONFIG and no config.json".to_owned(),
            false => format!("no credentials: {}", sources.join("; ")),
        }
    }
}

fn registry_auth(auth: &Auth) -> RegistryAuth<'_> {
    RegistryAuth {
        username: &auth.username,
        password: auth.password.expose(),
        serveraddress: &auth.server,
        identitytoken: auth.identity_token.expose(),
        registrytoken: auth.registry_token.expose(),
    }
}
