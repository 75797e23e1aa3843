//! The configuration model: what the YAML means, before jobs are selected and variables expanded.
//!
//! Loading returns what could be decoded together with everything that is wrong. A mistake in one job matters only to
//! whoever runs that job, so it is kept beside the valid jobs.

pub mod allow_failure;
pub mod artifacts;
pub mod auto_cancel;
pub mod cache;
pub mod compose;
pub mod decode;
mod deep_merge;
pub mod defaults;
pub mod duration;
pub mod environment;
mod exclusive_keys;
pub mod expression;
pub mod glob;
pub mod image;
pub mod include;
pub mod inert_variables;
pub mod inherit;
pub mod inputs;
mod instance_name;
mod instances;
pub mod job;
pub mod job_checks;
pub mod keywords;
mod loaded_file;
pub mod merged_config;
mod misplaced;
pub mod need_kind;
pub mod needs;
pub mod only;
pub mod parallel;
pub mod path_pattern;
pub mod report_type;
pub mod retry;
pub mod rule_context;
pub mod rules;
pub mod saved_when;
pub mod script;
mod secrets;
mod server_keywords;
mod shapes;
pub mod stages;
mod steps;
mod trigger;
pub mod variables;
pub mod when;
pub mod workflow;

use std::borrow::Cow;

use indexmap::IndexMap;

use self::compose::Composer;
use self::include::{ForeignInclude, Includer, LoadContext};
use self::loaded_file::load_main;
use crate::source::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::map::{FileId, SourceMap};
use crate::source::node::{Node, Value};
use crate::source::reading_budget::ReadingBudget;

/// The most jobs. A decoded job takes some 3 KB, however short it is; GitLab.com runs a few thousand at most.
const JOBS_MAX: usize = 50_000;

/// A decoded `.gitlab-ci.yml` with its includes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The jobs in the order of the file, without hidden ones (`.name`).
    pub jobs: IndexMap<String, job::Job>,
    /// Jobs that GitLab would reject, with the reasons.
    pub broken: IndexMap<String, Diagnostics>,
    /// The global variables.
    pub variables: Vec<variables::Variable>,
    /// The stages in their order, including `.pre` and `.post`.
    pub stages: Vec<String>,
    /// The rules of `workflow`.
    pub workflow: Option<Vec<rules::Rule>>,
    /// What a failed job does to the others, unless a rule of the workflow says so.
    pub on_job_failure: auto_cancel::OnJobFailure,
    pub merged_config: merged_config::MergedConfig,
}

/// Loads a pipeline. `None` means that the whole file is unusable, and the diagnostics say why. If they contain
/// errors, the pipeline must not be run; it is only there to find more mistakes. The diagnostics concern the file as
/// a whole: those of single jobs are in [`job::Job::warnings`] and [`Pipeline::broken`].
pub fn load(map: &mut SourceMap, file: FileId, context: &dyn LoadContext) -> (Option<Pipeline>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut budget = ReadingBudget::default();
    let Some(root) = load_main(map, file, context, &mut budget, &mut diagnostics) else {
        return (None, diagnostics);
    };
    let mut includer = Includer::new(map, context, budget, &mut diagnostics);
    let root = includer.merge_main(root);
    let missing_includes = includer.missing_includes;
    let pipeline = decode_pipeline(root, missing_includes, &mut diagnostics);
    (pipeline, diagnostics)
}

/// Lists the files from elsewhere that a pipeline includes, as far as the copies that exist tell. The diagnostics are
/// those of the file and of the files that it includes, without those of the jobs.
pub fn foreign_includes(
    map: &mut SourceMap,
    file: FileId,
    context: &dyn LoadContext,
) -> (Vec<ForeignInclude>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut budget = ReadingBudget::default();
    let Some(root) = load_main(map, file, context, &mut budget, &mut diagnostics) else {
        return (Vec::new(), diagnostics);
    };
    let mut includer = Includer::new(map, context, budget, &mut diagnostics);
    includer.merge_main(root);
    let foreign = includer.foreign;
    (foreign, diagnostics)
}

