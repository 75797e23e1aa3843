//! `--timings=FILE`: an array of Chrome's trace events, as Perfetto and chrome://tracing open it.
//!
//! A job is a process of the trace, and each of its objects a thread. Viewers draw events of a thread that overlap without one
//! containing the other in a wrong way, so that such an event gets a further thread with the same name.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::critical_path::critical_path;
use super::record::{SpanKind, TimedSpan, TimingsRecord};
use crate::executor::run_report::RunReport;
use crate::report::json::json_answer;
use crate::report::mask::Mask;

/// The process of what belongs to the run as a whole. Those of the jobs follow.
const RUN: usize = 1;

/// An event, with the keys of the format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct TraceEvent {
    name: String,
    /// `phase`, `wait`, `call`, `job` or `critical path`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    /// `X`: an event with a duration; `M`: a name of a process or thread.
    ph: &'static str,
    /// Microseconds from the first event on.
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: usize,
    tid: usize,
    args: BTreeMap<&'static str, String>,
}

/// What is drawn on a thread.
struct Drawn {
    process: usize,
    thread: String,
    name: String,
    cat: &'static str,
    begun: Timestamp,
    took: Duration,
    args: BTreeMap<&'static str, String>,
}

/// The JSON text.
pub(in crate::report) fn trace(record: &TimingsRecord, report: &RunReport, mask: &Mask) -> String {
    let mut drawn: Vec<Drawn> = record.sorted().into_iter().map(|span| of_span(span, report, mask)).collect();
    drawn.extend(of_jobs(report, mask));
    // Threads get their numbers in the order in which something happens on them.
    drawn.sort_by_key(|it| (it.begun, std::cmp::Reverse(it.took)));
    let origin = drawn.first().map_or(report.facts.started, |it| it.begun);
    let mut lanes = Lanes::default();
    let spans: Vec<TraceEvent> = drawn.into_iter().map(|it| event(it, origin, &mut lanes)).collect();
    let names = std::iter::once((RUN, "run".to_owned()));
    let jobs = (RUN + 1..).zip(&report.facts.jobs).map(|(pid, job)| (pid, mask.text(&job.name).into()));
    let processes = names.chain(jobs).map(|(pid, name)| named("process_name", name, pid, 0));
    json_answer(&processes.chain(lanes.names()).chain(spans).collect::<Vec<_>>())
}

fn of_span(span: &TimedSpan, report: &RunReport, mask: &Mask) -> Drawn {
    let place = report.facts.jobs.iter().position(|job| span.job.as_deref() == Some(&*job.name));
    let (cat, thread) = match span.kind {
        SpanKind::Phase => ("phase", "phases".to_owned()),
        SpanKind::Wait => ("wait", mask.text(&span.object).into()),
        SpanKind::Call => ("call", mask.text(&span.object).into()),
    };
    let failure = span.failure.iter().map(|failure| ("failure", failure.clone()));
    Drawn {
        process: place.map_or(RUN, |place| place.saturating_add(RUN + 1)),
        thread,
        name: span.name.to_owned(),
        cat,
        begun: span.begun,
        took: span.took,
        args: failure.collect(),
    }
}

