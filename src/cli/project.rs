//! The pipeline file, read, with everything that jobs of it are planned with.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::local_files::LocalFiles;
use super::local_tree::LocalTree;
use super::options::ProjectOptions;
use super::{env_file, exit, say};
use crate::executor::outcome::chain;
use crate::git::facts::GitFacts;
use crate::pipeline::job::Job;
use crate::pipeline::when::When;
use crate::pipeline::{self, Pipeline};
use crate::plan::facts::Facts;
use crate::plan::job_plan::JobPlan;
use crate::plan::plan_job;
use crate::plan::selection::{Selector, variables_for_includes};
use crate::report::diagnostic::render;
use crate::report::mask::Mask;
use crate::report::style::Style;
use crate::source::diagnostic::{Diagnostic, Diagnostics};
use crate::source::map::SourceMap;
use crate::source::yaml::FILE_BYTES_MAX;
use crate::suggest::closest;

/// The pipeline file's name, where none is given.
const FILE: &str = ".gitlab-ci.yml";

/// Why nothing was run, as an exit code; what is to be said has been said.
pub struct Refused(pub u8);

/// A pipeline file and its surroundings.
pub struct Project {
    /// The file's jobs and variables.
    pub pipeline: Pipeline,
    /// What they are planned with.
    pub facts: Facts,
    tree: LocalTree,
    map: SourceMap,
    mask: Mask,
    error_style: Style,
}

impl Project {
    /// Reads the file, and says what is wrong with it.
    pub fn load(options: &ProjectOptions) -> Result<Self, Refused> {
        Self::load_at(options, Place::of(options))
    }

    /// Reads the file of that place.
    pub fn load_at(options: &ProjectOptions, place: Place) -> Result<Self, Refused> {
        let Place { git, file: name } = place;
        let mut map = SourceMap::new();
        let text = read(&name).map_err(|problem| {
            say(&format!("error: {problem}"));
            Refused(exit::INVALID_CONFIGURATION)
        })?;
        let file = map.add(name.display().to_string(), text);
        let facts = facts(options, git)?;
        let root = facts.root().to_owned();
        let tree = LocalTree::new(root.clone(), facts.git.as_ref());
        let around = LocalFiles {
            root,
            tree: &tree,
            variables: variables_for_includes(&facts),
            include_dir: options.include_dir.clone(),
            inputs: options.inputs.clone(),
        };
        let (pipeline, diagnostics) = pipeline::load(&mut map, file, &around);
        let mut mask = Mask::default();
        mask.add(&facts.masked_values());
        show(&diagnostics, &map, &mask, options.error_style);
        let usable = pipeline.filter(|_| !diagnostics.has_errors());
        let pipeline = usable.ok_or(Refused(exit::INVALID_CONFIGURATION))?;
        Ok(Self { pipeline, facts, tree, map, mask, error_style: options.error_style })
    }

