//! Which leftovers `clean` removes, and how it lists them. Pure.

use std::fmt::Write;

use crate::cli::options::{CleanScope, KeptJobs, KeptVolumes};
use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::cleanup::leftovers::{Leftover, Leftovers, ProcessState};
use crate::executor::create::names::run_of;
use crate::report::printable::printable_line;

/// The objects of this program on an engine, sorted by whether they are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CleanSelection {
    /// Objects of runs that are removed.
    pub(super) of_runs: Vec<Leftover>,
    /// Objects that `--keep` has left, and that are removed.
    pub(super) of_kept_jobs: Vec<Leftover>,
    /// Persistent volumes that are removed.
    pub(super) kept: Vec<Leftover>,
    /// Objects that are only listed: their runs may go on.
    pub(super) spared: Vec<Leftover>,
    /// Objects that are only listed: `--keep` has left them.
    pub(super) spared_of_kept_jobs: Vec<Leftover>,
    /// Objects that are only listed: they may be somebody else's.
    pub(super) of_other_names: Vec<Leftover>,
}

/// Why an object that the user named is not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CleanSelectionError {
    #[error(
        "there is no container, network or volume `{name}` of runner-lite on this engine; list them with `runner-lite clean --volumes --dry-run`"
    )]
    Missing { name: String },
    #[error("`{name}` belongs to an active run; stop that run first")]
    InUse { name: String },
}

/// Selects what is removed by the states of the runs, or the objects that `scope` names.
pub(super) fn select(found: Leftovers, scope: &CleanScope) -> Result<CleanSelection, CleanSelectionError> {
    match scope {
        CleanScope::Named(names) => select_named(found, names),
        CleanScope::States { removed, volumes, kept_jobs } => {
            let kept = if *volumes == KeptVolumes::Remove { found.persistent_volumes } else { Vec::new() };
            let is_listed = |left: &Leftover| left.process != ProcessState::Running;
            let others = found.of_runs.into_iter().filter(is_listed);
            let (of_runs, spared) = others.partition(|left| removed.contains(&left.process));
            let others = found.of_kept_jobs.into_iter().filter(is_listed);
            let is_removed =
                |left: &Leftover| *kept_jobs == KeptJobs::Remove && removed.contains(&left.process);
            let (of_kept_jobs, spared_of_kept_jobs) = others.partition(is_removed);
            let of_other_names = found.of_other_names.into_iter().filter(is_listed).collect();
            Ok(CleanSelection { of_runs, of_kept_jobs, kept, spared, spared_of_kept_jobs, of_other_names })
        }
    }
}

fn select_named(mut found: Leftovers, names: &[String]) -> Result<CleanSelection, CleanSelectionError> {
    found.of_runs.append(&mut found.of_kept_jobs);
    found.of_runs.append(&mut found.of_other_names);
    let is_named = |left: &Leftover, wanted: &String| {
        let name = name(&left.object).as_str();
        name == wanted || run_of(name) == Some(wanted)
    };
    for wanted in names {
        let all = found.of_runs.iter().chain(&found.persistent_volumes);
        let mut named = all.filter(|left| is_named(left, wanted)).peekable();
        if named.peek().is_none() {
            return Err(CleanSelectionError::Missing { name: wanted.clone() });
        }
        if named.any(|left| left.process == ProcessState::Running) {
            return Err(CleanSelectionError::InUse { name: wanted.clone() });
        }
    }
    let named = |all: Vec<Leftover>| {
        all.into_iter().filter(|left| names.iter().any(|wanted| is_named(left, wanted))).collect()
    };
    Ok(CleanSelection {
        of_runs: named(found.of_runs),
        of_kept_jobs: Vec::new(),
        kept: named(found.persistent_volumes),
        spared: Vec::new(),
        spared_of_kept_jobs: Vec::new(),
        of_other_names: Vec::new(),
    })
}

impl CleanSelection {
    /// The containers, networks and temporary volumes that are removed.
    pub(super) fn of_jobs(&self) -> impl Iterator<Item = &Leftover> {
        self.of_runs.iter().chain(&self.of_kept_jobs)
    }

    /// The number of objects that are removed.
    pub(super) fn len(&self) -> usize {
        self.of_jobs().count().saturating_add(self.kept.len())
    }

