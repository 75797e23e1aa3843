use proptest::prelude::*;

use super::*;

fn variable(name: &str) -> Option<&'static str> {
    match name {
        "V" | "SAME" => Some("text"),
        "E" => Some(""),
        "RE" => Some("/^te/"),
        "BAD" => Some("/te(/"),
        "ONE" => Some("/t/"),
        "SLASHES" => Some("/a/b/"),
        "PATH" => Some("x/a/b"),
        "STR" => Some("a text b"),
        "NUM" => Some("23"),
        "LONG" => Some("1234"),
        "TAG" => Some("v1.22.3"),
        "LINES" => Some("one\ntwo"),
        "1" => Some("first"),
        _ => None,
    }
}

#[track_caller]
fn check(text: &str, expect: bool) {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(expression.is_true(&variable), expect, "{text}");
}

#[test]
fn a_single_value_is_true_unless_null_or_empty() {
    for (text, expect) in [
        ("$V", true),
        ("$E", false),
        ("$N", false),
        ("null", false),
        ("\"\"", false),
        ("'x'", true),
        ("true", true),
    ] {
        check(text, expect);
    }
}

#[test]
fn values_are_compared_as_they_are_written() {
    for (text, expect) in [
        ("$V == \"text\"", true),
        ("\"text\" == $V", true),
        ("$V == 'text'", true),
        ("$N == null", true),
        ("$E == null", false),
        ("$E == \"\"", true),
        ("$N == \"\"", false),
        ("$V != null", true),
        ("$N != \"x\"", true),
        ("$V == $SAME", true),
        ("$N == $M", true),
        ("$1 == 'first'", true),
        ("$V == \"te'xt\"", false),
    ] {
        check(text, expect);
    }
}

#[test]
fn a_pattern_matches_anywhere_in_the_text() {
    for (text, expect) in [
        ("$V =~ /^te/", true),
        ("$V =~ /TEXT/i", true),
        ("$V =~ /TEXT/", false),
        ("$V =~ /e.t$/", true),
        ("$N =~ /x.*/", false),
        ("$N !~ /x.*/", true),
        ("$E =~ /^$/", true),
        ("$N =~ /^$/", true),
        ("$TAG =~ /^v\\d+\\.\\d+/", true),
        ("$N =~ /^v\\d+\\.\\d+/", false),
        ("$V =~ /a\\/b/", false),
        ("$LINES =~ /^two$/", false),
        ("$LINES =~ /^two$/m", true),
        ("$LINES =~ /one.two/s", true),
        ("$V =~ /$OTHER/", false),
    ] {
        check(text, expect);
    }
}

#[test]
fn a_variable_may_contain_the_pattern_and_a_plain_text_is_searched_for_the_left_side() {
    for (text, expect) in [
        ("$V =~ $RE", true),
        ("$STR =~ $RE", false),
        ("$STR !~ $RE", true),
        ("$V =~ $STR", true),
        ("$V =~ \"a text b\"", true),
        ("$NUM =~ $LONG", true),
        ("$LONG =~ $NUM", false),
        ("$V =~ $N", false),
        ("$V !~ $N", true),
        ("$V =~ $BAD", false),
        ("$BAD =~ $BAD", true),
        ("$V =~ $ONE", true),
        ("$NUM =~ $ONE", false),
        ("$V =~ $SLASHES", false),
        ("$PATH =~ $SLASHES", true),
        ("$V =~ \"/^TE/i\"", true),
        ("$V =~ $E", false),
        ("$E =~ $E", true),
    ] {
        check(text, expect);
    }
}

#[test]
fn and_binds_tighter_than_or_and_both_return_an_operand() {
    for (text, expect) in [
        ("$V || $N && $N", true),
        ("($V || $N) && $N", false),
        ("$V == \"text\" && $N", false),
        ("$E && \"x\"", true),
        ("$N && \"x\"", false),
        ("$E || \"x\"", false),
        ("$N || $V == 'text'", true),
        ("($V == 'a' || ($V == 'text'))&&$V", true),
        ("$V == 'text'\n  && $V\n", true),
    ] {
        check(text, expect);
    }
}

#[test]
fn an_invalid_expression_is_rejected_with_the_text_at_the_error() {
    for (text, expect) in [
        ("", "something is missing near `the end`"),
        ("$V == text", "an unknown word or operator near `text`"),
        ("$V = \"x\"", "an unknown word or operator near `= \"x\"`"),
        ("$V == \"a\" or $N", "an unknown word or operator near `or $N`"),
        ("($V", "a `(` without its `)` near `($V`"),
        ("$V)", "an operator is missing near `)`"),
        ("$V == 1", "an unknown word or operator near `1`"),
        ("${V} == 'x'", "braces around a variable (write `$NAME`) near `${V} == 'x'`"),
        ("$ == 'x'", "`$` without a name near `$ == 'x'`"),
        ("$V == 'x", "a string without a closing quote near `'x`"),
        ("$V =~ /a/", "a pattern without a closing `/`, or with fewer than two characters near `/a/`"),
        ("$V == ", "something is missing near `the end`"),
        ("== $V", "a value is missing near `== $V`"),
        ("$V \"x\"", "an operator is missing near `\"x\"`"),
        ("!$V", "an unknown word or operator near `!$V`"),
        ("$V == nullx", "an unknown word or operator near `nullx`"),
    ] {
        assert_eq!(Expression::parse(text).unwrap_err().to_string(), expect, "{text}");
    }
    let unsupported = Expression::parse("$V =~ /\\p{L}/").unwrap_err();
    assert_eq!(unsupported.kind, ExpressionErrorKind::Unsupported);
    let error = Expression::parse("$V =~ /te(/").unwrap_err().to_string();
    assert!(error.starts_with("an invalid pattern ("), "{error}");
    let long = vec!["$A"; 51].join(" && ");
    assert_eq!(
        Expression::parse(&long).unwrap_err().to_string(),
        "more than 100 words and operators near `$A`"
    );
}

#[test]
fn last_match_returns_the_last_group_of_the_last_match() {
    let pattern = |text| Pattern::parse(text).unwrap().unwrap();
    assert_eq!(pattern("/cover: (\\d+)%/").last_match("cover: 1% cover: 22%"), Some(Some("22")));
    assert_eq!(pattern("/\\d+%/").last_match("1% 7%"), Some(Some("7%")));
    assert_eq!(pattern("/a(b)|c(d)/").last_match("cd ab"), Some(None));
    assert_eq!(pattern("/\\d+%/").last_match("none"), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "[$A-Z()&|=~!/\"'a-z é{\\\\0-9]{0,40}") {
        if let Ok(expression) = Expression::parse(&text) {
            let _ = expression.is_true(&variable);
        }
    }
}
