//! `runner-lite exec`: read the file, plan the job, run it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;

use super::options::ExecOptions;
use super::{exit, say, signals};
use crate::credentials::memory::Helpers;
use crate::engine::Engine;
use crate::executor::outcome::chain;
use crate::executor::{event, execute, shutdown};
use crate::git::facts::GitFacts;
use crate::pipeline::{self, Pipeline};
use crate::plan::facts::Facts;
use crate::plan::job_plan::JobPlan;
use crate::plan::plan_job;
use crate::report::diagnostic::render;
use crate::report::log::Log;
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;
use crate::source::yaml::FILE_BYTES_MAX;
use crate::suggest::closest;

/// The pipeline file's name, where none is given.
const FILE: &str = ".gitlab-ci.yml";

/// Why nothing was run; what is to be said has been said.
struct Refused(u8);

/// Runs `exec` and gives its exit code.
pub fn run(options: ExecOptions) -> ExitCode {
    let plan = match plan(&options) {
        Ok(plan) => plan,
        Err(Refused(code)) => return ExitCode::from(code),
    };
    // One thread drives everything: the work is the engine's.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error: cannot start: {error}"));
            return ExitCode::from(exit::SYSTEM_FAILED);
        }
    };
    ExitCode::from(runtime.block_on(execute_plan(plan, options)))
}

async fn execute_plan(plan: JobPlan, options: ExecOptions) -> u8 {
    let engine = match Engine::connect(options.endpoint, options.observer).await {
        Ok(engine) => engine,
        Err(error) => {
            say(&format!("error: {}", chain(&error)));
            return exit::SYSTEM_FAILED;
        }
    };
    let helpers = Arc::new(Helpers::new(None));
    let (events, receiver) = event::channel();
    let (sender, stop) = shutdown::channel();
    let log = Log::new(options.log_style, options.volume, options.live);
    let writer = thread::spawn(move || log.run(receiver));
    let verdict = tokio::select! {
        verdict = execute(plan, engine, events, stop, options.echo, helpers) => verdict,
        error = signals::forward(sender) => {
            say(&format!("error: cannot listen for signals: {error}"));
            return exit::SYSTEM_FAILED;
        }
    };
    // A log that could not be written has stopped the job already, and nobody is there to be told.
    let _ = writer.join();
    exit::code(verdict)
}

/// From the file to the plan of the job.
fn plan(options: &ExecOptions) -> Result<JobPlan, Refused> {
    let git = git_facts(&options.directory);
    let mut map = SourceMap::new();
    let name = find_file(options, git.as_ref());
    let text = read(&name).map_err(|problem| {
        say(&format!("error: {problem}"));
        Refused(exit::INVALID_CONFIGURATION)
    })?;
    let file = map.add(name.display().to_string(), text);
    let show = |diagnostics: &Diagnostics| {
        diagnostics
            .iter()
            .for_each(|diagnostic| say(render(diagnostic, &map, options.error_style).trim_end()));
    };
    let (pipeline, diagnostics) = pipeline::load(&map, file);
    show(&diagnostics);
    let pipeline = pipeline.ok_or(Refused(exit::INVALID_CONFIGURATION))?;
    let name = chosen(&pipeline, options.job.as_deref())?;
    if let Some(problems) = pipeline.broken.get(name) {
        show(problems);
        return Err(Refused(exit::INVALID_CONFIGURATION));
    }
    let job = pipeline.jobs.get(name).ok_or(Refused(exit::USAGE))?;
    show(&job.warnings);
    let (plan, problems) = plan_job(job, &pipeline, &facts(options, git));
    let mut diagnostics = Diagnostics::new();
    problems.into_iter().for_each(|problem| diagnostics.push(problem));
    show(&diagnostics);
    plan.ok_or(Refused(exit::INVALID_CONFIGURATION))
}

fn git_facts(directory: &Path) -> Option<GitFacts> {
    match crate::git::facts::facts(directory) {
        Ok(facts) => Some(facts),
        Err(error) if error.is_without_repository() => None,
        Err(error) => {
            say(&format!("warning: no facts about the repository: {}", chain(&error)));
            None
        }
    }
}

/// The file that was named, the one here, or else the one at the repository's root.
fn find_file(options: &ExecOptions, git: Option<&GitFacts>) -> PathBuf {
    let here = PathBuf::from(FILE);
    if let Some(file) = &options.file {
        return file.clone();
    }
    match git.map(|git| git.root.join(FILE)) {
        Some(at_root) if !options.directory.join(FILE).exists() && at_root.exists() => at_root,
        _ => here,
    }
}

fn read(path: &Path) -> Result<String, String> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no `{}`; name the pipeline file with --file", path.display())
        }
        _ => format!("cannot read `{}`: {error}", path.display()),
    };
    let mut bytes = Vec::new();
    // One byte more than the limit is enough for the reader to refuse it.
    let limit = FILE_BYTES_MAX as u64 + 1;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| {
        format!(
            "`{}` is not UTF-8 text: byte {} is not",
            path.display(),
            error.utf8_error().valid_up_to() + 1
        )
    })
}

/// The job that is meant, or a list of those that could be.
fn chosen<'a>(pipeline: &'a Pipeline, job: Option<&'a str>) -> Result<&'a str, Refused> {
    let names = || pipeline.jobs.keys().chain(pipeline.broken.keys()).map(String::as_str);
    let Some(job) = job else {
        say("error: no job was named; the jobs are:");
        names().for_each(|name| say(&format!("  {name}")));
        say("run one with `runner-lite exec JOB`");
        return Err(Refused(exit::USAGE));
    };
    if names().any(|name| name == job) {
        return Ok(job);
    }
    say(&match closest(job, names()) {
        Some(near) => format!("error: no job named \"{job}\"; did you mean `{near}`?"),
        None => {
            format!("error: no job named \"{job}\"; the jobs are: {}", names().collect::<Vec<_>>().join(", "))
        }
    });
    Err(Refused(exit::USAGE))
}

fn facts(options: &ExecOptions, git: Option<GitFacts>) -> Facts {
    let now = Timestamp::now();
    let run = u64::try_from(now.as_second()).unwrap_or_default();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let file = options.file.as_deref().unwrap_or(Path::new(FILE));
    Facts {
        git,
        project_directory: options.directory.clone(),
        now,
        default_image: options.default_image.clone(),
        pull_policies: options.pull_policies.clone(),
        environment_auth: options.environment_auth.clone(),
        docker_config: options.docker_config.clone(),
        variables: options.variables.clone(),
        config_file: file.display().to_string(),
        job_id: run,
        pipeline_id: run,
        executable_arch: format!("linux/{architecture}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timeout: options.timeout,
    }
}
