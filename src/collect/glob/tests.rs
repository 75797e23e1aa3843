use proptest::prelude::*;

use super::name::{Letters, push_letter};
use super::*;

/// Whether a pattern matches a whole path, as `exclude` does: `**` also stands for nothing.
fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<&[u8]> = path.split('/').map(str::as_bytes).collect();
    compile(pattern.as_bytes()).unwrap().iter().any(|parts| matches_parts(parts, &path))
}

fn matches_parts(parts: &[GlobPart], path: &[&[u8]]) -> bool {
    match (parts.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((GlobPart::AnyFolders, rest)), Some((_, below))) => {
            matches_parts(rest, path) || matches_parts(parts, below)
        }
        (Some((GlobPart::AnyFolders, rest)), None) => matches_parts(rest, path),
        (Some((part, rest)), Some((name, below))) => part.matches(name) && matches_parts(rest, below),
        _ => false,
    }
}

#[test]
fn patterns_match_as_in_doublestar() {
    let answers = include_str!("doublestar.txt").lines().filter(|line| !line.starts_with('#'));
    let (mut compared, mut wrong) = (0, Vec::new());
    for line in answers {
        let (pattern, path, expect): (String, String, String) = serde_json::from_str(line).unwrap();
        let own = match compile(pattern.as_bytes()) {
            Err(_) => "bad".to_owned(),
            Ok(_) => matches(&pattern, &path).to_string(),
        };
        compared += 1;
        if own != expect {
            wrong.push(format!("{pattern} {path}: {own}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(compared > 100, "{compared}");
}

#[test]
fn bytes_that_are_not_utf_8_are_one_character_each() {
    for (pattern, name, expect) in [
        (&b"a?b"[..], &b"a\xffb"[..], true),
        (b"a?b", b"a\xff\xffb", false),
        (b"a?b", "aäb".as_bytes(), true),
        (b"a\xff*", b"a\xff\xfe", true),
        (b"a\xff*", b"a\xfe", false),
        (b"[!a]", b"\xff", true),
        (b"[\xfe-\xff]x", b"\xffx", true),
        ("[ä-ö]?".as_bytes(), "öx".as_bytes(), true),
        (b"*\xc3", "ä".as_bytes(), false),
    ] {
        assert_eq!(part(pattern).unwrap().matches(name), expect, "{pattern:?} {name:?}");
    }
}

#[test]
fn a_code_stands_for_the_bytes_that_it_was_read_from() {
    let text = b"a\xc3\xa4\xff\xf0\x9f\x98\x80\xc3";
    let mut again = Vec::new();
    Letters(text).for_each(|code| push_letter(&mut again, code));
    assert_eq!(again, text);
    assert_eq!(Letters(text).count(), 5);
}

#[test]
fn braces_stand_for_all_their_alternatives() {
    let texts = |pattern: &str| {
        let found = alternatives(pattern.as_bytes()).unwrap();
        found.into_iter().map(|text| String::from_utf8(text).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(texts("x{a,b{c,},}y"), ["xay", "xbcy", "xby", "xy"]);
    assert_eq!(texts("{a,b}{c,d}"), ["ac", "ad", "bc", "bd"]);
    assert_eq!(texts("[{]a"), ["[{]a"]);
    assert_eq!(texts("\\{a,b\\}"), ["\\{a,b\\}"]);
    assert_eq!(texts("{a\\,b,c}"), ["a\\,b", "c"]);
}

#[test]
fn too_many_alternatives_and_too_deep_braces_are_an_error() {
    assert_eq!(compile("{a,b}".repeat(9).as_bytes()).unwrap().len(), 512);
    for pattern in ["{a,b}".repeat(100), format!("{}{}", "{".repeat(20_000), "}".repeat(20_000))] {
        assert_eq!(compile(pattern.as_bytes()), Err(GlobError::TooManyAlternatives));
    }
}

#[test]
fn many_stars_do_not_slow_matching_down() {
    assert!(!part("*a".repeat(1000).as_bytes()).unwrap().matches("a".repeat(900).as_bytes()));
    assert!(!part(format!("{}c", "a*".repeat(2000)).as_bytes()).unwrap().matches(&b"ab".repeat(2000)));
}

proptest! {
    #[test]
    fn compiling_and_matching_never_panic(
        pattern in prop::collection::vec(prop::sample::select(&b"a/*?{},![]\\-^\xc3\xa4\xff"[..]), 0..16),
        name in prop::collection::vec(prop::sample::select(&b"a*\\\xc3\xa4\xff"[..]), 0..12),
    ) {
        for part in compile(&pattern).unwrap_or_default().iter().flatten() {
            let _ = part.matches(&name);
        }
    }

    #[test]
    fn the_prefixes_of_a_name_that_match_are_those_that_match_alone(
        pattern in "[ab*?]{0,8}", name in "[abc]{0,8}",
    ) {
        let pattern = NamePattern::parse(pattern.as_bytes()).unwrap();
        let letters: Vec<u32> = Letters(name.as_bytes()).collect();
        for (length, expect) in pattern.prefixes(&letters).into_iter().enumerate() {
            prop_assert_eq!(pattern.matches(&name.as_bytes()[..length]), expect);
        }
    }
}
