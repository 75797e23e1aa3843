//! `artifacts get`: extracts what a job has stored.

use std::path::Path;

use super::globs::ArchiveGlob;
use super::now;
use crate::cli::command::stored_runs::read_runs;
use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::exit_code;
use crate::cli::options::{ExtractTarget, GetArtifactsOptions};
use crate::cli::project::{JobInRun, find_run, jobs_of, store_failure, unknown_stored_job};
use crate::cli::user_message::{UserMessage, tell};
use crate::collect::glob::GlobError;
use crate::error_chain::chain;
use crate::report::artifacts::{NOT_COLLECTED, NOT_DUE, NOTHING_MATCHED, extracted_text};
use crate::report::console;
use crate::report::shell_word::quoted;
use crate::store::{
    ArtifactsRecord, ExtractError, ExtractFolder, Extracted, StoredArchive, StoredRun, ZipFile,
};
use crate::suggest::closest;

/// Extracts artifacts and returns the exit code.
pub fn get(options: &GetArtifactsOptions) -> Result<u8, CommandError> {
    let globs = compile(&options.globs)?;
    let runs = read_runs(&options.project)?;
    let named = options.run.as_deref().map(|name| find_run(&runs, name)).transpose()?;
    let (jobs, warning) = jobs_of(named.map_or(&runs, std::slice::from_ref));
    tell(warning.as_slice());
    let of_job: Vec<&JobInRun<'_>> =
        jobs.iter().filter(|found| found.job.record().name == options.job).collect();
    let Some(newest) = of_job.first().copied() else {
        return Err(unknown_stored_job(
            &options.job,
            named.map(StoredRun::id),
            jobs.iter().map(JobInRun::name),
        ));
    };
    let has_it = |found: &&&JobInRun<'_>| match &options.report {
        Some(kind) => found.job.record().reports.iter().any(|report| report.kind == *kind),
        None => matches!(found.job.record().artifacts, ArtifactsRecord::Stored { .. }),
    };
    let Some(found) = of_job.iter().find(has_it) else {
        return Err(CommandError::new(CommandErrorKind::Usage, nothing_stored(options, newest)));
    };
    // As long as the archive is read, nobody removes the run.
    let pin = found.run.pin(now()).map_err(store_failure)?;
    let _pin = pin.ok_or_else(|| {
        let run = found.run.id().as_str();
        CommandError::new(
            CommandErrorKind::System,
            format!("another process is removing run {run}; try again"),
        )
    })?;
    let archive = match &options.report {
        Some(kind) => found.job.report(kind),
        None => found.job.archive(),
    };
    let archive = archive.map_err(store_failure)?;
    let Some(archive) = archive else {
        return Err(CommandError::new(CommandErrorKind::Usage, nothing_stored(options, newest)));
    };
    let extracted = extract(&archive, &options.target, &globs)
        .map_err(|error| CommandError::new(CommandErrorKind::System, chain(&error)))?;
    ensure_matched(&globs, &extracted, options)?;
    let target = match &options.target {
        ExtractTarget::Folder(path) | ExtractTarget::Zip(path) => path.display(),
    };
    let run = found.run.record().map_or(found.run.id().as_str().to_owned(), |record| record.iid.to_string());
    console::line(format_args!(
        "{} of `{}` in run {run} to {target}: {}",
        options.report.as_ref().map_or("Artifacts".to_owned(), |kind| format!("Report {kind}")),
        options.job,
        extracted_text(&extracted)
    ));
    Ok(exit_code::PASSED)
}

fn extract(
    archive: &StoredArchive,
    target: &ExtractTarget,
    globs: &[ArchiveGlob],
) -> Result<Extracted, ExtractError> {
    // Every pattern is asked, so that those without a match are known.
    let is_selected =
        |path: &Path| globs.is_empty() || globs.iter().filter(|glob| glob.selects(path)).count() > 0;
    match target {
        ExtractTarget::Folder(folder) => ExtractFolder::open(folder)?.extract(archive, is_selected),
        ExtractTarget::Zip(file) => ZipFile::create(file)?.export(archive, is_selected),
    }
}

/// Compiles the patterns.
fn compile(globs: &[String]) -> Result<Vec<ArchiveGlob>, CommandError> {
    let compiled = globs.iter().map(|text| {
        ArchiveGlob::new(text).map_err(|error| {
            let why = match error {
                GlobError::Malformed => "a bracket or brace is not closed",
                GlobError::TooManyAlternatives => "its braces expand to too many alternatives",
            };
            CommandError::new(CommandErrorKind::Usage, format!("`{text}` is not a valid pattern: {why}"))
        })
    });
    compiled.collect()
}

/// Warns of patterns without a match.
///
/// # Errors
/// None of them has one. A zip archive without an entry is removed.
fn ensure_matched(
    globs: &[ArchiveGlob],
    extracted: &Extracted,
    options: &GetArtifactsOptions,
) -> Result<(), CommandError> {
    let unmatched: Vec<String> = globs
        .iter()
        .filter(|glob| !glob.has_matched.get())
        .map(|glob| format!("no file of `{}` matches `{}`", options.job, glob.text))
        .collect();
    if unmatched.len() < globs.len() || globs.is_empty() {
        unmatched.iter().for_each(console::warning);
        return Ok(());
    }
    if let (ExtractTarget::Zip(file), 0) = (&options.target, extracted.files) {
        // The error to tell is that nothing matches.
        let _ = std::fs::remove_file(file);
    }
    let advice = format!("`runner-lite artifacts list {}` shows its files", quoted(&options.job));
    Err(CommandError {
        kind: CommandErrorKind::Usage,
        messages: unmatched.into_iter().map(UserMessage::Error).chain([UserMessage::Text(advice)]).collect(),
    })
}

/// Why there is nothing to extract, and what there is.
fn nothing_stored(options: &GetArtifactsOptions, newest: &JobInRun<'_>) -> String {
    let record = newest.job.record();
    if let Some(kind) = &options.report {
        let kinds: Vec<&str> = record.reports.iter().map(|report| &*report.kind).collect();
        let advice = match closest(kind, kinds.iter().copied()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if kinds.is_empty() => String::new(),
            None => format!("; there is {}", kinds.join(", ")),
        };
        return format!("`{}` has stored no report `{kind}`{advice}", options.job);
    }
    let why = match record.artifacts {
        ArtifactsRecord::NothingMatched => NOTHING_MATCHED,
        ArtifactsRecord::NotDue => NOT_DUE,
        ArtifactsRecord::NotCollected => NOT_COLLECTED,
        ArtifactsRecord::Failed => "they could not be stored",
        ArtifactsRecord::Expired => "they have expired",
        ArtifactsRecord::NotConfigured | ArtifactsRecord::Stored { .. } => "it has no `artifacts:paths`",
    };
    format!("no artifacts of `{}` are stored: {why}", options.job)
}
