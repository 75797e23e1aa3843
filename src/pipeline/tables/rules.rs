//! The clauses of a rule, and which rules may have them.

use super::{job, load_pipeline};
use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::when::When;

#[test]
fn every_form_of_a_clause_is_accepted() {
    let rules = |written: &str| {
        let found = job(&format!("t: {{script: x, rules: {written}}}"));
        found.unwrap_or_else(|errors| panic!("{written}: {errors:?}")).rules.unwrap()
    };
    assert_eq!(rules("[{if: $A}, {when: never}]").len(), 2);
    // Nested lists, as `!reference` makes them.
    assert_eq!(rules("[{if: $A}, [{when: never}, [{if: $B}]]]").len(), 3);
    assert_eq!(rules("[{if: $A}]")[0].when, None);
    for (written, expect) in [
        ("on_success", When::OnSuccess),
        ("on_failure", When::OnFailure),
        ("always", When::Always),
        ("manual", When::Manual),
        ("never", When::Never),
    ] {
        assert_eq!(rules(&format!("[{{when: {written}}}]"))[0].when, Some(expect));
    }
    let delayed = &rules("[{when: delayed, start_in: 10 minutes}]")[0];
    assert_eq!((delayed.when, delayed.start_in.unwrap().as_secs()), (Some(When::Delayed), 600));
    assert_eq!(rules("[{allow_failure: true}]")[0].allow_failure, Some(AllowFailure::Yes));
    assert_eq!(rules("[{allow_failure: false}]")[0].allow_failure, Some(AllowFailure::No));
    assert_eq!(rules("[{if: $A}]")[0].allow_failure, None);
    assert_eq!(rules("[{needs: []}]")[0].needs.as_deref(), Some(&[][..]));
    assert_eq!(rules("[{interruptible: true}]").len(), 1);
    let changes = rules("[{changes: [a, 'b/**/*']}, {changes: {paths: [a], compare_to: main}}]");
    assert_eq!(changes[0].changes.as_ref().unwrap().paths, ["a", "b/**/*"]);
    assert_eq!(changes[1].changes.as_ref().unwrap().compare_to.as_deref(), Some("main"));
    let exists = rules("[{exists: [a]}, {exists: {paths: [b]}}, {exists: c}]");
    let exists: Vec<_> = exists.iter().map(|rule| rule.exists.as_ref().unwrap()[0].clone()).collect();
    assert_eq!(exists, ["a", "b", "c"]);
}

#[test]
fn invalid_rules_are_reported() {
    let many = format!("[{{changes: [{}]}}]", vec!["a"; 51].join(", "));
    for (written, expect) in [
        ("[]", "jobs:t:rules config can't be blank"),
        ("x", "jobs:t rules should be an array containing hashes and arrays of hashes"),
        ("{if: $A}", "jobs:t rules should be an array containing hashes and arrays of hashes"),
        ("[x]", "jobs:t:rules:rule config should be a hash"),
        ("[{iff: $A}]", "jobs:t:rules:rule config contains unknown keys: iff"),
        ("[{if: [$A]}]", "jobs:t:rules:rule if invalid expression syntax"),
        ("[{if: '$A =='}]", "jobs:t:rules:rule if invalid expression syntax"),
        ("[{when: later}]", "jobs:t:rules:rule when unknown value: later"),
        ("[{allow_failure: 1}]", "jobs:t:rules:rule allow failure should be a boolean value"),
        ("[{allow_failure: {exit_codes: 1}}]", "jobs:t:rules:rule allow failure should be a boolean value"),
        ("[{changes: a}]", "jobs:t:rules:rule:changes config should be an array of strings"),
        ("[{changes: [{a: b}]}]", "jobs:t:rules:rule:changes config should be an array of strings"),
        ("[{exists: {a: b}}]", "jobs:t:rules:rule:exists config contains unknown keys: a"),
        (&many, "jobs:t:rules:rule:changes config has too many entries (maximum 50)"),
    ] {
        let errors = job(&format!("t: {{script: x, rules: {written}}}")).unwrap_err();
        assert_eq!(errors.first().map(String::as_str), Some(expect), "{written}");
    }
    for keyword in ["only: [main]", "except: [main]", "start_in: 1 day"] {
        let errors = job(&format!("t: {{script: x, rules: [{{when: always}}], {keyword}}}")).unwrap_err();
        let name = keyword.split(':').next().unwrap();
        assert_eq!(errors[0], format!("jobs:t config key may not be used with `rules`: {name}"));
    }
}

#[test]
fn rules_of_workflow_have_fewer_keywords() {
    let workflow = |written: &str| load_pipeline(&format!("workflow: {written}\nt: {{script: x}}"));
    let pipeline = workflow("{rules: [{if: $A, when: never}, {variables: {V: 1}}], name: n}").unwrap();
    let rules = pipeline.workflow.unwrap();
    assert_eq!((rules[0].when, &*rules[1].variables[0].value), (Some(When::Never), "1"));
    assert_eq!(workflow("{name: n}").unwrap().workflow, None);
    for (written, expect) in [
        ("x", "workflow config should be a hash"),
        ("{rule: []}", "workflow config contains unknown keys: rule"),
        ("{rules: {if: $A}}", "workflow:rules config should be a array"),
        ("{rules: [{when: manual}]}", "workflow:rules:rule when unknown value: manual"),
        (
            "{rules: [{when: delayed, start_in: 1 day}]}",
            "workflow:rules:rule config contains unknown keys: start_in",
        ),
        (
            "{rules: [{allow_failure: true}]}",
            "workflow:rules:rule config contains unknown keys: allow_failure",
        ),
        ("{rules: [{needs: []}]}", "workflow:rules:rule config contains unknown keys: needs"),
        ("{rules: []}", "workflow:rules config can't be blank"),
    ] {
        assert_eq!(workflow(written).unwrap_err().first().map(String::as_str), Some(expect), "{written}");
    }
}

#[test]
fn a_failed_job_stops_the_others_if_the_workflow_or_one_of_its_rules_says_so() {
    use crate::pipeline::auto_cancel::OnJobFailure::{All, None as Nothing};
    let load = |workflow: &str| load_pipeline(&format!("workflow: {workflow}\nt: {{script: x}}"));
    let on_job_failure = |workflow: &str| load(workflow).unwrap().on_job_failure;
    assert_eq!(on_job_failure("{rules: [{when: always}]}"), Nothing);
    assert_eq!(on_job_failure("{auto_cancel: {on_new_commit: interruptible}}"), Nothing);
    assert_eq!(on_job_failure("{auto_cancel: {on_job_failure: none}}"), Nothing);
    assert_eq!(on_job_failure("{auto_cancel: {on_job_failure: all}}"), All);
    let rule = &load("{rules: [{auto_cancel: {on_job_failure: all}}]}").unwrap().workflow.unwrap()[0];
    assert_eq!(rule.on_job_failure, Some(All));
    for (workflow, expect) in [
        ("{auto_cancel: all}", "workflow:auto_cancel config should be a hash"),
        (
            "{auto_cancel: {on_job_failure: some}}",
            "workflow:auto_cancel on job failure must be one of: none, all",
        ),
        (
            "{auto_cancel: {on_new_commit: all}}",
            "workflow:auto_cancel on new commit must be one of: conservative, interruptible, none",
        ),
    ] {
        assert_eq!(load(workflow).unwrap_err(), [expect], "{workflow}");
    }
}