/// Decodes a pipeline from the merged tree.
fn decode_pipeline(
    whole: Node,
    missing_includes: Vec<String>,
    diagnostics: &mut Diagnostics,
) -> Option<Pipeline> {
    let root = &whole;
    let Value::Mapping(pairs) = &root.value else {
        let problem = Diagnostic::error(Code::InvalidConfig, "Invalid configuration format");
        let problem = problem.label(root.span, format!("this is {}, not a mapping of jobs", root.kind()));
        diagnostics.push(problem.help("write a job as `NAME:`, and `script:` and other keywords below it"));
        return None;
    };
    if let Some(problem) = too_many_jobs(pairs) {
        diagnostics.push(problem);
        return None;
    }
    let mut composer = Composer::new(pairs, &missing_includes);
    let globals = resolve_globals(root, &mut composer, diagnostics);
    let defaults = defaults::collect_defaults(&globals, diagnostics);
    let variables = match globals.get("variables") {
        Some(node) => {
            variables::decode_variables(node, variables::VariablesOwner::TopLevel, "variables", diagnostics)
        }
        None => Vec::new(),
    };
    let mut stage_diagnostics = Diagnostics::new();
    let stages = stages::decode_stages(decode::present(&globals, "stages"), &mut stage_diagnostics);
    let stages_are_read = !stage_diagnostics.has_errors();
    diagnostics.append(stage_diagnostics);
    let workflow = decode::present(&globals, "workflow")
        .map(|node| workflow::decode_workflow(node, diagnostics))
        .unwrap_or_default();
    let DecodedJobs { mut all, mut broken, partial } =
        decode_jobs(pairs, &mut composer, &defaults, &missing_includes);
    if all.is_empty() && broken.is_empty() && !diagnostics.has_errors() {
        diagnostics.push(no_visible_job(root, &missing_includes));
        return None;
    }
    instances::resolve_needs_of_single_jobs(&mut all);
    // Without valid stages, the stage of a job cannot be checked.
    let known_stages = if stages_are_read { &*stages } else { &[] };
    let among_jobs = job_checks::check_jobs(&all, (&broken, &partial), known_stages, &missing_includes);
    attach_to_jobs(&mut all, &mut broken, among_jobs);
    let merged_config = merged_config::MergedConfig { root: whole, missing_includes, defaults };
    let workflow::Workflow { rules: workflow, on_job_failure } = workflow;
    Some(Pipeline { jobs: all, broken, variables, stages, workflow, on_job_failure, merged_config })
}

fn no_visible_job(root: &Node, missing_includes: &[String]) -> Diagnostic {
    let problem =
        Diagnostic::error(Code::InvalidConfig, "jobs config should contain at least one visible job");
    let problem = problem.label(root.span, "no job in here");
    let mut problem = include::mention_missing_includes(problem, missing_includes);
    let advice = "add a job whose name does not begin with `.`";
    problem.help.get_or_insert_with(|| advice.to_owned());
    problem
}

/// The keywords of a job and its defaults, with the values of the job's own inputs.
fn fill_in_job_inputs<'n>(
    job: &'n Node,
    defaults: &'n defaults::Defaults,
    name: &str,
) -> Result<(Cow<'n, Node>, Cow<'n, defaults::Defaults>), Diagnostics> {
    let mut found = Diagnostics::new();
    let inputs = inputs::job_inputs::JobInputValues::decode(job, &format!("jobs:{name}"), &mut found);
    let (Some(mut inputs), Value::Mapping(pairs), false) = (inputs, &job.value, found.has_errors()) else {
        let is_broken = found.has_errors();
        return if is_broken { Err(found) } else { Ok((Cow::Borrowed(job), Cow::Borrowed(defaults))) };
    };
    let mut fill_in = |keyword: &str, value: &Node| match inputs::job_inputs::count_in(keyword) {
        true => inputs.fill_in(value).map_err(|problem| Diagnostics::from(*problem)),
        false => Ok(value.clone()),
    };
    let own = pairs.iter().map(|(key, value)| Ok((key.clone(), fill_in(&key.key_text(), value)?)));
    let value = Value::Mapping(own.collect::<Result<_, Diagnostics>>()?);
    // What the job has itself replaces the default, whose inputs it need not have.
    let is_replaced = |keyword: &str| pairs.iter().any(|(key, _)| key.key_text() == keyword);
    let defaults = defaults.iter().filter(|(keyword, _)| !is_replaced(keyword));
    let defaults = defaults.map(|(keyword, value)| Ok((keyword, fill_in(keyword, value)?)));
    let defaults = defaults.collect::<Result<defaults::Defaults, Diagnostics>>()?;
    Ok((Cow::Owned(Node { span: job.span, tag: job.tag.clone(), value }), Cow::Owned(defaults)))
}

