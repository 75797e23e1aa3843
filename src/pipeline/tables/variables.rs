//! `variables`: the forms of a declaration at each place.

use super::{job, load_pipeline};
use crate::pipeline::variables::{Expansion, Variable};

fn shown(variables: &[Variable]) -> String {
    let one = |variable: &Variable| {
        let raw = if variable.expansion == Expansion::Raw { " (raw)" } else { "" };
        format!("{}={:?}{raw}", variable.key, variable.value)
    };
    variables.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The global variables, those of a job and those of a rule that `written` declares, or the errors.
fn declared(written: &str) -> [String; 3] {
    let error = |errors: Vec<String>| format!("error: {}", errors.join("; "));
    let global = load_pipeline(&format!("variables: {written}\nt: {{script: x}}"));
    let of_job = job(&format!("t: {{script: x, variables: {written}}}"));
    let of_rule = job(&format!("t: {{script: x, rules: [{{variables: {written}}}]}}"));
    [
        global.map_or_else(error, |pipeline| shown(&pipeline.variables)),
        of_job.map_or_else(error, |job| shown(&job.variables)),
        of_rule.map_or_else(error, |job| shown(&job.rules.unwrap()[0].variables)),
    ]
}

#[test]
fn values_mean_the_same_at_every_place() {
    for (written, expect) in [
        ("{A: text}", r#"A="text""#),
        ("{A: 1, B: 1.10, C: '1.10'}", r#"A="1", B="1.1", C="1.10""#),
        ("{A: true, B: yes, C: on, D: 'yes'}", r#"A="true", B="true", C="true", D="yes""#),
        ("{A: off, B: no}", r#"A="false", B="false""#),
        ("{A: 010, B: 12:30, C: 0x1F}", r#"A="8", B="45000", C="31""#),
        ("{A: , B: ~, C: ''}", r#"A="", B="", C="""#),
        ("{A: $B, B: '$$C'}", r#"A="$B", B="$$C""#),
        ("{A: \"a\\nb\\n\"}", r#"A="a\nb\n""#),
        ("{MY-VAR: 1, 1A: 2}", r#"MY-VAR="1", 1A="2""#),
        ("{}", ""),
        ("~", ""),
    ] {
        assert_eq!(declared(written), [expect; 3], "{written}");
    }
}

#[test]
fn some_forms_are_only_valid_at_some_places() {
    let invalid = |keys: &str| format!("error: jobs:t:variables:A config uses invalid data keys: {keys}");
    let no_string = || "error: jobs:t:rules:rule:variables:A config must be a string".to_owned();
    let shown = |text: &str| text.to_owned();
    for (written, expect) in [
        ("{A: {value: x}}", [shown(r#"A="x""#), shown(r#"A="x""#), no_string()]),
        ("{A: {value: 1.10}}", [shown(r#"A="1.1""#), shown(r#"A="1.1""#), no_string()]),
        ("{A: {value: ~}}", [shown(r#"A="""#), shown(r#"A="""#), no_string()]),
        ("{A: {value: x, expand: false}}", [shown(r#"A="x" (raw)"#), shown(r#"A="x" (raw)"#), no_string()]),
        ("{A: {value: x, expand: true}}", [shown(r#"A="x""#), shown(r#"A="x""#), no_string()]),
        ("{A: {value: x, description: d}}", [shown(r#"A="x""#), invalid("description"), no_string()]),
        (
            "{A: {value: x, description: d, options: [x, y]}}",
            [shown(r#"A="x""#), invalid("description, options"), no_string()],
        ),
        ("{A: {description: d}}", [shown(r#"A="""#), invalid("description"), no_string()]),
    ] {
        assert_eq!(declared(written), expect, "{written}");
    }
}

#[test]
fn invalid_declarations_are_reported() {
    let hash = "config should be a hash";
    let definition = "variable definition must be either a string or a hash";
    for (written, global, of_job) in [
        ("[A]", format!("variables {hash}"), format!("jobs:t:variables {hash}")),
        ("text", format!("variables {hash}"), format!("jobs:t:variables {hash}")),
        ("{A: [1, 2]}", format!("variables:A {definition}"), format!("jobs:t:variables:A {definition}")),
        (
            "{A: {value: [1]}}",
            "variables:A config value must be a scalar".to_owned(),
            "jobs:t:variables:A config value must be a scalar".to_owned(),
        ),
        (
            "{A: {valeu: x}}",
            "variables:A config uses invalid data keys: valeu".to_owned(),
            "jobs:t:variables:A config uses invalid data keys: valeu".to_owned(),
        ),
    ] {
        let [found_global, found_of_job, _] = declared(written);
        assert_eq!(found_global, format!("error: {global}"), "{written}");
        assert_eq!(found_of_job, format!("error: {of_job}"), "{written}");
    }
    let [global, ..] = declared("{A: {value: z, options: [x, y]}}");
    assert_eq!(global, "error: variables:A config value must be present in options");
    let [global, ..] = declared("{A: {value: x, options: x}}");
    assert_eq!(global, "error: variables:A config options should be an array of strings");
    let [global, ..] = declared("{A: {value: x, expand: 1}}");
    assert_eq!(global, "error: variables:A config expand should be a boolean value");
    let [global, ..] = declared("{A: {value: x, description: [d]}}");
    assert_eq!(global, "error: variables:A config description must be an alphanumeric string");
}

#[test]
fn an_empty_mapping_in_a_job_keeps_the_global_variables() {
    let pipeline = load_pipeline("variables: {A: 1}\nt: {script: x, variables: {}}").unwrap();
    assert_eq!(shown(&pipeline.variables), r#"A="1""#);
    assert!(pipeline.jobs["t"].inherit.variables.has("A"));
}
