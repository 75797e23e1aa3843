use bytes::Bytes;

use super::*;
use crate::executor::event::Section;
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run_report::JobStateChange;
use crate::report::example_run::{facts, job, report};
use crate::report::run_json::testing::problems;
use crate::report::testing::Buffer;
use crate::schedule::job_state::{JobState, StateReason};
use crate::secret::Secret;

/// The lines of events, of which each is valid.
fn written(lines: LogLines, events: Vec<(Option<&str>, EventKind)>) -> String {
    let out = Buffer::default();
    let mut writer = EventsWriter::new(Box::new(out.clone()), lines);
    for (at, (job, kind)) in (0..).zip(events) {
        let at = Timestamp::from_millisecond(1_800_000_000_000 + at).unwrap();
        writer.take(&Event { at, job: job.map(Into::into), kind }).unwrap();
    }
    writer.finish().unwrap();
    for line in out.text().lines() {
        assert_eq!(problems(&serde_json::from_str(line).unwrap()), Vec::<String>::new(), "{line}");
    }
    out.text()
}

fn files(notice: FilesNotice) -> EventKind {
    EventKind::Files(notice)
}

/// A run of two jobs, with a secret.
fn run() -> Vec<(Option<&'static str>, EventKind)> {
    let facts = facts(2, vec![job("build", "build", None), job("test", "test", Some(&["build"]))]);
    let output = |text: &'static str| EventKind::Output(Bytes::from_static(text.as_bytes()));
    let stored = FilesNotice::ArtifactsStored { job: "build".to_owned(), report: None, files: 3, bytes: 9 };
    let failure = JobOutcome::Failed(Failure::script(7), Allowed::No);
    let skipped = Some(StateReason::Failed("build".to_owned()));
    vec![
        (None, EventKind::RunStarted(Arc::new(facts))),
        (Some("build"), EventKind::JobState(JobStateChange::new(JobState::Created, JobState::Pending, None))),
        (Some("build"), EventKind::Secrets(vec![Secret::new("hunter2hunter2")])),
        (Some("build"), EventKind::Section(Section::RestoreCache)),
        (Some("build"), files(FilesNotice::CacheLookedUp { key: "gems-hunter2hunter2".to_owned() })),
        (Some("build"), files(FilesNotice::CacheRestored { bytes: 11 })),
        (Some("build"), output("one hunter2")),
        (Some("build"), output("hunter2\n50%\r100%\r\n\x1b[31mred")),
        (Some("build"), files(stored)),
        (Some("build"), EventKind::Timings { total: std::time::Duration::from_secs(2), phases: Vec::new() }),
        (Some("build"), EventKind::JobState(JobStateChange::will_repeat(1, &failure))),
        (Some("build"), EventKind::JobState(JobStateChange::repeated(2))),
        (Some("build"), EventKind::JobState(JobStateChange::ended(2, &failure, None))),
        (
            Some("test"),
            EventKind::JobState(JobStateChange::new(JobState::Created, JobState::Skipped, skipped)),
        ),
        (None, EventKind::RunFinished(Arc::new(report()))),
    ]
}

