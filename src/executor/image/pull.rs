//! One pull: whose credentials, how often it is tried, how far it is.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::pull_error::PullError;
use super::pull_progress::{Layers, PullProgress};
use crate::credentials::memory::Helpers;
use crate::credentials::search::{CredentialSearch, search};
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::image::create::PullRequest;
use crate::engine::registry_auth::RegistryAuth;
use crate::executor::event::{Event, Events, Tone};
use crate::plan::job_plan::ImagePlan;
use crate::registry::auth_config::Auth;
use crate::registry::credential_source::CredentialSource;
use crate::registry::pull_failure::is_transient;
use crate::registry::reference::Reference;

/// The pauses between the three tries that a registry gets which is out of reach, as in GitLab Runner (2 s, growing,
/// at most 10 s).
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(4)];

/// Pulls images with the credentials of a job. Clones share what they have said.
#[derive(Clone)]
pub struct Puller {
    /// The engine.
    pub engine: Engine,
    /// Where it is told.
    pub events: Events,
    sources: Arc<Vec<CredentialSource>>,
    helpers: Arc<Helpers>,
    /// Sources that the log has been warned of, by their labels.
    warned: Arc<Mutex<BTreeSet<String>>>,
}

impl Puller {
    /// With the credentials in `sources`.
    pub fn new(
        engine: Engine,
        events: Events,
        sources: Vec<CredentialSource>,
        helpers: Arc<Helpers>,
    ) -> Self {
        Self { engine, events, sources: Arc::new(sources), helpers, warned: Arc::default() }
    }

    /// The same with the credentials of another job that tells the same log: what was said is not repeated.
    pub fn with_credentials(&self, sources: Vec<CredentialSource>) -> Self {
        Self { sources: Arc::new(sources), ..self.clone() }
    }

    /// Pulls an image, to its end.
    pub async fn pull(&self, plan: &ImagePlan) -> Result<(), PullError> {
        let reference = &plan.reference;
        self.events.send(Event::Busy(format!("Looking for the credentials for {reference}"))).await;
        let search = search(&self.sources, reference, &self.helpers).await;
        self.events.send(Event::Idle).await;
        self.tell(&search).await?;
        let platform = plan.platform.as_ref().map(|platform| format!(" for platform {platform}"));
        let line = format!("Pulling docker image {reference}{} ...", platform.unwrap_or_default());
        self.events.line(Tone::Plain, line).await;
        let auth = search.found.as_ref().map(|(_, auth)| auth);
        let result = self.retrying(plan, auth).await;
        self.events.send(Event::Pulled(reference.clone())).await;
        result.map_err(|error| PullError::Pull {
            registry: search.image.registry().to_owned(),
            credentials: self.tried(&search),
            error,
        })
    }

    /// Says whose credentials are used, and which sources are of no use.
    async fn tell(&self, search: &CredentialSearch) -> Result<(), PullError> {
        for failure in &search.failures {
            let label = self.label(failure.source);
            if failure.error.is_fatal() {
                let label = label.to_owned();
                return Err(PullError::Credentials { label, error: failure.error.clone() });
            }
            let is_new = self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(label.to_owned());
            if is_new {
                let line = format!(
                    "Failed to resolve credentials from {label}: {}. Credentials from this source will not be used.",
                    failure.error
                );
                self.events.line(Tone::Warning, line).await;
            }
        }
        if let Some((source, auth)) = &search.found {
            self.events.send(Event::Secrets(auth.secrets())).await;
            let line = format!("Authenticating with credentials from {}", self.label(*source));
            self.events.line(Tone::Plain, line).await;
        }
        Ok(())
    }

    /// A registry that is out of reach may come back; a refusal is final.
    async fn retrying(&self, plan: &ImagePlan, auth: Option<&Auth>) -> Result<(), EngineError> {
        for (index, pause) in PAUSES.into_iter().enumerate() {
            match self.follow(plan, auth).await {
                Err(error) if error.message().is_some_and(is_transient) => {
                    let (attempt, words) = (index + 1, error.message().unwrap_or_default());
                    let line = format!(
                        "Failed to pull image \"{}\" (attempt #{attempt}), retrying: {}",
                        plan.reference,
                        words.trim()
                    );
                    self.events.line(Tone::Warning, line).await;
                    sleep(pause).await;
                }
                result => return result,
            }
        }
        self.follow(plan, auth).await
    }

    async fn follow(&self, plan: &ImagePlan, auth: Option<&Auth>) -> Result<(), EngineError> {
        let (reference, begun) = (&plan.reference, Instant::now());
        // The plan has looked at it; what is no reference the engine refuses in its own words.
        let target = Reference::parse(reference).map(|reference| reference.pull_target());
        let (from_image, tag) =
            target.map_or((&**reference, "latest"), |target| (target.from_image, target.tag));
        let auth = auth.map(registry_auth);
        let request = PullRequest { from_image, tag, platform: plan.platform.as_deref(), auth };
        let mut layers = Layers::default();
        self.events.send(Event::Pulling(layers.progress(reference))).await;
        let mut pull = self.engine.image_create(&request).await?;
        while let Some(step) = pull.next().await? {
            if layers.take(step) {
                self.events.send(Event::Pulling(layers.progress(reference))).await;
            }
        }
        let line = pulled(&layers.progress(reference), begun.elapsed());
        self.events.line(Tone::Plain, line).await;
        Ok(())
    }

    fn label(&self, source: usize) -> &str {
        self.sources.get(source).map_or("", |source| &source.label)
    }

    /// `credentials from $DOCKER_AUTH_CONFIG`, or why there are none.
    fn tried(&self, search: &CredentialSearch) -> String {
        if let Some((source, _)) = search.found {
            return format!("credentials from {}", self.label(source));
        }
        let source = |(index, source): (usize, &CredentialSource)| {
            let failure = search.failures.iter().find(|failure| failure.source == index);
            match failure {
                Some(failure) => format!("{} is of no use: {}", source.label, failure.error),
                None => format!("none for it in {}", source.label),
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

/// `Pulled a:1 in 2.1 s: 3 layers, 12.3 MB`
fn pulled(progress: &PullProgress, elapsed: Duration) -> String {
    let PullProgress { image, layers, bytes_total, .. } = progress;
    let seconds = elapsed.as_secs_f64();
    if *layers == 0 {
        return format!("{image} is up to date ({seconds:.1} s)");
    }
    let noun = if *layers == 1 { "layer" } else { "layers" };
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let megabytes = *bytes_total as f64 / 1e6;
    format!("Pulled {image} in {seconds:.1} s: {layers} {noun}, {megabytes:.1} MB downloaded")
}
