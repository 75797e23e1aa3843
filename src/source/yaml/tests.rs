use super::*;
use proptest::prelude::*;

fn load_text(text: &str) -> (Vec<Node>, Vec<String>) {
    let mut map = SourceMap::new();
    let file = map.add("a.yml", text);
    let (nodes, diagnostics) = load(&map, file);
    (nodes, diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect())
}

/// A node as compact text.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Scalar(Scalar::String(text)) => format!("{text:?}"),
        Value::Scalar(scalar) => scalar.to_text(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{}: {}", key.key_text(), show(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn check(text: &str, expect: &str) {
    let (nodes, problems) = load_text(text);
    assert_eq!(nodes.iter().map(show).collect::<Vec<_>>().join(" --- "), expect, "{text:?} {problems:?}");
}

fn check_refused(text: &str, expect: &str) {
    let (_, problems) = load_text(text);
    assert!(problems.iter().any(|problem| problem.contains(expect)), "{problems:?}");
}

#[test]
fn quotes_keep_text_and_plain_scalars_get_types() {
    check(
        "a: yes\nb: 'yes'\nc: \"010\"\nd: 010\ne: !!str 1\n",
        r#"{a: true, b: "yes", c: "010", d: 8, e: "1"}"#,
    );
}

#[test]
fn a_merge_overrides_the_keys_before_it_and_not_those_after_it() {
    check("x: &x {a: 1, b: 2}\ny: {<<: *x, a: 9}\n", "{x: {a: 1, b: 2}, y: {a: 9, b: 2}}");
    check("x: &x {a: 1}\ny: {a: 9, <<: *x}\n", "{x: {a: 1}, y: {a: 1}}");
}

#[test]
fn two_merge_keys_are_both_applied_and_in_a_list_the_first_wins() {
    check(
        "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: *x, <<: *y}\n",
        "{x: {a: 1}, y: {a: 2, b: 2}, z: {a: 2, b: 2}}",
    );
    check(
        "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\n",
        "{x: {a: 1}, y: {a: 2, b: 2}, z: {a: 1, b: 2}}",
    );
}

#[test]
fn the_last_of_two_equal_keys_wins_with_a_warning() {
    check("a: 1\na: 2\n", "{a: 2}");
    check_refused("a: 1\na: 2\n", "key `a` is written twice");
}

#[test]
fn texts_that_exceed_a_limit_are_rejected() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    check_refused(&laughs, "aliases that add up to more than 100000 values");
    check_refused(&"[".repeat(20_000), "");
    check_refused(&format!("{}1{}", "[".repeat(101), "]".repeat(101)), "nested more than 100 levels deep");
    check_refused(&"a".repeat(FILE_BYTES_MAX + 1), "the most that GitLab reads");
    check_refused("a: &a [*a]\n", "alias inside the value");
    check_refused("a: 2024-01-01\n", "does not load dates");
    check_refused("a: *nothing\n", "Unknown alias: nothing");
}

#[test]
fn line_ends_and_byte_order_marks_may_be_those_of_any_system() {
    check("\u{feff}a: 1\r\nb: |\r\n  x\r\n  y\r\n", r#"{a: 1, b: "x\ny\n"}"#);
    check("spec: {}\n---\na: 1\n", "{spec: {}} --- {a: 1}");
    check("", "");
    check("---\na: [1]\n", "{a: [1]}");
}

#[test]
fn spans_cover_the_text_of_the_value() {
    let mut map = SourceMap::new();
    let file = map.add("a.yml", "é: x\njob:\n  script: make\n");
    let (nodes, _) = load(&map, file);
    let script = nodes[0].get("job").and_then(|job| job.get("script")).unwrap();
    assert_eq!(map.snippet(script.span), "make");
    assert_eq!(map.location(file, script.span.start).line, 3);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "[-a-z0-9:&*<!\\[\\]{},'\"|> \n\t#éß]{0,200}") {
        load_text(&text);
    }
}

#[test]
fn the_text_that_aliases_copy_counts_as_well() {
    let text = "x".repeat(64 * 1024);
    let file = |aliases: usize| format!("a: &a {text}\nb: [{}]\n", ["*a"].repeat(aliases).join(", "));
    assert_eq!(load_text(&file(90)).1, [""; 0]);
    check_refused(&file(100), "aliases that add up to more than 100000 values");
}

#[test]
fn anchors_in_each_other_count_as_the_copies_that_they_are() {
    let nested = |depth: usize| {
        let open: String = (0..depth).map(|level| format!("&a{level} [")).collect();
        format!("{open}{}{}", vec!["x"; 20_000].join(","), "]".repeat(depth))
    };
    assert_eq!(load_text(&nested(10)).1, [""; 0]);
    check_refused(&nested(60), "more than 1000000 values together");
}
