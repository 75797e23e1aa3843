//! Computes the variables of a job that GitLab's server passes to the runner.

use super::decision::Decision;
use super::facts::Facts;
use super::identity::JobIdentity;
use super::problem;
use crate::pipeline::environment::{self, Environment};
use crate::source::diagnostic::Diagnostic;
use crate::vars::env_file::ALL_ENVIRONMENTS;
use crate::vars::environment::Deployment;
use crate::vars::expand::{Definition, ExpandError};
use crate::vars::layers::{JobVariables, LayeredVariables, ServerVariables};
use crate::vars::predefined::{JobFacts, predefined_of_job};
use crate::vars::run_variables::{FileValue, RunVariables};

/// The predefined variables of a job, `CI_ENVIRONMENT_*` excluded: these depend on all others.
pub(super) fn predefined(decision: &Decision<'_>, facts: &Facts, identity: JobIdentity) -> Vec<Definition> {
    let project = facts.project();
    predefined_of_job(&facts.pipeline_facts(&project), &JobFacts::of(decision.job), identity.job_id)
}

/// The variables from outside of the pipeline file, with those of the project that are for the job's environment. Its name
/// is expanded without them, as on GitLab.
pub(super) fn run_variables(
    decision: &Decision<'_>,
    facts: &Facts,
    predefined: &[Definition],
) -> Result<RunVariables, ExpandError> {
    let run = decision.variables.run.clone();
    let has_scope = facts.project_variables.iter().any(|variable| variable.scope != ALL_ENVIRONMENTS);
    let Some(environment) = decision.job.environment.as_ref().filter(|_| has_scope) else { return Ok(run) };
    let others = decision.variables.over(predefined.to_vec(), FileValue::Path).expand()?;
    let name = Deployment::new(environment, &others).name;
    Ok(RunVariables { project: facts.project_definitions(Some(&name)), ..run })
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

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, span};
    use super::*;
    use crate::secret::Secret;
    use crate::vars::env_file;

    fn at(environment: &str) -> Case {
        let mut case = Case::new();
        case.job.environment = Some(Environment {
            name: environment.to_owned(),
            url: None,
            action: "start".to_owned(),
            on_stop: None,
            tier: None,
            span: span(5),
        });
        case
    }

    fn with_env_file(mut case: Case) -> Case {
        let text = "HOST=all\n# environment: review/*\nHOST=review.$SUB\n# environment: production\nHOST=live\n# masked\nTOKEN=12345678\n";
        case.facts.project_variables = env_file::parse(text).unwrap();
        case
    }

    #[test]
    fn variables_of_the_project_for_an_environment_reach_its_jobs_alone() {
        let host = |case: Case| {
            let plan = with_env_file(case).planned();
            ["HOST", "TOKEN"].map(|key| plan.variable(key).unwrap_or_default().to_owned()).join(" ")
        };
        assert_eq!(host(at("review/$SUB").variables(&[("SUB", "main")])), "review.main ");
        assert_eq!(host(at("$WHERE").variables(&[("WHERE", "production")])), "live 12345678");
        assert_eq!(host(at("staging")), "all ");
        assert_eq!(host(Case::new()), "all ");
        assert_eq!(host(at("production").typed("HOST", "typed")), "typed 12345678");
        let secrets = with_env_file(Case::new()).planned().secrets;
        assert!(secrets.contains(&Secret::new("12345678")));
    }
}
