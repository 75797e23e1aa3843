//! The store of the project of the current directory, and its runs by name.

use jiff::Timestamp;

use crate::cli::command_error::{CommandError, CommandErrorKind};
use crate::cli::options::StoredProjectOptions;
use crate::cli::project::repository_facts::repository_facts;
use crate::cli::user_message::UserMessage;
use crate::error_chain::chain;
use crate::plan::project_identity::project_identity;
use crate::report::shell_word::quoted;
use crate::store::{ExistingStore, InventoryRun, RunId, StoreError, StoreInventory, StoredJob, StoredRun};
use crate::suggest::closest;

/// The name for the newest run.
pub const LAST_RUN: &str = "last";

/// The runs that an error about an unknown one lists.
const RUNS_SHOWN_MAX: usize = 5;

/// Opens the store of the project as far as it exists. The messages are warnings.
///
/// # Errors
/// A folder of the store cannot be opened.
pub fn open_store(options: &StoredProjectOptions) -> Result<(ExistingStore, Vec<UserMessage>), CommandError> {
    let (git, warnings) = repository_facts(&options.directory);
    let root = git.as_ref().map_or(&options.directory, |git| &git.root);
    let identity = project_identity(&options.runner, git.as_ref(), root);
    let store = ExistingStore::open(&options.places, root, &identity).map_err(store_failure)?;
    Ok((store, warnings))
}

/// A stored run, as far as completion needs it.
pub struct RunAtAGlance {
    pub iid: u64,
    pub started: Timestamp,
    /// The names of its jobs.
    pub jobs: Vec<String>,
}

/// The stored runs of the project, the newest first. git does not run, and no folder is created; what cannot be read is left
/// out.
pub fn runs_at_a_glance(options: &StoredProjectOptions) -> Vec<RunAtAGlance> {
    let git = crate::git::glance::glance(&options.directory);
    let root = git.as_ref().map_or(&options.directory, |git| &git.root);
    let Ok(inventory) = StoreInventory::read(&options.places) else { return Vec::new() };
    let of_project = inventory.projects().iter().filter(|project| project.path.as_ref() == Some(root));
    let runs = of_project.flat_map(|project| &project.runs);
    runs.filter_map(|InventoryRun { run, facts }| {
        let jobs = facts.jobs.iter().map(|job| job.name.clone()).collect();
        run.record().map(|record| RunAtAGlance { iid: record.iid, started: record.started, jobs })
    })
    .collect()
}

/// The error of a command that cannot use the store.
pub fn store_failure(error: StoreError) -> CommandError {
    CommandError::new(CommandErrorKind::System, chain(&error))
}

/// Finds the run that `name` means: `last`, its whole name, the part behind the dash, or its number in the project.
///
/// # Errors
/// There is no such run: the message names the one that may be meant, or the newest.
pub fn find_run<'r>(runs: &'r [StoredRun], name: &str) -> Result<&'r StoredRun, CommandError> {
    let ids: Vec<RunName<'_>> = runs.iter().map(RunName::of).collect();
    let found = position(&ids, name).and_then(|position| runs.get(position));
    found.ok_or_else(|| CommandError::new(CommandErrorKind::Usage, unknown_run(&ids, name)))
}

/// The names of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RunName<'r> {
    id: &'r str,
    iid: Option<u64>,
}

impl<'r> RunName<'r> {
    fn of(run: &'r StoredRun) -> Self {
        Self { id: run.id().as_str(), iid: run.record().map(|record| record.iid) }
    }

    /// The part of the name behind the time.
    fn short(self) -> &'r str {
        self.id.rsplit_once('-').map_or(self.id, |(_, short)| short)
    }
}

