//! Which stored artifacts a job takes: for each producer the newest, all from one commit if possible. Pure.

/// Stored artifacts of a producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer<'s> {
    /// The name of the job that stored them.
    pub(super) producer: &'s str,
    /// The commit that was checked out; `None` outside of a repository.
    pub(super) commit: Option<&'s str>,
}

/// Chooses an offer for each producer, by its place in `offers`, which begin with the newest; `None` for a producer
/// without any. The newest commit of which every other producer has an offer outranks newer offers of other commits.
pub(super) fn choose(producers: &[&str], offers: &[Offer<'_>]) -> Vec<Option<usize>> {
    let newest = |producer: &str, fits: &dyn Fn(&Offer<'_>) -> bool| {
        offers.iter().position(|offer| offer.producer == producer && fits(offer))
    };
    let of_any: Vec<Option<usize>> = producers.iter().map(|producer| newest(producer, &|_| true)).collect();
    let of_commit = |commit: Option<&str>| -> Option<Vec<Option<usize>>> {
        let of_one = producers.iter().map(|producer| newest(producer, &|offer| offer.commit == commit));
        let of_one: Vec<Option<usize>> = of_one.collect();
        let is_complete = of_one.iter().zip(&of_any).all(|(one, any)| one.is_some() == any.is_some());
        is_complete.then_some(of_one)
    };
    let asked = offers.iter().filter(|offer| producers.contains(&offer.producer));
    asked.map(|offer| offer.commit).find_map(of_commit).unwrap_or(of_any)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chooses for `build` and `docs`. Each offer is written `JOB COMMIT`.
    #[track_caller]
    fn check(offers: &[&str], expect: [Option<usize>; 2]) {
        let offers: Vec<Offer<'_>> = offers
            .iter()
            .map(|offer| offer.split_once(' ').unwrap())
            .map(|(producer, commit)| Offer {
                producer,
                commit: Some(commit).filter(|commit| *commit != "-"),
            })
            .collect();
        assert_eq!(choose(&["build", "docs"], &offers), expect);
    }

    #[test]
    fn the_newest_artifacts_of_each_producer_are_taken() {
        check(&["build a", "docs a", "build a", "docs a"], [Some(0), Some(1)]);
        check(&["build -", "build -", "docs -"], [Some(0), Some(2)]);
        check(&["build a"], [Some(0), None]);
        check(&["lint a"], [None, None]);
        check(&[], [None, None]);
    }

    #[test]
    fn one_commit_that_all_producers_have_outranks_newer_artifacts() {
        check(&["build b", "build a", "docs a"], [Some(1), Some(2)]);
        check(&["build c", "docs b", "build b", "docs a", "build a"], [Some(2), Some(1)]);
        check(&["build b", "docs a", "docs b"], [Some(0), Some(2)]);
    }

    #[test]
    fn without_a_common_commit_each_producer_gives_its_newest() {
        check(&["build b", "docs a", "build c"], [Some(0), Some(1)]);
    }
}
