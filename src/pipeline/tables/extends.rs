//! `extends`: what is merged, what is replaced, and how deep it goes.

use super::{errors, load_pipeline, merged};
use crate::pipeline::include::testing::{TestProject, pairs, texts};

/// Entries that the rows extend.
const PARENTS: &str = "
default: {image: default}
.a: {script: [a], variables: {X: a, Y: a}, image: {name: a, entrypoint: [e]}, tags: [one]}
.b: {script: b, variables: {Y: b}, environment: {name: e, url: u}, rules: [{if: $B}]}
.c: {extends: .a, variables: {Z: c}}
.n: {script: n, variables: !reference [.a, variables]}
.only: {script: o, only: [main]}
.all: {script: x, stage: deploy, needs: [], when: manual, except: [tags], inherit: {variables: false}, parallel: 1}
.list: [a]
.m: &m {variables: {X: m}, retry: 1}
job: {script: job, before_script: [before]}
";

/// A claim, the job `t`, and its keywords after merging.
const ROWS: [(&str, &str, &str); 20] = [
    (
        "one parent",
        "extends: .b",
        r#"script: "b", variables: {Y: "b"}, environment: {name: "e", url: "u"}, rules: [{if: "$B"}], image: "default""#,
    ),
    (
        "parents are merged in order, the later one wins",
        "extends: [.a, .b], rules: ~, environment: ~",
        r#"script: "b", variables: {X: "a", Y: "b"}, image: {name: "a", entrypoint: ["e"]}, tags: ["one"]"#,
    ),
    (
        "the job is on top; mappings are merged at every depth",
        "extends: .a, variables: {Y: t, Z: t}, image: {entrypoint: [f]}, tags: ~",
        r#"script: ["a"], variables: {X: "a", Y: "t", Z: "t"}, image: {name: "a", entrypoint: ["f"]}"#,
    ),
    (
        "lists are replaced as a whole",
        "extends: [.a], script: [t], tags: [two]",
        r#"script: ["t"], variables: {X: "a", Y: "a"}, image: {name: "a", entrypoint: ["e"]}, tags: ["two"]"#,
    ),
    (
        "lists of mappings, too",
        "extends: .b, environment: ~, rules: [{when: always}]",
        r#"script: "b", variables: {Y: "b"}, rules: [{when: "always"}], image: "default""#,
    ),
    (
        "a scalar replaces a mapping",
        "extends: .a, image: t, tags: ~, variables: ~",
        r#"script: ["a"], image: "t""#,
    ),
    (
        "null takes a keyword back, and the default counts",
        "extends: .a, image: ~, tags: ~, variables: ~",
        r#"script: ["a"], image: "default""#,
    ),
    (
        "an empty mapping takes nothing back",
        "extends: .a, variables: {}, image: ~, tags: ~",
        r#"script: ["a"], variables: {X: "a", Y: "a"}, image: "default""#,
    ),
    (
        "a parent may be a job",
        "extends: job",
        r#"script: "job", before_script: ["before"], image: "default""#,
    ),
    (
        "a parent may have parents, and its `extends` is not handed down",
        "extends: .c, image: ~, tags: ~",
        r#"script: ["a"], variables: {X: "a", Y: "a", Z: "c"}, image: "default""#,
    ),
    (
        "`extends` comes before `!reference`: a mapping on one replaces it",
        "extends: .n, variables: {T: t}",
        r#"script: "n", variables: {T: "t"}, image: "default""#,
    ),
    (
        "`!reference` sees what `extends` has made",
        "script: !reference [.c, script], variables: !reference [.c, variables]",
        r#"script: ["a"], variables: {X: "a", Y: "a", Z: "c"}, image: "default""#,
    ),
    (
        "`<<` comes first of all",
        "<<: *m, extends: .b, rules: ~, environment: ~",
        r#"script: "b", variables: {Y: "b", X: "m"}, retry: 1, image: "default""#,
    ),
    (
        "stage, needs, when, except and parallel are handed down",
        "extends: .all, parallel: ~",
        r#"script: "x", stage: "deploy", needs: [], when: "manual", except: ["tags"], image: "default""#,
    ),
    (
        "`only` of a parent and `rules` of the job do not go together",
        "extends: .only, rules: [{when: always}]",
        "error: jobs:t config key may not be used with `rules`: only",
    ),
    (
        "unless the job takes it back",
        "extends: .only, only: ~, rules: [{when: always}]",
        r#"script: "o", rules: [{when: "always"}], image: "default""#,
    ),
    ("a parent that is not there", "extends: .nope", "error: t: unknown keys in `extends` (.nope)"),
    ("a parent that is no mapping", "extends: .list", "error: t: invalid base hashes in `extends` (.list)"),
    ("a circle of one", "extends: t", "error: t: circular dependency detected in `extends`"),
    (
        "something else",
        "extends: 1",
        "error: jobs:t:extends config should be an array of strings or a string",
    ),
];

#[test]
fn each_claim_about_extends_holds() {
    for (claim, job, expect) in ROWS {
        assert_eq!(merged(&format!("{PARENTS}t: {{{job}}}\n")), expect, "{claim}: {job}");
    }
}

#[test]
fn a_chain_has_at_most_eleven_levels() {
    let chain = |levels: usize| {
        let parents: String =
            (1..levels).map(|level| format!(".l{level}: {{extends: .l{}}}\n", level - 1)).collect();
        merged(&format!(".l0: {{script: a}}\n{parents}t: {{extends: .l{}}}", levels - 1))
    };
    assert_eq!(chain(11), r#"script: "a""#);
    assert_eq!(chain(12), "error: t: nesting too deep in `extends`");
}

#[test]
fn every_job_that_reaches_a_circle_reports_it() {
    let pipeline =
        load_pipeline("t: {extends: .a}\n.a: {extends: .b}\n.b: {extends: .a}\nu: {script: x}").unwrap();
    assert_eq!(errors(&pipeline.broken["t"]), [".a: circular dependency detected in `extends`"]);
    assert_eq!(pipeline.jobs.keys().collect::<Vec<_>>(), ["u"]);
}

#[test]
fn a_parent_may_be_in_another_file() {
    let project = TestProject {
        files: pairs(&[("a.yml", ".a: {script: a}\nu: {extends: .b}\n")]),
        ..TestProject::default()
    };
    let (pipeline, found, _) = project.load("include: a.yml\n.b: {script: b}\nt: {extends: .a}\n");
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(
        (texts(&pipeline.jobs["t"].script), texts(&pipeline.jobs["u"].script)),
        (vec!["a".to_owned()], vec!["b".to_owned()])
    );
}
