//! Jobs with artifacts and caches end, log and store as they did in a real GitLab Runner, except for the differences of
//! `docs/fidelity.md`.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::differences::{DIFFERENCES, Difference};
use super::engine;
use super::pipeline::{Entry, Pipeline, at_once};
use super::recorded::{Case, Reference, State, StoredEntry, reference};

/// The headings of the sections that are compared.
const SECTIONS: [&str; 4] =
    ["Restoring cache", "Downloading artifacts", "Saving cache for ", "Uploading artifacts for "];

/// The beginnings of the lines after which another section begins, or the log ends.
const OTHERS: [&str; 6] = [
    "Preparing ",
    "Getting source ",
    "Executing \"",
    "Running after_script",
    "Job succeeded",
    "ERROR: Job failed",
];

/// The lines of the compared sections, without the ids of jobs.
fn compared_lines(log: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_compared = false;
    for line in log.lines().map(str::trim) {
        let begins_with = |begins: &[&str]| begins.iter().any(|begin| line.starts_with(begin));
        // A blank line ends a section here, and durations of sections are this program's own.
        is_compared = begins_with(&SECTIONS) || is_compared && !line.is_empty() && !begins_with(&OTHERS);
        let is_own = line.contains(" took ");
        // A program that is not static copies the whole project directory to select files, and says so.
        if is_compared && !is_own && !line.contains("the whole project directory is copied") {
            lines.push(without_id(line));
        }
    }
    lines
}

/// The line with `ID` for the id of a job at its end.
fn without_id(line: &str) -> String {
    let parts = line.strip_suffix(")...").and_then(|line| line.rsplit_once('('));
    match parts {
        Some((begin, id)) if id.parse::<u64>().is_ok() => format!("{begin}(ID)..."),
        _ => line.to_owned(),
    }
}

/// What runner-lite prints for a line of the Runner; the differences that apply are added to `applied`.
fn expected<'l>(case: &Case, line: &'l str, applied: &Mutex<BTreeSet<usize>>) -> Vec<&'l str> {
    let applies = |difference: &Difference| {
        difference.runner == line
            && (difference.cases.is_empty() || difference.cases.contains(&case.name.as_str()))
    };
    let Some(place) = DIFFERENCES.iter().position(applies) else { return vec![line] };
    applied.lock().unwrap().insert(place);
    DIFFERENCES[place].ours.to_vec()
}

/// Whether a line is the expected one, of which a `*` at the end stands for anything.
fn is_expected(line: &str, expected: &str) -> bool {
    expected.strip_suffix('*').map_or(line == expected, |begin| line.starts_with(begin))
}

/// Jobs in the order in which they must run, because they share a cache.
fn chains(reference: &Reference) -> Vec<Vec<&Case>> {
    let mut chains: Vec<Vec<&Case>> = Vec::new();
    for case in &reference.cases {
        let key = case.first_cache_key();
        let shares = |chain: &&mut Vec<&Case>| key.is_some() && chain[0].first_cache_key() == key;
        match chains.iter_mut().find(shares) {
            Some(chain) => chain.push(case),
            None => chains.push(vec![case]),
        }
    }
    chains
}

fn check(pipeline: &Pipeline, reference: &Reference, case: &Case, applied: &Mutex<BTreeSet<usize>>) {
    pipeline.write(".gitlab-ci.yml", &reference.pipeline_file(case));
    pipeline.commit();
    for producer in &case.deps {
        pipeline.exec(producer, &[]).assert(0, &[]);
    }
    let outcome = pipeline.run(&["exec", "t", "-v"]);
    let log = outcome.log();
    let verdict =
        if case.state == State::Success { "Job succeeded\n" } else { "ERROR: Job failed: exit code " };
    assert!(log.contains(verdict), "{}: {log}\n{}", case.name, outcome.stderr);
    assert_eq!(outcome.code, case.exit_code, "{}: {log}\n{}", case.name, outcome.stderr);
    let lines = compared_lines(&log);
    let expected: Vec<&str> = case.log.iter().flat_map(|line| expected(case, line, applied)).collect();
    let is_equal = lines.len() == expected.len()
        && lines.iter().zip(&expected).all(|(line, expected)| is_expected(line, expected));
    assert!(
        is_equal,
        "{} of {}:\n{lines:#?}\nshould be\n{expected:#?}\n{log}\n{}",
        case.name, reference.runner, outcome.stderr
    );
    let Some(archive) = case.stored.get("archive") else {
        return assert_eq!(pipeline.entries("t"), [], "{}", case.name);
    };
    let name = &pipeline.listed("t")["artifacts"]["name"];
    assert_eq!(format!("{}.zip", name.as_str().unwrap()), archive.filename, "{}", case.name);
    let entries: Vec<_> = archive.entries.iter().map(of_runner).collect();
    assert_eq!(pipeline.entries("t"), entries, "{}", case.name);
}

fn of_runner(StoredEntry(mode, size, name): &StoredEntry) -> Entry {
    Entry { name: name.clone(), mode: u32::from_str_radix(mode, 8).unwrap(), size: *size }
}

#[test]
fn jobs_with_artifacts_and_caches_log_and_store_as_in_a_real_gitlab_runner() {
    let reference = reference();
    let applied = Mutex::default();
    at_once(chains(&reference), |chain| {
        let pipeline = Pipeline::named(chain[0].project(), "");
        for (path, text) in &reference.files {
            pipeline.write(path, text);
        }
        for case in chain {
            check(&pipeline, &reference, case, &applied);
        }
    });
    engine::assert_nothing_left_of("t");
    let applied = applied.into_inner().unwrap();
    for (place, difference) in DIFFERENCES.iter().enumerate() {
        let Difference { runner, reason, .. } = difference;
        assert!(
            applied.contains(&place),
            "no job differs any more in {runner:?} ({reason}); remove the difference"
        );
    }
}
