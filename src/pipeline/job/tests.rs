//! How the keywords of a job are decoded.

use crate::pipeline::allow_failure::AllowFailure;
use crate::pipeline::include::NoFiles;
use crate::pipeline::include::testing::texts;
use crate::pipeline::inherit::Inherited;
use crate::pipeline::job::{Job, JobKind};
use crate::pipeline::load;
use crate::pipeline::retry::{FailureReason, Retry, RetryWhen};
use crate::pipeline::when::When;
use crate::source::diagnostic::{Diagnostics, Severity};
use crate::source::map::SourceMap;

/// Loads a file and returns its job `t`, or the first error.
fn load_job(text: &str) -> Result<Job, String> {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let error = |found: &Diagnostics| {
        let first = found.iter().find(|found| found.severity == Severity::Error);
        first.map(|found| found.message.clone()).unwrap_or_default()
    };
    let Some(pipeline) = pipeline else { return Err(error(&found)) };
    match pipeline.broken.get("t") {
        Some(found) => Err(error(found)),
        None => Ok(pipeline.jobs["t"].clone()),
    }
}

/// The job `t` with these keywords, beside two jobs that it may need.
fn job(keywords: &str) -> Job {
    load_job(&format!("a: {{script: a}}\nx: {{script: x}}\nt: {{script: a, {keywords}}}"))
        .unwrap_or_else(|error| panic!("{keywords}: {error}"))
}

#[track_caller]
fn check_error(keywords: &str, expect: &str) {
    assert_eq!(load_job(&format!("t: {{script: a, {keywords}}}")).unwrap_err(), expect, "{keywords}");
}

#[test]
fn when_is_one_of_gitlabs_words() {
    assert_eq!(job("when: on_failure").when, When::OnFailure);
    assert_eq!(job("image: x").when, When::OnSuccess);
    let delayed = job("when: delayed, start_in: 30 minutes");
    assert_eq!(delayed.start_in.unwrap().as_secs(), 1800);
    let list = "jobs:t when should be one of: on_success, on_failure, always, manual, delayed";
    check_error("when: never", list);
    check_error("when: [always]", list);
    check_error("when: delayed", "jobs:t start in should be a duration");
    check_error("when: manual, start_in: 1 h", "jobs:t start in must be blank");
}

#[test]
fn a_job_that_says_itself_that_it_is_manual_may_fail() {
    assert_eq!(job("when: manual").allow_failure, AllowFailure::Manual);
    assert_eq!(job("when: manual, allow_failure: true").allow_failure, AllowFailure::Yes);
    assert_eq!(job("when: manual, allow_failure: false").allow_failure, AllowFailure::No);
    assert_eq!(job("when: manual, rules: [{if: $A}]").allow_failure, AllowFailure::Manual);
    assert_eq!(job("rules: [{when: manual}]").allow_failure, AllowFailure::No);
}

#[test]
fn an_item_of_a_script_may_be_empty_and_the_whole_script_may_not() {
    let script = |written: &str| load_job(&format!("t: {{script: {written}}}")).map(|job| texts(&job.script));
    assert_eq!(script("['']"), Ok(vec![String::new()]));
    assert_eq!(script("['', ' ', x]"), Ok(vec![String::new(), " ".to_owned(), "x".to_owned()]));
    for blank in ["''", "' '", "[]", "~"] {
        assert_eq!(script(blank), Err("jobs:t script can't be blank".to_owned()), "{blank}");
    }
}

#[test]
fn type_is_no_keyword() {
    check_error("type: build", "jobs:t config contains unknown keys: type");
}

#[test]
fn options_for_kubernetes_are_valid_and_named_as_without_effect() {
    let job =
        job("image: {name: a, kubernetes: {user: 1000}}, services: [{name: b, kubernetes: {user: '1:2'}}]");
    let told: Vec<_> = job.warnings.iter().map(|found| &*found.message).collect();
    let message =
        |keyword: &str| format!("keyword `{keyword}` only applies on Kubernetes and is ignored here");
    assert_eq!(told, [message("image:kubernetes"), message("services:kubernetes")]);
    check_error("image: {name: a, kubernetes: x}", "jobs:t:image kubernetes should be a hash");
    check_error(
        "image: {name: a, kubernetes: {pod: x}}",
        "jobs:t:image:kubernetes config contains unknown keys: pod",
    );
}

