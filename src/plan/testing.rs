//! Jobs and facts for tests of planning.

use std::path::PathBuf;
use std::rc::Rc;

use indexmap::IndexMap;

use super::facts::Facts;
use super::identity::{JobIdentity, SlotStore};
use super::job_inputs::JobInputs;
use super::job_plan::{JobPlan, ScriptItem};
use super::plan_job;
use super::selection::Selector;
use crate::pipeline::Pipeline;
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::artifacts::Artifacts;
use crate::pipeline::cache::{Cache, KeySource};
use crate::pipeline::image::{Image, Service};
use crate::pipeline::inherit::Inherit;
use crate::pipeline::job::{Job, JobKind};
use crate::pipeline::merged_config::MergedConfig;
use crate::pipeline::retry::Retry;
use crate::pipeline::rule_context::RuleFiles;
use crate::pipeline::saved_when::SavedWhen;
use crate::pipeline::variables::{Expansion, Variable};
use crate::pipeline::when::When;
use crate::registry::pull_policy::PullPolicies;
use crate::runner_config::RunnerConfig;
use crate::source::diagnostic::{Diagnostic, Severity};
use crate::source::map::{FileId, SourceMap, Span, Spanned};

/// A job as decoded from a file. Its spans start at numbers that tests can recognise.
pub(crate) struct Case {
    pub(crate) job: Job,
    pub(crate) pipeline: Pipeline,
    pub(crate) facts: Facts,
    pub(super) inputs: JobInputs,
}

/// The span of the job's image.
pub(super) const IMAGE: usize = 10;
/// The span of the first service's name. Its alias is at the next number, the next service ten numbers further.
pub(super) const SERVICE: usize = 100;
/// The span of the job's first variable. The others follow at the next numbers.
pub(super) const VARIABLE: usize = 1000;
/// The span of the first global variable.
pub(super) const GLOBAL: usize = 2000;

pub(super) fn span(start: usize) -> Span {
    Span { file: FileId(0), start, end: start + 1 }
}

fn spanned(start: usize, text: &str) -> Spanned<String> {
    Spanned { value: text.to_owned(), span: span(start) }
}

fn variables(start: usize, written: &[(&str, &str)]) -> Vec<Variable> {
    let variable = |(index, (key, value)): (usize, &(&str, &str))| Variable {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
        expansion: Expansion::Expanded,
        span: span(start + index),
    };
    written.iter().enumerate().map(variable).collect()
}

pub(super) fn image(start: usize, name: &str) -> Image {
    Image {
        name: spanned(start, name),
        entrypoint: None,
        user: None,
        platform: None,
        pull_policies: Vec::new(),
    }
}

/// Commands that no file has.
pub(crate) fn script(commands: &[&str]) -> Vec<Spanned<String>> {
    commands.iter().map(|command| spanned(3000, command)).collect()
}

/// The texts of commands.
pub(crate) fn texts(items: &[ScriptItem]) -> Vec<&str> {
    items.iter().map(|item| &*item.text).collect()
}

/// A cache of `vendor` with this key and this policy.
pub(super) fn cache(key: &str, policy: &str) -> Cache {
    Cache {
        key: KeySource::Text(key.to_owned()),
        fallback_keys: vec![key.to_owned()],
        paths: vec!["vendor".to_owned()],
        untracked: false,
        policy: policy.to_owned(),
        when: SavedWhen::OnSuccess,
        span: span(4000),
    }
}

/// A project without files.
pub(super) struct EmptyProject;

impl RuleFiles for EmptyProject {
    fn changed_files(&self, _: Option<&str>) -> Option<Rc<[String]>> {
        None
    }

    fn all_files(&self) -> Rc<[String]> {
        Rc::default()
    }
}

/// Facts about `/home/me/shop` without git.
fn facts() -> Facts {
    Facts {
        git: None,
        project_directory: PathBuf::from("/home/me/shop"),
        committed: None,
        now: "2024-01-02T03:04:05Z".parse().unwrap(),
        runner: RunnerConfig::default(),
        pull_policies: PullPolicies::default(),
        environment_auth: None,
        docker_config: None,
        project_variables: Vec::new(),
        variables: Vec::new(),
        variable_files: Vec::new(),
        config_file: ".gitlab-ci.yml".to_owned(),
        pipeline_id: 1,
        pipeline_iid: 1,
        event: None,
        merge_request: None,
        slots: SlotStore::Unopened,
        executable_arch: "linux/amd64".to_owned(),
        version: "0.1.0".to_owned(),
        timeout: None,
    }
}

