use super::*;
use crate::pipeline::glob::matches;
use crate::pipeline::{Pipeline, load};

/// Files by path.
struct Files(Vec<(&'static str, String)>);

impl ProjectFiles for Files {
    fn read(&mut self, path: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| *name == path).map(|(_, text)| text.clone())
    }

    fn matching(&mut self, pattern: &str) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).filter(|name| matches(pattern, name)).collect()
    }
}

fn read(text: &str, files: &[(&'static str, &str)]) -> (Option<Pipeline>, Vec<String>) {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let files = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    let (pipeline, found) = load(&mut map, file, &mut Files(files));
    let place =
        |found: &Diagnostic| found.labels.first().map(|label| map.name(label.span.file)).unwrap_or_default();
    (pipeline, found.iter().map(|found| format!("{}: {}", place(found), found.message)).collect())
}

/// The jobs with their scripts.
#[track_caller]
fn check(text: &str, files: &[(&'static str, &str)], expect: &[&str]) {
    let (pipeline, found) = read(text, files);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{text}: {found:?}"));
    assert_eq!(found, Vec::<String>::new(), "{text}");
    let jobs: Vec<_> =
        pipeline.jobs.iter().map(|(name, job)| format!("{name}: {}", job.script.join(","))).collect();
    assert_eq!(jobs, expect, "{text}");
}

#[track_caller]
fn check_error(text: &str, files: &[(&'static str, &str)], expect: &str) {
    let (pipeline, found) = read(text, files);
    assert!(pipeline.is_none(), "{text}");
    assert_eq!(found, [expect], "{text}");
}

const A: (&str, &str) = ("ci/a.yml", "a: {script: [one, two], variables: {X: a}}\n.t: {script: t}");
const B: (&str, &str) = ("b.yaml", "include: /ci/a.yml\nb: {extends: .t}");

#[test]
fn local_files_are_merged_below_the_file_that_names_them() {
    check("include: ci/a.yml\na: {script: own}", &[A], &["a: own"]);
    check("include: [{local: /ci/a.yml}]\nc: {extends: .t}", &[A], &["a: one,two", "c: t"]);
    check("include: {local: b.yaml}", &[A, B], &["a: one,two", "b: t"]);
    check(
        "include: [ci/a.yml, other.yml]\nz: {script: z}",
        &[A, ("other.yml", "a: {script: last}")],
        &["a: last", "z: z"],
    );
}

#[test]
fn a_pattern_stands_for_files_or_for_none() {
    check("include: '**/*.y*ml'", &[A, B], &["a: one,two", "b: t"]);
    check("include: none/*.yml\nz: {script: z}", &[A], &["z: z"]);
}

#[test]
fn what_cannot_be_included_is_said_in_gitlabs_words() {
    let at = ".gitlab-ci.yml: ";
    check_error("include: x.yml", &[], &format!("{at}Local file `x.yml` does not exist!"));
    check_error("include: x.yml", &[("x.yml", " ")], &format!("{at}Local file `x.yml` is empty!"));
    check_error(
        "include: x.txt",
        &[("x.txt", "a")],
        &format!("{at}Included file `x.txt` does not have YAML extension!"),
    );
    check_error("include: x.yml", &[("x.yml", "[a]")], "x.yml: Included file `x.yml` is no mapping of jobs");
    let circle = ("x.yml", "include: x.yml");
    check_error("include: x.yml", &[circle], "x.yml: Maximum of 150 nested includes are allowed!");
}

#[test]
fn what_needs_a_network_is_a_warning_and_the_rest_stays_usable() {
    let text = "include: [{project: g/p, file: x.yml}, 'https://h/x.yml', {template: T.yml}]\nz: {script: z}";
    let (pipeline, found) = read(text, &[]);
    assert_eq!(pipeline.unwrap().jobs.len(), 1);
    let expect = ["project: g/p", "remote: https://h/x.yml", "template: T.yml"];
    let expect = expect.map(|what| format!(".gitlab-ci.yml: `{what}` needs a network and is not included"));
    assert_eq!(found, expect);
}

#[test]
fn a_job_that_builds_on_what_was_left_out_says_so() {
    let (pipeline, _) = read("include: {template: T.yml}\nt: {extends: .far-away}\nz: {script: z}", &[]);
    let problem = pipeline.unwrap().broken.get("t").unwrap().iter().next().unwrap().clone();
    assert_eq!(problem.message, "t: unknown keys in `extends` (.far-away)");
    assert_eq!(problem.help.unwrap(), "it may come from `template: T.yml`, which is not included");
}

#[test]
fn a_file_whose_jobs_are_all_elsewhere_says_so() {
    let (mut map, text) = (SourceMap::new(), "include: {template: T.yml}");
    let file = map.add(".gitlab-ci.yml", text);
    let (_, found) = load(&mut map, file, &mut NoFiles);
    let problem = found.iter().last().unwrap();
    assert_eq!(problem.message, "jobs config should contain at least one visible job");
    assert_eq!(problem.help.as_deref(), Some("it may come from `template: T.yml`, which is not included"));
}
