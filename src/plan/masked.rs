//! Masks the secrets in a plan, so that it can be shown.

use super::job_plan::{
    ArtifactsPlan, CachePlan, EnvironmentVariable, ImagePlan, JobPlan, KeyWarning, ServicePlan,
    UnknownCachePolicy,
};
use crate::registry::credential_source::DOCKER_AUTH_CONFIG;

pub(super) use crate::secret::MASKED;

impl JobPlan {
    /// Applies `mask` to every text of the file and to every value, and replaces credentials for registries. Masking
    /// the plan, not the output, works however the output quotes a text.
    #[must_use]
    pub fn masked(mut self, mask: &dyn Fn(&str) -> String) -> Self {
        let texts = self.script.iter_mut().chain(&mut self.after_script).chain(&mut self.pre_get_sources);
        texts.for_each(|item| item.text = mask(&item.text));
        // The value of a variable of type file is a path, which is no secret.
        let is_file = self.variable_files.iter().any(|file| file.key == DOCKER_AUTH_CONFIG);
        let variables = |variables: &mut Vec<EnvironmentVariable>| {
            for variable in variables {
                let is_secret = variable.key == DOCKER_AUTH_CONFIG && !is_file;
                variable.value = if is_secret { MASKED.to_owned() } else { mask(&variable.value) };
            }
        };
        variables(&mut self.variables);
        for service in &mut self.services {
            variables(&mut service.variables);
            mask_service(service, mask);
        }
        mask_image(&mut self.image, mask);
        mask_artifacts(&mut self.artifacts, mask);
        self.caches.iter_mut().for_each(|cache| mask_cache(cache, mask));
        self
    }
}

fn mask_artifacts(artifacts: &mut ArtifactsPlan, mask: &dyn Fn(&str) -> String) {
    let of_reports = artifacts.reports.iter_mut().flat_map(|report| &mut report.paths);
    of_reports.for_each(|path| *path = mask(path));
    if let Some(archive) = &mut artifacts.archive {
        let texts = archive.paths.iter_mut().chain(&mut archive.exclude);
        texts.chain([&mut archive.name]).for_each(|text| *text = mask(text));
    }
}

fn mask_cache(cache: &mut CachePlan, mask: &dyn Fn(&str) -> String) {
    cache.paths.iter_mut().for_each(|path| *path = mask(path));
    if let Err(UnknownCachePolicy(word)) = &mut cache.policy {
        *word = mask(word);
    }
    for resolved in std::iter::once(&mut cache.key).chain(&mut cache.fallback_keys) {
        resolved.key.iter_mut().for_each(|key| *key = mask(key));
        match &mut resolved.warning {
            Some(KeyWarning::Sanitized { written, key }) => {
                (*written, *key) = (mask(written), mask(key));
            }
            Some(KeyWarning::Unusable { written: key } | KeyWarning::Protected { key }) => *key = mask(key),
            None => {}
        }
    }
}

fn mask_service(service: &mut ServicePlan, mask: &dyn Fn(&str) -> String) {
    mask_image(&mut service.image, mask);
    let names = service.aliases.iter_mut().chain(&mut service.network_aliases);
    let texts = names.chain(service.command.iter_mut().flatten());
    texts.chain([&mut service.name, &mut service.version]).for_each(|text| *text = mask(text));
}

fn mask_image(image: &mut ImagePlan, mask: &dyn Fn(&str) -> String) {
    let texts = image.entrypoint.iter_mut().flatten().chain(&mut image.user).chain(&mut image.platform);
    texts.chain([&mut image.reference]).for_each(|text| *text = mask(text));
}

#[cfg(test)]
mod tests {
    use super::super::testing::Case;
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_masked_plan_contains_no_secret() {
        let mut case = Case::new().image("r.io/hunter22:1").service("r.io/x/hunter22", "hunter22");
        case.job.script = super::super::testing::script(&["echo hunter22"]);
        case.job.after_script = super::super::testing::script(&["echo hunter22"]);
        let case = case.variables(&[("A", "a hunter22"), ("DOCKER_AUTH_CONFIG", "{\"auths\": {}}")]);
        let plan = case.service_variables(&[("B", "hunter22")]).planned();
        let plan = plan.masked(&|text| text.replace("hunter22", MASKED));
        assert_eq!(
            (plan.variable("A"), plan.variable("DOCKER_AUTH_CONFIG")),
            (Some("a [MASKED]"), Some(MASKED))
        );
        let of_service = &plan.services[0].variables;
        assert!(of_service.iter().all(|variable| !variable.value.contains("hunter22")), "{of_service:?}");
        let shown = format!("{:?} {:?} {:?} {:?}", plan.image, plan.services, plan.script, plan.after_script);
        assert!(!shown.contains("hunter22"), "{shown}");
    }

    #[test]
    fn the_keys_and_paths_of_a_masked_plan_contain_no_secret() {
        let mut case = Case::new().variables(&[("A", "hunter22"), ("P", "hunter22"), ("B", "hunter22//x")]);
        case.job.artifacts = crate::pipeline::artifacts::Artifacts {
            paths: vec!["hunter22".to_owned()],
            name: Some("$A".to_owned()),
            ..Default::default()
        };
        case.job.caches = ["$A", "$B"].map(|key| super::super::testing::cache(key, "$P")).to_vec();
        let plan = case.planned();
        let shown = |plan: &JobPlan| format!("{:?} {:?}", plan.artifacts, plan.caches);
        assert!(shown(&plan).matches("hunter22").count() > 6, "{}", shown(&plan));
        let plan = plan.masked(&|text| text.replace("hunter22", MASKED));
        assert!(!shown(&plan).contains("hunter22"), "{}", shown(&plan));
    }

    #[test]
    fn the_path_of_a_variable_of_type_file_is_not_masked() {
        let mut case = Case::new();
        let content = Secret::new("{\"auths\": {}}");
        case.facts.variable_files =
            vec![super::super::job_plan::VariableFile { key: DOCKER_AUTH_CONFIG.to_owned(), content }];
        let plan = case.planned().masked(&str::to_owned);
        let path = plan.variable(DOCKER_AUTH_CONFIG).unwrap();
        assert!(path.ends_with(".tmp/DOCKER_AUTH_CONFIG"), "{path}");
    }

    #[test]
    fn a_variable_that_refers_to_one_of_type_file_has_the_path_of_its_file() {
        let mut case = Case::new().variables(&[("OPTION", "--config=$KUBE")]);
        let content = Secret::new("a: 1\n");
        case.facts.variable_files =
            vec![super::super::job_plan::VariableFile { key: "KUBE".to_owned(), content }];
        let plan = case.planned();
        let option = plan.variable("OPTION").unwrap();
        assert!(option.starts_with("--config=/builds/") && option.ends_with(".tmp/KUBE"), "{option}");
    }
}
