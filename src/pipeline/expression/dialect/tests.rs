//! What these patterns match, by RE2's own answers.

use proptest::prelude::*;
use regex_lite::Regex;

use super::*;

fn compile(pattern: &str, case: CaseSensitivity) -> Result<Regex, String> {
    let translated = translate(pattern, case).map_err(|error| error.to_string())?;
    Regex::new(&translated).map_err(|error| error.to_string())
}

#[track_caller]
fn check(case: CaseSensitivity, pattern: &str, matching: &[&str], other: &[&str]) {
    let regex = compile(pattern, case).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    matching.iter().for_each(|text| assert!(regex.is_match(text), "{pattern} {text:?}"));
    other.iter().for_each(|text| assert!(!regex.is_match(text), "{pattern} {text:?}"));
}

#[test]
fn classes_contain_only_ascii_characters() {
    for (pattern, matching, other) in [
        (r"^\d$", &["7"][..], &["٣", "a"][..]),
        (r"^\D$", &["٣", "é"], &["7"]),
        (r"^\w$", &["a", "_", "0"], &["é", "-"]),
        (r"^\s$", &[" ", "\t", "\n", "\r", "\x0c"], &["\x0b", "\u{a0}"]),
        (r"^\S$", &["\x0b", "é"], &[" "]),
        (r"^[\s]$", &[" "], &["\x0b"]),
        (r"^[\S]$", &["\x0b"], &[" "]),
        (r"\bé", &["aé"], &["é", " é"]),
        (r"^[[:word:]-z]+$", &["a-z"], &["é"]),
        (r"^[[:^digit:]x]$", &["é"], &["7"]),
        (r"^.$", &["é"], &["\n", "ab"]),
    ] {
        check(CaseSensitivity::Sensitive, pattern, matching, other);
    }
}

#[test]
fn literals_of_re2_stay_literals() {
    for (pattern, matching, other) in [
        (r"^a{$", &["a{"][..], &["a"][..]),
        (r"^a{,5}$", &["a{,5}"], &["aa"]),
        (r"^a{b}$", &["a{b}"], &[]),
        (r"^a}$", &["a}"], &[]),
        (r"^a]$", &["a]"], &[]),
        (r"^[[]$", &["["], &["]"]),
        (r"^[]a]$", &["]", "a"], &["b"]),
        (r"^[^]a]$", &["b"], &["]", "a"]),
        (r"^[a&&b]$", &["&", "a", "b"], &["c"]),
        (r"^[+--]$", &[",", "-"], &["*"]),
        (r"^[a~~b]$", &["~"], &["c"]),
        (r"^[a-b-c]$", &["-", "c"], &["d"]),
        (r"^[\w.-]$", &["-", "."], &[" "]),
        (r"^\<a\>$", &["<a>"], &["a"]),
        (r"^\Qa.b*\E+$", &["a.b*", "a.b**"], &["axb"]),
        (r"\Qa.b", &["a.b"], &["axb"]),
        (r"^\/\-\_\ \@$", &["/-_ @"], &[]),
        (r"^\x41\x{e9}\101\07$", &["AéA\x07"], &[]),
        (r"^[\x41-\x43]$", &["B"], &["D"]),
        (r"^\C$", &["a", "\n"], &["ab"]),
        (r"^(?P<n>a)(?<m>b)$", &["ab"], &[]),
        (r"(?i)A(?-i)B", &["aB", "AB"], &["ab"]),
        (r"^(?s:.)(?m:a$)", &["\na\nb"], &[]),
        (r"^(?U)a+$", &["aa"], &[]),
        (r"^\v\a\f$", &["\x0b\x07\x0c"], &[]),
    ] {
        let other = if other.is_empty() { &["?"] } else { other };
        check(CaseSensitivity::Sensitive, pattern, matching, other);
    }
}

#[test]
fn ignoring_case_includes_letters_outside_ascii() {
    check(CaseSensitivity::Insensitive, "(?i)^über$", &["ÜBER", "über"], &["uber"]);
    check(CaseSensitivity::Insensitive, "(?i)^[é-ü]$", &["É", "ü"], &["e"]);
    check(CaseSensitivity::Sensitive, "(?i)^Ü$", &["ü"], &["u"]);
    check(CaseSensitivity::Sensitive, "^Ü$", &["Ü"], &["ü"]);
}

#[test]
fn what_re2_rejects_is_rejected() {
    for (pattern, expect) in [
        (r"a(?=b)", "RE2 has no `(?=b)`: neither look-around nor comments"),
        (r"a(?!b)", "RE2 has no `(?!b)`: neither look-around nor comments"),
        (r"(?<=a)b", "RE2 has no `(?<=a`: neither look-around nor comments"),
        (r"(?>a)", "RE2 has no `(?>a)`: neither look-around nor comments"),
        (r"(?x) a", "RE2 has no `(?x) `: neither look-around nor comments"),
        (r"(a)\1", r"`\1`: RE2 has no references to groups"),
        (r"a**", "`**` repeats a repetition"),
        (r"a{2}+", "`{2}+` repeats a repetition"),
        (r"a{1001}", "`{1001}` is not a count (the maximum is 1000)"),
        (r"a{3,1}", "`{3,1}` is not a count (the maximum is 1000)"),
        (r"\u0041", r"`\u` is not an escape of RE2"),
        (r"a\Z", r"`\Z` is not an escape of RE2"),
        (r"[\b]", r"`\b` is not an escape of RE2"),
        (r"\x4", r"`\x` is not a character"),
        (r"[z-a]", "`z-a` is not a range"),
        (r"[a--b]", "`a--` is not a range"),
        (r"[a-\d]", r"`a-\` is not a range"),
        (r"[[:foo:]]", "`[:foo:]` is not a class"),
        (r"[a", "a `[` without its `]`"),
        (r"a\", r"a `\` at the end"),
    ] {
        assert_eq!(compile(pattern, CaseSensitivity::Sensitive).unwrap_err(), expect, "{pattern}");
    }
    assert!(compile("(a", CaseSensitivity::Sensitive).is_err());
    assert!(compile("*a", CaseSensitivity::Sensitive).is_err());
}

#[test]
fn unicode_classes_are_reported_as_not_supported() {
    let expect = r"Unicode classes (`\p{…}`), which GitLab supports, are not supported here";
    assert_eq!(compile(r"^\p{L}+$", CaseSensitivity::Sensitive).unwrap_err(), expect);
    assert_eq!(compile(r"[\pN]", CaseSensitivity::Sensitive).unwrap_err(), expect);
}

proptest! {
    #[test]
    fn translating_never_panics(pattern in r"[a-cé\[\](){}*+?|^$.\\dQEpx:<=!i,0-9-]{0,24}") {
        for case in [CaseSensitivity::Sensitive, CaseSensitivity::Insensitive] {
            if let Ok(regex) = compile(&pattern, case) {
                let _ = regex.is_match("aé[");
            }
        }
    }
}
