//! `!reference`: what it can refer to, where it may stand, and its errors.

use super::merged;

const ENTRIES: &str = r#"
variables: {G: global}
.a: {script: [a, b], variables: {X: x, Y: y}, rules: [{if: $A}], tags: [one, two], deep: {er: {est: z}}, empty: ~}
.b: {script: [!reference [.a, script], c]}
.c: {extends: .a, variables: {X: c}}
.loop: {script: !reference [.pool, script]}
.pool: {script: [!reference [.loop, script]]}
.needs: {needs: [other]}
other: {script: o, stage: build}
.d0: {script: [d]}
.d1: {script: !reference [.d0, script]}
.d2: {script: !reference [.d1, script]}
.d3: {script: !reference [.d2, script]}
.d4: {script: !reference [.d3, script]}
.d5: {script: !reference [.d4, script]}
.d6: {script: !reference [.d5, script]}
.d7: {script: !reference [.d6, script]}
.d8: {script: !reference [.d7, script]}
.d9: {script: !reference [.d8, script]}
.d10: {script: !reference [.d9, script]}
"#;

#[test]
fn each_claim_about_references_holds() {
    for (claim, job, expect) in [
        ("the whole value", "script: !reference [.a, script]", r#"script: ["a", "b"]"#),
        ("a part of a list", "script: [!reference [.a, script], make]", r#"script: [["a", "b"], "make"]"#),
        (
            "a part of a part, which is one, too",
            "script: [!reference [.b, script]]",
            r#"script: [[["a", "b"], "c"]]"#,
        ),
        (
            "a mapping",
            "script: x, variables: !reference [.a, variables]",
            r#"script: "x", variables: {X: "x", Y: "y"}"#,
        ),
        (
            "one of its values",
            "script: x, variables: {T: !reference [.a, variables, X]}",
            r#"script: "x", variables: {T: "x"}"#,
        ),
        ("a value at any depth", "script: !reference [.a, deep, er, est]", r#"script: "z""#),
        ("a keyword of the top level", "script: !reference [variables, G]", r#"script: "global""#),
        (
            "what `extends` has made",
            "script: x, variables: !reference [.c, variables]",
            r#"script: "x", variables: {X: "c", Y: "y"}"#,
        ),
        ("of another job", "script: !reference [other, script]", r#"script: "o""#),
        (
            "rules, alone and among others",
            "script: x, rules: [!reference [.a, rules], {when: never}]",
            r#"script: "x", rules: [[{if: "$A"}], {when: "never"}]"#,
        ),
        ("tags", "script: x, tags: !reference [.a, tags]", r#"script: "x", tags: ["one", "two"]"#),
        ("needs", "script: x, needs: [!reference [.needs, needs]]", r#"script: "x", needs: [["other"]]"#),
        (
            "nothing of that name",
            "script: !reference [.a, scirpt]",
            r#"error: !reference [".a", "scirpt"] could not be found"#,
        ),
        (
            "null counts as nothing",
            "script: !reference [.a, empty]",
            r#"error: !reference [".a", "empty"] could not be found"#,
        ),
        (
            "a place in a list is none",
            "script: !reference [.a, script, 0]",
            "error: !reference should be an array of strings",
        ),
        (
            "nor is its text",
            "script: !reference [.a, script, '0']",
            r#"error: !reference [".a", "script", "0"] could not be found"#,
        ),
        (
            "a circle",
            "script: !reference [.loop, script]",
            r#"error: !reference [".loop", "script"] is part of a circular chain"#,
        ),
        ("a text", "script: !reference .a", "error: !reference should be an array of strings"),
        (
            "a list with something else",
            "script: !reference [.a, [b]]",
            "error: !reference should be an array of strings",
        ),
        ("ten after each other", "script: !reference [.d8, script]", r#"script: ["d"]"#),
    ] {
        assert_eq!(merged(&format!("{ENTRIES}t: {{{job}}}\n")), expect, "{claim}: {job}");
    }
}

#[test]
fn a_chain_has_at_most_ten_references() {
    let text = merged(&format!("{ENTRIES}t: {{script: !reference [.d10, script]}}\n"));
    assert!(text.starts_with("error: "), "{text}");
}