/// The jobs as a whole, and those on the critical path once more.
fn of_jobs(report: &RunReport, mask: &Mask) -> Vec<Drawn> {
    let drawn = |place: usize, cat, thread: &str, args: &[(&'static str, String)]| {
        let (job, ended) = report.facts.jobs.get(place).zip(report.jobs.get(place))?;
        Some(Drawn {
            process: RUN,
            thread: thread.to_owned(),
            name: mask.text(&job.name).into(),
            cat,
            begun: ended.started?,
            took: ended.duration,
            args: args.iter().cloned().collect(),
        })
    };
    let of_job = |place: usize| {
        let state = report.jobs.get(place)?.state.as_str();
        drawn(place, "job", "jobs", &[("state", state.to_owned())])
    };
    let jobs = (0..report.jobs.len()).filter_map(of_job);
    let path = critical_path(report);
    let on_path = path.iter().filter_map(|step| {
        let waited = ("waited", format!("{:.3} s", step.waited.as_secs_f64()));
        drawn(step.place, "critical path", "critical path", &[waited])
    });
    jobs.chain(on_path).collect()
}

fn event(drawn: Drawn, origin: Timestamp, lanes: &mut Lanes) -> TraceEvent {
    let ts = microseconds(drawn.begun.duration_since(origin));
    let dur = u64::try_from(drawn.took.as_micros()).unwrap_or(u64::MAX);
    let tid = lanes.thread(drawn.process, &drawn.thread, ts, dur);
    let Drawn { process, name, cat, args, .. } = drawn;
    TraceEvent { name, cat: Some(cat), ph: "X", ts, dur: Some(dur), pid: process, tid, args }
}

fn microseconds(time: SignedDuration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or_default()
}

fn named(what: &str, name: String, pid: usize, tid: usize) -> TraceEvent {
    let args = BTreeMap::from([("name", name)]);
    TraceEvent { name: what.to_owned(), cat: None, ph: "M", ts: 0, dur: None, pid, tid, args }
}

/// The threads of all processes.
#[derive(Default)]
struct Lanes(Vec<Lane>);

struct Lane {
    process: usize,
    name: String,
    /// When the events end that go on at the time of the latest one, each within the one before it.
    open: Vec<u64>,
}

impl Lanes {
    /// The number of the thread for an event, which begins no earlier than the one before.
    fn thread(&mut self, process: usize, name: &str, ts: u64, dur: u64) -> usize {
        let end = ts.saturating_add(dur);
        for (number, lane) in (1..).zip(&mut self.0) {
            if lane.process == process && lane.name == name && lane.takes(ts, end) {
                return number;
            }
        }
        self.0.push(Lane { process, name: name.to_owned(), open: vec![end] });
        self.0.len()
    }

    fn names(&self) -> impl Iterator<Item = TraceEvent> {
        (1..).zip(&self.0).map(|(tid, lane)| named("thread_name", lane.name.clone(), lane.process, tid))
    }
}

impl Lane {
    /// Takes an event that lies within those that go on.
    fn takes(&mut self, begun: u64, end: u64) -> bool {
        self.open.retain(|open| *open > begun);
        let fits = self.open.last().is_none_or(|open| end <= *open);
        if fits {
            self.open.push(end);
        }
        fits
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::engine::ApiCall;
    use crate::executor::event::{Event, EventKind, Section};
    use crate::executor::notice::{Notice, ServiceLabel};
    use crate::executor::outcome::JobOutcome;
    use crate::executor::run_report::JobReport;
    use crate::report::example_run::{facts, job, ran, report};
    use crate::secret::Secret;

    fn at(milliseconds: i64) -> Timestamp {
        facts(1, Vec::new()).started + SignedDuration::from_millis(milliseconds)
    }

    /// The events of two jobs, one after the other.
    pub(in crate::report::timings) fn record_of_two_jobs() -> TimingsRecord {
        let call = |operation, subject: &str, status, elapsed| {
            EventKind::Call(ApiCall {
                operation,
                subject: subject.to_owned(),
                method: "GET".to_owned(),
                target: "/".to_owned(),
                status,
                elapsed: Duration::from_millis(elapsed),
            })
        };
        let of_job = |name: &str| format!("runner-lite-project-1-concurrent-0-00000000000000fe-{name}");
        let ready = Notice::ServiceReady {
            service: ServiceLabel { image: "redis:7".to_owned(), aliases: Vec::new() },
            elapsed: Duration::from_millis(400),
        };
        let timings = || EventKind::Timings { total: Duration::from_secs(2), phases: Vec::new() };
        let events = [
            (2, None, call("ask about", "the engine", Some(200), 2)),
            (10, Some("build"), EventKind::Section(Section::PrepareExecutor)),
            (15, Some("build"), call("inspect image", "busybox:1.35", Some(404), 4)),
            (100, Some("build"), call("create container", &of_job("redis-0"), Some(201), 60)),
            (600, Some("build"), EventKind::Notice(ready)),
            (610, Some("build"), EventKind::Section(Section::StepScript)),
            (650, Some("build"), call("wait for container", &of_job("build"), Some(200), 30)),
            (660, Some("build"), call("attach to container", &of_job("build"), None, 25)),
            (900, Some("build"), EventKind::Section(Section::Result)),
            (1000, Some("build"), timings()),
            (1300, Some("test"), EventKind::Section(Section::PrepareExecutor)),
            (2500, Some("test"), timings()),
        ];
        let mut record = TimingsRecord::default();
        for (milliseconds, job, kind) in events {
            record.take(&Event { at: at(milliseconds), job: job.map(Arc::from), kind });
        }
        record
    }

    pub(in crate::report::timings) fn report_of_two_jobs() -> RunReport {
        let started = |milliseconds, seconds| JobReport {
            started: Some(at(milliseconds)),
            ..ran(JobOutcome::Passed, seconds)
        };
        let jobs = vec![job("build", "build", None), job("test", "test", None)];
        RunReport {
            facts: Arc::new(facts(1, jobs)),
            wall: Duration::from_millis(2600),
            jobs: vec![started(10, 1), started(1300, 1)],
            ..report()
        }
    }

    fn events(mask: &Mask) -> Vec<Value> {
        let text = trace(&record_of_two_jobs(), &report_of_two_jobs(), mask);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn every_event_has_its_time_and_duration_in_microseconds_in_the_process_of_its_job() {
        let all = events(&Mask::default());
        let create = all.iter().find(|it| it["name"] == "create container").unwrap();
        assert_eq!(
            (&create["ph"], &create["ts"], &create["dur"]),
            (&"X".into(), &40_000.into(), &60_000.into())
        );
        assert_eq!((&create["pid"], &create["cat"]), (&2.into(), &"call".into()));
        let thread = all.iter().find(|it| {
            it["name"] == "thread_name" && it["tid"] == create["tid"] && it["pid"] == create["pid"]
        });
        assert_eq!(thread.unwrap()["args"]["name"], "redis-0");
        let script = all.iter().find(|it| it["name"] == "step_script").unwrap();
        assert_eq!((&script["ts"], &script["dur"]), (&610_000.into(), &290_000.into()));
        let processes: Vec<&Value> = all.iter().filter(|it| it["name"] == "process_name").collect();
        let names: Vec<&Value> = processes.iter().map(|it| &it["args"]["name"]).collect();
        assert_eq!(names, ["run", "build", "test"]);
        let path: Vec<&Value> = all.iter().filter(|it| it["cat"] == "critical path").collect();
        assert_eq!(path.len(), 2);
        assert_eq!(path[1]["args"]["waited"], "0.290 s");
    }

    #[test]
    fn events_of_a_thread_contain_each_other_or_do_not_overlap() {
        let all = events(&Mask::default());
        let spans: Vec<&Value> = all.iter().filter(|it| it["ph"] == "X").collect();
        let number = |value: &Value| value.as_u64().unwrap();
        for (place, first) in spans.iter().enumerate() {
            for second in spans[place + 1..].iter().filter(|it| it["tid"] == first["tid"]) {
                let (begun, end) = (number(&second["ts"]), number(&second["ts"]) + number(&second["dur"]));
                let first_end = number(&first["ts"]) + number(&first["dur"]);
                assert!(begun >= first_end || end <= first_end, "{first} {second}");
            }
        }
        // The wait for the job's container and the attachment to it overlap.
        let of_build = all.iter().filter(|it| it["name"] == "thread_name" && it["args"]["name"] == "build");
        assert_eq!(of_build.count(), 2);
    }

    #[test]
    fn secrets_are_masked() {
        let mut mask = Mask::default();
        mask.add(&[Secret::new("busybox:1.35")]);
        let text = trace(&record_of_two_jobs(), &report_of_two_jobs(), &mask);
        assert!(!text.contains("busybox") && text.contains("[MASKED]"), "{text}");
    }
}