#[test]
fn retry_is_a_number_or_a_mapping() {
    let always = |max| Retry { max, when: RetryWhen::Always, exit_codes: Vec::new() };
    assert_eq!(job("retry: 2").retry, always(2));
    assert_eq!(job("retry: {max: 1}").retry, always(1));
    assert_eq!(job("retry: {max: 1, when: [script_failure, always]}").retry, always(1));
    let (script, system) = (FailureReason::ScriptFailure, FailureReason::RunnerSystemFailure);
    let retry = job("retry: {max: 2, when: script_failure, exit_codes: [137]}").retry;
    assert!(retry.covers(script, Some(1)) && retry.covers(system, Some(137)));
    assert!(!retry.covers(system, None));
    let codes = job("retry: {max: 2, exit_codes: 137}").retry;
    assert!(codes.covers(script, Some(137)) && !codes.covers(script, Some(1)));
    assert!(always(2).covers(FailureReason::JobExecutionTimeout, None));
    assert_eq!(load_job("default: {retry: 1}\nt: {script: a}").unwrap().retry, always(1));
    check_error("retry: 3", "jobs:t:retry config must be less than or equal to 2");
    check_error("retry: -1", "jobs:t:retry config must be greater than or equal to 0");
    check_error("retry: x", "jobs:t:retry config has to be either an integer or a hash");
    check_error("retry: {max: 1, when: script_failed}", "jobs:t:retry when is not included in the list");
    check_error("retry: {times: 1}", "jobs:t:retry config contains unknown keys: times");
}

#[test]
fn rules_are_decoded_with_all_their_clauses() {
    let text = "rules: [{if: $A, changes: [a], exists: {paths: [b]}, when: manual, allow_failure: true, \
                variables: {V: 1}, needs: [x]}, [{when: never}]]";
    let rules = job(text).rules.unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[0].condition.as_ref().unwrap().to_string(), "$A");
    assert_eq!(rules[0].changes.as_ref().unwrap().paths, ["a"]);
    assert_eq!(rules[0].exists.as_ref().unwrap(), &["b"]);
    assert_eq!((rules[0].when, rules[1].when), (Some(When::Manual), Some(When::Never)));
    assert_eq!(rules[0].variables[0].value, "1");
    assert_eq!(rules[0].needs.as_ref().unwrap()[0].job, "x");
    let compared = job("rules: [{changes: {paths: [a], compare_to: main}}]").rules.unwrap();
    assert_eq!(compared[0].changes.as_ref().unwrap().compare_to.as_deref(), Some("main"));
}

#[test]
fn invalid_rules_are_reported() {
    check_error("rules: []", "jobs:t:rules config can't be blank");
    check_error("rules: x", "jobs:t rules should be an array containing hashes and arrays of hashes");
    check_error("rules: [x]", "jobs:t:rules:rule config should be a hash");
    check_error("rules: [{if: '$A == b'}]", "jobs:t:rules:rule if invalid expression syntax");
    check_error("rules: [{if: true}]", "jobs:t:rules:rule if invalid expression syntax");
    check_error("rules: [{iff: $A}]", "jobs:t:rules:rule config contains unknown keys: iff");
    check_error("rules: [{changes: a}]", "jobs:t:rules:rule:changes config should be an array of strings");
    check_error(
        "rules: [{allow_failure: {exit_codes: 1}}]",
        "jobs:t:rules:rule allow failure should be a boolean value",
    );
    check_error("rules: [{if: $A}], only: [main]", "jobs:t config key may not be used with `rules`: only");
    check_error("rules: [{when: sometimes}]", "jobs:t:rules:rule when unknown value: sometimes");
    let many = vec!["a"; 51].join(", ");
    check_error(
        &format!("rules: [{{exists: [{many}]}}]"),
        "jobs:t:rules:rule:exists config has too many entries (maximum 50)",
    );
}

