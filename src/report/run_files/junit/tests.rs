use super::*;
use crate::report::example_run::report;
use crate::secret::Secret;

#[test]
fn a_stage_is_a_suite_and_a_job_is_a_case() {
    let mut mask = Mask::default();
    mask.add(&[Secret::new("rspec")]);
    insta::assert_snapshot!(document(&report(), &mask), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="runner-lite" tests="9" failures="2" errors="1" skipped="4" time="75.000">
      <testsuite name="build" tests="1" failures="0" errors="0" skipped="0" time="61.000" timestamp="2027-01-15T08:00:00Z">
        <testcase name="build" classname="build" time="61.000"/>
      </testsuite>
      <testsuite name="test" tests="4" failures="2" errors="1" skipped="1" time="68.000" timestamp="2027-01-15T08:00:00Z">
        <testcase name="unit: [ruby, 2]" classname="test" time="5.000">
          <failure message="exit code 7" type="script_failure">error: command failed (exit 7) at .gitlab-ci.yml:12: [MASKED] &lt;a&gt; &amp; &quot;b&quot;</failure>
        </testcase>
        <testcase name="lint" classname="test" time="2.000">
          <skipped message="exit code 1; the job is allowed to fail"/>
        </testcase>
        <testcase name="slow" classname="test" time="60.000">
          <failure message="execution took longer than 1 min" type="timeout"></failure>
        </testcase>
        <testcase name="lost" classname="test" time="1.000">
          <error message="container `c` was lost: gone" type="system_failure"/>
        </testcase>
      </testsuite>
      <testsuite name="package" tests="1" failures="0" errors="0" skipped="1" time="0.000">
        <testcase name="package" classname="package" time="0.000">
          <skipped message="skipped: slow failed"/>
        </testcase>
      </testsuite>
      <testsuite name="deploy" tests="3" failures="0" errors="0" skipped="2" time="0.000">
        <testcase name="deploy" classname="deploy" time="0.000">
          <skipped message="manual"/>
        </testcase>
        <testcase name="announce" classname="deploy" time="0.000">
          <skipped message="not reached: blocked by deploy"/>
        </testcase>
        <testcase name="child" classname="deploy" time="0.000"/>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn what_xml_has_no_place_for_is_left_out_and_the_rest_is_escaped() {
    assert_eq!(
        escaped("a<b>&\"'\n\t\r\0\x1b[31m\u{fffe}é"),
        "a&lt;b&gt;&amp;&quot;&apos;&#10;&#9;&#13;[31mé"
    );
}
