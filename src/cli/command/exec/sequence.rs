//! The order in which `exec` runs a job and the producers of its artifacts. Pure.

/// The job and those of its producers, and of theirs, that `is_run` selects: each once, and behind all of its own. The
/// artifacts of the others come from the store, so that their producers are not looked at.
///
/// Jobs do not produce for each other in a circle: the pipeline file would be invalid.
pub(super) fn sequence<'p>(
    job: &'p str,
    producers: &impl Fn(&str) -> Vec<&'p str>,
    is_run: &impl Fn(&str) -> bool,
) -> Vec<&'p str> {
    let mut order = Vec::new();
    append(job, producers, is_run, &mut order);
    order
}

fn append<'p>(
    job: &'p str,
    producers: &impl Fn(&str) -> Vec<&'p str>,
    is_run: &impl Fn(&str) -> bool,
    order: &mut Vec<&'p str>,
) {
    for producer in producers(job) {
        if is_run(producer) && !order.contains(&producer) {
            append(producer, producers, is_run, order);
        }
    }
    order.push(job);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each job, and its producers.
    const GRAPH: [(&str, &[&str]); 5] = [
        ("generate", &[]),
        ("build", &["generate"]),
        ("docs", &["generate"]),
        ("lint", &[]),
        ("test", &["build", "docs"]),
    ];

    #[track_caller]
    fn check(job: &'static str, stored: &[&str], expect: &[&str]) {
        let producers = |name: &str| {
            GRAPH.iter().find(|(job, _)| *job == name).map_or(Vec::new(), |(_, producers)| producers.to_vec())
        };
        assert_eq!(sequence(job, &producers, &|name| !stored.contains(&name)), expect);
    }

    #[test]
    fn every_producer_runs_once_and_before_those_that_receive_its_artifacts() {
        check("test", &[], &["generate", "build", "docs", "test"]);
        check("docs", &[], &["generate", "docs"]);
        check("lint", &[], &["lint"]);
    }

    #[test]
    fn a_producer_with_stored_artifacts_does_not_run_and_needs_nothing() {
        check("test", &["build"], &["generate", "docs", "test"]);
        check("test", &["generate"], &["build", "docs", "test"]);
        check("test", &["build", "docs"], &["test"]);
        check("test", &["test"], &["generate", "build", "docs", "test"]);
    }
}