#[test]
fn a_need_is_a_name_or_a_mapping() {
    let needs = job("needs: [a, {job: b, artifacts: false, optional: true}, {project: g/p, job: c, ref: m}]");
    let needs: Vec<_> =
        needs.needs.unwrap().into_iter().map(|need| (need.job, need.artifacts, need.optional)).collect();
    assert_eq!(needs, [("a".to_owned(), true, false), ("b".to_owned(), false, true)]);
    assert_eq!(job("needs: []").needs.unwrap(), []);
    assert_eq!(job("image: x").needs, None);
    check_error("needs: [{artifacts: true}]", "jobs:t:needs:need job can't be blank");
    check_error("needs: [~]", "jobs:t:needs:need has an unsupported type");
    check_error("needs: [{job: b, optional: x}]", "jobs:t:needs:need optional should be a boolean value");
    check_error("dependencies: a", "jobs:t dependencies should be an array of strings");
}

#[test]
fn inherit_selects_all_none_or_some_names() {
    let inherit = job("inherit: {default: false, variables: [A]}").inherit;
    assert_eq!(inherit.default, Inherited::None);
    assert!(inherit.variables.has("A") && !inherit.variables.has("B"));
    let text = |inherit| format!("default: {{image: i, timeout: 5m}}\nt: {{script: a, inherit: {inherit}}}");
    let of =
        |inherit| load_job(&text(inherit)).map(|job| (job.image.is_some(), job.timeout.is_some())).unwrap();
    assert_eq!(of("{default: [image]}"), (true, false));
    assert_eq!(of("{default: false}"), (false, false));
    assert_eq!(of("{variables: false}"), (true, true));
    check_error("inherit: [image]", "jobs:t:inherit config should be a hash");
}

#[test]
fn other_keywords_have_gitlabs_forms() {
    let environment =
        job("environment: {name: review/$X, url: 'https://x', action: stop}").environment.unwrap();
    assert_eq!((&*environment.name, &*environment.action), ("review/$X", "stop"));
    assert_eq!(job("environment: prod").environment.unwrap().action, "start");
    assert_eq!(job("coverage: '/\\d+%/'").coverage.unwrap().last_match("7% 8%"), Some(Some("8%")));
    assert_eq!(texts(&job("hooks: {pre_get_sources_script: [x]}").pre_get_sources), ["x"]);
    assert_eq!(job("environment: {name: x, deployment_tier: $T}").environment.unwrap().tier.unwrap(), "$T");
    assert_eq!(job("only: [main, /^v/i]").only.unwrap().refs.unwrap(), ["main", "/^v/i"]);
    assert_eq!(job("rules: [{exists: a}]").rules.unwrap()[0].exists.as_deref(), Some(&["a".to_owned()][..]));
    assert_eq!(job("rules: [{exists: {regexp: a}}]").rules.unwrap()[0].exists, None);
    assert_eq!(job("except: {changes: [a], variables: [$A]}").except.unwrap().changes.unwrap(), ["a"]);
}

