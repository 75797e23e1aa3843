//! What earlier jobs and the working tree give to a job, as plain data.

#![warn(missing_docs)]

use super::artifacts::ReceivedArchive;
use super::job_plan::EnvironmentVariable;
use super::key_hashes::KeyHashes;
use crate::vars::expand::Definition;
use crate::vars::run_variables::RunVariables;

/// What a job's plan depends on beside the pipeline file and the facts. It is known when the producers have ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobInputs {
    /// The variables of dotenv reports, in the order of the producers; of two equal names the later one counts.
    pub dotenv: Vec<EnvironmentVariable>,
    /// The archives to deliver, in the order of their jobs.
    pub received: Vec<ReceivedArchive>,
    /// The hashes in the keys of the job's caches.
    pub key_hashes: KeyHashes,
}

impl JobInputs {
    /// Adds the variables of dotenv reports to those of the run.
    pub(super) fn run_variables(&self, run: RunVariables) -> RunVariables {
        let dotenv = self.dotenv.iter().map(|variable| Definition::new(&variable.key, &variable.value));
        RunVariables { dotenv: dotenv.collect(), ..run }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;
    use crate::pipeline::cache::Cache;

    fn with_dotenv(case: Case, written: &[(&str, &str)]) -> Case {
        let variable = |(key, value): &(&str, &str)| EnvironmentVariable {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
        };
        Case {
            inputs: JobInputs { dotenv: written.iter().map(variable).collect(), ..JobInputs::default() },
            ..case
        }
    }

    #[test]
    fn variables_of_producers_override_the_file_and_give_way_to_the_command_line() {
        let case = Case::new().global(&[("A", "yaml"), ("B", "yaml")]).typed("B", "typed");
        let plan =
            with_dotenv(case, &[("A", "1"), ("B", "2"), ("C", "$A"), ("A", "3"), ("D", "\"x y\"")]).planned();
        let values = ["A", "B", "C", "D"].map(|key| plan.variable(key).unwrap_or_default());
        assert_eq!(values, ["3", "typed", "3", "\"x y\""]);
    }

    #[test]
    fn variables_of_producers_reach_images_services_and_cache_keys() {
        let mut case =
            Case::new().image("busybox:$TAG").service("redis:$TAG", "").variables(&[("V", "v$TAG")]);
        let fallback_keys = vec!["f$TAG".to_owned()];
        case.job.caches = vec![Cache { fallback_keys, ..super::super::testing::cache("k$TAG", "$POLICY") }];
        let plan = with_dotenv(case, &[("TAG", "1.36"), ("POLICY", "pull")]).planned();
        assert_eq!(
            (&*plan.image.reference, &*plan.services[0].image.reference),
            ("busybox:1.36", "redis:1.36")
        );
        assert_eq!(plan.variable("V"), Some("v1.36"));
        let cache = &plan.caches[0];
        assert_eq!(cache.key.key.as_deref(), Some("k1.36"));
        assert_eq!(cache.fallback_keys[0].key.as_deref(), Some("f1.36"));
        assert_eq!(cache.policy, Ok(super::super::caches::CachePolicy::Pull));
        let has_tag = |variables: &[EnvironmentVariable]| variables.iter().any(|known| known.key == "TAG");
        assert!(has_tag(&plan.variables));
        assert!(!has_tag(&plan.services[0].variables), "the file does not name it");
    }

    #[test]
    fn variables_of_producers_do_not_reach_the_name_of_the_environment() {
        let mut case = Case::new().variables(&[("TAG", "yaml")]);
        case.job.environment = Some(crate::pipeline::environment::Environment {
            name: "review/$TAG".to_owned(),
            url: Some("https://$TAG".to_owned()),
            action: "start".to_owned(),
            on_stop: None,
            tier: None,
            span: super::super::testing::span(5),
        });
        let plan = with_dotenv(case, &[("TAG", "report")]).planned();
        assert_eq!(plan.variable("CI_ENVIRONMENT_NAME"), Some("review/yaml"));
        assert_eq!(plan.variable("CI_ENVIRONMENT_URL"), Some("https://report"));
    }
}
