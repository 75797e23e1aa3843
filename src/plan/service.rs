//! Plans the services of a job: image, host names, environment.
//!
//! Invariant: no two services of a plan have the same host name.

use std::collections::HashSet;

use super::allowed_images::is_allowed;
use super::environment_variables::usable;
use super::facts::Facts;
use super::image::{expand_name, too_long, with_image_settings, with_unknown_names};
use super::job_plan::{EnvironmentVariable, ServicePlan};
use super::problem;
use super::runner::{check_services_limit, not_allowed};
use super::service_name::ServiceName;
use super::shared_settings::SharedSettings;
use crate::pipeline::image::{Image, Service};
use crate::pipeline::variables::{Expansion, Variable};
use crate::registry::reference::Reference;
use crate::runner_config::service as runner_config;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::{FileId, Span, Spanned};
use crate::vars::expand::Lookup;
use crate::vars::layers::last_of_each;

/// The parts of a job's plan that its services depend on.
pub(super) struct ServiceContext<'a> {
    pub(super) facts: &'a Facts,
    /// The container settings in the runner's configuration.
    pub(super) shared: &'a SharedSettings<'a>,
    /// All variables of the job.
    pub(super) variables: &'a Lookup<'a>,
    /// The variables that GitLab Runner passes to services.
    pub(super) public: &'a [EnvironmentVariable],
}

/// Plans the services of the runner's configuration and then those of the job. Services that cannot start are left out,
/// with the reason among the problems.
pub(super) fn plan_services(
    of_job: &[Service],
    context: &ServiceContext<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ServicePlan> {
    let docker = &context.facts.runner.docker;
    let of_runner: Vec<Service> = docker.services.0.iter().filter_map(of_configuration).collect();
    problems.extend(check_services_limit(docker, of_runner.len() + of_job.len()));
    let all = of_runner.iter().map(|service| (service, ServiceOrigin::RunnerConfig));
    let all = all.chain(of_job.iter().map(|service| (service, ServiceOrigin::PipelineFile)));
    let mut owned = HashSet::new();
    let mut plans = Vec::new();
    for (index, (service, origin)) in all.enumerate() {
        match (ServicePlanner { service, origin, index, context }).plan(&mut owned, problems) {
            Ok(plan) => plans.extend(plan),
            Err(problem) => problems.push(problem),
        }
    }
    plans
}

/// Converts a service of the runner's configuration into the form of a job's service. Its spans have no meaning.
fn of_configuration(service: &runner_config::Service) -> Option<Service> {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    let spanned = |text: &String| Spanned { value: text.clone(), span };
    let words = |words: &Vec<String>| Some(words.clone()).filter(|words| !words.is_empty());
    let variables = service.environment.0.iter().map(|(key, value)| Variable {
        key: key.clone(),
        value: value.expose().to_owned(),
        expansion: Expansion::Expanded,
        span,
    });
    Some(Service {
        image: Image {
            name: spanned(service.name.as_ref()?),
            entrypoint: words(&service.entrypoint),
            user: None,
            platform: None,
            pull_policies: Vec::new(),
        },
        alias: service.alias.as_ref().map(spanned),
        command: words(&service.command),
        variables: variables.collect(),
    })
}

/// Which file defines a service.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ServiceOrigin {
    RunnerConfig,
    PipelineFile,
}

struct ServicePlanner<'a> {
    service: &'a Service,
    origin: ServiceOrigin,
    index: usize,
    context: &'a ServiceContext<'a>,
}