    /// Every job's name, those of jobs included that cannot be run.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pipeline.jobs.keys().chain(self.pipeline.broken.keys()).map(String::as_str)
    }

    /// The files that were read.
    pub fn map(&self) -> &SourceMap {
        &self.map
    }

    /// The job that `command` was given, or else a list of those that there are.
    pub fn named<'n>(&self, job: Option<&'n str>, command: &str) -> Result<&'n str, Refused> {
        job.ok_or_else(|| {
            say("error: no job was named; the jobs are:");
            self.names().for_each(|name| say(&format!("  {name}")));
            say(&format!("name one with `runner-lite {command} JOB`"));
            Refused(exit::USAGE)
        })
    }

    /// Finds a job, and says what is wrong with it.
    pub fn job(&self, name: &str) -> Result<&Job, Refused> {
        if let Some(problems) = self.pipeline.broken.get(name) {
            self.show(problems);
            return Err(Refused(exit::INVALID_CONFIGURATION));
        }
        let Some(job) = self.pipeline.jobs.get(name) else {
            self.say_unknown(name);
            return Err(Refused(exit::USAGE));
        };
        self.show(&job.warnings);
        Ok(job)
    }

    /// Says what is wrong with the configuration.
    pub fn refuse(&self, problem: Diagnostic) -> Refused {
        self.show(&Diagnostics::from(problem));
        Refused(exit::INVALID_CONFIGURATION)
    }

    /// Plans a job, and says what is wrong with it.
    pub fn plan(&self, name: &str, selector: &Selector<'_>) -> Result<JobPlan, Refused> {
        let job = self.job(name)?;
        let (workflow, selection) = (selector.workflow(), selector.select(job));
        let rules = [workflow.and_then(|workflow| workflow.rule), selection.rule];
        let (plan, problems) = plan_job(job, rules, &self.pipeline, &self.facts);
        let mut diagnostics = Diagnostics::new();
        problems.into_iter().for_each(|problem| diagnostics.push(problem));
        self.show(&diagnostics);
        plan.ok_or(Refused(exit::INVALID_CONFIGURATION))
    }

    /// Says what else GitLab would do with a job than to run it now.
    pub fn say_when(&self, name: &str, selector: &Selector<'_>) {
        let Some(job) = self.pipeline.jobs.get(name) else { return };
        let mut notes = Vec::new();
        let selection = selector.select(job);
        for (what, decided) in
            selector.workflow().map(|it| ("workflow: ", it)).into_iter().chain([("", &selection)])
        {
            if decided.when == When::Never {
                notes.push(format!("is not in the pipeline for this branch or tag ({what}{})", decided.why));
            }
        }
        if selection.when == When::Delayed {
            notes.push("is delayed in the pipeline, and runs at once here".to_owned());
        }
        notes.iter().for_each(|note| say(&format!("note: `{name}` {note}")));
    }

    /// What decides which jobs there are.
    pub fn selector(&self) -> Selector<'_> {
        Selector::new(&self.pipeline, &self.facts, &self.tree)
    }

    fn say_unknown(&self, name: &str) {
        let instances: Vec<_> = self.pipeline.jobs.iter().filter(|(_, job)| job.group == name).collect();
        if !instances.is_empty() {
            say(&format!("error: job \"{name}\" is parallel; name one of its instances:"));
            instances.iter().for_each(|(name, _)| say(&format!("  {name}")));
            return;
        }
        say(&match closest(name, self.names()) {
            Some(near) => format!("error: no job named \"{name}\"; did you mean `{near}`?"),
            None => {
                let names: Vec<_> = self.names().collect();
                format!("error: no job named \"{name}\"; the jobs are: {}", names.join(", "))
            }
        });
    }

    fn show(&self, diagnostics: &Diagnostics) {
        show(diagnostics, &self.map, &self.mask, self.error_style);
    }
}

fn show(diagnostics: &Diagnostics, map: &SourceMap, mask: &Mask, style: Style) {
    for diagnostic in diagnostics {
        say(mask.text(render(diagnostic, map, style).trim_end()).as_ref());
    }
}

/// Where a pipeline file is, or would be.
pub struct Place {
    git: Option<GitFacts>,
    /// The file.
    pub file: PathBuf,
}

impl Place {
    /// Where `options` look for one.
    pub fn of(options: &ProjectOptions) -> Self {
        options.runner.warnings.iter().for_each(|warning| say(&format!("warning: {warning}")));
        let git = git_facts(&options.directory);
        let file = find_file(options, git.as_ref());
        Self { git, file }
    }

    /// What jobs are planned with here, without reading the file.
    pub fn facts(self, options: &ProjectOptions) -> Result<Facts, Refused> {
        facts(options, self.git)
    }
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
fn find_file(options: &ProjectOptions, git: Option<&GitFacts>) -> PathBuf {
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

fn facts(options: &ProjectOptions, git: Option<GitFacts>) -> Result<Facts, Refused> {
    let root = git.as_ref().map_or(&options.directory, |git| &git.root);
    let project_variables = env_file::read(root)?;
    let now = Timestamp::now();
    let run = u64::try_from(now.as_second()).unwrap_or_default();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let file = options.file.as_deref().unwrap_or(Path::new(FILE));
    Ok(Facts {
        git,
        project_directory: options.directory.clone(),
        now,
        runner: options.runner.config.clone(),
        pull_policies: options.pull_policies.clone(),
        environment_auth: options.environment_auth.clone(),
        docker_config: options.docker_config.clone(),
        project_variables,
        variables: options.variables.clone(),
        variable_files: options.variable_files.clone(),
        config_file: file.display().to_string(),
        job_id: run,
        pipeline_id: run,
        executable_arch: format!("linux/{architecture}"),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        timeout: options.timeout,
    })
}
