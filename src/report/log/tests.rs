use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::super::printable::is_printable;
use super::*;
use crate::engine::ApiCall;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::executor::event::{EventKind, Phase, Section, ServiceProblem, ServiceWarning};
use crate::executor::event_channel::channel;
use crate::executor::image::pull_progress::PullProgress;
use crate::executor::notice::{Activity, Notice, ServiceLabel};
use crate::executor::outcome::{Allowed, Failure, JobOutcome};
use crate::executor::run::coverage::CoverageResult;
use crate::executor::shutdown::Signal;
use crate::report::testing::{Buffer, streams};
use crate::secret::Secret;
use crate::workspace::list::Method;
use crate::workspace::pack::SkipReason;

fn format(verbosity: Verbosity) -> LogFormat {
    LogFormat { style: Style::Plain, verbosity, line_start: LineStart::Text }
}

fn log_to(stdout: &Buffer, stderr: &Buffer, verbosity: Verbosity) -> Log {
    let streams = streams(stdout.clone(), stderr.clone());
    Log::on_streams(streams, format(verbosity), ProgressDisplay::Hidden)
}

/// What standard output and standard error get from the events of a job.
fn written(verbosity: Verbosity, events: Vec<EventKind>) -> (String, String) {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let mut log = log_to(&stdout, &stderr, verbosity);
    for kind in events {
        log.take(&Event { at: Timestamp::UNIX_EPOCH, job: Some("test".into()), kind }).unwrap();
    }
    log.finish().unwrap();
    (stdout.text(), stderr.text())
}

fn output(text: &'static str) -> EventKind {
    EventKind::Output(Bytes::from_static(text.as_bytes()))
}

/// A job that pulls its image and fails after output without a line break.
fn failing_job() -> Vec<EventKind> {
    let image = || "ruby:2.6".to_owned();
    vec![
        EventKind::Secrets(vec![Secret::new("hunter2")]),
        EventKind::Section(Section::PrepareExecutor),
        EventKind::Notice(Notice::ExecutorSelected { job: "rspec".to_owned(), image: image() }),
        EventKind::Activity(Activity::CredentialSearch { image: image() }),
        EventKind::ActivityEnded,
        EventKind::Notice(Notice::PullStarted { image: image(), platform: None }),
        EventKind::PullProgress(PullProgress { image: image(), ..PullProgress::default() }),
        EventKind::Notice(Notice::PullRetried { image: image(), attempt: 1, error: "hunter2?".to_owned() }),
        EventKind::PullProgressEnded { image: image() },
        EventKind::Section(Section::StepScript),
        output("password: hun"),
        output("ter2\nno line break: hunt"),
        EventKind::ActivityEnded,
        EventKind::Section(Section::Result),
        EventKind::Coverage(CoverageResult::Figure(67.5)),
        EventKind::Finished(Arc::new(JobOutcome::Failed(Failure::script(3), Allowed::No))),
        EventKind::Notice(Notice::ObjectNotRemoved {
            error: "cannot remove container `c`".to_owned(),
            command: "docker rm -f c".to_owned(),
        }),
        EventKind::Timings {
            total: Duration::from_secs(2),
            phases: vec![(Phase::Script, Duration::from_secs(1))],
        },
    ]
}

