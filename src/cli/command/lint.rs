//! `runner-lite lint`: reports all errors and warnings of pipeline files.

use std::path::{Path, PathBuf};

use crate::cli::command_error::CommandError;
use crate::cli::exit_code;
use crate::cli::options::{LintFormat, LintOptions, ProjectOptions};
use crate::cli::project::{PIPELINE_FILE, PipelineFile, PipelineLocation};
use crate::cli::user_message::tell;
use crate::pipeline::job::JobKind;
use crate::plan::identity::JobIdentity;
use crate::plan::job_inputs::JobInputs;
use crate::plan::job_plan::ServicePlan;
use crate::plan::needs::missing_needs;
use crate::plan::plan_job;
use crate::plan::producers::JobOrder;
use crate::plan::selection::Selector;
use crate::report::console;
use crate::report::hint_text::unprivileged_engine;
use crate::report::lint::file_paths::CheckedFolders;
use crate::report::lint::{self, CheckedFile, fold};
use crate::report::mask::Mask;
use crate::source::diagnostic::{Code, Diagnostic, Severity};
use crate::source::map::SourceMap;

/// Runs `lint` and returns its exit code.
pub fn run(options: LintOptions) -> Result<u8, CommandError> {
    let LintOptions { files, mut project, format } = options;
    project.runner.warnings.iter().for_each(console::warning);
    let current = project.directory.clone();
    let checked: Vec<CheckedFile> = match files.is_empty() {
        true => vec![check(&project, &current)],
        false => files
            .into_iter()
            .map(|file| {
                project.directory = find_project_folder(&file, &current);
                project.file = Some(file);
                check(&project, &current)
            })
            .collect(),
    };
    console::answer(match format {
        LintFormat::Text(style) => lint::text::answer(&checked, style),
        LintFormat::Json => lint::json::answer(&checked).into(),
        LintFormat::CodeQuality => lint::code_quality::answer(&checked).into(),
        LintFormat::Sarif => lint::sarif::answer(&checked).into(),
    });
    match lint::error_count(&checked) {
        0 => Ok(exit_code::PASSED),
        _ => Ok(exit_code::INVALID_CONFIGURATION),
    }
}

/// Finds the folder of the project that a file belongs to: the nearest one above the file with a pipeline file or a
/// repository. A file that another one includes may be in a folder of its own.
fn find_project_folder(file: &Path, current: &Path) -> PathBuf {
    let file = current.join(file);
    let folder = file.parent().unwrap_or(current);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let is_project = |folder: &&Path| folder.join(PIPELINE_FILE).exists() || folder.join(".git").exists();
    folder.ancestors().find(is_project).unwrap_or(&folder).to_owned()
}

/// Finds out where the file and those that it includes lie.
fn checked_folders(options: &ProjectOptions, location: &PipelineLocation, current: &Path) -> CheckedFolders {
    let file = current.join(&location.file);
    // The folders that lead to a file may be links; the file keeps the name that the project has for it.
    let folder = file.parent().and_then(|folder| folder.canonicalize().ok());
    let file = folder.zip(file.file_name()).map(|(folder, name)| folder.join(name)).unwrap_or(file);
    let copies = options.include_dir.as_ref().map(|folder| {
        let folder = current.join(folder);
        folder.canonicalize().unwrap_or(folder)
    });
    CheckedFolders { file, root: location.project_root(options).to_owned(), copies }
}

/// Checks one file, which is named from the folder `current`.
fn check(options: &ProjectOptions, current: &Path) -> CheckedFile {
    let location = PipelineLocation::find(options);
    tell(&location.warnings);
    let folders = checked_folders(options, &location, current);
    let name = location.file.display().to_string();
    match PipelineFile::load(options, location) {
        Ok(file) => {
            let diagnostics = all_diagnostics(&file);
            tell(&file.tree.take_warnings());
            let applied =
                diagnostics.into_iter().map(|diagnostic| options.strictness.apply(&as_linted(diagnostic)));
            let mut mask = Mask::default();
            mask.add(&file.facts.masked_values());
            CheckedFile { name, folders, mask, findings: fold(applied.collect()), map: file.map }
        }
        Err(problems) => {
            let error = |problem| Diagnostic::error(Code::Unreadable, problem);
            let findings = fold(problems.into_iter().map(error).collect());
            CheckedFile { name, folders, map: SourceMap::new(), mask: Mask::default(), findings }
        }
    }
}

/// Collects the diagnostics about the file as a whole and about each job, including those of planning the jobs.
fn all_diagnostics(file: &PipelineFile) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = file.diagnostics.iter().cloned().collect();
    let Some(pipeline) = &file.pipeline else { return all };
    all.extend(pipeline.broken.values().flatten().cloned());
    all.extend(pipeline.jobs.values().flat_map(|job| &job.warnings).cloned());
    // An error in the file as a whole would be repeated for every job.
    if !file.diagnostics.has_errors() {
        let selector = Selector::new(pipeline, &file.facts, &file.tree);
        let decisions: Vec<_> = pipeline.jobs.values().map(|job| selector.decide(job)).collect();
        if selector.without_pipeline().is_none() {
            all.extend(missing_needs(&decisions));
        }
        let scripts = decisions.iter().filter(|decision| decision.job.kind == JobKind::Script);
        let identity = JobIdentity::alone(file.facts.pipeline_id);
        // Keys of caches are not shown, so that their files need not be read.
        let inputs = JobInputs::default();
        let order = JobOrder::new(pipeline, &selector);
        let plan = |decision| {
            let (plan, problems) = plan_job(decision, &file.facts, identity, &inputs, &file.map);
            let engines = plan.into_iter().flat_map(|plan| plan.services).filter_map(unprivileged);
            let problems = problems.into_iter().chain(engines);
            // A variable of another job's dotenv report is known when that job has run.
            let is_known_later = |problem: &Diagnostic| {
                problem.code == Code::UndefinedVariable && order.giver_of_variables(decision).is_some()
            };
            problems.filter(move |problem| !is_known_later(problem)).collect::<Vec<_>>()
        };
        let planned = scripts.flat_map(plan);
        // A job without an image is no mistake: it runs in the runner's default image.
        let is_mistake = |problem: &Diagnostic| match problem.code {
            Code::MissingImage => false,
            Code::Surroundings | Code::UndefinedVariable => !problem.labels.is_empty(),
            _ => true,
        };
        all.extend(planned.filter(is_mistake));
    }
    all
}

/// The warning about a service that is an engine without privileges.
fn unprivileged(service: ServicePlan) -> Option<Diagnostic> {
    let is_engine = service.is_unprivileged_engine();
    let problem = Diagnostic::warning(Code::Surroundings, unprivileged_engine(&service.image.reference));
    is_engine.then(|| service.image.span.into_iter().fold(problem, |problem, span| problem.label(span, "")))
}

/// Makes an error about this machine a warning, because it is no mistake in the file.
fn as_linted(mut diagnostic: Diagnostic) -> Diagnostic {
    if matches!(diagnostic.code, Code::Surroundings | Code::UndefinedVariable) {
        diagnostic.severity = Severity::Warning;
    }
    diagnostic
}
