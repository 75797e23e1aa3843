use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use super::super::printable::is_printable;
use super::*;
use crate::engine::ApiCall;
use crate::engine::error::{EngineError, EngineErrorKind};
use crate::executor::event::{Phase, ServiceProblem, ServiceWarning};
use crate::executor::event_channel::channel;
use crate::executor::image::pull_progress::PullProgress;
use crate::executor::notice::{Activity, Notice};
use crate::executor::outcome::{Allowed, Failure};
use crate::executor::shutdown::Signal;
use crate::secret::Secret;
use crate::workspace::pack::SkipReason;

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn log_to(stdout: &Buffer, stderr: &Buffer, verbosity: Verbosity) -> Log {
    let (stdout, stderr) = (Box::new(stdout.clone()), Box::new(stderr.clone()));
    Log::on_streams(stdout, stderr, Style::Plain, verbosity, ProgressDisplay::Hidden)
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
        EventKind::Notice(Notice::ExecutorSelected { image: image() }),
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
        EventKind::Finished(Arc::new(JobOutcome::Failed(Failure::Script { exit_code: 3 }, Allowed::No))),
        EventKind::Coverage(CoverageResult::Figure(67.5)),
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
fn a_failing_job_has_headlines_notices_masked_output_and_its_result() {
    let (stdout, stderr) = written(Verbosity::Normal, failing_job());
    insta::assert_snapshot!(stdout, @r#"
    Preparing the "docker" executor
    Using Docker executor with image ruby:2.6 ...
    Pulling docker image ruby:2.6 ...
    WARNING: Failed to pull image "ruby:2.6" (attempt #1), retrying: [MASKED]?
    Executing "step_script" stage of the job script
    password: [MASKED]
    no line break: hunt
    ERROR: Job failed: exit code 3
    Coverage: 67.5%
    WARNING: cannot remove container `c`; remove it with `docker rm -f c`
    Finished in 2.00 s: script 1.00 s
    "#);
    assert_eq!(stderr, "");
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
    let streams = (Box::new(ClosedPipe), Box::new(ClosedPipe));
    let mut log =
        Log::on_streams(streams.0, streams.1, Style::Plain, Verbosity::Normal, ProgressDisplay::Hidden);
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
        "`HOSTILE` is no file",
        "credentials from HOSTILE: HOSTILE.",
        "Service HOSTILE probably",
        "service \"HOSTILE\" could not be checked: HOSTILE\n",
        "one\n\\u{1b}[2Jtwo\n",
    ] {
        assert!(before.contains(&phrase.replace("HOSTILE", SHOWN)), "{phrase}: {before}");
    }
    let failure = format!("cannot start container `{SHOWN}`: the engine answered 500: {SHOWN}\n");
    assert!(stderr.ends_with(&failure), "{stderr}");
}

#[test]
fn colours_stand_around_escaped_text() {
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let streams = (Box::new(stdout.clone()), Box::new(stderr));
    let mut log =
        Log::on_streams(streams.0, streams.1, Style::Coloured, Verbosity::Normal, ProgressDisplay::Hidden);
    log.warning("\x1b[0;mfree").unwrap();
    assert_eq!(stdout.text(), "\x1b[0;33mWARNING: \\u{1b}[0;mfree\x1b[0;m\n");
}
