//! The services of a job: image, host names, environment.
//!
//! Invariant: no two planned services own the same host name.

use std::collections::HashSet;

use super::image::{expand_name, overrides, too_long, with_unknown_names};
use super::job_plan::{EnvironmentVariable, ServicePlan};
use super::problem;
use crate::pipeline::image::Service;
use crate::pipeline::variables::Expansion;
use crate::registry::pull_policy::PullPolicies;
use crate::registry::reference::Reference;
use crate::registry::service_name::ServiceName;
use crate::source::diagnostic::Diagnostic;
use crate::vars::expand::Lookup;
use crate::vars::scope::last_of_each;

/// Plans `services` in order; those that cannot be started are left out, with the reason among the problems.
pub(super) fn plan_services(
    services: &[Service],
    variables: &Lookup<'_>,
    public_variables: &[EnvironmentVariable],
    policies: &PullPolicies,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ServicePlan> {
    let mut owned = HashSet::new();
    let mut plans = Vec::new();
    for (index, service) in services.iter().enumerate() {
        let context = Context { service, index, variables, public_variables, policies };
        match context.plan(&mut owned, problems) {
            Ok(plan) => plans.extend(plan),
            Err(problem) => problems.push(problem),
        }
    }
    plans
}

struct Context<'a> {
    service: &'a Service,
    index: usize,
    variables: &'a Lookup<'a>,
    public_variables: &'a [EnvironmentVariable],
    policies: &'a PullPolicies,
}

impl Context<'_> {
    /// `None` for a service that GitLab Runner does not start either.
    fn plan(
        &self,
        owned: &mut HashSet<String>,
        problems: &mut Vec<Diagnostic>,
    ) -> Result<Option<ServicePlan>, Diagnostic> {
        let span = self.service.image.name.span;
        let name = expand_name(&self.service.image.name.value, Some(span), self.variables)?;
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
            let warning = problem::warning(Some(span), message);
            problems.push(warning.help("give it an `alias` that no other service has"));
            return Ok(None);
        }
        Ok(Some(ServicePlan {
            image: overrides(&self.service.image, split.image, self.variables, self.policies)?,
            name: split.service,
            version: split.version,
            index: self.index,
            aliases,
            network_aliases,
            command: self.service.command.clone().filter(|words| !words.is_empty()),
            variables: self.environment(problems)?,
        }))
    }

    /// Separated by commas or blanks.
    fn explicit_aliases(&self) -> Result<Vec<String>, Diagnostic> {
        let Some(alias) = &self.service.alias else { return Ok(Vec::new()) };
        let expanded = self.variables.expand("alias", &alias.value);
        let expanded = expanded.map_err(|error| too_long(&error, Some(alias.span)))?;
        let names = expanded.split(|c: char| c == ',' || c.is_whitespace());
        Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// GitLab Runner fails for a service with an alias, and says nothing about one without.
    fn no_image_name(&self, name: &str, without_alias: bool) -> Diagnostic {
        let written = &self.service.image.name;
        let reason = Reference::parse(name).err().map(|error| error.to_string()).unwrap_or_default();
        let problem = if without_alias {
            let message = format!("service `{name}` is not started, as on GitLab: it is no image name");
            problem::warning(Some(written.span), message)
        } else {
            problem::error(Some(written.span), format!("invalid service image name: {name}"))
        };
        with_unknown_names(problem.help(reason), &written.value, self.variables)
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
            problems.push(problem::warning(Some(place), message));
        }
        free
    }

    /// The job's public variables, then the service's own, which see all of the job's but not each other.
    fn environment(&self, problems: &mut Vec<Diagnostic>) -> Result<Vec<EnvironmentVariable>, Diagnostic> {
        let mut environment = self.public_variables.to_vec();
        for variable in &self.service.variables {
            let value = match variable.expansion {
                Expansion::Raw => Ok(variable.value.clone()),
                Expansion::Expanded => self.variables.expand(&variable.key, &variable.value),
            };
            let value = value.map_err(|error| too_long(&error, Some(variable.span)))?;
            let entry = EnvironmentVariable { key: variable.key.clone(), value };
            environment.extend(super::job::usable(entry, Some(variable.span), problems));
        }
        Ok(last_of_each(environment, |variable| variable.key.clone()))
    }
}

#[cfg(test)]
mod tests;
