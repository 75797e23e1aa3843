//! Plans the image of a job, and the parts of it that services have, too.

use super::allowed_images::is_allowed;
use super::facts::Facts;
use super::job_plan::ImagePlan;
use super::problem;
use super::runner::{not_allowed, user};
use crate::pipeline::image::Image;
use crate::pipeline::job::Job;
use crate::registry::pull_policy::{PullPolicies, PullPolicy};
use crate::registry::reference::{Reference, ReferenceError};
use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::map::Span;
use crate::vars::expand::{ExpandError, Lookup};

/// Plans the job's image, or else the runner's default image; `None` with an error among the problems.
pub(super) fn plan_image(
    job: &Job,
    facts: &Facts,
    variables: &Lookup<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<ImagePlan> {
    let planned = try_image(job, facts, variables, problems);
    planned.map_err(|problem| problems.push(problem)).ok()
}

fn try_image(
    job: &Job,
    facts: &Facts,
    variables: &Lookup<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Result<ImagePlan, Diagnostic> {
    let image = job.image.as_ref();
    let span = image.map(|image| image.name.span);
    let written = image.map(|image| &*image.name.value).filter(|name| !name.is_empty());
    let expanded = written.map(|name| expand_name(name, span, variables)).transpose()?.unwrap_or_default();
    let default = facts.runner.docker.image.as_deref();
    let default = default.map(|name| expand_name(name, None, variables)).transpose()?;
    let default = default.as_deref().filter(|name| !name.is_empty());
    let (written, reference, span) = match (written, default) {
        (Some(written), _) if !expanded.is_empty() => (written, expanded, span),
        (_, None) => return Err(no_image(job, written, span, variables)),
        (written, Some(default)) => {
            if let Some(written) = written {
                let message = format!("image `{written}` expands to nothing; `{default}` is used");
                let warning = problem::warning(span, message);
                problems.push(with_unknown_names(warning, written, variables));
            }
            (default, default.to_owned(), None)
        }
    };
    if let Err(error) = Reference::parse(&reference) {
        let message = format!("`{reference}` is not a valid image name: {error}");
        let problem = problem::error(span, message).help(match error {
            ReferenceError::UpperCase(_) => "write it in lower case",
            _ => "an image has a name such as `alpine:3.20` or `registry.example.com/group/app:1`",
        });
        return Err(with_unknown_names(problem, written, variables));
    }
    let docker = &facts.runner.docker;
    let is_default = default.is_some_and(|default| default == reference);
    if !is_default && !is_allowed(&docker.allowed_images, &reference) {
        return Err(not_allowed(&reference, "images", &docker.allowed_images, span));
    }
    let plan = match image {
        Some(image) => with_image_settings(image, span, reference, variables, facts, problems)?,
        None => {
            let pull_policies = effective_policies(&facts.pull_policies, &[], &reference, None)?;
            ImagePlan { reference, entrypoint: None, user: None, platform: None, pull_policies, span }
        }
    };
    let user = user(docker, plan.user, span)?;
    Ok(ImagePlan { user, ..plan })
}

/// The error for a job without an image, in GitLab Runner's words.
fn no_image(job: &Job, written: Option<&str>, span: Option<Span>, variables: &Lookup<'_>) -> Diagnostic {
    let message = "no Docker image specified to run the build in";
    let Some(written) = written else {
        let problem = Diagnostic::error(Code::MissingImage, message);
        let remark = format!("neither `{}` nor `default:` names an image", job.group);
        let problem = problem.label(job.name.span, remark);
        return problem.help("write `image:` in the job or in `default:`, or pass `--docker-image IMAGE`");
    };
    with_unknown_names(problem::error(span, message), written, variables)
}

/// Plans the image `reference` with the settings of `image`, which the file defines at `span`.
pub(super) fn with_image_settings(
    image: &Image,
    span: Option<Span>,
    reference: String,
    variables: &Lookup<'_>,
    facts: &Facts,
    problems: &mut Vec<Diagnostic>,
) -> Result<ImagePlan, Diagnostic> {
    let expand = |subject: &str, text: &Option<String>| {
        let expanded = text.as_ref().map(|text| variables.expand(subject, text)).transpose();
        let expanded = expanded.map_err(|error| too_long(&error, span))?;
        Ok(expanded.filter(|text| !text.is_empty()))
    };
    let pull_policies = effective_policies(&facts.pull_policies, &image.pull_policies, &reference, span)?;
    // The engine, too, treats an empty list as a missing one.
    let mut entrypoint = image.entrypoint.clone().filter(|words| !words.is_empty());
    if entrypoint.is_some() && facts.runner.docker.disable_entrypoint_overwrite {
        entrypoint = None;
        let warning = problem::warning(span, format!("Entrypoint override disabled for `{reference}`"));
        problems.push(warning.help("see `disable_entrypoint_overwrite` in the runner's configuration"));
    }
    Ok(ImagePlan {
        reference,
        entrypoint,
        user: expand("docker:user", &image.user)?,
        platform: expand("docker:platform", &image.platform)?,
        pull_policies,
        span,
    })
}

fn effective_policies(
    policies: &PullPolicies,
    written: &[PullPolicy],
    reference: &str,
    span: Option<Span>,
) -> Result<Vec<PullPolicy>, Diagnostic> {
    policies.effective(written).map_err(|error| {
        let message = format!("invalid pull policy for image \"{reference}\": {error}");
        // The mistake is in the runner's configuration or on the command line, not in the file.
        Diagnostic { code: Code::Surroundings, ..problem::error(span, message) }
    })
}

/// Expands an image name twice, as GitLab Runner does.
pub(super) fn expand_name(
    name: &str,
    span: Option<Span>,
    variables: &Lookup<'_>,
) -> Result<String, Diagnostic> {
    let once = variables.expand(name, name);
    let twice = once.and_then(|once| variables.expand(name, &once));
    twice.map_err(|error| too_long(&error, span))
}

/// Adds the undefined variables in `written` to the help text: they are the usual cause of an invalid name.
pub(super) fn with_unknown_names(problem: Diagnostic, written: &str, variables: &Lookup<'_>) -> Diagnostic {
    let unknown = variables.unknown_names(written);
    let Some(first) = unknown.first() else { return problem };
    let problem = Diagnostic { code: Code::UndefinedVariable, ..problem };
    let names: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
    let verb = if unknown.len() == 1 { "is" } else { "are" };
    problem.help(format!(
        "{} {verb} not defined; pass `--variable {first}=VALUE` or write it into .runner-lite.env",
        names.join(", ")
    ))
}

pub(super) fn too_long(error: &ExpandError, span: Option<Span>) -> Diagnostic {
    problem::error(span, error.to_string())
}
