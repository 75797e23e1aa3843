//! `docs/fidelity.md`, made of checked-in rows (`tests/reference/fidelity.yml`) and of what is recorded.

use serde::Deserialize;

use super::log_differences::{Difference, Line, LogDifferences, log_differences};
use super::recorded::{Reference, archive_jobs, script_jobs};

/// How close runner-lite is to GitLab Runner.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fidelity {
    intro: String,
    compared: Vec<Compared>,
    /// The test of the recorded jobs' scripts, and that of their artifacts and caches.
    recorded: [String; 2],
    pub(crate) sections: Vec<Section>,
}

/// Something that is compared with a program of others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    what: String,
    with: String,
    how: String,
    test: String,
}

/// Rows about one subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    title: String,
    #[serde(default)]
    text: String,
    pub(crate) rows: Vec<Row>,
}

/// A behaviour, and whether it is the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// What GitLab or its Runner does.
    pub(crate) gitlab: String,
    /// The test of GitLab Runner that says so.
    pub(crate) go: Option<String>,
    #[serde(default)]
    pub(crate) state: State,
    /// What runner-lite does instead.
    #[serde(default)]
    pub(crate) here: String,
    #[serde(default)]
    pub(crate) why: String,
    /// The tests of runner-lite that show it.
    #[serde(default)]
    pub(crate) tests: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Same,
    /// Different on purpose.
    #[default]
    Different,
    Missing,
}

/// Reads the rows.
pub(crate) fn fidelity() -> Fidelity {
    serde_yaml::from_str(include_str!("../reference/fidelity.yml")).unwrap()
}

impl Fidelity {
    /// Every test that the page names.
    pub(crate) fn tests(&self) -> impl Iterator<Item = &String> {
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        rows.flat_map(|row| &row.tests).chain(self.compared.iter().map(|row| &row.test)).chain(&self.recorded)
    }

    /// The page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = self.intro.clone();
        page.push_str(
            "\n## What is compared\n\n| what | with what | how | test |\n| --- | --- | --- | --- |\n",
        );
        for Compared { what, with, how, test } in &self.compared {
            page.push_str(&format!("| {what} | {with} | {how} | `{test}` |\n"));
        }
        page.push_str(&self.recorded_jobs());
        for section in &self.sections {
            page.push_str(&section.markdown());
        }
        page
    }

    /// The part about the jobs that the Runner ran.
    fn recorded_jobs(&self) -> String {
        let [of_scripts, of_archives] = &self.recorded;
        let LogDifferences { archives, script } = log_differences();
        let is_different = |name: &str| {
            archives.iter().chain(&script).any(|difference| difference.cases.iter().any(|case| case == name))
        };
        let jobs = [script_jobs(), archive_jobs()];
        let names = jobs.iter().flat_map(|jobs: &Reference| &jobs.cases).map(|case| case.name.as_str());
        let (different, same): (Vec<&str>, Vec<&str>) = names.partition(|name| is_different(name));
        let list =
            |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        format!(
            "\n## Jobs that a GitLab Runner ran\n\n`tests/reference/` has the results and logs of {} jobs that ran in {}. A test \
             runs these jobs with runner-lite, and compares result, exit code and lines of the log. It fails if a line differs \
             that is not in the following tables, or if a row of these tables is no longer needed. Addresses, ids and times \
             differ.\n\nJobs without differences of their own ({}): {}.\n\nJobs with differences of their own ({}): \
             {}.\n\n### From the script to the result\n\nThe test is `{of_scripts}`.\n\n{}\n### Artifacts and caches\n\nThe test \
             is `{of_archives}`.\n\n{}",
            same.len() + different.len(),
            jobs[0].runner,
            same.len(),
            list(&same),
            different.len(),
            list(&different),
            table_of_lines(&script),
            table_of_lines(&archives),
        )
    }
}

fn table_of_lines(differences: &[Difference]) -> String {
    let mut table = "| job | GitLab Runner | runner-lite | why |\n| --- | --- | --- | --- |\n".to_owned();
    for difference in differences {
        let Difference { cases, podman, runner, here, elsewhere, why } = difference;
        let job = if cases.is_empty() { "all".to_owned() } else { cases.join(", ") };
        let engine = if *podman { " (Podman)" } else { "" };
        let (there, here) = if elsewhere.is_empty() {
            (cell(runner), cell(here))
        } else {
            (cell(elsewhere), "elsewhere".to_owned())
        };
        table.push_str(&format!("| {job}{engine} | {there} | {here} | {why} |\n"));
    }
    table
}

/// Lines of a log in a cell of a table; names of variables, which have no spaces, are one list.
fn cell(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "none".to_owned();
    }
    let quoted = lines.iter().map(|Line(line)| {
        let line = line.replace('|', "\\|");
        match line.strip_suffix('*') {
            Some(begin) => format!("`{begin}…`"),
            None => format!("`{line}`"),
        }
    });
    let are_names = lines.len() > 4 && lines.iter().all(|Line(line)| !line.contains(' '));
    quoted.collect::<Vec<_>>().join(if are_names { ", " } else { "<br>" })
}

impl Section {
    fn markdown(&self) -> String {
        let Self { title, text, rows } = self;
        let has_go = rows.iter().any(|row| row.go.is_some());
        let head = if has_go {
            "| GitLab Runner | its test | runner-lite | test |\n| --- | --- | --- | --- |\n"
        } else {
            "| GitLab | runner-lite | why | test |\n| --- | --- | --- | --- |\n"
        };
        let text = if text.is_empty() { String::new() } else { format!("{text}\n") };
        let mut section = format!("\n## {title}\n\n{text}{}", if rows.is_empty() { "" } else { head });
        for row in rows {
            section.push_str(&row.markdown());
        }
        section
    }
}

impl Row {
    fn markdown(&self) -> String {
        let Self { gitlab, go, state, here, why, tests } = self;
        let tests: Vec<_> = tests.iter().map(|test| format!("`{test}`")).collect();
        let tests = if tests.is_empty() { "none".to_owned() } else { tests.join("<br>") };
        let here = match state {
            State::Same if here.is_empty() => "the same".to_owned(),
            State::Same => format!("the same: {here}"),
            State::Different => here.clone(),
            State::Missing => format!("**missing**: {here}"),
        };
        match go {
            Some(go) => {
                let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                format!("| {gitlab} | `{}` | {here}{why} | {tests} |\n", go.replace(", ", "`<br>`"))
            }
            None => format!("| {gitlab} | {here} | {why} | {tests} |\n"),
        }
    }
}