    /// The lists: what is removed, then what is spared and how to remove it.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        let of_state = |all: &[Leftover], state: ProcessState| -> Vec<Leftover> {
            all.iter().filter(|left| left.process == state).cloned().collect()
        };
        for (state, headline, _) in HEADLINES {
            list(&mut out, headline, "", &of_state(&self.of_runs, state));
        }
        list(&mut out, "Left by --keep", "", &self.of_kept_jobs);
        list(&mut out, "Kept from job to job", "", &self.kept);
        for (state, headline, advice) in HEADLINES {
            list(&mut out, headline, advice, &of_state(&self.spared, state));
        }
        for (state, headline, advice) in HEADLINES_OF_KEPT_JOBS {
            list(&mut out, headline, advice, &of_state(&self.spared_of_kept_jobs, state));
        }
        let headline =
            "With this program's labels but another name: renamed, or created from a job's container";
        list(&mut out, headline, "; `clean NAME` removes one", &self.of_other_names);
        out
    }
}

/// For each state of a run the headline of its objects, and how to remove those that are spared.
const HEADLINES: [(ProcessState, &str, &str); 3] = [
    (ProcessState::Ended, "Left by runs that have ended", ""),
    (
        ProcessState::Unknown,
        "Of runs that cannot be observed from here, such as those in other containers; they may still be active",
        "; --all removes them, too",
    ),
    (
        ProcessState::OtherHost,
        "Of runs on other hosts, or on this one before a reboot; they may still be active",
        "; --other-hosts removes them, too",
    ),
];

/// The same for objects that `--keep` has left.
const HEADLINES_OF_KEPT_JOBS: [(ProcessState, &str, &str); 3] = [
    (ProcessState::Ended, "Left by --keep", "; --kept removes them, too"),
    (
        ProcessState::Unknown,
        "Left by --keep in runs that cannot be observed from here",
        "; --kept --all removes them, too",
    ),
    (
        ProcessState::OtherHost,
        "Left by --keep on other hosts, or on this one before a reboot",
        "; --kept --other-hosts removes them, too",
    ),
];

/// Lists the objects below a headline with their number, one a line. An empty list has no headline.
fn list(out: &mut String, headline: &str, advice: &str, all: &[Leftover]) {
    if all.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{headline} ({}{advice}):", all.len());
    for left in all {
        let _ = writeln!(
            out,
            "  {:9}  {}  {}",
            kind(&left.object),
            name(&left.object),
            printable_line(&left.purpose)
        );
    }
}

fn kind(object: &Object) -> &'static str {
    match object {
        Object::Container(_) => "container",
        Object::Network(_) => "network",
        Object::Volume(_) => "volume",
        Object::Membership { .. } => "place in",
    }
}

