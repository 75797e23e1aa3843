//! The services of a job: image, host names, environment.
//!
//! Invariant: no two planned services own the same host name.

use std::collections::HashSet;

use super::allowed::is_allowed;
use super::container::Shared;
use super::environment_variables::usable;
use super::facts::Facts;
use super::image::{expand_name, overrides, too_long, with_unknown_names};
use super::job_plan::{EnvironmentVariable, ServicePlan};
use super::problem;
use super::runner::{check_services_limit, not_allowed};
use super::service_name::ServiceName;
use crate::pipeline::image::{Image, Service};
use crate::pipeline::variables::{Expansion, Variable};
use crate::registry::reference::Reference;
use crate::runner_config::service as runner_config;
use crate::source::diagnostic::Diagnostic;
use crate::source::map::{FileId, Span, Spanned};
use crate::vars::expand::Lookup;
use crate::vars::layers::last_of_each;

/// What services are planned with.
pub(super) struct Surroundings<'a> {
    pub(super) facts: &'a Facts,
    /// What the runner's configuration gives containers.
    pub(super) shared: &'a Shared<'a>,
    /// All variables of the job.
    pub(super) variables: &'a Lookup<'a>,
    /// Those that services see.
    pub(super) public_variables: &'a [EnvironmentVariable],
}

/// Plans the services of the configuration and then those of the job; those that cannot be started are left out, with
/// the reason among the problems.
pub(super) fn plan_services(
    of_job: &[Service],
    surroundings: &Surroundings<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ServicePlan> {
    let docker = &surroundings.facts.runner.docker;
    let of_runner: Vec<Service> = docker.services.0.iter().filter_map(of_configuration).collect();
    problems.extend(check_services_limit(docker, of_runner.len() + of_job.len()));
    let all = of_runner.iter().map(|service| (service, Origin::Runner));
    let all = all.chain(of_job.iter().map(|service| (service, Origin::Job)));
    let mut owned = HashSet::new();
    let mut plans = Vec::new();
    for (index, (service, origin)) in all.enumerate() {
        match (Context { service, origin, index, surroundings }).plan(&mut owned, problems) {
            Ok(plan) => plans.extend(plan),
            Err(problem) => problems.push(problem),
        }
    }
    plans
}

/// A service of the runner's configuration in the form of one of a job; its places mean nothing.
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

/// Where a service is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Runner,
    Job,
}

struct Context<'a> {
    service: &'a Service,
    origin: Origin,
    index: usize,
    surroundings: &'a Surroundings<'a>,
}

impl Context<'_> {
    /// `None` for a service that GitLab Runner does not start either.
    fn plan(
        &self,
        owned: &mut HashSet<String>,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<Option<ServicePlan>, Diagnostic> {
        let Surroundings { facts, shared, variables, .. } = self.surroundings;
        let span = self.place(self.service.image.name.span);
        let name = expand_name(&self.service.image.name.value, span, variables)?;
        self.check_allowed(&name)?;
        let explicit = self.explicit_aliases()?;
        let split = ServiceName::split(&name);
        if split.service.is_empty() {
            let problem = self.no_image_name(&name, explicit.is_empty());
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
            image: overrides(&self.service.image, span, split.image, variables, facts, problems)?,
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

    /// A place of the pipeline file; the configuration has none.
    fn place(&self, span: Span) -> Option<Span> {
        (self.origin == Origin::Job).then_some(span)
    }

    /// Services of the configuration may always be used, by jobs as well.
    fn check_allowed(&self, name: &str) -> Result<(), Diagnostic> {
        let Surroundings { facts, variables, .. } = self.surroundings;
        let docker = &facts.runner.docker;
        if self.origin == Origin::Runner || is_allowed(&docker.allowed_services, name) {
            return Ok(());
        }
        let of_runner = docker.services.0.iter().filter_map(|service| service.name.as_ref());
        for other in of_runner {
            if expand_name(other, None, variables)? == name {
                return Ok(());
            }
        }
        let span = self.place(self.service.image.name.span);
        Err(not_allowed(name, "services", &docker.allowed_services, span))
    }

    /// Separated by commas or blanks.
    fn explicit_aliases(&self) -> Result<Vec<String>, Diagnostic> {
        let Some(alias) = &self.service.alias else { return Ok(Vec::new()) };
        let expanded = self.surroundings.variables.expand("alias", &alias.value);
        let expanded = expanded.map_err(|error| too_long(&error, self.place(alias.span)))?;
        let names = expanded.split(|c: char| c == ',' || c.is_whitespace());
        Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// GitLab Runner fails for a service with an alias, and says nothing about one without.
    fn no_image_name(&self, name: &str, without_alias: bool) -> Diagnostic {
        let written = &self.service.image.name;
        let reason = Reference::parse(name).err().map(|error| error.to_string()).unwrap_or_default();
        let problem = if without_alias {
            let message = format!("service `{name}` is not started, as on GitLab: it is no image name");
            problem::warning(self.place(written.span), message)
        } else {
            problem::error(self.place(written.span), format!("invalid service image name: {name}"))
        };
        with_unknown_names(problem.help(reason), &written.value, self.surroundings.variables)
    }

    /// The names that no service before has; the warning is GitLab Runner's.
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
            problems.push(problem::warning(self.place(place), message));
        }
        free
    }

    /// The job's public variables, then the service's own, which see all of the job's but not each other.
    fn environment(&self, problems: &mut Vec<Diagnostic>) -> Result<Vec<EnvironmentVariable>, Diagnostic> {
        let mut environment = self.surroundings.public_variables.to_vec();
        for variable in &self.service.variables {
            let value = match variable.expansion {
                Expansion::Raw => Ok(variable.value.clone()),
                Expansion::Expanded => self.surroundings.variables.expand(&variable.key, &variable.value),
            };
            let span = self.place(variable.span);
            let value = value.map_err(|error| too_long(&error, span))?;
            let entry = EnvironmentVariable { key: variable.key.clone(), value };
            environment.extend(usable(entry, |_| span, problems));
        }
        Ok(last_of_each(environment, |variable| variable.key.clone()))
    }
}

#[cfg(test)]
mod tests;
