use proptest::prelude::*;

use super::*;

fn variables() -> PathVariables {
    let variables = [
        ("A", "val"),
        ("A_x", "ax"),
        ("P", "dir/sub/file.txt"),
        ("E", ""),
        ("V", "v1/v2"),
        ("S", "*"),
        ("Ö", "x"),
        ("U", "straße"),
    ];
    PathVariables::new(&variables.map(|(key, value)| (key.to_owned(), value.to_owned())))
}

fn expanded(text: &str) -> Result<String, String> {
    expand(text, &variables()).map(|text| String::from_utf8(text).unwrap())
}

/// The answers of mvdan/sh 3.13.1, whose `shell.Expand` GitLab Runner calls.
#[test]
fn texts_become_what_gitlab_runner_makes_of_them() {
    for (text, expect) in [
        ("$A ${A} ${A}_x", "val val val_x"),
        ("$A_x", "ax"),
        ("$A-b $A.txt $AÉ é$A $A$A", "val-b val.txt valÉ éval valval"),
        ("$NOPE", ""),
        ("${NOPE}/x", "/x"),
        ("${NOPE:-def} ${NOPE-def} ${E-def} ${E:-def}", "def def def def"),
        ("${E:+alt}${E+alt}", ""),
        ("${A:+alt} ${A+alt} ${A-B} ${A:-B} ${A=B} ${A?msg}", "alt alt val val val val"),
        ("${P##*/} ${P#*/}", "file.txt sub/file.txt"),
        ("${P%.txt} ${P%/*} ${P%%/*}", "dir/sub/file dir/sub dir"),
        ("${P#dir\\/} ${P#[de]ir} ${P##?}", "sub/file.txt /sub/file.txt ir/sub/file.txt"),
        ("${P##$NOPE*/} ${P%\"$NOPE\".txt} ${P#'dir/'}", "file.txt dir/sub/file sub/file.txt"),
        ("${P##\"*/\"} ${A#$S} ${A##$S}", "file.txt val "),
        ("${A^^} ${A^} ${A,,} ${A,} ${U^^}", "VAL Val val val STRAßE"),
        ("${A/v/w} ${A/v} ${A/} ${A//[a-v]/x}", "wal al val xxx"),
        ("${A/#v/w} ${A/%l/w}", "val val"),
        ("${P//i/_} ${P//i} ${V//\\//-}", "d_r/sub/f_le.txt dr/sub/fle.txt v1-v2"),
        ("${A/*/x} ${A/?/\\/} ${A/a/$NOPE} ${A/a/\"$A\"}", "x \\/al vl vvall"),
        ("${#A} ${#NOPE} ${#U}", "3 0 6"),
        ("\\$A", "$A"),
        ("\\\\ \\\\$A", "\\ \\val"),
        ("a\\*b a\\\"b \\'", "a\\*b a\\\"b \\'"),
        ("\\`x\\`", "`x`"),
        ("$$ $1 $@ $* $# $? $! $- $0 $10 ${10} ${@} ${#}", "         0   "),
        ("$ a$/b $% $é a$", "$ a$/b $% $é a$"),
        ("~/ {a,b} a{1..3} <a >b x && y | z; # !x", "~/ {a,b} a{1..3} <a >b x && y | z; # !x"),
        ("'$A' \"$A\" \"${A}\" 'x'", "'val' \"val\" \"val\" 'x'"),
        ("$'x' $\"x\"", "$'x' $\"x\""),
        ("${NOPE:-${A}} ${NOPE:-$A/x} ${NOPE:-\"q } r\"} ${NOPE:-'q}'}", "val val/x q } r q}"),
        ("${NOPE:-a\\}b} ${NOPE:-a\\$b} ${NOPE:-\\*} ${NOPE:-{x}}", "a\\}b a\\$b \\* {x}"),
        ("a\\", "a\\"),
        ("$_ ${_x}", " "),
        ("", ""),
    ] {
        assert_eq!(expanded(text).as_deref(), Ok(expect), "{text}");
    }
}

#[test]
fn what_cannot_be_expanded_is_an_error_in_gitlab_runners_words() {
    for (text, expect) in [
        ("$(cmd)", "unexpected command substitution at 1:1"),
        ("`cmd`", "unexpected command substitution at 1:1"),
        ("a\na $(cmd)", "unexpected command substitution at 2:3"),
        ("${NOPE:-`x`}", "unexpected command substitution at 1:9"),
        ("${A", "1:1: reached EOF without matching `${` with `}`"),
        ("a ${A:-b", "1:3: reached EOF without matching `${` with `}`"),
        ("${A:-\"}", "1:1: reached EOF without matching `${` with `}`"),
        ("${", "1:1: reached EOF without matching `${` with `}`"),
        ("${}", "1:3: invalid parameter name"),
        ("${A!}", "1:4: not a valid parameter expansion operator: `!`"),
        ("${A.b}", "1:4: not a valid parameter expansion operator: `.`"),
        ("${A b}", "1:4: not a valid parameter expansion operator: ` `"),
        ("${NOPE:=def}", "environment is read-only"),
        ("${NOPE=def}", "environment is read-only"),
        ("${NOPE:?say $A}", "NOPE: say val"),
        ("${NOPE?}", "NOPE: "),
    ] {
        assert_eq!(expanded(text), Err(expect.to_owned()), "{text}");
    }
}

#[test]
fn expansions_that_are_left_out_are_an_error_and_never_a_wrong_text() {
    for text in [
        "$((1+2))",
        "$[1+2]",
        "${A:1}",
        "${A: -1:1}",
        "${!A}",
        "${!A*}",
        "${A@Q}",
        "${A[0]}",
        "${A^a}",
        "${A,,[a]}",
    ] {
        assert_eq!(expanded(text), Err("1:1: this kind of expansion is not supported".to_owned()), "{text}");
    }
}

#[test]
fn depth_and_size_are_bounded() {
    let nested = |depth: usize| format!("{}x{}", "${N:-".repeat(depth), "}".repeat(depth));
    assert_eq!(expanded(&nested(16)).as_deref(), Ok("x"));
    assert!(expanded(&nested(100_000)).unwrap_err().ends_with("expansions are nested too deeply"));
    let long = PathVariables::new(&[("L".to_owned(), "ab".repeat(10_000))]);
    assert_eq!(expand("$L$L$L", &long).unwrap().len(), 60_000);
    assert_eq!(expand("$L$L$L$L", &long).unwrap_err(), "it becomes longer than 65536 bytes");
    let error = expand("${L//*a*b*c/x}", &long).unwrap_err();
    assert_eq!(error, "a value of 20000 bytes and a pattern of 6 are too long to be compared");
    let hostile = PathVariables::new(&[("L".to_owned(), "a".repeat(1024))]);
    assert_eq!(expand(&format!("${{L//{}b/x}}", "*a".repeat(31)), &hostile).unwrap().len(), 1024);
}

proptest! {
    #[test]
    fn expanding_never_panics(text in "[$A{}:#%/^,`'\"\\\\()é*?!+=\\[\\]-]{0,24}") {
        let _ = expand(&text, &variables());
    }
}