impl Case {
    /// Job `test` with image `ruby:2.6` and script `make`, in `/home/me/shop`, without git.
    pub(crate) fn new() -> Self {
        let job = Job {
            name: spanned(1, "test"),
            group: "test".to_owned(),
            parallel: None,
            instance: None,
            stage: "test".to_owned(),
            stage_span: None,
            image: Some(image(IMAGE, "ruby:2.6")),
            services: Vec::new(),
            variables: Vec::new(),
            before_script: Vec::new(),
            script: script(&["make"]),
            after_script: Vec::new(),
            timeout: None,
            allow_failure: AllowFailure::No,
            when: When::OnSuccess,
            start_in: None,
            resource_group: None,
            rules: None,
            only: None,
            except: None,
            needs: None,
            dependencies: None,
            artifacts: Artifacts::default(),
            caches: Vec::new(),
            retry: Retry::default(),
            environment: None,
            coverage: None,
            pre_get_sources: Vec::new(),
            inherit: Inherit::default(),
            kind: JobKind::Script,
            warnings: crate::source::diagnostic::Diagnostics::new(),
        };
        Self {
            job,
            pipeline: Pipeline {
                jobs: IndexMap::new(),
                broken: IndexMap::new(),
                variables: Vec::new(),
                stages: Vec::new(),
                workflow: None,
                on_job_failure: Default::default(),
                merged_config: MergedConfig::nothing(),
            },
            facts: facts(),
            inputs: JobInputs::default(),
        }
    }

    pub(super) fn image(mut self, name: &str) -> Self {
        self.job.image = Some(image(IMAGE, name));
        self
    }

    pub(crate) fn variables(mut self, written: &[(&str, &str)]) -> Self {
        self.job.variables = variables(VARIABLE, written);
        self
    }

    pub(super) fn global(mut self, written: &[(&str, &str)]) -> Self {
        self.pipeline.variables = variables(GLOBAL, written);
        self
    }

    pub(super) fn typed(mut self, key: &str, value: &str) -> Self {
        let variable = super::job_plan::EnvironmentVariable { key: key.to_owned(), value: value.to_owned() };
        self.facts.variables.push(variable);
        self
    }

    /// Adds a service, without `alias` if the text is empty.
    pub(crate) fn service(mut self, name: &str, alias: &str) -> Self {
        let start = SERVICE + 10 * self.job.services.len();
        let alias = (!alias.is_empty()).then(|| spanned(start + 1, alias));
        let image = image(start, name);
        self.job.services.push(Service { image, alias, command: None, variables: Vec::new() });
        self
    }

    /// Sets `variables` of the last service.
    pub(super) fn service_variables(mut self, written: &[(&str, &str)]) -> Self {
        self.job.services.last_mut().unwrap().variables = variables(3000, written);
        self
    }

    pub(crate) fn plan(&self) -> (Option<JobPlan>, Vec<Diagnostic>) {
        self.plan_as(JobIdentity::alone(self.facts.pipeline_id))
    }

    /// The plan of the job with that id, in that slot.
    pub(crate) fn plan_as(&self, identity: JobIdentity) -> (Option<JobPlan>, Vec<Diagnostic>) {
        let selector = Selector::new(&self.pipeline, &self.facts, &EmptyProject);
        plan_job(&selector.decide(&self.job), &self.facts, identity, &self.inputs, &SourceMap::new())
    }

    /// The plan of a case that has no problems.
    #[track_caller]
    pub(super) fn planned(&self) -> JobPlan {
        let (plan, problems) = self.plan();
        assert_eq!(problems, []);
        plan.unwrap()
    }

    /// The problems, one per line, as `severity span: message (help)`. With an error there must be no plan.
    #[track_caller]
    pub(crate) fn problems(&self) -> String {
        let (plan, problems) = self.plan();
        assert_eq!(plan.is_none(), problems.iter().any(|problem| problem.severity == Severity::Error));
        problems.iter().map(show).collect()
    }
}

fn show(problem: &Diagnostic) -> String {
    let place = problem.labels.first().map(|label| format!(" {}", label.span.start)).unwrap_or_default();
    let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!("{severity}{place}: {}{help}\n", problem.message)
}
