//! Images: used if they are there, pulled if not (policy `if-not-present`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::event::{Event, Events, Tone};
use super::outcome::Failure;
use crate::engine::Engine;
use crate::engine::error::EngineError;
use crate::engine::image::create::{Progress, PullRequest};
use crate::engine::image::inspect::Image;
use crate::plan::job_plan::ImagePlan;
use crate::registry::reference::Reference;

/// The images of one job. Clones share what was found, so that an image which several containers need is pulled once.
#[derive(Clone)]
pub struct Images {
    engine: Engine,
    events: Events,
    known: Arc<Mutex<BTreeMap<String, Arc<OnceCell<Image>>>>>,
}

impl Images {
    /// None looked at so far.
    pub fn new(engine: Engine, events: Events) -> Self {
        Self { engine, events, known: Arc::default() }
    }

    /// Makes sure that the engine has an image. Containers are created from its id, so that a tag which moves
    /// meanwhile changes nothing.
    pub async fn ensure(&self, plan: &ImagePlan) -> Result<Image, Failure> {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(plan.reference.clone()).or_default().clone()
        };
        let failed = |source| Failure::Pull { image: plan.reference.clone(), source };
        let image = cell.get_or_try_init(|| self.find_or_pull(plan)).await.map_err(failed)?;
        Ok(image.clone())
    }

    async fn find_or_pull(&self, plan: &ImagePlan) -> Result<Image, EngineError> {
        let reference = &plan.reference;
        let image = match self.engine.image_inspect(reference).await {
            Err(error) if error.is_not_found() => {
                self.pull(plan).await?;
                self.engine.image_inspect(reference).await?
            }
            other => other?,
        };
        let digest = image.repo_digests.iter().flatten().next();
        let digest = digest.map(|digest| format!(" with digest {digest}")).unwrap_or_default();
        let line = format!("Using docker image {} for {reference}{digest} ...", image.id);
        self.events.line(Tone::Plain, line).await;
        Ok(image)
    }

    async fn pull(&self, plan: &ImagePlan) -> Result<(), EngineError> {
        // The plan has looked at it; what is no reference the engine refuses in its own words.
        let target = Reference::parse(&plan.reference).map(|reference| reference.pull_target());
        let (from_image, tag) =
            target.map_or((&*plan.reference, "latest"), |target| (target.from_image, target.tag));
        let request = PullRequest { from_image, tag, platform: plan.platform.as_deref(), auth: None };
        self.events.line(Tone::Plain, format!("Pulling docker image {} ...", plan.reference)).await;
        self.events.send(Event::Busy(format!("Pulling {}", plan.reference))).await;
        let result = self.follow(&plan.reference, &request).await;
        self.events.send(Event::Idle).await;
        result
    }

    async fn follow(&self, name: &str, request: &PullRequest<'_>) -> Result<(), EngineError> {
        let mut pull = self.engine.image_create(request).await?;
        let mut layers = BTreeMap::new();
        while let Some(step) = pull.next().await? {
            if let Some(text) = pull_text(name, &mut layers, step) {
                self.events.send(Event::Busy(text)).await;
            }
        }
        Ok(())
    }
}

/// The most layers counted; the engine itself allows 128.
const LAYERS_MAX: usize = 256;

/// The live line of a pull: bytes of the layers that are being downloaded, so far and in all.
fn pull_text(name: &str, layers: &mut BTreeMap<String, (i64, i64)>, step: Progress) -> Option<String> {
    let (id, detail) = (step.id?, step.detail?);
    let (current, total) = (detail.current?, detail.total.filter(|total| *total > 0)?);
    if step.status != "Downloading" || (layers.len() >= LAYERS_MAX && !layers.contains_key(&id)) {
        return None;
    }
    layers.insert(id, (current, total));
    let sum = |part: fn(&(i64, i64)) -> i64| layers.values().map(part).fold(0_i64, i64::saturating_add);
    let (current, total) = (sum(|layer| layer.0), sum(|layer| layer.1));
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let megabytes = |bytes: i64| bytes as f64 / 1e6;
    Some(format!("Pulling {name}: {:.1} of {:.1} MB", megabytes(current), megabytes(total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::image::create::ProgressDetail;

    #[test]
    fn the_live_line_adds_up_the_layers_that_are_downloaded() {
        let mut layers = BTreeMap::new();
        let mut step = |status: &str, id: &str, current, total| {
            let detail = Some(ProgressDetail { current, total });
            pull_text(
                "a:1",
                &mut layers,
                Progress { status: status.to_owned(), id: Some(id.to_owned()), detail },
            )
        };
        assert_eq!(
            step("Downloading", "x", Some(500_000), Some(2_000_000)).unwrap(),
            "Pulling a:1: 0.5 of 2.0 MB"
        );
        assert_eq!(
            step("Downloading", "y", Some(1_000_000), Some(3_000_000)).unwrap(),
            "Pulling a:1: 1.5 of 5.0 MB"
        );
        assert_eq!(step("Extracting", "x", Some(1), Some(2)), None);
        assert_eq!(step("Downloading", "z", Some(1), Some(-1)), None);
        assert_eq!(step("Downloading", "z", None, None), None);
    }
}
