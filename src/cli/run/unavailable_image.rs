//! What is said of an image that was not available: where the file names it, and which images the engine has.

use crate::cli::project::DiagnosticRenderer;
use crate::cli::user_message::UserMessage;
use crate::engine::Engine;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::plan::job_plan::{ImagePlan, JobPlan};
use crate::registry::similar_images::similar_images;
use crate::source::diagnostic::{Code, Diagnostic, Severity};
use crate::source::map::Span;

/// The images of a job that its pipeline file names, and the places.
pub struct WrittenImages(Vec<(String, Span)>);

impl WrittenImages {
    pub fn of(plan: &JobPlan) -> Self {
        let images = [&plan.image].into_iter().chain(plan.services.iter().map(|service| &service.image));
        let written = |image: &ImagePlan| Some((image.reference.clone(), image.span?));
        Self(images.filter_map(written).collect())
    }

    /// Explains the outcome of the job if one of its images was not available.
    pub async fn explain(
        &self,
        outcome: &JobOutcome,
        engine: &Engine,
        renderer: &DiagnosticRenderer,
    ) -> Option<UserMessage> {
        let JobOutcome::Failed(Failure::Pull { image, .. }, allowed) = outcome else { return None };
        let place = self.0.iter().find(|(reference, _)| reference == image).map(|(_, span)| *span);
        // An engine that does not answer has failed the job with another error.
        let known = engine.image_list().await.unwrap_or_default();
        let known: Vec<String> = known.into_iter().flat_map(|image| image.tags()).collect();
        let diagnostic = diagnostic(image, place, &similar_images(image, &known))?;
        let severity = match allowed {
            Allowed::Yes => Severity::Warning,
            Allowed::No => Severity::Error,
        };
        Some(renderer.render(&Diagnostic { severity, ..diagnostic }))
    }
}

/// The diagnostic; `None` if there is nothing to add to the error in the log.
fn diagnostic(image: &str, place: Option<Span>, similar: &[String]) -> Option<Diagnostic> {
    let problem = Diagnostic::error(Code::Surroundings, format!("the image `{image}` is unavailable"));
    let similar: Vec<String> = similar.iter().map(|image| format!("`{image}`")).collect();
    let problem = match place {
        Some(place) => problem.label(place, "the log says why"),
        None if similar.is_empty() => return None,
        None => problem,
    };
    Some(match &similar[..] {
        [] => problem,
        [one] => problem.help(format!("the engine has a similar image: {one}")),
        _ => problem.help(format!("the engine has similar images: {}", similar.join(", "))),
    })
}
