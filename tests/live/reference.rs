//! Jobs end, log and store as they did in a real GitLab Runner, except for the differences of `docs/fidelity.md`.

mod scripts;

use super::engine;
use super::log_differences::{Comparison, log_differences};
use super::pipeline::{Entry, Pipeline, at_once};
use super::recorded::{Case, Reference, StoredEntry, archive_jobs};

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

fn begins_with(line: &str, beginnings: &[&str]) -> bool {
    beginnings.iter().any(|beginning| line.starts_with(beginning))
}

/// The lines of the sections about artifacts and caches, without the ids of jobs.
fn compared_lines(log: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_compared = false;
    for line in log.lines().map(str::trim) {
        // A blank line ends a section here, and durations of sections are this program's own.
        is_compared =
            begins_with(line, &SECTIONS) || is_compared && !line.is_empty() && !begins_with(line, &OTHERS);
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

/// How logs are compared: the sections about artifacts and caches, and the script's part.
struct Comparisons<'d> {
    archives: Comparison<'d>,
    script: Comparison<'d>,
}

fn check(pipeline: &Pipeline, reference: &Reference, case: &Case, comparisons: &Comparisons<'_>) {
    pipeline.write(".gitlab-ci.yml", &reference.pipeline_file(case));
    pipeline.commit();
    for producer in &case.deps {
        pipeline.exec(producer, &[]).assert(0, &[]);
    }
    let outcome = pipeline.run(&["exec", "t", "-v", "--exit-code=script"]);
    scripts::check(&comparisons.script, case, &outcome);
    let log = outcome.log();
    let compared = comparisons.archives.compare(&case.name, &case.log, &compared_lines(&log));
    compared.unwrap_or_else(|differs| panic!("{}:\n{differs}\n{log}\n{}", case.name, outcome.stderr));
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
    let reference = archive_jobs();
    let differences = log_differences();
    let is_podman = engine::by_engine("", "podman") == "podman";
    let comparisons = Comparisons {
        archives: Comparison::new(&differences.archives, is_podman),
        script: Comparison::new(&differences.script, is_podman),
    };
    at_once(chains(&reference), |chain| {
        let pipeline = Pipeline::named(chain[0].project(), "");
        for (path, text) in &reference.files {
            pipeline.write(path, text);
        }
        for case in chain {
            check(&pipeline, &reference, case, &comparisons);
        }
    });
    engine::assert_nothing_left_of("t");
    let unneeded = comparisons.archives.unneeded();
    assert_eq!(unneeded, Vec::<String>::new(), "remove these lines from differences.yml");
}
