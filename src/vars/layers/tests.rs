use super::*;
use crate::pipeline::inherit::Inherited;
use crate::source::map::{FileId, Span};

fn variables(written: &[(&str, &str)]) -> Vec<Variable> {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    let variable = |(key, value): &(&str, &str)| Variable {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
        expansion: Expansion::Expanded,
        span,
    };
    written.iter().map(variable).collect()
}

fn definitions(written: &[(&str, &str)]) -> Vec<Definition> {
    written.iter().map(|(key, value)| Definition::new(*key, *value)).collect()
}

fn shown(definitions: &[Definition]) -> Vec<String> {
    definitions.iter().map(|definition| format!("{}={}", definition.key, definition.value)).collect()
}

/// Expands global variables and those of a job.
fn expanded(global: &[(&str, &str)], job: &[(&str, &str)], run: &RunVariables) -> Vec<String> {
    let (global, job) = (variables(global), variables(job));
    let yaml = YamlVariables::of_levels([&global, &[], &job, &[]], &Inherited::All);
    let layered = JobVariables { yaml, run }.over(Vec::new(), FileValue::Path);
    shown(&layered.expand().unwrap().with_runner(vec![], vec![]).unwrap())
}

/// Names of variables, each defined by one layer more than the one before: the first by the lowest layer
/// alone.
const KEYS: [&str; 13] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M"];

fn from(layer: usize, name: &'static str) -> Vec<(&'static str, &'static str)> {
    KEYS[layer..].iter().map(|key| (*key, name)).collect()
}

#[test]
fn each_layer_wins_over_the_ones_before() {
    let levels = [(2, "global"), (3, "workflow rule"), (4, "job"), (5, "job rule")];
    let levels = levels.map(|(layer, name)| variables(&from(layer, name)));
    let run = RunVariables {
        user: definitions(&from(6, "user")),
        dotenv: definitions(&from(7, "dotenv")),
        project: definitions(&from(8, "project")),
        command_line: definitions(&from(9, "command line")),
        files: definitions(&from(10, "content")),
    };
    let levels = [&levels[0][..], &levels[1], &levels[2], &levels[3]];
    let variables = JobVariables { yaml: YamlVariables::of_levels(levels, &Inherited::All), run: &run };
    let layered = variables.over(definitions(&from(1, "predefined")), FileValue::Content);
    let server = layered.with_environment(definitions(&from(11, "environment"))).expand().unwrap();
    let all = server.with_runner(definitions(&from(0, "head")), definitions(&from(12, "tail"))).unwrap();
    let expect = [
        "A=head",
        "B=predefined",
        "C=global",
        "D=workflow rule",
        "E=job",
        "F=job rule",
        "G=user",
        "H=dotenv",
        "I=project",
        "J=command line",
        "K=content",
        "L=environment",
        "M=tail",
    ];
    assert_eq!(shown(&all), expect);
    // Rules compare the same value, wherever it is defined.
    let seen = |key: &&str| variables.value(key).map(|value| format!("{key}={value}"));
    assert_eq!(KEYS[2..11].iter().map(seen).collect::<Option<Vec<_>>>().unwrap(), expect[2..11]);
    assert_eq!(variables.value("A"), None);
    assert_eq!(variables.values("D").collect::<Vec<_>>(), ["global", "workflow rule"]);
}

#[test]
fn a_job_that_inherits_no_variable_has_only_its_own() {
    let (global, job) = (variables(&[("A", "1"), ("B", "1")]), variables(&[("A", "2")]));
    let some = Inherited::Some(vec!["B".to_owned()]);
    for (inherited, expect) in [(&Inherited::None, None), (&some, Some("1"))] {
        let yaml = YamlVariables::of_levels([&global, &[], &job, &[]], inherited);
        assert_eq!((yaml.value("A"), yaml.value("B")), (Some("2"), expect));
    }
}

#[test]
fn the_command_line_beats_the_job() {
    let run = RunVariables { command_line: definitions(&[("A", "9")]), ..RunVariables::default() };
    assert_eq!(expanded(&[], &[("A", "1"), ("B", "$A")], &run), ["B=9", "A=9"]);
}

#[test]
fn the_jobs_value_replaces_the_global_one_before_anything_is_expanded() {
    let all = expanded(&[("A", "low"), ("B", "$A")], &[("A", "$A high")], &RunVariables::default());
    assert_eq!(all, ["A=$A high high", "B=$A high high"]);
}

#[test]
fn flags_of_the_job_give_way_to_the_decided_ones() {
    let job = variables(&[("FF_NETWORK_PER_BUILD", "$ON"), ("ON", "1"), ("FF_MINE", "x")]);
    let yaml = YamlVariables::of_levels([&[], &[], &job, &[]], &Inherited::All);
    let run = RunVariables::default();
    let server = JobVariables { yaml, run: &run }.over(Vec::new(), FileValue::Path).expand().unwrap();
    assert_eq!(server.value("FF_NETWORK_PER_BUILD").unwrap().as_deref(), Some("1"));
    assert_eq!(server.value("FF_OTHER").unwrap(), None);
    let all = server.with_runner(definitions(&[("FF_NETWORK_PER_BUILD", "true")]), vec![]).unwrap();
    assert_eq!(shown(&all), ["FF_NETWORK_PER_BUILD=true", "ON=1", "FF_MINE=x"]);
}

#[test]
fn names_that_the_file_does_not_mention_are_private() {
    let job = variables(&[("A", "1")]);
    let yaml = YamlVariables::of_levels([&[], &[], &job, &[]], &Inherited::All);
    let run = RunVariables {
        dotenv: definitions(&[("A", "2"), ("TAG", "2")]),
        project: definitions(&[("A", "2"), ("TOKEN", "2")]),
        command_line: definitions(&[("CI", "no"), ("B", "2")]),
        files: definitions(&[("KEY", "2")]),
        user: definitions(&[("GITLAB_USER_ID", "1")]),
    };
    let mut keys: Vec<&str> =
        JobVariables { yaml, run: &run }.private_keys(&definitions(&[("CI", "true")])).into_iter().collect();
    keys.sort_unstable();
    assert_eq!(keys, ["B", "KEY", "TAG", "TOKEN"]);
}