fn too_many_jobs(pairs: &[(Node, Node)]) -> Option<Diagnostic> {
    let (key, _) = pairs.iter().filter(|(key, _)| is_job(key)).nth(JOBS_MAX)?;
    let message = format!("the pipeline file and its includes have more than {JOBS_MAX} jobs together");
    let problem = Diagnostic::error(Code::Limit, message).label(key.span, "this job exceeds the limit");
    Some(problem.help("remove some of them"))
}

/// The jobs of a file.
struct DecodedJobs {
    /// The valid jobs, with the instances of parallel ones.
    all: IndexMap<String, job::Job>,
    /// What is wrong with the others.
    broken: IndexMap<String, Diagnostics>,
    /// What could be decoded of the broken ones.
    partial: Vec<job::Job>,
}

fn decode_jobs(
    pairs: &[(Node, Node)],
    composer: &mut Composer<'_>,
    defaults: &defaults::Defaults,
    missing_includes: &[String],
) -> DecodedJobs {
    let mut decoded = DecodedJobs { all: IndexMap::new(), broken: IndexMap::new(), partial: Vec::new() };
    for (key, value) in pairs.iter().filter(|(key, _)| is_job(key)) {
        let name = key.key_text();
        let composed = composer.compose_job(&name, value).map_err(|problem| job::BrokenJob::from(*problem));
        let jobs = composed.and_then(|node| {
            let (node, defaults) = fill_in_job_inputs(&node, defaults, &name)?;
            if let (Cow::Owned(node), Cow::Owned(defaults)) = (&node, &defaults) {
                let filled = std::iter::once(node).chain(defaults.iter().map(|(_, value)| value));
                for node in filled {
                    composer.charge_copies(node, 1).map_err(|problem| job::BrokenJob::from(*problem))?;
                }
            }
            let job = job::decode_job(key, &node, &defaults)?;
            let total = job.parallel.as_ref().map_or(0, parallel::Parallel::total);
            composer.charge_copies(&node, total).map_err(|problem| job::BrokenJob::from(*problem))?;
            Ok(instances::split_into_instances(job)?)
        });
        match jobs {
            Ok(jobs) => decoded.all.extend(jobs.into_iter().map(|job| (job.name.value.clone(), job))),
            Err(job::BrokenJob { mut problems, decoded: partial }) => {
                problems.revise(Code::MissingScript, |problem| {
                    explain_missing_script(problem, (key, pairs), missing_includes)
                });
                decoded.broken.insert(name, problems);
                decoded.partial.extend(partial.map(|job| *job));
            }
        }
    }
    decoded
}

/// Adds the probable reason to the error about a job of `pairs` without a script.
fn explain_missing_script(
    problem: Diagnostic,
    (job, pairs): (&Node, &[(Node, Node)]),
    missing_includes: &[String],
) -> Diagnostic {
    match missing_includes.is_empty() {
        true => misplaced::explain_missing_script(problem, job, pairs),
        // The rest of the job may be in an include that was not read.
        false => include::mention_missing_includes(Diagnostic { help: None, ..problem }, missing_includes),
    }
}

/// Attaches diagnostics to their jobs; jobs with errors become broken.
fn attach_to_jobs(
    jobs: &mut IndexMap<String, job::Job>,
    broken: &mut IndexMap<String, Diagnostics>,
    problems: IndexMap<String, Diagnostics>,
) {
    if problems.is_empty() {
        return;
    }
    jobs.retain(|_, job| match problems.get(&job.group) {
        Some(found) => {
            job.warnings.append(found.clone());
            !found.has_errors()
        }
        None => true,
    });
    for (name, found) in problems {
        match broken.get_mut(&name) {
            Some(known) => known.append(found),
            None if found.has_errors() => drop(broken.insert(name, found)),
            None => {}
        }
    }
}

/// The keywords of the top level with their references replaced.
fn resolve_globals(root: &Node, composer: &mut Composer<'_>, diagnostics: &mut Diagnostics) -> Node {
    let Value::Mapping(pairs) = &root.value else { return root.clone() };
    let mut globals = Vec::new();
    for (key, value) in pairs.iter().filter(|(key, _)| keywords::is_global(&key.key_text())) {
        match composer.compose_global(value) {
            Ok(value) => globals.push((key.clone(), value)),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    Node { span: root.span, tag: root.tag.clone(), value: Value::Mapping(globals) }
}

fn is_job(key: &Node) -> bool {
    let name = key.key_text();
    !name.starts_with('.') && !keywords::is_global(&name)
}

#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