#[test]
fn a_run_is_told_in_lines_that_the_schema_allows_and_secrets_are_masked() {
    insta::assert_snapshot!(written(LogLines::LeftOut, run()), @r#"
    {"version":1,"t":"2027-01-15T08:00:00.000Z","run":"20261129T100000-8f3a","type":"run_started","pipeline_id":7,"commit":"0123abcd","dirty":true,"slots":2,"jobs":[{"name":"build","stage":"build","needs":null,"when":"on_success"},{"name":"test","stage":"test","needs":["build"],"when":"on_success"}]}
    {"version":1,"t":"2027-01-15T08:00:00.001Z","run":"20261129T100000-8f3a","type":"job_state","job":"build","attempt":1,"from":"created","to":"pending","reason":null,"reason_jobs":[],"exit_code":null,"will_retry":false}
    {"version":1,"t":"2027-01-15T08:00:00.005Z","run":"20261129T100000-8f3a","type":"cache","job":"build","key":"gems-[MASKED]","result":"hit","bytes":11}
    {"version":1,"t":"2027-01-15T08:00:00.008Z","run":"20261129T100000-8f3a","type":"artifacts","job":"build","kind":"archive","files":3,"bytes":9}
    {"version":1,"t":"2027-01-15T08:00:00.010Z","run":"20261129T100000-8f3a","type":"job_state","job":"build","attempt":1,"from":"running","to":"failed","reason":"script_failure","reason_jobs":[],"exit_code":7,"will_retry":true}
    {"version":1,"t":"2027-01-15T08:00:00.011Z","run":"20261129T100000-8f3a","type":"job_state","job":"build","attempt":2,"from":"failed","to":"running","reason":null,"reason_jobs":[],"exit_code":null,"will_retry":false}
    {"version":1,"t":"2027-01-15T08:00:00.012Z","run":"20261129T100000-8f3a","type":"job_state","job":"build","attempt":2,"from":"running","to":"failed","reason":"script_failure","reason_jobs":[],"exit_code":7,"will_retry":false}
    {"version":1,"t":"2027-01-15T08:00:00.013Z","run":"20261129T100000-8f3a","type":"job_state","job":"test","attempt":1,"from":"created","to":"skipped","reason":"job_failed","reason_jobs":["build"],"exit_code":null,"will_retry":false}
    {"version":1,"t":"2027-01-15T08:00:00.014Z","run":"20261129T100000-8f3a","type":"run_finished","status":"failed","code":1,"has_warnings":true,"wall_ms":75000}
    "#);
}

#[test]
fn the_lines_of_the_log_are_events_if_they_are_asked_for() {
    let all = written(LogLines::Written, run());
    let lines: Vec<&str> = all.lines().filter(|line| line.contains("job_line")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"version":1,"t":"2027-01-15T08:00:00.003Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"runner","text":"Restoring cache"}
    {"version":1,"t":"2027-01-15T08:00:00.004Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"runner","text":"Checking cache for gems-[MASKED]..."}
    {"version":1,"t":"2027-01-15T08:00:00.005Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"runner","text":"Successfully extracted cache"}
    {"version":1,"t":"2027-01-15T08:00:00.007Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"output","text":"one [MASKED]"}
    {"version":1,"t":"2027-01-15T08:00:00.007Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"output","text":"100%"}
    {"version":1,"t":"2027-01-15T08:00:00.008Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"output","text":"\u001b[31mred"}
    {"version":1,"t":"2027-01-15T08:00:00.008Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"runner","text":"Stored artifacts of build: 3 files, 9 B"}
    {"version":1,"t":"2027-01-15T08:00:00.009Z","run":"20261129T100000-8f3a","type":"job_line","job":"build","source":"runner","text":"Finished in 2.0 s"}
    "#);
}

#[test]
fn a_report_has_every_field_of_the_schema_and_no_other() {
    let mut mask = Mask::default();
    mask.add(&[Secret::new("ruby, 2")]);
    let record = crate::report::run_json::report_record::RunReportRecord::new(&report(), &mask);
    let text = crate::report::json::json_answer(&record);
    assert_eq!(problems(&serde_json::from_str(&text).unwrap()), Vec::<String>::new(), "{text}");
    assert!(text.contains(r#""unit: [[MASKED]]""#) && !text.contains("ruby"), "{text}");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    insta::assert_json_snapshot!(report["jobs"][0], @r#"
    {
      "allow_failure": false,
      "artifacts": {
        "bytes": 1234567,
        "files": 3
      },
      "attempts": 1,
      "coverage": 85.5,
      "duration_ms": 61000,
      "exit_code": 0,
      "log": "/state/jobs/1/log",
      "name": "build",
      "needs": null,
      "reason": null,
      "reason_jobs": [],
      "stage": "build",
      "started": "2027-01-15T08:00:00.000Z",
      "state": "success"
    }
    "#);
    insta::assert_json_snapshot!(report["jobs"][7], @r#"
    {
      "allow_failure": false,
      "artifacts": null,
      "attempts": 0,
      "coverage": null,
      "duration_ms": 0,
      "exit_code": null,
      "log": null,
      "name": "announce",
      "needs": [
        "deploy"
      ],
      "reason": "blocked",
      "reason_jobs": [
        "deploy"
      ],
      "stage": "deploy",
      "started": null,
      "state": "created"
    }
    "#);
}
