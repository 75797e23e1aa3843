use crate::pipeline::include::NoFiles;
use crate::pipeline::include::testing::texts;
use crate::pipeline::{Pipeline, load};
use crate::source::diagnostic::Diagnostics;
use crate::source::map::SourceMap;

fn read(text: &str) -> (Option<Pipeline>, Diagnostics) {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    load(&mut map, file, &NoFiles)
}

/// The script, variables and image of the job `t` in one line.
#[track_caller]
fn check(text: &str, expect: &str) {
    let (pipeline, found) = read(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{text}: {found:?}"));
    let job = pipeline.jobs.get("t").unwrap_or_else(|| panic!("{text}: {:?}", pipeline.broken));
    let variables: Vec<_> =
        job.variables.iter().map(|variable| format!("{}={}", variable.key, variable.value)).collect();
    let image = job.image.as_ref().map_or("", |image| &image.name.value);
    assert_eq!(
        format!("{:?} {} {image}", texts(&job.script), variables.join(" ")).trim_end(),
        expect,
        "{text}"
    );
}

/// The first error of the job `t`, with its help text.
#[track_caller]
fn check_error(text: &str, expect: &str) {
    let (pipeline, found) = read(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{text}: {found:?}"));
    let problem = pipeline.broken.get("t").and_then(|problems| problems.iter().next());
    let problem = problem.unwrap_or_else(|| panic!("{text} is right"));
    let help = problem.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    assert_eq!(format!("{}{help}", problem.message), expect, "{text}");
    assert!(!problem.labels.is_empty(), "{text}");
}

#[test]
fn parents_are_merged_in_order_and_the_job_overrides_them() {
    let parents = ".a: {script: a, variables: {X: a, Y: a}}\n.b: {script: [b], variables: {Y: b}}\n";
    check(&format!("{parents}t: {{extends: .a}}"), r#"["a"] X=a Y=a"#);
    check(&format!("{parents}t: {{extends: [.a, .b]}}"), r#"["b"] X=a Y=b"#);
    check(&format!("{parents}t: {{extends: [.b, .a], variables: {{Z: t}}}}"), r#"["a"] Y=a X=a Z=t"#);
    check(&format!("{parents}t: {{extends: .a, variables: {{}}}}"), r#"["a"] X=a Y=a"#);
}

#[test]
fn only_two_mappings_are_merged_and_other_values_are_replaced() {
    check(".a: {script: a, image: {name: y, entrypoint: [e]}}\nt: {extends: .a, image: x}", r#"["a"]  x"#);
    check(".a: {script: [a, b]}\nt: {extends: .a, script: [c]}", r#"["c"]"#);
    check("default: {image: d}\n.a: {script: a, image: y}\nt: {extends: .a}", r#"["a"]  y"#);
    check("default: {image: d}\n.a: {script: a, image: y}\nt: {extends: .a, image: ~}", r#"["a"]  d"#);
    check("s: {script: s}\nt: {extends: s}", r#"["s"]"#);
}

/// A file whose job `t` has so many levels of `extends`.
fn chain(levels: usize) -> String {
    let mut text = ".l0: {script: a}\n".to_owned();
    for level in 1..levels {
        text.push_str(&format!(".l{level}: {{extends: .l{}}}\n", level - 1));
    }
    format!("{text}t: {{extends: .l{}}}", levels - 1)
}

const TOO_DEEP: &str = "t: nesting too deep in `extends` (the limit is 11 levels: merge some of them)";

#[test]
fn a_job_may_have_eleven_levels_of_extends() {
    check(&chain(11), r#"["a"]"#);
    check_error(&chain(12), TOO_DEEP);
    // The levels that another job has already merged count as well.
    let above = chain(12).replace("\nt: ", "\nu: {extends: .l10}\nt: ");
    check_error(&above, TOO_DEEP);
}

#[test]
fn invalid_extends_is_reported_with_gitlabs_messages() {
    check_error(
        ".setup: {script: a}\nt: {extends: .setpu}",
        "t: unknown keys in `extends` (.setpu) (did you mean `.setup`?)",
    );
    let circle = "t: circular dependency detected in `extends` (remove one of the `extends` of this circle)";
    check_error("t: {extends: .a}\n.a: {extends: t}", circle);
    check_error("t: {extends: t}", circle);
    check_error(
        ".a: [x]\nt: {extends: .a}",
        "t: invalid base hashes in `extends` (.a) (only a mapping can be extended)",
    );
    let shape =
        "jobs:t:extends config should be an array of strings or a string (write names: `[.one, .two]`)";
    check_error("t: {extends: 1}", shape);
    check_error("t: {extends: [{a: b}]}", shape);
}

#[test]
fn references_are_replaced_after_extends() {
    let setup = ".a: {script: [a, b], variables: {X: x, Y: y}}\n.b: {extends: .a, variables: {X: z}}\n";
    check(&format!("{setup}t: {{script: !reference [.a, script]}}"), r#"["a", "b"]"#);
    check(&format!("{setup}t: {{script: [!reference [.a, script], c]}}"), r#"["a", "b", "c"]"#);
    check(&format!("{setup}t: {{script: c, variables: !reference [.b, variables]}}"), r#"["c"] X=z Y=y"#);
    check(
        &format!("{setup}t: {{script: c, variables: {{A: !reference [.b, variables, X]}}}}"),
        r#"["c"] A=z"#,
    );
    check(
        ".a: {script: [!reference [.b, script], a]}\n.b: {script: b}\nt: {script: !reference [.a, script]}",
        r#"["b", "a"]"#,
    );
    check(
        ".a: {variables: !reference [.b, variables]}\n.b: {variables: {X: x}}\nt: {script: !reference [.a, variables, X]}",
        r#"["x"]"#,
    );
    check("variables: {V: v}\nt: {script: !reference [variables, V]}", r#"["v"]"#);
    check(".a: {script: a}\ndefault: {before_script: !reference [.a, script]}\nt: {script: c}", r#"["c"]"#);
}

#[test]
fn a_mapping_replaces_a_reference_that_it_overrides() {
    let text = ".v: {variables: {X: x}}\n.a: {script: a, variables: !reference [.v, variables]}\n\
                t: {extends: .a, variables: {Y: y}}";
    check(text, r#"["a"] Y=y"#);
}

#[test]
fn invalid_references_are_reported_with_gitlabs_messages() {
    let not_found = "!reference [\".a\", \"script\"] could not be found";
    check_error(
        "t: {script: !reference [.a, script]}",
        &format!("{not_found} (none of the files has an entry of this name)"),
    );
    check_error(
        ".a: {script: ~}\nt: {script: !reference [.a, script]}",
        &format!("{not_found} (the value there is null)"),
    );
    check_error(
        ".ab: {script: a}\nt: {script: !reference [.ba, script]}",
        "!reference [\".ba\", \"script\"] could not be found (did you mean `.ab`?)",
    );
    check_error(
        ".a: {script: !reference [.b, script]}\n.b: {script: [!reference [.a, script]]}\nt: {script: !reference [.a, script]}",
        "!reference [\".a\", \"script\"] is part of a circular chain (remove one of the references of this chain)",
    );
    let shape = "!reference should be an array of strings (write it as `!reference [.entry, key]`)";
    check_error("t: {script: !reference .a}", shape);
    check_error("t: {script: !reference [1]}", shape);
}

#[test]
fn the_number_of_copies_is_limited() {
    let mut text = ".l0: {script: [a, a, a, a, a, a, a, a, a, a]}\n".to_owned();
    for level in 1..9 {
        let inner = vec![format!("!reference [.l{}, script]", level - 1); 10].join(", ");
        text.push_str(&format!(".l{level}: {{script: [{inner}]}}\n"));
    }
    text.push_str("t: {script: !reference [.l8, script]}");
    check_error(
        &text,
        "`extends`, `!reference` and `parallel` make the file too large (the limit is 2000000 values in all)",
    );
}

#[test]
fn the_depth_of_referenced_values_is_limited() {
    let deep = |inner: &str| format!("{}{inner}{}", "[".repeat(90), "]".repeat(90));
    let mut text = format!(".l0: {{script: {}}}\n", deep("a"));
    for level in 1..10 {
        text.push_str(&format!(
            ".l{level}: {{script: {}}}\n",
            deep(&format!("!reference [.l{}, script]", level - 1))
        ));
    }
    text.push_str("t: {script: !reference [.l9, script]}");
    check_error(
        &text,
        "!reference nests values more than 200 levels deep (refer to a smaller value, or from fewer levels down)",
    );
}