#[test]
fn invalid_keywords_are_reported_with_gitlabs_messages() {
    let no_list = "should be an array of strings or regular expressions using re2 syntax";
    let long = "x".repeat(256);
    for (keywords, expect) in [
        ("coverage: 80%", "jobs:t:coverage config must be a regular expression with re2 syntax"),
        ("coverage: '/(/'", "jobs:t:coverage config must be a regular expression with re2 syntax"),
        ("coverage: '/\\p{Nd}/'", "jobs:t:coverage config has a pattern that is not supported here"),
        ("environment: {url: x}", "jobs:t:environment name can't be blank"),
        ("environment: ''", "jobs:t:environment name can't be blank"),
        ("environment: [x]", "jobs:t:environment config should be a hash or a string"),
        ("environment: {name: x, tier: y}", "jobs:t:environment config contains unknown keys: tier"),
        ("environment: {name: x, url: [y]}", "jobs:t:environment url should be a string"),
        (
            &format!("environment: {{name: x, url: {long}}}"),
            "jobs:t:environment url is too long (maximum is 255 characters)",
        ),
        (
            "environment: {name: x, action: go}",
            "jobs:t:environment action should be start, stop, prepare, verify, or access",
        ),
        (
            "environment: {name: x, deployment_tier: prod}",
            "jobs:t:environment deployment tier must be one of production, staging, testing, development, other",
        ),
        (
            "environment: a:b",
            "jobs:t:environment name can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and \
             spaces, but it cannot start or end with '/'",
        ),
        ("only: {branches: [x]}", "jobs:t:only config contains unknown keys: branches"),
        ("only: main", "jobs:t:only has to be either an array of conditions or a hash"),
        ("except: [{a: b}]", &format!("jobs:t:except config {no_list}")),
        ("only: ['/(/']", &format!("jobs:t:only config {no_list}")),
        ("only: {refs: main}", &format!("jobs:t:only refs {no_list}")),
        ("only: {variables: $A}", "jobs:t:only variables should be an array of strings"),
        ("allow_failure: {codes: 1}", "jobs:t:allow_failure config contains unknown keys: codes"),
        (
            "allow_failure: {exit_codes: [a]}",
            "jobs:t:allow_failure exit codes should be an array of integers or an integer",
        ),
        ("retry: {max: 3}", "jobs:t:retry max must be less than or equal to 2"),
        ("retry: {max: a}", "jobs:t:retry max is not a number"),
        ("retry: {max: 1.5}", "jobs:t:retry max must be an integer"),
        ("retry: {when: [script_failed]}", "jobs:t:retry when contains unknown values: script_failed"),
        ("retry: {when: [1]}", "jobs:t:retry when should be an array of strings or a string"),
        ("retry: {exit_codes: a}", "jobs:t:retry exit codes should be an array of integers or an integer"),
        ("when: delayed, start_in: 8 days", "jobs:t start in should not exceed the limit"),
        ("when: delayed, start_in: soon", "jobs:t start in should be a duration"),
        ("rules: [{start_in: 1 h}]", "jobs:t:rules:rule config contains disallowed keys: start_in"),
        ("rules: [{when: delayed}]", "jobs:t:rules:rule start in can't be blank"),
        (
            "rules: [{when: delayed, start_in: 2 weeks}]",
            "jobs:t:rules:rule start in should not exceed the limit",
        ),
        (
            "rules: [{changes: {compare_to: x}}]",
            "jobs:t:rules:rule:changes config missing required keys: paths",
        ),
        ("rules: [{exists: {project: x}}]", "jobs:t:rules:rule:exists config missing required keys: paths"),
        ("rules: [{if: '$A =~ /\\p{L}/'}]", "jobs:t:rules:rule if has a pattern that is not supported here"),
    ] {
        check_error(keywords, expect);
    }
}

#[test]
fn allow_failure_without_exit_codes_allows_no_failure() {
    assert_eq!(job("allow_failure: {}").allow_failure, AllowFailure::No);
    assert_eq!(job("allow_failure: {exit_codes: ~}").allow_failure, AllowFailure::No);
}

#[test]
fn a_job_may_have_a_trigger_or_steps_instead_of_a_script() {
    assert_eq!(load_job("t: {trigger: g/p}").unwrap().kind, JobKind::Trigger);
    assert_eq!(load_job("t: {run: [{name: x, script: y}]}").unwrap().kind, JobKind::Run);
}

#[test]
fn a_name_is_a_string_of_at_most_255_characters() {
    let broken = |text: &str| {
        let mut map = SourceMap::new();
        let file = map.add(".gitlab-ci.yml", text);
        let (pipeline, _) = load(&mut map, file, &NoFiles);
        let broken = pipeline.unwrap().broken;
        broken.values().flatten().map(|found| found.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(broken("10: {script: x}"), ["jobs:10 name should be a symbol"]);
    assert_eq!(broken("yes: {script: x}"), ["jobs:true name should be a symbol"]);
    assert_eq!(broken("'10': {script: x}"), [""; 0]);
    assert_eq!(broken("'': {script: x}"), ["jobs:job name can't be blank"]);
    assert_eq!(broken(&format!("{}: {{script: x}}", "é".repeat(255))), [""; 0]);
    let long = broken(&format!("{}: {{script: x}}", "a".repeat(256)));
    assert_eq!(long, ["jobs:job name is too long (maximum is 255 characters)"]);
}
