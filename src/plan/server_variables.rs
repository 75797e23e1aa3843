//! Computes the variables of a job that GitLab's server passes to the runner.

use super::decision::Decision;
use super::facts::Facts;
use super::identity::JobIdentity;
use super::problem;
use crate::pipeline::environment::{self, Environment};
use crate::source::diagnostic::Diagnostic;
use crate::vars::environment::Deployment;
use crate::vars::expand::{Definition, ExpandError};
use crate::vars::layers::{JobVariables, LayeredVariables, ServerVariables};
use crate::vars::predefined::{JobFacts, predefined_of_job};
use crate::vars::run_variables::FileValue;

/// The predefined variables of a job, `CI_ENVIRONMENT_*` excluded: these depend on all others.
pub(super) fn predefined(decision: &Decision<'_>, facts: &Facts, identity: JobIdentity) -> Vec<Definition> {
    let project = facts.project();
    predefined_of_job(&facts.pipeline_facts(&project), &JobFacts::of(decision.job), identity.job_id)
}

/// Expands all layers that the server knows. The names of environments cannot use the variables of dotenv reports,
/// which only `variables` contains.
pub(super) fn server_variables(
    decision: &Decision<'_>,
    variables: JobVariables<'_>,
    predefined: Vec<Definition>,
    problems: &mut Vec<Diagnostic>,
) -> Result<ServerVariables, ExpandError> {
    match &decision.job.environment {
        Some(environment) => {
            let others = decision.variables.over(predefined.clone(), FileValue::Path).expand()?;
            let deployment = deployment(environment, &others, problems);
            with_deployment(&deployment, variables, predefined).expand()
        }
        None => variables.over(predefined, FileValue::Path).expand(),
    }
}

/// The job's `environment`, whose name may refer to other variables.
fn deployment<'e>(
    environment: &'e Environment,
    others: &ServerVariables,
    problems: &mut Vec<Diagnostic>,
) -> Deployment<'e> {
    let deployment = Deployment::new(environment, others);
    if !environment::is_valid_name(&deployment.name) {
        let name = &deployment.name;
        let message = format!("environment name `{name}` is not allowed: it {}", environment::NAME_RULE);
        let warning = problem::warning(Some(environment.span), message);
        problems.push(warning.help("GitLab would not run the job with it"));
    }
    deployment
}

/// Adds the variables of the environment.
fn with_deployment(
    deployment: &Deployment<'_>,
    variables: JobVariables<'_>,
    mut predefined: Vec<Definition>,
) -> LayeredVariables {
    predefined.extend(deployment.predefined());
    variables.over(predefined, FileValue::Path).with_environment(deployment.persisted())
}
