//! Reports as test frameworks write them.

use std::io::{BufReader, Read};

use proptest::prelude::*;

use super::*;

/// `tests failures errors skipped` of a report.
fn counted(report: &str) -> [u64; 4] {
    // A buffer of one byte, so that every token is cut everywhere.
    let report = BufReader::with_capacity(1, report.as_bytes());
    let JunitCounts { tests, failures, errors, skipped } = count(report).unwrap();
    [tests, failures, errors, skipped]
}

#[test]
fn cases_of_several_and_of_nested_suites_are_counted_once() {
    let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE testsuites [ <!ENTITY a "<testcase/>"> ]>
<testsuites tests="99" failures="99">
  <testsuite name="a" tests="3">
    <testcase name="ok"/>
    <testcase name="bad"><failure message="a &lt; b">text</failure></testcase>
    <testsuite name="inner">
      <testcase name="error" classname="x"><error/></testcase>
      <testcase name="skip"><skipped/></testcase>
    </testsuite>
  </testsuite>
  <testsuite><testcase name="a>b" file='"/>'/></testsuite>
</testsuites>
"#;
    assert_eq!(counted(report), [5, 1, 1, 1]);
}

#[test]
fn a_case_counts_once_with_its_worst_result() {
    let case = |inner: &str| counted(&format!("<testsuite><testcase>{inner}</testcase></testsuite>"));
    assert_eq!(case("<skipped/><error/><failure/><failure/>"), [1, 1, 0, 0]);
    assert_eq!(case("<error/><skipped/>"), [1, 0, 1, 0]);
    assert_eq!(case("<properties><failure/></properties>"), [1, 0, 0, 0], "not its own element");
    assert_eq!(case("<rerunFailure/><failures/>"), [1, 0, 0, 0]);
}

#[test]
fn what_looks_like_an_element_in_a_text_is_none() {
    let report = "<testsuite><!-- <testcase/> ---><system-out><![CDATA[<testcase> ]] > ]]]></system-out>\
                  <?php <testcase/> ??><testcase></testcase></testsuite>";
    assert_eq!(counted(report), [1, 0, 0, 0]);
}

#[test]
fn a_report_without_suites_has_no_cases() {
    assert_eq!(counted("<testsuites/>"), [0; 4]);
    assert_eq!(counted("\u{feff}<testsuite tests='3'>\n</testsuite>\n"), [0; 4]);
}

#[test]
fn what_is_no_complete_xml_is_not_counted() {
    for report in
        ["", "text", "<a>", "<a><b></a>", "</a>", "<a/></a>", "<a", "<a b='", "<!-- a", "<![CDATA[", "<?"]
    {
        let counted = count(report.as_bytes());
        assert!(matches!(counted, Err(JunitError::Incomplete)), "{report:?}: {counted:?}");
    }
}

#[test]
fn a_long_output_needs_no_memory() {
    let output = std::io::repeat(b'x').take(50_000_000);
    let begin = &b"<testsuite><testcase><failure>"[..];
    let end = &b"</failure></testcase></testsuite>"[..];
    let report = BufReader::new(begin.chain(output).chain(end));
    assert_eq!(count(report).unwrap(), JunitCounts { tests: 1, failures: 1, errors: 0, skipped: 0 });
}

proptest! {
    #[test]
    fn any_text_is_counted_or_refused(report in "[<>/!?a\"'=\\[\\]-]{0,40}|(<testcase/?>|</testcase>|<error/>){0,9}") {
        let whole = count(report.as_bytes()).ok();
        let pieces = count(BufReader::with_capacity(1, report.as_bytes())).ok();
        prop_assert_eq!(whole, pieces);
    }
}
