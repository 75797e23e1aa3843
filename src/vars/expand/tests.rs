use proptest::prelude::*;

use super::*;

/// Applies both passes to `KEY=VALUE` lines; a key that starts with `!` is raw.
fn both_passes(written: &[&str]) -> Result<Vec<String>, ExpandError> {
    let server = server_pass(&definitions(written))?;
    Ok(runner_pass(&server)?.into_iter().map(|d| format!("{}={}", d.key, d.value)).collect())
}

fn definitions(written: &[&str]) -> Vec<Definition> {
    let definition = |line: &&str| {
        let (key, value) = line.split_once('=').unwrap();
        let (key, expansion) = match key.strip_prefix('!') {
            Some(key) => (key, Expansion::Raw),
            None => (key, Expansion::Expanded),
        };
        Definition { expansion, ..Definition::new(key, value) }
    };
    written.iter().map(definition).collect()
}

/// Checks that the last of `written` expands to `expect`.
#[track_caller]
fn check(written: &[&str], expect: &str) {
    assert_eq!(both_passes(written).unwrap().last().unwrap(), expect, "{written:?}");
}

#[track_caller]
fn check_server(written: &[&str], expect: &str) {
    assert_eq!(server_pass(&definitions(written)).unwrap().last().unwrap().value, expect, "{written:?}");
}

#[track_caller]
fn check_runner(text: &str, expect: &str) {
    let lookup =
        Lookup::new([("A", "hi"), ("AB", "long"), ("NEST", "$A"), ("1", "one"), ("é", "accent")].into_iter());
    assert_eq!(lookup.expand("X", text).unwrap(), expect, "{text:?}");
}

