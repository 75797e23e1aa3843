//! The lines that GitLab accepts in dotenv reports, and its messages for others.

use proptest::prelude::*;

use super::*;

fn report(contents: &[&[u8]]) -> Result<DotenvReport, DotenvError> {
    let paths = ["a.env", "b.env"];
    let files = contents.iter().zip(paths).map(|(content, path)| DotenvFile { path, content });
    parse_report(&files.collect::<Vec<_>>())
}

/// The variables of a report with this text, as `NAME=value`.
fn variables(text: &str) -> Vec<String> {
    let report = report(&[text.as_bytes()]).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    report.variables.iter().map(|variable| format!("{}={}", variable.key, variable.value)).collect()
}

#[track_caller]
fn check_error(text: &str, expect: &str) {
    let error = report(&[text.as_bytes()]).unwrap_err().to_string();
    assert!(error.starts_with(&format!("dotenv report a.env:{expect}. ")), "{text:?}: {error}");
}

#[test]
fn a_line_is_split_at_its_first_equals_sign_and_quotes_stay() {
    for (line, expect) in [
        ("K=V", "K=V"),
        (" K \t= V \r", "K=V"),
        ("K=", "K="),
        ("K=a=b", "K=a=b"),
        ("K=\"a b\"", "K=\"a b\""),
        ("K=a # b", "K=a # b"),
        ("1K=V", "1K=V"),
        ("K=$OTHER", "K=$OTHER"),
    ] {
        assert_eq!(variables(line), [expect], "{line:?}");
        assert_eq!(variables(&format!("{line}\n")), [expect], "{line:?}");
    }
    assert_eq!(variables(""), [""; 0]);
}

#[test]
fn of_two_variables_with_one_name_the_later_counts_over_files_too() {
    assert_eq!(variables("A=1\nB=2\nA=3\n"), ["A=3", "B=2"]);
    let both = report(&[b"A=1\nB=2", b"A=4\n"]).unwrap();
    assert_eq!(both.variables, [Definition::new("A", "4"), Definition::new("B", "2")]);
}

#[test]
fn other_lines_fail_the_job_with_their_place() {
    check_error("A=1\n\nB=2\n", "2:1: Invalid Format");
    check_error("A=1\n# note\n", "2:1: Invalid Format");
    check_error("foo", "1:1: Invalid Format");
    let key = "Key can contain only letters, digits and '_'";
    check_error("export A=1", &format!("1:7: {key}"));
    check_error("# A=1", &format!("1:1: {key}"));
    check_error("  A-B=1", &format!("1:4: {key}"));
    check_error("A.B=1", &format!("1:2: {key}"));
    check_error("Ä=1", &format!("1:1: {key}"));
    check_error("X=1\n=1", &format!("2:1: {key}"));
    let error = report(&[b"A=1", b"A=1\nfoo"]).unwrap_err();
    assert_eq!((&*error.path, error.line), ("b.env", 2));
}

#[test]
fn a_name_has_at_most_255_characters() {
    let line = |length| format!("{}=1", "A".repeat(length));
    assert_eq!(variables(&line(255)).len(), 1);
    let error = report(&[line(256).as_bytes()]).unwrap_err();
    assert_eq!(error.problem, DotenvProblem::LongKey);
}

#[test]
fn texts_in_utf_16_and_bytes_that_are_no_text_are_decoded() {
    let utf16 = |text: &str, mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    let expect = Ok(vec![Definition::new("K", "ä😀")]);
    let found = |content: &[u8]| report(&[content]).map(|report| report.variables);
    assert_eq!(found(&utf16("K=ä😀\r\n", [0xff, 0xfe], u16::to_le_bytes)), expect);
    assert_eq!(found(&utf16("K=ä😀\n", [0xfe, 0xff], u16::to_be_bytes)), expect);
    assert_eq!(found("\u{feff}K=ä😀".as_bytes()), expect);
    assert_eq!(found(b"K=a\xffb"), Ok(vec![Definition::new("K", "a\u{fffd}b")]));
    assert_eq!(found(b"\xff\xfeK\0=\0a"), Ok(vec![Definition::new("K", "\u{fffd}")]));
}

#[test]
fn gitlabs_limits_are_told_but_only_a_huge_report_is_refused() {
    let lines = |count: usize| (0..count).map(|number| format!("V{number}=1\n")).collect::<String>();
    let exceeded = |text: &str| report(&[text.as_bytes()]).unwrap().exceeded;
    assert_eq!(exceeded(&lines(20)), []);
    assert_eq!(exceeded(&lines(21)), [DotenvLimit::Variables { count: 21 }]);
    assert_eq!(exceeded(&lines(20).repeat(2)), [], "20 distinct ones");
    let long = |length: usize| format!("A={}", "x".repeat(length - 2));
    assert_eq!(exceeded(&long(5_119)), []);
    assert_eq!(exceeded(&long(5_120)), [DotenvLimit::Bytes { bytes: 5_120 }]);
    let half = long(REPORT_BYTES_MAX / 2 + 1);
    let error = report(&[half.as_bytes(), half.as_bytes()]).unwrap_err();
    assert_eq!((&*error.path, error.problem), ("b.env", DotenvProblem::TooLong));
    assert_eq!(
        DotenvLimit::Variables { count: 21 }.to_string(),
        "Dotenv files cannot have more than 20 variables by default, and this report has 21"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(content in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(report) = report(&[&content]) {
            prop_assert!(report.variables.iter().all(|known| known.key.chars().all(is_word)));
        }
    }
}
