//! The checks of `doctor` on values that were collected before. Pure.

use jiff::Timestamp;

use crate::amount::{counted, size};
use crate::engine::error::EngineError;
use crate::error_chain::chain;
use crate::executor::cleanup::leftovers::{Leftovers, ProcessState};
use crate::executor::service::reachability::Reachability;
use crate::registry::credential_source::CredentialSource;
use crate::report::doctor::Check;

/// The free space that is needed at least; a usual image does not fit into less.
const DISK_BYTES_MIN: u64 = 1024 * 1024 * 1024;

/// The difference of clocks that is allowed; a larger one breaks certificates and caches.
const SKEW_SECONDS_MAX: i64 = 5;

/// The advice if this program does not run in a container.
const STATIC_BINARY: &str = "use the static binary (scripts/build-static), which runs in every container";

/// Checks how the health check of services reaches them.
pub(super) fn check_reach(tried: Result<Reachability, EngineError>) -> Check {
    match tried {
        Ok(Reachability::Direct) => Check::ok("reach", "container addresses can be dialled from here"),
        Ok(Reachability::FromContainers) => Check::ok(
            "reach",
            "container addresses cannot be dialled from here: services are probed from a container (with --probe \
             inside at once, else after 3 s)",
        ),
        Ok(Reachability::ProgramFailed) => {
            Check::warning("reach", "this program cannot run in a container of the engine", STATIC_BINARY)
        }
        Ok(Reachability::NoImage) => Check::ok(
            "reach",
            "not checked, because the engine has no image: services are probed from a container if they do not \
             answer here",
        ),
        Err(error) => Check::warning("reach", chain(&error), STATIC_BINARY),
    }
}

/// Checks the free space of the disk at `root`. `free` counts the bytes that users other than root may use; `None` if
/// the disk cannot be seen from here.
pub(super) fn check_disk(root: &str, free: Option<u64>) -> Check {
    let Some(free) = free else {
        return Check::ok("disk", format!("the engine's folder {root} is not visible from here"));
    };
    let text = format!("{} free in {root}", size(free));
    if free < DISK_BYTES_MIN {
        Check::failed("disk", text, "free space with `docker system prune`")
    } else {
        Check::ok("disk", text)
    }
}

/// Compares the engine's clock with this machine's.
pub(super) fn check_clock(engine: Option<&str>, here: Timestamp) -> Check {
    let Some(there) = engine.and_then(|text| text.parse::<Timestamp>().ok()) else {
        return Check::ok("clock", "the engine does not report its time");
    };
    let skew = there.as_second().saturating_sub(here.as_second());
    if skew.abs() > SKEW_SECONDS_MAX {
        let text = format!("the engine's clock differs from this machine's by {skew} s");
        return Check::warning("clock", text, "synchronize both with NTP");
    }
    Check::ok("clock", "the engine's clock agrees with this machine's")
}

/// Checks that the files and variables with credentials can be read.
pub(super) fn check_credentials(sources: &[CredentialSource]) -> Check {
    let broken: Vec<_> = sources
        .iter()
        .filter_map(|source| Some(format!("{}: {}", source.label, source.config.as_ref().err()?)))
        .collect();
    let labels: Vec<_> = sources.iter().map(|source| &*source.label).collect();
    match (broken.is_empty(), labels.is_empty()) {
        (false, _) => Check::failed(
            "credentials",
            broken.join("; "),
            "fix it, or images are pulled without credentials from it",
        ),
        (true, true) => Check::ok("credentials", "none on this host; public images need none"),
        (true, false) => Check::ok("credentials", format!("{} can be read", labels.join(", "))),
    }
}