impl ServicePlanner<'_> {
    /// Plans the service; `None` for one that GitLab Runner does not start either.
    fn plan(
        &self,
        owned: &mut HashSet<String>,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<Option<ServicePlan>, Diagnostic> {
        let ServiceContext { facts, shared, variables, .. } = self.context;
        let span = self.span(self.service.image.name.span);
        let name = expand_name(&self.service.image.name.value, span, variables)?;
        self.check_allowed(&name)?;
        let explicit = self.explicit_aliases()?;
        let split = ServiceName::split(&name);
        if split.service.is_empty() {
            let problem = self.invalid_image_name(&name, explicit.is_empty());
            return if explicit.is_empty() {
                problems.push(problem);
                Ok(None)
            } else {
                Err(problem)
            };
        }
        let network_aliases: Vec<String> = split.host_names.into_iter().chain(explicit).collect();
        let aliases = self.free_aliases(&name, &network_aliases, owned, problems);
        if aliases.is_empty() {
            let message = format!(
                "service \"{name}\" (services[{}]) is not started: all of its names are in use",
                self.index
            );
            let warning = problem::warning(span, message);
            problems.push(warning.help("give it an `alias` that no other service has"));
            return Ok(None);
        }
        let settings = shared.of_service(&name, &split.image);
        Ok(Some(ServicePlan {
            image: with_image_settings(&self.service.image, span, split.image, variables, facts, problems)?,
            name: split.service,
            version: split.version,
            index: self.index,
            aliases,
            network_aliases,
            command: self.service.command.clone().filter(|words| !words.is_empty()),
            variables: self.environment(problems)?,
            settings,
        }))
    }

    /// The span of a service in the pipeline file; `None` for one in the runner's configuration.
    fn span(&self, span: Span) -> Option<Span> {
        (self.origin == ServiceOrigin::PipelineFile).then_some(span)
    }

    /// Checks `allowed_services`. Jobs may also use every service of the runner's configuration.
    fn check_allowed(&self, name: &str) -> Result<(), Diagnostic> {
        let ServiceContext { facts, variables, .. } = self.context;
        let docker = &facts.runner.docker;
        if self.origin == ServiceOrigin::RunnerConfig || is_allowed(&docker.allowed_services, name) {
            return Ok(());
        }
        let of_runner = docker.services.0.iter().filter_map(|service| service.name.as_ref());
        for other in of_runner {
            if expand_name(other, None, variables)? == name {
                return Ok(());
            }
        }
        let span = self.span(self.service.image.name.span);
        Err(not_allowed(name, "services", &docker.allowed_services, span))
    }

    /// The names in `alias`, separated by commas or blanks.
    fn explicit_aliases(&self) -> Result<Vec<String>, Diagnostic> {
        let Some(alias) = &self.service.alias else { return Ok(Vec::new()) };
        let expanded = self.context.variables.expand("alias", &alias.value);
        let expanded = expanded.map_err(|error| too_long(&error, self.span(alias.span)))?;
        let names = expanded.split(|c: char| c == ',' || c.is_whitespace());
        Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// The problem of an invalid image name. GitLab Runner fails the job if the service has an alias, and ignores the
    /// service otherwise.
    fn invalid_image_name(&self, name: &str, without_alias: bool) -> Diagnostic {
        let written = &self.service.image.name;
        let reason = Reference::parse(name).err().map(|error| error.to_string()).unwrap_or_default();
        let problem = if without_alias {
            let message =
                format!("service `{name}` is not started, as on GitLab: it is not a valid image name");
            problem::warning(self.span(written.span), message)
        } else {
            problem::error(self.span(written.span), format!("invalid service image name: {name}"))
        };
        with_unknown_names(problem.help(reason), &written.value, self.context.variables)
    }

    /// The host names that no earlier service has. The warning has GitLab Runner's words.
    fn free_aliases(
        &self,
        name: &str,
        asked: &[String],
        owned: &mut HashSet<String>,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<String> {
        let mut free = Vec::new();
        for alias in asked {
            if owned.insert(alias.clone()) {
                free.push(alias.clone());
                continue;
            }
            let message = format!(
                "Skipping alias \"{alias}\" for service \"{name}\" (services[{}]): \
                 alias is already in use by another service.",
                self.index
            );
            let place = self.service.alias.as_ref().map_or(self.service.image.name.span, |alias| alias.span);
            problems.push(problem::warning(self.span(place), message));
        }
        free
    }

    /// The job's public variables and the service's own. References in the latter are to variables of the job, not to
    /// each other.
    fn environment(&self, problems: &mut Vec<Diagnostic>) -> Result<Vec<EnvironmentVariable>, Diagnostic> {
        let mut environment = self.context.public.to_vec();
        for variable in &self.service.variables {
            let value = match variable.expansion {
                Expansion::Raw => Ok(variable.value.clone()),
                Expansion::Expanded => self.context.variables.expand(&variable.key, &variable.value),
            };
            let span = self.span(variable.span);
            let value = value.map_err(|error| too_long(&error, span))?;
            let entry = EnvironmentVariable { key: variable.key.clone(), value };
            environment.extend(usable(entry, |_| span, problems));
        }
        Ok(last_of_each(environment, |variable| variable.key.clone()))
    }
}

#[cfg(test)]
mod tests;
