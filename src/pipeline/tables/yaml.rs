//! YAML as Psych reads it: types of scalars, merge keys, and what needs quotes. Each row is Psych's own answer.

use super::shown;
use crate::source::map::SourceMap;
use crate::source::yaml::load;

/// The document in one line, or the first error.
fn parse_yaml(text: &str) -> String {
    let mut map = SourceMap::new();
    let file = map.add("a.yml", text);
    let (documents, found) = load(&map, file);
    match (documents.first(), found.iter().next()) {
        (_, Some(problem)) if found.has_errors() => format!("error: {}", problem.message),
        (Some(document), _) => shown(document),
        (None, _) => "nothing".to_owned(),
    }
}

#[track_caller]
fn check(rows: &[(&str, &str)]) {
    for (text, expect) in rows {
        assert_eq!(parse_yaml(text), *expect, "{text:?}");
    }
}

#[test]
fn scalars_have_psychs_types() {
    check(&[
        ("[yes, no, on, off, true, false]", "[true, false, true, false, true, false]"),
        ("[Yes, NO, On, OFF, True, FALSE]", "[true, false, true, false, true, false]"),
        ("[y, n, Y, N]", r#"["y", "n", "Y", "N"]"#),
        ("[~, null, Null, NULL]", "[null, null, null, null]"),
        ("a:", "{a: null}"),
        ("[.inf, -.inf, .nan]", "[Infinity, -Infinity, NaN]"),
        ("[010, 08, 09, 0o17]", r#"[8, "08", "09", "0o17"]"#),
        ("[0x1F, 0b11]", "[31, 3]"),
        ("[1_000, \"1,000\", 0x1_F]", r#"[1000, "1,000", 31]"#),
        ("a: 1,000", "{a: 1000}"),
        ("[1e3, 2e10]", r#"["1e3", "2e10"]"#),
        ("[1.10, 3.0, 1.0e+3, 1.2.3]", r#"[1.1, 3.0, 1000.0, "1.2.3"]"#),
        ("[12:30, 12:30:45]", "[45000, 45045]"),
        ("a: :sym", r#"{a: "sym"}"#),
        ("a: !!binary aGk=", r#"{a: "hi"}"#),
        ("a: !foo x", r#"{a: "x"}"#),
        ("a: !!str 010", r#"{a: "010"}"#),
        ("a: 'it''s'", r#"{a: "it's"}"#),
        ("a: \"\\x41\\u00e9\"", r#"{a: "Aé"}"#),
    ]);
}

#[test]
fn dates_are_rejected() {
    for (text, class) in [
        ("a: 2024-01-01", "Date"),
        ("a: 2001-12-14 21:59:43.10 -5", "Time"),
        ("a: 2001-12-14T21:59:43Z", "Time"),
    ] {
        let expect = format!("`Tried to load unspecified class: {class}`");
        assert!(parse_yaml(text).ends_with(&expect), "{text}: {}", parse_yaml(text));
    }
}

#[test]
fn merge_keys_are_merged_as_psych_does() {
    let anchors = "x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\n";
    for (text, expect) in [
        ("{<<: *x, a: 9}", "{a: 9, b: 1}"),
        ("{a: 9, <<: *x}", "{a: 1, b: 1}"),
        ("{<<: [*x, *y]}", "{a: 1, c: 2, b: 1}"),
        ("{<<: *x, <<: *y}", "{a: 2, b: 1, c: 2}"),
        ("{'<<': *x}", "{a: 1, b: 1}"),
        ("{<<: {a: 3}, b: *x}", "{a: 3, b: {a: 1, b: 1}}"),
    ] {
        let text = format!("{anchors}z: {text}");
        let expect = format!("{{x: {{a: 1, b: 1}}, y: {{a: 2, c: 2}}, z: {expect}}}");
        assert_eq!(parse_yaml(&text), expect, "{text:?}");
    }
    check(&[
        // A merge is shallow: it replaces a nested mapping as a whole.
        ("x: &x {v: {a: 1}}\nz: {<<: *x, v: {b: 2}}", "{x: {v: {a: 1}}, z: {v: {b: 2}}}"),
        ("x: &x [a, b]\nz: [*x, c]", r#"{x: ["a", "b"], z: [["a", "b"], "c"]}"#),
        ("x: &x text\nz: *x", r#"{x: "text", z: "text"}"#),
        ("x: &x {a: 1}\nx2: &x {a: 2}\nz: *x", "{x: {a: 1}, x2: {a: 2}, z: {a: 2}}"),
        ("a: 1\nb: 2\na: 3", "{a: 3, b: 2}"),
    ]);
    assert!(parse_yaml("a: *x").starts_with("error: Unknown alias: x"), "{}", parse_yaml("a: *x"));
}

#[test]
fn plain_scalars_with_special_characters_need_quotes() {
    check(&[
        // A quote in the middle of a plain scalar is an ordinary character.
        ("- echo \"a: b\"", r#"[{echo "a: "b\""}]"#),
        ("- 'echo \"a: b\"'", r#"["echo \"a: b\""]"#),
        ("- echo a: b", r#"[{echo a: "b"}]"#),
        ("- echo # note", r#"["echo"]"#),
        ("- |\n  a\n  b\n", r#"["a\nb\n"]"#),
        ("- |-\n  a\n  b\n", r#"["a\nb"]"#),
        ("- |+\n  a\n\n", r#"["a\n\n"]"#),
        ("- >\n  a\n  b\n\n  c\n   d\n", r#"["a b\nc\n d\n"]"#),
        ("- a\r\n- b\r\n", r#"["a", "b"]"#),
        ("- |\r\n  a\r\n  b\r\n", r#"["a\nb\n"]"#),
        ("- -x", r#"["-x"]"#),
        ("- !x y", r#"["y"]"#),
        ("- &x y", r#"["y"]"#),
    ]);
    for text in ["- \"quoted\" && more", "- @x", "- `x`", "- %x", "- *x", "- {", "- [", "a:\n\tb: c"] {
        assert!(parse_yaml(text).starts_with("error: "), "{text:?}: {}", parse_yaml(text));
    }
}