fn position(runs: &[RunName<'_>], name: &str) -> Option<usize> {
    if name == LAST_RUN {
        return (!runs.is_empty()).then_some(0);
    }
    let number: Option<u64> = name.parse().ok();
    let by = |is_meant: &dyn Fn(&RunName<'_>) -> bool| runs.iter().position(is_meant);
    // A number comes before the last part of a name, which may consist of digits alone.
    by(&|run| run.id == name)
        .or_else(|| by(&|run| number.is_some() && run.iid == number))
        .or_else(|| by(&|run| run.short() == name))
}

fn unknown_run(runs: &[RunName<'_>], name: &str) -> String {
    if runs.is_empty() {
        return format!(
            "no run `{name}`: nothing of this project is stored yet; `runner-lite exec JOB` stores a run"
        );
    }
    let names = runs.iter().flat_map(|run| [run.id, run.short()]);
    if let Some(near) = closest(name, names) {
        return format!("no run `{name}` is stored; did you mean `{near}`?");
    }
    let newest: Vec<String> = runs
        .iter()
        .take(RUNS_SHOWN_MAX)
        .map(|run| run.iid.map_or(run.id.to_owned(), |iid| format!("{iid} ({})", run.id)))
        .collect();
    format!("no run `{name}` is stored; the newest are {}", newest.join(", "))
}

/// The number of the run, and its name.
pub fn number_and_name(run: &StoredRun) -> String {
    let id = run.id().as_str();
    run.record().map_or(id.to_owned(), |record| format!("{} ({id})", record.iid))
}

/// A job in a stored run.
pub struct JobInRun<'r> {
    pub run: &'r StoredRun,
    pub job: StoredJob,
}

impl JobInRun<'_> {
    /// The name of the job.
    pub fn name(&self) -> &str {
        &self.job.record().name
    }
}

/// The stored runs of the project, the newest first, and a warning about those that cannot be read.
///
/// # Errors
/// The folder of the runs cannot be read.
pub fn runs_of(store: &ExistingStore) -> Result<(Vec<StoredRun>, Option<UserMessage>), CommandError> {
    let runs = store.runs().map_err(store_failure)?;
    Ok((runs.readable, unreadable_warning(&runs.unreadable)))
}

/// Returns all jobs that have ended, in the order of `runs`, and a warning about the runs whose jobs cannot be read.
pub fn jobs_of(runs: &[StoredRun]) -> (Vec<JobInRun<'_>>, Option<UserMessage>) {
    let (mut all, mut unreadable) = (Vec::new(), Vec::new());
    for run in runs {
        match run.jobs() {
            Ok(jobs) => all.extend(jobs.into_iter().map(|job| JobInRun { run, job })),
            Err(error) => unreadable.push(error),
        }
    }
    (all, unreadable_warning(&unreadable))
}

/// One warning about all that cannot be read in the store, and is left out.
pub fn unreadable_warning(unreadable: &[StoreError]) -> Option<UserMessage> {
    let first = chain(unreadable.first()?);
    let others = match unreadable.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    Some(UserMessage::Warning(format!(
        "cannot read the whole store: {first}{others}; correct the permissions, or remove it"
    )))
}

/// The error about a job that no run, or not the named run, contains.
pub fn unknown_stored_job<'n>(
    name: &str,
    run: Option<&RunId>,
    known: impl IntoIterator<Item = &'n str>,
) -> CommandError {
    let place = run.map_or(String::new(), |run| format!(" in run {}", run.as_str()));
    let mut names: Vec<&str> = known.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    let is_instance = |known: &&str| known.strip_prefix(name).is_some_and(is_suffix_of_instance);
    let instances: Vec<String> = names.iter().copied().filter(is_instance).map(quoted).collect();
    let error = match closest(name, names.iter().copied()) {
        _ if !instances.is_empty() => {
            format!("job \"{name}\" is parallel; name one of its instances{place}: {}", instances.join(", "))
        }
        _ if names.is_empty() => {
            format!("no job is stored{place} yet; `runner-lite exec {}` stores one", quoted(name))
        }
        Some(near) => format!("no job \"{name}\" is stored{place}; did you mean `{near}`?"),
        None => format!("no job \"{name}\" is stored{place}; the jobs are: {}", names.join(", ")),
    };
    CommandError::new(CommandErrorKind::Usage, error)
}

/// Whether a text distinguishes an instance of a parallel job: `: [ruby, 2.7]` or ` 1/2`.
fn is_suffix_of_instance(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = text.strip_prefix(' ').and_then(|text| text.split_once('/'));
    text.starts_with(": [") || numbers.is_some_and(|(index, total)| is_number(index) && is_number(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNS: [RunName<'static>; 3] = [
        RunName { id: "20261129T100000-8f3a", iid: Some(12) },
        RunName { id: "20261129T090000-0011", iid: Some(11) },
        RunName { id: "20261129T080000-0c0d", iid: None },
    ];

    #[track_caller]
    fn check(name: &str, expect: Option<usize>) {
        assert_eq!(position(&RUNS, name), expect, "{name}");
    }

    #[test]
    fn a_run_has_a_whole_name_a_short_one_and_a_number() {
        check("20261129T090000-0011", Some(1));
        check("0c0d", Some(2));
        check("12", Some(0));
        check("last", Some(0));
        for unknown in ["", "8f3", "13", "20261129T100000"] {
            check(unknown, None);
        }
        assert_eq!(position(&[], "last"), None);
    }

    #[test]
    fn an_unknown_run_is_told_with_one_that_may_be_meant_or_the_newest() {
        assert_eq!(unknown_run(&RUNS, "8f3b"), "no run `8f3b` is stored; did you mean `8f3a`?");
        assert_eq!(
            unknown_run(&RUNS, "yesterday"),
            "no run `yesterday` is stored; the newest are 12 (20261129T100000-8f3a), 11 (20261129T090000-0011), \
             20261129T080000-0c0d"
        );
        assert!(
            unknown_run(&[], "last").starts_with("no run `last`: nothing of this project is stored yet;")
        );
    }

    #[test]
    fn a_stored_parallel_job_is_told_with_its_instances() {
        let told = |names: [&'static str; 3]| unknown_stored_job("test", None, names).messages;
        let error = |text: &str| vec![UserMessage::Error(text.to_owned())];
        let parallel = "job \"test\" is parallel; name one of its instances: 'test 1/2', 'test: [ruby, 2.7]'";
        assert_eq!(told(["test: [ruby, 2.7]", "test 1/2", "test-all"]), error(parallel));
        let near = "no job \"test\" is stored; did you mean `tests`?";
        assert_eq!(told(["test it", "tests", "test a/b"]), error(near));
    }

    #[test]
    fn a_name_is_quoted_for_the_shell_where_that_is_needed() {
        let shown = ["build", "test: [ruby, 2.7]", "it's", ""].map(quoted);
        assert_eq!(shown, ["build", "'test: [ruby, 2.7]'", r"'it'\''s'", "''"]);
    }
}