#[test]
fn worked_examples_come_out_as_on_gitlab() {
    check(&["A=hi", "B=$A there"], "B=hi there");
    check(&["FLAGS=-al", r#"LS_CMD=ls "$FLAGS" $$TMP_DIR"#], r#"LS_CMD=ls "-al" $TMP_DIR"#);
    check(&["P=/x:$PATH"], "P=/x:");
    check(&["PATH=/x:$PATH"], "PATH=/x:/x:$PATH");
    check(&["H=${HOST:-localhost}"], "H=");
    check(&["!R=a$b"], "R=a$b");
    check(&["D=$(date)"], "D=$(date)");
    check(&["A=hi", "W=%A%"], "W=hi");
    check(&["PW=pa$$word"], "PW=pa$word");
    check(&["PW=pa$word"], "PW=pa");
    check(&["U=$UNDEF/x"], "U=/x");
    check(
        &["CI_COMMIT_REF_NAME=main", "CI_JOB_NAME=test", "X=$CI_COMMIT_REF_NAME-$CI_JOB_NAME"],
        "X=main-test",
    );
    check(&["D=${X:-y}"], "D=");
}

#[test]
fn references_resolve_in_any_order_of_the_file() {
    assert_eq!(both_passes(&["B=$A", "A=$C", "C=z"]).unwrap(), ["B=z", "A=z", "C=z"]);
    assert_eq!(both_passes(&["A=$B", "B=$C", "C=z"]).unwrap(), ["A=z", "B=z", "C=z"]);
}

#[test]
fn a_circle_is_an_error_with_gitlabs_text() {
    #[track_caller]
    fn check_circle(written: &[&str], expect: &str) {
        assert_eq!(server_pass(&definitions(written)).unwrap_err().to_string(), expect);
    }
    check_circle(&["A=$B", "B=$A"], r#"circular variable reference detected: ["A", "B"]"#);
    check_circle(
        &["Z=1", "A=${B}", "B=%C%", "C=$A"],
        r#"circular variable reference detected: ["A", "B", "C"]"#,
    );
    check_circle(
        &["A=$B", "B=$A", "C=$D", "D=$C"],
        r#"circular variable reference detected: ["A", "B"], ["C", "D"]"#,
    );
}

#[test]
fn a_raw_variable_breaks_a_circle() {
    check(&["!A=$B", "B=$A"], "B=$B");
}

#[test]
fn a_reference_to_itself_means_an_earlier_definition() {
    check(&["A=low", "A=$A high"], "A=low high");
    check_server(&["A=$A high"], "$A high");
    assert_eq!(both_passes(&["A=$A x", "A=9"]).unwrap(), ["A=9 x", "A=9"]);
}

#[test]
fn of_two_definitions_the_later_one_is_referred_to() {
    check(&["A=1", "A=2", "B=$A"], "B=2");
    assert_eq!(both_passes(&["B=$A", "A=1", "A=2"]).unwrap()[0], "B=2");
}

#[test]
fn the_server_keeps_what_it_does_not_know() {
    check_server(&["X=$UNKNOWN ${UNKNOWN} %UNKNOWN%"], "$UNKNOWN ${UNKNOWN} %UNKNOWN%");
    check_server(&["A=hi", "X=$1 ${} ${A:-b} $(cmd) $- ${A $"], "$1 ${} ${A:-b} $(cmd) $- ${A $");
    check_server(&["A=hi", "X=$$A $${A} %%A% 100%"], "$$A $${A} %%A% 100%");
    check_server(&["A=hi", "X=50%A%B%"], "50hiB%");
    check_server(&["!A=$x", "X=$A"], "$A");
}

#[test]
fn a_raw_value_is_substituted_by_the_runner_and_not_looked_into() {
    check(&["A=normal", "!B=raw-$A", "C=$B"], "C=raw-$A");
    check(&["!B=raw-$A", "A=$B", "C=$A"], "C=raw-$A");
}

#[test]
fn the_runner_reads_names_as_go_does() {
    check_runner("$A ${A} $AB $A-", "hi hi long hi-");
    check_runner("$$", "$");
    check_runner("$$A", "$A");
    check_runner("${$}", "$");
    check_runner("[$*$#$@$!$?$-$0$9]", "[]");
    check_runner("$1 ${1} $1A", "  A");
    check_runner("a${}b", "ab");
    check_runner("a${b", "ab");
    check_runner("${A ${A}", "");
    check_runner("$(cmd) $ $é a$", "$(cmd) $ $é a$");
    check_runner("${é}", "accent");
    check_runner("$NEST", "$A");
    check_runner("%A%", "%A%");
}

#[test]
fn unknown_names_are_listed_once() {
    let lookup = Lookup::new([("A", "")].into_iter());
    assert_eq!(lookup.unknown_names("$A$B/${C}:$B$$1"), ["B", "C"]);
    let lookup = lookup.written([("A", "x$D$E"), ("E", "$A$F")].into_iter());
    assert_eq!(lookup.unknown_names("$A"), ["D", "E", "F"]);
}

#[test]
fn references_that_multiply_stop_at_the_limit() {
    let doubling: Vec<String> = std::iter::once("V0=0123456789".to_owned())
        .chain((1..40).map(|n| format!("V{n}=$V{0}$V{0}", n - 1)))
        .collect();
    let doubling: Vec<&str> = doubling.iter().map(String::as_str).collect();
    let error = server_pass(&definitions(&doubling)).unwrap_err();
    assert_eq!(error, ExpandError::TooLong { key: "V17".to_owned() });
}

#[test]
fn many_long_values_stop_at_the_limit_together() {
    let long = "x".repeat(VALUE_BYTES_MAX / 2);
    let mut definitions = vec![Definition::new("LONG", long)];
    definitions.extend((0..40).map(|n| Definition::new(format!("V{n}"), "${LONG}")));
    assert!(matches!(server_pass(&definitions), Err(ExpandError::TooLongTogether { .. })));
    assert!(matches!(runner_pass(&definitions), Err(ExpandError::TooLongTogether { .. })));
}

#[test]
fn a_chain_as_long_as_the_file_is_no_deep_recursion() {
    let mut definitions: Vec<_> =
        (0..100_000).map(|n| Definition::new(format!("V{n}"), format!("$V{}", n + 1))).collect();
    definitions.push(Definition::new("V100000", "end"));
    assert_eq!(server_pass(&definitions).unwrap()[0].value, "end");
}

#[test]
fn a_text_full_of_open_braces_takes_no_quadratic_time() {
    check_runner(&"${".repeat(400_000), "");
}

proptest! {
    #[test]
    fn expansion_ends_within_the_limits(
        written in proptest::collection::vec(("[A-D]", "([$%{}A-D1é:]|\\$[A-D]|\\$\\{[A-D]\\}){0,8}", any::<bool>()), 0..8),
    ) {
        let definitions: Vec<Definition> = written
            .into_iter()
            .map(|(key, value, raw)| Definition {
                expansion: if raw { Expansion::Raw } else { Expansion::Expanded },
                ..Definition::new(key, value)
            })
            .collect();
        if let Ok(server) = server_pass(&definitions) {
            prop_assert_eq!(server.len(), definitions.len());
            let runner = runner_pass(&server).unwrap();
            prop_assert!(runner.iter().all(|definition| definition.value.len() <= VALUE_BYTES_MAX));
        }
    }

    #[test]
    fn any_text_can_be_expanded(text in any::<String>()) {
        let definitions = [Definition::new("A", text)];
        prop_assert!(server_pass(&definitions).and_then(|server| runner_pass(&server)).is_ok());
    }

    #[test]
    fn text_without_markers_stays(text in "[^$%]*") {
        let definitions = [Definition::new("A", text.clone())];
        let server = server_pass(&definitions).unwrap();
        prop_assert_eq!(&runner_pass(&server).unwrap()[0].value, &text);
    }
}