fn name(object: &Object) -> &Name {
    match object {
        Object::Container(name) | Object::Network(name) | Object::Volume(name) => name,
        Object::Membership { network, .. } => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT_RUN: &str = "runner-lite-project-1-concurrent-0-00000000000000fe";
    const KEPT: &str = "runner-lite-project-1-concurrent-0-00000000000000fe-build";

    fn left(object: Object, purpose: &str, process: ProcessState) -> Leftover {
        Leftover { object, purpose: purpose.to_owned(), process }
    }

    fn found() -> Leftovers {
        let container = |name: &str| Object::Container(Name::new(name));
        Leftovers {
            of_runs: vec![
                left(container("ended-build"), "job a, exited", ProcessState::Ended),
                left(container("inside-build"), "job b, running", ProcessState::Unknown),
                left(container("other-build"), "job c, running", ProcessState::OtherHost),
                left(Object::Volume(Name::new("other-cache")), "job c", ProcessState::OtherHost),
                left(container("running-build"), "job d, running", ProcessState::Running),
            ],
            of_kept_jobs: vec![
                left(container(KEPT), "job e, exited", ProcessState::Ended),
                left(container("kept-elsewhere"), "job f, exited", ProcessState::OtherHost),
            ],
            persistent_volumes: vec![left(
                Object::Volume(Name::new("kept-cache")),
                "/cache of group/project",
                ProcessState::Ended,
            )],
            of_other_names: vec![
                left(container("mine"), "job a, running", ProcessState::Ended),
                left(container("mine-of-running"), "job d, running", ProcessState::Running),
            ],
        }
    }

    fn by_state(more: &[ProcessState], volumes: KeptVolumes) -> CleanScope {
        let kept_jobs = KeptJobs::Keep;
        CleanScope::States { removed: [&[ProcessState::Ended], more].concat(), volumes, kept_jobs }
    }

    #[test]
    fn runs_that_may_go_on_are_listed_with_their_number_and_the_option_that_removes_them() {
        let selection = select(found(), &by_state(&[], KeptVolumes::Remove)).unwrap();
        insta::assert_snapshot!(selection.text(), @r"
        Left by runs that have ended (1):
          container  ended-build  job a, exited
        Kept from job to job (1):
          volume     kept-cache  /cache of group/project
        Of runs that cannot be observed from here, such as those in other containers; they may still be active (1; --all removes them, too):
          container  inside-build  job b, running
        Of runs on other hosts, or on this one before a reboot; they may still be active (2; --other-hosts removes them, too):
          container  other-build  job c, running
          volume     other-cache  job c
        Left by --keep (1; --kept removes them, too):
          container  runner-lite-project-1-concurrent-0-00000000000000fe-build  job e, exited
        Left by --keep on other hosts, or on this one before a reboot (1; --kept --other-hosts removes them, too):
          container  kept-elsewhere  job f, exited
        With this program's labels but another name: renamed, or created from a job's container (1; `clean NAME` removes one):
          container  mine  job a, running
        ");
        assert_eq!(selection.len(), 2);
        assert_eq!(select(Leftovers::default(), &by_state(&[], KeptVolumes::Remove)).unwrap().text(), "");
    }

    #[track_caller]
    fn check_removed(scope: &CleanScope, expect: &[&str]) {
        let selection = select(found(), scope).unwrap();
        let removed = selection.of_jobs().chain(&selection.kept);
        assert_eq!(removed.map(|left| name(&left.object).as_str()).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn runs_of_other_containers_and_of_other_hosts_have_options_of_their_own() {
        check_removed(&by_state(&[], KeptVolumes::Keep), &["ended-build"]);
        check_removed(
            &by_state(&[ProcessState::Unknown], KeptVolumes::Keep),
            &["ended-build", "inside-build"],
        );
        check_removed(
            &by_state(&[ProcessState::OtherHost], KeptVolumes::Keep),
            &["ended-build", "other-build", "other-cache"],
        );
    }

    #[test]
    fn an_object_with_another_name_is_removed_by_that_name_only() {
        let all = [ProcessState::Unknown, ProcessState::OtherHost];
        let own = ["ended-build", "inside-build", "other-build", "other-cache", "kept-cache"];
        check_removed(&by_state(&all, KeptVolumes::Remove), &own);
        check_removed(&named(&["mine"]), &["mine"]);
    }

    #[test]
    fn what_keep_has_left_is_removed_if_that_is_asked_for_or_by_the_name_of_its_job() {
        let scope = |removed: &[ProcessState]| CleanScope::States {
            removed: removed.to_vec(),
            volumes: KeptVolumes::Keep,
            kept_jobs: KeptJobs::Remove,
        };
        check_removed(&scope(&[ProcessState::Ended]), &["ended-build", KEPT]);
        check_removed(&scope(&[ProcessState::OtherHost]), &["other-build", "other-cache", "kept-elsewhere"]);
        check_removed(&named(&[KEPT_RUN]), &[KEPT]);
        check_removed(&named(&[KEPT]), &[KEPT]);
        let part = &KEPT_RUN[..KEPT_RUN.len() - 1];
        let missing = CleanSelectionError::Missing { name: part.to_owned() };
        assert_eq!(select(found(), &named(&[part])), Err(missing));
    }

    fn named(names: &[&str]) -> CleanScope {
        CleanScope::Named(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_name_selects_an_object_of_any_run_but_one_that_goes_on() {
        check_removed(&named(&["other-build", "kept-cache"]), &["other-build", "kept-cache"]);
        let missing = CleanSelectionError::Missing { name: "nothing".to_owned() };
        assert_eq!(select(found(), &named(&["other-build", "nothing"])), Err(missing));
        let in_use = CleanSelectionError::InUse { name: "running-build".to_owned() };
        assert_eq!(select(found(), &named(&["running-build"])), Err(in_use));
    }
}
