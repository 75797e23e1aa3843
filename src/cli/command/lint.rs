//! `runner-lite lint`: everything that is wrong with pipeline files, at once.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::exit_code;
use crate::cli::options::{Format, ProjectOptions};
use crate::cli::print;
use crate::cli::project::location::{FILE, Place};
use crate::cli::project::pipeline_file::Reading;
use crate::pipeline::job::JobKind;
use crate::pipeline::when::When;
use crate::plan::identity::JobIdentity;
use crate::plan::needs::missing_needs;
use crate::plan::plan_job;
use crate::plan::selection::Selector;
use crate::report::lint::{self, Checked, fold};
use crate::report::mask::Mask;
use crate::report::style::Style;
use crate::source::diagnostic::{Code, Diagnostic, Severity};
use crate::source::map::SourceMap;

/// `lint`, decided.
pub struct LintOptions {
    /// The files; none for the project's own.
    pub files: Vec<PathBuf>,
    /// What they are read with.
    pub project: ProjectOptions,
    /// How the answer looks.
    pub format: Format,
    /// Colours of the answer.
    pub style: Style,
}

/// Runs `lint` and gives its exit code.
pub fn run(options: LintOptions) -> ExitCode {
    let LintOptions { files, mut project, format, style } = options;
    project.runner.say_warnings();
    let checked: Vec<Checked> = match files.is_empty() {
        true => vec![check(&project)],
        false => files
            .into_iter()
            .map(|file| {
                project.directory = project_of(&file, &project.directory);
                project.file = Some(file);
                check(&project)
            })
            .collect(),
    };
    print(&match format {
        Format::Text => lint::text(&checked, style),
        Format::Json => lint::json(&checked),
    });
    match lint::error_count(&checked) {
        0 => ExitCode::from(exit_code::PASSED),
        _ => ExitCode::from(exit_code::INVALID_CONFIGURATION),
    }
}

/// The folder of a file's project, from which its repository is found: its own, or the nearest above it with a
/// pipeline file, for parts of one that are kept below it.
fn project_of(file: &Path, current: &Path) -> PathBuf {
    let file = current.join(file);
    let folder = file.parent().unwrap_or(current);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let is_project = |folder: &&Path| folder.join(FILE).exists() || folder.join(".git").exists();
    folder.ancestors().find(is_project).unwrap_or(&folder).to_owned()
}

/// Looks at one file.
fn check(options: &ProjectOptions) -> Checked {
    let place = Place::of(options);
    let name = place.file.display().to_string();
    match Reading::of(options, place) {
        Ok(reading) => {
            let found = everything(&reading);
            let judged = found.iter().map(|finding| options.strictness.judge(&as_linted(finding)));
            let mut mask = Mask::default();
            mask.add(&reading.facts.masked_values());
            Checked { name, mask, findings: fold(judged.collect()), map: reading.map }
        }
        Err(problems) => {
            let error = |problem| Diagnostic::error(Code::Unreadable, problem);
            let findings = fold(problems.into_iter().map(error).collect());
            Checked { name, map: SourceMap::new(), mask: Mask::default(), findings }
        }
    }
}

/// What was found in the file as a whole, in each of its jobs, and in planning them.
fn everything(reading: &Reading) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = reading.found.iter().cloned().collect();
    let Some(pipeline) = &reading.pipeline else { return all };
    all.extend(pipeline.broken.values().flatten().cloned());
    all.extend(pipeline.jobs.values().flat_map(|job| &job.warnings).cloned());
    // What is wrong in the file as a whole would be found again in every job.
    if !reading.found.has_errors() {
        let selector = Selector::new(pipeline, &reading.facts, &reading.tree);
        let workflow = selector.workflow();
        let decided: Vec<_> = pipeline.jobs.values().map(|job| (job, selector.select(job))).collect();
        if workflow.is_none_or(|workflow| workflow.when != When::Never) {
            all.extend(missing_needs(&decided));
        }
        let of_workflow = workflow.and_then(|workflow| workflow.rule);
        let scripts = decided.iter().filter(|(job, _)| job.kind == JobKind::Script);
        let identity = JobIdentity::alone(reading.facts.pipeline_id);
        let planned = scripts.flat_map(|(job, selection)| {
            plan_job(job, [of_workflow, selection.rule], pipeline, &reading.facts, identity).1
        });
        // Jobs without an image run in the runner's own.
        all.extend(planned.filter(|found| found.code != Code::Surroundings || !found.labels.is_empty()));
    }
    all
}

/// What this machine lacks is no mistake in the file.
fn as_linted(finding: &Diagnostic) -> Diagnostic {
    let mut finding = finding.clone();
    if finding.code == Code::Surroundings {
        finding.severity = Severity::Warning;
    }
    finding
}