#[test]
fn a_failing_job_has_its_image_warnings_masked_output_and_its_result() {
    let (stdout, stderr) = written(Verbosity::Normal, failing_job());
    insta::assert_snapshot!(stdout, @r#"
    Running rspec in ruby:2.6
    WARNING: Failed to pull image "ruby:2.6" (attempt #1), retrying: [MASKED]?

    password: [MASKED]
    no line break: hunt

    Coverage: 67.5%
    ERROR: Job failed: exit code 3
    WARNING: cannot remove container `c`; remove it with `docker rm -f c`
    Finished in 2.0 s: script 1.0 s
    "#);
    assert_eq!(stderr, "");
}

#[test]
fn a_verbose_log_has_gitlab_runners_lines_as_well() {
    let (stdout, stderr) = written(Verbosity::Verbose, failing_job());
    insta::assert_snapshot!(stdout, @r#"
    Preparing the "docker" executor
    Running rspec in ruby:2.6
    Using Docker executor with image ruby:2.6 ...
    Pulling docker image ruby:2.6 ...
    WARNING: Failed to pull image "ruby:2.6" (attempt #1), retrying: [MASKED]?

    Executing "step_script" stage of the job script
    password: [MASKED]
    no line break: hunt

    Coverage: 67.5%
    ERROR: Job failed: exit code 3
    WARNING: cannot remove container `c`; remove it with `docker rm -f c`
    Finished in 2.0 s: script 1.0 s
    "#);
    assert_eq!(stderr, "");
}

/// The events of a job with two services, each at a time in milliseconds.
fn job_with_services() -> Vec<(i64, EventKind)> {
    let text = |text: &str| text.to_owned();
    let ready = |image: &str, alias: Option<&str>, elapsed| {
        let service = ServiceLabel { image: text(image), aliases: alias.map(text).into_iter().collect() };
        EventKind::Notice(Notice::ServiceReady { service, elapsed: Duration::from_millis(elapsed) })
    };
    let copied = Notice::SourcesCopied {
        files: 26,
        bytes: 25_300,
        method: Method::Git,
        project_dir: text("/builds/local/p"),
    };
    vec![
        (0, EventKind::Section(Section::PrepareExecutor)),
        (0, EventKind::Notice(Notice::ExecutorSelected { job: text("rspec"), image: text("ruby:2.7") })),
        (0, EventKind::Notice(Notice::ServiceStarting { image: text("postgres:11.7") })),
        (0, EventKind::Notice(Notice::ServiceStarting { image: text("redis:latest") })),
        (400, EventKind::Notice(Notice::ServicesAwaited { timeout: Duration::from_secs(30) })),
        (500, ready("redis:latest", None, 120)),
        (1_600, ready("postgres:11.7", Some("db"), 1_240)),
        (1_700, EventKind::Section(Section::PrepareScript)),
        (1_800, EventKind::Section(Section::GetSources)),
        (1_900, EventKind::Notice(copied)),
        (2_000, EventKind::Section(Section::StepScript)),
        (2_100, output("$ rspec\n")),
        (62_100, EventKind::StillRunning { elapsed: Duration::from_millis(62_100) }),
        (65_000, output("1 example, 0 failures\n\n")),
        (65_100, EventKind::Section(Section::AfterScript)),
        (65_200, output("Running after script...\n")),
        (65_300, EventKind::Section(Section::Result)),
        (65_300, EventKind::Finished(Arc::new(JobOutcome::Passed))),
        (65_400, EventKind::Timings { total: Duration::from_secs(65), phases: Vec::new() }),
    ]
}

/// What standard output gets of events with times.
fn written_at_times(format: LogFormat, events: Vec<(i64, EventKind)>) -> String {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let streams = streams(stdout.clone(), stderr);
    let mut log = Log::on_streams(streams, format, ProgressDisplay::Hidden);
    for (at, kind) in events {
        let at = Timestamp::from_millisecond(at).unwrap();
        log.take(&Event { at, job: Some("rspec".into()), kind }).unwrap();
    }
    stdout.text()
}

#[test]
fn services_have_a_line_each_and_sections_their_duration() {
    insta::assert_snapshot!(written_at_times(format(Verbosity::Normal), job_with_services()), @r"
    Running rspec in ruby:2.7
    redis:latest ready after 0.1 s
    postgres:11.7 (db) ready after 1.2 s
    Copied 26 files (25.3 kB), uncommitted changes included

    $ rspec
    still running: rspec, 1 min 2 s
    1 example, 0 failures

    script took 1 min 3 s

    Running after script...

    Job succeeded
    Finished in 1 min 5 s
    ");
}

#[test]
fn each_job_of_a_run_has_its_number_and_keywords_without_effect_are_one_line() {
    let keyword = |name: &str| IgnoredKeyword { name: name.to_owned(), line: format!("{name} (a.yml:1)") };
    let job = |number| {
        let job = || "build".to_owned();
        [
            EventKind::Notice(Notice::JobOfRun { job: job(), number, total: 2 }),
            EventKind::Section(Section::PrepareExecutor),
            EventKind::Notice(Notice::ExecutorSelected { job: job(), image: "ruby:2.7".to_owned() }),
        ]
    };
    let text_of = |verbosity| {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let mut log = log_to(&stdout, &stderr, verbosity);
        log.ignored_keywords(&[keyword("tags"), keyword("release")]).unwrap();
        for kind in [job(1), job(2)].concat() {
            log.take(&Event { at: Timestamp::UNIX_EPOCH, job: None, kind }).unwrap();
        }
        stdout.text()
    };
    insta::assert_snapshot!(text_of(Verbosity::Normal), @r"
    Running build in ruby:2.7 (1 of 2)
    WARNING: ignored here: `tags`, `release` (-v says why)

    Running build in ruby:2.7 (2 of 2)
    ");
    let verbose = text_of(Verbosity::Verbose);
    assert!(
        verbose.starts_with("WARNING: tags (a.yml:1)\nWARNING: release (a.yml:1)\n\nJob 1 of 2: build\n"),
        "{verbose}"
    );
    assert_eq!(text_of(Verbosity::Quiet), "");
}

#[test]
fn a_sign_of_life_names_the_pulls_that_go_on() {
    let alive = |minutes: u64| EventKind::StillRunning { elapsed: Duration::from_secs(60 * minutes) };
    let progress = PullProgress { image: "ruby:2.7".to_owned(), ..PullProgress::default() };
    let events = vec![
        (0, EventKind::PullProgress(progress)),
        (60_000, alive(1)),
        (70_000, EventKind::PullProgressEnded { image: "ruby:2.7".to_owned() }),
        (120_000, alive(2)),
    ];
    insta::assert_snapshot!(written_at_times(format(Verbosity::Normal), events), @r"
    still running: rspec, 1 min (pulling ruby:2.7)
    still running: rspec, 2 min
    ");
}

#[test]
fn every_line_of_a_log_with_times_begins_with_the_time_of_its_first_byte() {
    let format = LogFormat { line_start: LineStart::Time, ..format(Verbosity::Normal) };
    let events = vec![
        (0, EventKind::Section(Section::StepScript)),
        (1_000, output("one\ntw")),
        (2_000, output("o\n")),
        (3_000, output("three")),
        (4_000, EventKind::Section(Section::Result)),
        (4_000, EventKind::Finished(Arc::new(JobOutcome::Passed))),
    ];
    insta::assert_snapshot!(written_at_times(format, events), @r"
    1970-01-01T00:00:01.000Z one
    1970-01-01T00:00:01.000Z two
    1970-01-01T00:00:03.000Z three
    1970-01-01T00:00:04.000Z script took 4.0 s
    1970-01-01T00:00:04.000Z 
    1970-01-01T00:00:04.000Z Job succeeded
    ");
}

#[test]
fn a_quiet_log_has_the_output_alone_and_warnings_and_failures_on_standard_error() {
    let (stdout, stderr) = written(Verbosity::Quiet, failing_job());
    assert_eq!(stdout, "password: [MASKED]\nno line break: hunt");
    insta::assert_snapshot!(stderr, @r#"
    WARNING: Failed to pull image "ruby:2.6" (attempt #1), retrying: [MASKED]?
    ERROR: Job failed: exit code 3
    WARNING: cannot remove container `c`; remove it with `docker rm -f c`
    "#);
}

#[test]
fn calls_go_to_standard_error_at_every_verbosity() {
    for verbosity in [Verbosity::Normal, Verbosity::Quiet] {
        let call = |status, elapsed| ApiCall {
            operation: "read",
            subject: "the engine".to_owned(),
            method: "GET".to_owned(),
            target: "/v1.51/info".to_owned(),
            status,
            elapsed: Duration::from_micros(elapsed),
        };
        let events = vec![EventKind::Call(call(Some(200), 1_500)), EventKind::Call(call(None, 20_000))];
        let expect = "> GET /v1.51/info 200 (1.5 ms)\n> GET /v1.51/info no answer (20.0 ms)\n";
        assert_eq!(written(verbosity, events), (String::new(), expect.to_owned()));
    }
}

#[test]
fn errors_go_to_standard_error_at_every_verbosity() {
    for verbosity in [Verbosity::Normal, Verbosity::Quiet] {
        let interrupted = EventKind::Notice(Notice::Interrupted { signal: Signal::Interrupt });
        let expect = (String::new(), "ERROR: canceled\n".to_owned());
        assert_eq!(written(verbosity, vec![interrupted]), expect);
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_written_closes_the_channel() {
    struct ClosedPipe;
    impl Write for ClosedPipe {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let streams = streams(ClosedPipe, ClosedPipe);
    let mut log = Log::on_streams(streams, format(Verbosity::Normal), ProgressDisplay::Hidden);
    let (events, receiver) = channel();
    let writer = std::thread::spawn(move || receiver.deliver(&mut log));
    events.send(output("lost"));
    events.closed().await;
    // Until the work has stopped, its events are discarded.
    drop(events);
    assert_eq!(writer.join().unwrap().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

/// Text that sets a title, clears the screen and starts a line of its own.
const HOSTILE: &str = "\x1b]0;t\x07\u{9b}2J\u{202e}\r\nJob succeeded";

/// The same text, as a line of the log shows it.
const SHOWN: &str = r"\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\r\nJob succeeded";

#[test]
fn texts_of_others_are_escaped_and_output_of_the_job_is_not() {
    let text = || HOSTILE.to_owned();
    let engine = EngineErrorKind::Status { status: 500, message: text() };
    let engine = EngineError { operation: "start container", subject: text(), kind: engine };
    let warning = ServiceWarning {
        service: ServiceLabel { image: text(), aliases: vec![text()] },
        container: text(),
        problem: ServiceProblem::CheckFailed { error: text() },
        log: Ok("one\n\x1b[2Jtwo".to_owned()),
    };
    let events = vec![
        EventKind::Notice(Notice::BareShellEntrypoint { shell: text() }),
        EventKind::Notice(Notice::SourceLeftOut { path: HOSTILE.into(), reason: SkipReason::Special }),
        EventKind::Notice(Notice::CredentialSourceFailed { source: text(), error: text() }),
        EventKind::ServiceWarning(Box::new(warning)),
        EventKind::Output(Bytes::from(HOSTILE)),
        EventKind::Finished(Arc::new(JobOutcome::Failed(Failure::Engine(engine), Allowed::No))),
    ];
    let (stdout, stderr) = written(Verbosity::Normal, events);
    let (before, after) = stdout.split_once(HOSTILE).expect("the output of the job stays as it is");
    for said in [before, after, &*stderr] {
        assert!(said.chars().all(|c| c == '\n' || is_printable(c)), "{said:?}");
        assert!(!said.lines().any(|line| line == "Job succeeded"), "{said}");
    }
    for phrase in [
        "entrypoint [\"HOSTILE\"]",
        "`HOSTILE` is not a file",
        "credentials from HOSTILE: HOSTILE.",
        "Service HOSTILE (HOSTILE) could not be checked: HOSTILE\n",
        "The end of its log:\n  one\n  \\u{1b}[2Jtwo\n",
    ] {
        assert!(before.contains(&phrase.replace("HOSTILE", SHOWN)), "{phrase}: {before}");
    }
    let failure = format!("cannot start container `{SHOWN}`: the engine answered 500: {SHOWN}\n");
    assert!(stderr.ends_with(&failure), "{stderr}");
}

#[test]
fn colours_stand_around_escaped_text() {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let streams = streams(stdout.clone(), stderr);
    let format = LogFormat { style: Style::Coloured, ..format(Verbosity::Normal) };
    let mut log = Log::on_streams(streams, format, ProgressDisplay::Hidden);
    log.warning("\x1b[0;mfree").unwrap();
    assert_eq!(stdout.text(), "\x1b[0;33mWARNING: \\u{1b}[0;mfree\x1b[0;m\n");
}