/// Checks for leftovers of interrupted runs. Those of other hosts are no reason for a warning, because their runs may
/// go on.
pub(super) fn check_leftovers(found: &Leftovers) -> Check {
    let count = |state| found.of_runs.iter().filter(|left| left.process == state).count();
    let of_other_hosts = match count(ProcessState::OtherHost) {
        0 => String::new(),
        many => {
            let verb = if many == 1 { "belongs" } else { "belong" };
            let objects = counted(many, "object");
            format!("; {objects} {verb} to runs on other hosts (see `runner-lite clean --other-hosts`)")
        }
    };
    let kept = match found.of_kept_jobs.iter().filter(|left| left.process != ProcessState::Running).count() {
        0 => String::new(),
        many => {
            let verb = if many == 1 { "stays" } else { "stay" };
            format!("; {} {verb} because of --keep (see `runner-lite clean --kept`)", counted(many, "object"))
        }
    };
    let others = of_other_hosts + &kept;
    match count(ProcessState::Ended) {
        0 => Check::ok("leftovers", format!("nothing is left from runs that have ended{others}")),
        many => {
            let verb = if many == 1 { "is" } else { "are" };
            let text = format!("{} {verb} left from runs that have ended{others}", counted(many, "object"));
            Check::warning("leftovers", text, "runner-lite clean")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::name::Name;
    use crate::executor::cleanup::ledger::Object;
    use crate::executor::cleanup::leftovers::Leftover;
    use crate::report::doctor::CheckState;

    #[track_caller]
    fn check_left(states: &[ProcessState], expect_state: CheckState, expect: &str) {
        let left = |process: &ProcessState| Leftover {
            object: Object::Container(Name::new("a")),
            purpose: String::new(),
            process: *process,
        };
        let of_runs = states.iter().map(left).collect();
        let check = check_leftovers(&Leftovers { of_runs, ..Leftovers::default() });
        assert_eq!((check.state, &*check.text), (expect_state, expect));
    }

    #[test]
    fn what_keep_has_left_is_counted_and_no_reason_for_a_warning() {
        let left =
            |process| Leftover { object: Object::Container(Name::new("a")), purpose: String::new(), process };
        let of_kept_jobs = vec![left(ProcessState::Ended), left(ProcessState::Running)];
        let check = check_leftovers(&Leftovers { of_kept_jobs, ..Leftovers::default() });
        let expect = "nothing is left from runs that have ended; \
                      1 object stays because of --keep (see `runner-lite clean --kept`)";
        assert_eq!((check.state, &*check.text), (CheckState::Ok, expect));
    }

    #[test]
    fn leftovers_are_counted_and_those_of_other_hosts_are_no_reason_for_a_warning() {
        use ProcessState::{Ended, OtherHost, Running, Unknown};
        check_left(&[Running, Unknown], CheckState::Ok, "nothing is left from runs that have ended");
        check_left(&[Ended], CheckState::Warning, "1 object is left from runs that have ended");
        check_left(
            &[Ended, Ended, OtherHost],
            CheckState::Warning,
            "2 objects are left from runs that have ended; \
             1 object belongs to runs on other hosts (see `runner-lite clean --other-hosts`)",
        );
        check_left(
            &[OtherHost, OtherHost],
            CheckState::Ok,
            "nothing is left from runs that have ended; \
             2 objects belong to runs on other hosts (see `runner-lite clean --other-hosts`)",
        );
    }

    #[test]
    fn a_full_disk_fails_the_check_and_an_unseen_disk_does_not() {
        let states = [Some(1), Some(DISK_BYTES_MIN), None].map(|free| check_disk("/d", free).state);
        assert_eq!(states, [CheckState::Failed, CheckState::Ok, CheckState::Ok]);
    }

    #[test]
    fn clocks_may_be_a_few_seconds_apart() {
        let here = "2026-11-25T16:50:41Z".parse().unwrap();
        let state = |there| check_clock(Some(there), here).state;
        assert_eq!(state("2026-11-25T16:50:44.774910180Z"), CheckState::Ok);
        assert_eq!(state("2026-11-25T18:50:41.5+01:00"), CheckState::Warning);
        assert_eq!(check_clock(None, here).state, CheckState::Ok);
        let text = check_clock(Some("2026-11-25T16:49:41Z"), here).text;
        assert_eq!(text, "the engine's clock differs from this machine's by -60 s");
    }

    #[test]
    fn a_broken_file_with_credentials_is_named() {
        let sources = |text| [CredentialSource::new("config.json", text)];
        assert_eq!(check_credentials(&sources("{}")).text, "config.json can be read");
        let broken = check_credentials(&sources("{"));
        assert_eq!(broken.state, CheckState::Failed);
        assert!(broken.text.starts_with("config.json: "), "{}", broken.text);
        assert_eq!(check_credentials(&[]).state, CheckState::Ok);
    }
}
