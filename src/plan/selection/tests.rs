use std::rc::Rc;

use super::*;
use crate::git::facts::{GitFacts, Tag};
use crate::pipeline::include::NoFiles;
use crate::pipeline::load;
use crate::plan::job_plan::EnvironmentVariable;
use crate::plan::testing::Case;
use crate::source::map::SourceMap;

struct Files;

impl RuleFiles for Files {
    fn changed_files(&self, compare_to: Option<&str>) -> Option<Rc<[String]>> {
        match compare_to {
            None => Some(Rc::from(["src/a.rs".to_owned()])),
            Some("main") => Some(Rc::from(["docs/b.md".to_owned()])),
            Some(_) => None,
        }
    }

    fn all_files(&self) -> Rc<[String]> {
        Rc::from(["$x.txt".to_owned(), "Dockerfile".to_owned(), "src/a.rs".to_owned()])
    }
}

/// Decides about the job `t` on `branch`, or on the tag `v1` if `branch` is empty, and gives `when: why`. `typed` are
/// variables of the command line.
fn select(text: &str, branch: &str, typed: &[(&str, &str)]) -> String {
    select_job(text, "t", branch, typed)
}

fn select_job(text: &str, name: &str, branch: &str, typed: &[(&str, &str)]) -> String {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    let mut facts = Case::new().facts;
    let tag = branch.is_empty().then(|| Tag { name: "v1".to_owned(), message: String::new() });
    facts.git = Some(GitFacts {
        root: "/home/me/shop".into(),
        commit: None,
        branch: (!branch.is_empty()).then(|| branch.to_owned()),
        tag,
        origin: crate::git::remote::RemoteUrl::parse("git@h:g/p.git"),
        linked: None,
        default_branch: Some("main".to_owned()),
        user_name: None,
        user_email: None,
    });
    let variable = |(key, value): &(&str, &str)| EnvironmentVariable {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    facts.variables = typed.iter().map(variable).collect();
    let selector = Selector::new(&pipeline, &facts, &Files);
    if let Some(workflow) = selector.without_pipeline() {
        return format!("no pipeline: {}", workflow.why);
    }
    let job = pipeline.jobs.get(name).unwrap_or_else(|| panic!("{:?}", pipeline.broken));
    let selection = selector.decide(job).selection;
    match selection.why.is_empty() {
        true => selection.when.to_string(),
        false => format!("{}: {}", selection.when, selection.why),
    }
}

fn on_main(keywords: &str) -> String {
    select(&format!("variables: {{A: $B, B: b}}\nt: {{script: a, {keywords}}}"), "main", &[])
}

#[test]
fn the_first_rule_that_matches_decides() {
    assert_eq!(
        on_main("rules: [{if: $NONE}, {if: $A, when: manual}, {when: always}]"),
        "manual: rule 2: if $A"
    );
    assert_eq!(on_main("when: on_failure, rules: [{if: $A}]"), "on_failure: rule 1: if $A");
    assert_eq!(on_main("rules: [{when: never}]"), "never: rule 1");
    assert_eq!(on_main("rules: [{if: $NONE}]"), "never: no rule matches");
    assert_eq!(on_main("image: x"), "on_success");
}

#[test]
fn all_clauses_of_a_rule_have_to_hold() {
    assert_eq!(on_main("rules: [{if: $A, changes: [docs/*]}]"), "never: no rule matches");
    let both = on_main("rules: [{if: $A, changes: ['src/*.rs'], exists: [Dockerfile]}]");
    assert_eq!(both, "on_success: rule 1: if $A, changes src/*.rs, exists Dockerfile");
    assert_eq!(on_main("rules: [{exists: [Makefile]}]"), "never: no rule matches");
    assert_eq!(
        on_main("rules: [{changes: {paths: ['docs/*'], compare_to: main}}]"),
        "on_success: rule 1: changes docs/*"
    );
}

#[test]
fn without_a_commit_to_compare_with_every_file_counts_as_changed() {
    let rule = "rules: [{changes: {paths: [x], compare_to: gone}}]";
    assert_eq!(on_main(rule), "on_success: rule 1: changes x");
}

#[test]
fn rules_compare_values_as_written_and_the_highest_layer_counts() {
    assert_eq!(on_main("rules: [{if: $A == \"b\"}]"), "never: no rule matches");
    assert_eq!(on_main("variables: {A: b}, rules: [{if: $A == 'b'}]"), "on_success: rule 1: if $A == 'b'");
    let text = "t: {script: a, variables: {A: x}, rules: [{if: $A == 'y'}]}";
    assert_eq!(select(text, "main", &[("A", "y")]), "on_success: rule 1: if $A == 'y'");
    assert_eq!(on_main("inherit: {variables: false}, rules: [{if: $B}]"), "never: no rule matches");
    assert_eq!(on_main("rules: [{if: $CI_JOB_ID || $CI_PIPELINE_ID}]"), "never: no rule matches");
    let name = on_main("rules: [{if: $CI_JOB_NAME == 't' && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]");
    assert!(name.starts_with("on_success"), "{name}");
}

#[test]
fn workflow_rules_decide_for_all_jobs_and_define_variables() {
    let text = "workflow: {rules: [{if: $CI_COMMIT_TAG, when: never}, {if: $CI_COMMIT_BRANCH, variables: {W: 1}}]}\n\
                variables: {W: 0}\nt: {script: a, rules: [{if: $W == '1'}]}";
    assert_eq!(select(text, "main", &[]), "on_success: rule 1: if $W == '1'");
    assert_eq!(select(text, "", &[]), "no pipeline: rule 1: if $CI_COMMIT_TAG");
    let never = "workflow: {rules: [{if: $NONE}]}\nt: {script: a}";
    assert_eq!(select(never, "main", &[]), "no pipeline: no rule matches");
}

#[test]
fn only_and_except_know_refs_patterns_and_keywords() {
    for (keywords, branch, expect) in [
        ("only: [main]", "main", "on_success"),
        ("only: [main]", "topic", "never: only: main"),
        ("only: [branches]", "topic", "on_success"),
        ("only: [branches]", "", "never: only: branches"),
        ("only: [tags]", "", "on_success"),
        ("only: [tags]", "main", "never: only: tags"),
        ("only: [/^issue-.*$/]", "issue-7", "on_success"),
        ("only: [/^ISSUE-.*$/i]", "issue-7", "on_success"),
        ("only: [/^issue-.*$/]", "main", "never: only: /^issue-.*$/"),
        ("only: [pushes]", "main", "on_success"),
        ("only: [merge_requests]", "main", "never: only: merge_requests"),
        ("only: [schedules, web]", "main", "never: only: schedules, web"),
        ("only: [main@g/p]", "main", "on_success"),
        ("only: [main@other/p]", "main", "never: only: main@other/p"),
        ("except: [main]", "main", "never: except: main"),
        ("except: [main]", "topic", "on_success"),
        ("except: [tags]", "", "never: except: tags"),
        ("only: [branches], except: [/^wip/]", "wip-1", "never: except: /^wip/"),
        ("only: {refs: [main], variables: [$NONE]}", "main", "never: only:variables"),
        ("only: {variables: [$NONE, $CI]}", "main", "on_success"),
        ("only: {changes: ['docs/*']}", "main", "never: only:changes"),
        ("only: {changes: ['src/*']}", "main", "on_success"),
        ("only: {kubernetes: active}", "main", "never: only:kubernetes"),
        ("except: {variables: [$CI]}", "main", "never: except:variables"),
        ("except: {changes: ['src/*']}", "main", "never: except:changes"),
    ] {
        let text = format!("t: {{script: a, {keywords}}}");
        assert_eq!(select(&text, branch, &[]), expect, "{keywords} on {branch}");
    }
}

#[test]
fn a_merge_request_pipeline_has_only_jobs_that_ask_for_it() {
    let typed = [("CI_PIPELINE_SOURCE", "merge_request_event")];
    let on = |keywords: &str| select(&format!("t: {{script: a{keywords}}}"), "topic", &typed);
    assert_eq!(on(", only: [merge_requests]"), "on_success");
    assert_eq!(on(""), "never: only: branches, tags");
    assert_eq!(on(", only: [topic]"), "never: only: topic");
    assert_eq!(
        on(", rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]").split(':').next(),
        Some("on_success")
    );
}

#[test]
fn variables_in_paths_are_expanded_recursively() {
    let on = |variables: &str, rule: &str| {
        let text = format!("variables: {{{variables}}}\nt: {{script: a, rules: [{{{rule}}}]}}");
        select(&text, "main", &[]).split(':').next().unwrap_or_default().to_owned()
    };
    assert_eq!(on("DIR: $TOP, TOP: src", "changes: ['$DIR/*.rs']"), "on_success");
    assert_eq!(on("DIR: $TOP, TOP: src", "exists: ['${DIR}/a.rs']"), "on_success");
    assert_eq!(on("DIR: $TOP, TOP: docs", "changes: ['$DIR/*.rs']"), "never");
    assert_eq!(on("A: x", "changes: {paths: ['docs/*'], compare_to: $CI_DEFAULT_BRANCH}"), "on_success");
    assert_eq!(on("A: x", "changes: {paths: ['src/*'], compare_to: $CI_DEFAULT_BRANCH}"), "never");
    assert_eq!(on("A: x", "exists: [$NONE]"), "never");
    assert_eq!(on("A: $B, B: $A, F: Dockerfile", "exists: [$F]"), "on_success");
    // A reference to an undefined variable stays, because it may be part of a path.
    let tree = |text| select(text, "main", &[]);
    assert_eq!(tree("t: {script: a, rules: [{exists: ['$x.txt']}]}"), "on_success: rule 1: exists $x.txt");
    let own =
        "t: {script: a, variables: {F: Dockerfile}, inherit: {variables: false}, rules: [{exists: [$F]}]}";
    assert_eq!(tree(own), "on_success: rule 1: exists $F");
    let typed = select("t: {script: a, rules: [{exists: [$F]}]}", "main", &[("F", "src/a.rs")]);
    assert_eq!(typed, "on_success: rule 1: exists $F");
}

#[test]
fn rules_see_the_jobs_predefined_variables() {
    let on = |keywords: &str, condition: &str| {
        let text = format!("t: {{script: a, {keywords}, rules: [{{if: {condition}}}]}}");
        select(&text, "main", &[]).split(':').next().unwrap_or_default().to_owned()
    };
    let name = "$CI_ENVIRONMENT_NAME == 'review/main' && $CI_ENVIRONMENT_TIER == 'development'";
    let environment = "environment: {name: review/$CI_COMMIT_REF_SLUG, action: stop}";
    assert_eq!(on(environment, &format!("{name} && $CI_ENVIRONMENT_ACTION == 'stop'")), "on_success");
    assert_eq!(on(environment, "$CI_ENVIRONMENT_SLUG"), "never");
    assert_eq!(on("image: x", "$CI_ENVIRONMENT_NAME"), "never");
    assert_eq!(on("image: x", "$CI_JOB_NAME == 't' && $CI_JOB_STAGE == 'test'"), "on_success");
    assert_eq!(on("when: manual", "$CI_JOB_MANUAL == 'true'"), "manual");
    assert_eq!(on("image: x", "$CI_JOB_MANUAL"), "never");
    assert_eq!(
        on("variables: {CI_ENVIRONMENT_NAME: mine}, environment: x", "$CI_ENVIRONMENT_NAME == 'mine'"),
        "on_success"
    );
}

#[test]
fn rules_of_an_instance_see_its_number_and_matrix_values() {
    let text = "t: {script: a, parallel: {matrix: [{A: [x, y]}]}, \
                rules: [{if: $CI_NODE_INDEX == '2' && $CI_NODE_TOTAL == '2' && $A == 'y'}]}";
    assert_eq!(select_job(text, "t: [x]", "main", &[]), "never: no rule matches");
    assert!(select_job(text, "t: [y]", "main", &[]).starts_with("on_success"));
}
