//! The images of a job, pulled or used as they are, according to their pull policies.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::OnceCell;

use super::pull::Puller;
use super::pull_error::PullError;
use super::shared_pulls::SharedPulls;
use crate::engine::image::inspect::InspectedImage;
use crate::executor::notice::Notice;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::ImagePlan;
use crate::registry::pull_policy::{self, PullPolicy};
use crate::registry::reference::Reference;

/// The number of hexadecimal digits in an image id.
const ID_DIGITS: usize = 64;

/// Reference, platform and policies: equal requests are answered once.
type ImageRequest = (String, Option<String>, Vec<PullPolicy>);

/// The images of one attempt at a job. Clones share their results, so that the log reports an image once even if
/// several containers need it.
#[derive(Clone)]
pub struct JobImages {
    puller: Puller,
    pulls: SharedPulls,
    /// Pulls of the run that began earlier do not count.
    pulled_since: Instant,
    known: Arc<Mutex<BTreeMap<ImageRequest, Arc<OnceCell<InspectedImage>>>>>,
}

impl JobImages {
    /// Images of an attempt, none of which is known yet. Pulls that began before `pulled_since` do not count.
    pub fn new(puller: Puller, pulls: SharedPulls, pulled_since: Instant) -> Self {
        Self { puller, pulls, pulled_since, known: Arc::default() }
    }

    /// Ensures that the engine has the image. Containers are created from the returned id, so that a tag that moves
    /// meanwhile has no effect.
    pub async fn ensure(&self, plan: &ImagePlan) -> Result<InspectedImage, Failure> {
        let request = (plan.reference.clone(), plan.platform.clone(), plan.pull_policies.clone());
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(request).or_default().clone()
        };
        let failed = |error: PullError| Failure::Pull {
            image: plan.reference.clone(),
            policies: pull_policy::list(&plan.pull_policies),
            error: Box::new(error),
        };
        let image = cell.get_or_try_init(|| self.by_policies(plan)).await.map_err(failed)?;
        Ok(image.clone())
    }

    /// Tries one policy after another. Fails with the error of the last one.
    async fn by_policies(&self, plan: &ImagePlan) -> Result<InspectedImage, PullError> {
        let (reference, policies) = (&plan.reference, &plan.pull_policies);
        let notice = Notice::PullPoliciesSelected { image: reference.clone(), policies: policies.clone() };
        self.puller.events.notice(notice);
        let last = policies.len().saturating_sub(1);
        for (index, policy) in policies.iter().enumerate() {
            if index > 0 {
                let notice = Notice::PullPolicyAttempted {
                    image: reference.clone(),
                    attempt: index + 1,
                    policy: *policy,
                };
                self.puller.events.notice(notice);
            }
            match self.by_policy(plan, *policy).await {
                Ok(image) => {
                    self.puller.events.notice(selected(reference, &image));
                    return Ok(image);
                }
                // The job fails with the last error.
                Err(error) if index == last || error.is_fatal() => return Err(error),
                Err(error) => {
                    let (image, error) = (reference.clone(), error.to_string());
                    let notice = Notice::PullPolicyFailed { image, policy: *policy, error };
                    self.puller.events.notice(notice);
                }
            }
        }
        Err(PullError::NotPresent)
    }

    async fn by_policy(&self, plan: &ImagePlan, policy: PullPolicy) -> Result<InspectedImage, PullError> {
        let reference = &plan.reference;
        if policy != PullPolicy::Always || is_id(reference) {
            let found = match self.puller.engine.image_inspect(reference).await {
                Ok(image) => Some(image),
                Err(error) if error.is_not_found() => None,
                Err(error) => return Err(PullError::Inspect(error)),
            };
            match (found, policy) {
                (Some(image), PullPolicy::IfNotPresent) => {
                    let notice = Notice::LocalImageFound { image: reference.clone() };
                    self.puller.events.notice(notice);
                    return Ok(image);
                }
                (Some(image), _) => return Ok(image),
                (None, PullPolicy::Never) => return Err(PullError::NotPresent),
                (None, _) => {}
            }
        }
        self.pulls.pull_once(plan, self.pulled_since, self.puller.pull(plan)).await?;
        self.puller.engine.image_inspect(reference).await.map_err(PullError::Inspect)
    }
}

fn selected(reference: &str, image: &InspectedImage) -> Notice {
    // An image that several repositories contain has a digest for each of them.
    let name = Reference::parse(reference).map_or("", |reference| reference.pull_target().from_image);
    let of_name = |digest: &&String| digest.rsplit_once('@').is_some_and(|(other, _)| other == name);
    let mut digests = image.repo_digests.iter().flatten();
    let digest = digests.clone().find(of_name).or_else(|| digests.next()).cloned();
    Notice::ImageSelected { image: reference.to_owned(), id: image.id.clone(), digest }
}

/// Whether `reference` is an image id, which cannot be pulled.
fn is_id(reference: &str) -> bool {
    let digits = reference.strip_prefix("sha256:").unwrap_or(reference);
    digits.len() == ID_DIGITS && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinguished_from_names() {
        let id = "0a".repeat(32);
        assert!(is_id(&id) && is_id(&format!("sha256:{id}")));
        assert!(!is_id("ruby:2.6") && !is_id(&format!("ruby@sha256:{id}")) && !is_id("sha256:0a"));
    }
}
