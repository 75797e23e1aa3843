//! Generated pipelines: the states of their jobs, and the moments in which their scripts begin and end, are those of the
//! second reading of GitLab's rules.

use std::sync::Mutex;

use serde_json::Value;

use super::engine::assert_nothing_left_of_run;
use super::oracle::{self, Job};
use super::pipeline::{Pipeline, at_once};
use super::random_pipelines::Random;
use super::run::Outcome;

/// How many pipelines are run unless `RUNNER_LITE_GENERATED_PIPELINES` says otherwise.
const PIPELINES: u64 = 10;

/// The most jobs of a pipeline.
const JOBS_MAX: usize = 12;

/// The most jobs of a pipeline that run at the same time.
const SLOTS_MAX: usize = 4;

/// The exit code of a job that fails.
const FAILURE: i64 = 3;

/// A pipeline of jobs that tell when they begin and end.
struct Generated {
    seed: u64,
    jobs: Vec<Job>,
    /// How many jobs may run at the same time.
    slots: usize,
    /// How long each job sleeps, in hundredths of a second.
    naps: Vec<usize>,
}

/// A moment that a job has printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    /// In hundredths of a second since the host was started. The clock has no finer steps.
    time: u64,
    /// An end comes before a beginning of the same moment.
    kind: StampKind,
    job: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StampKind {
    End,
    Begin,
}

/// What has run.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    jobs: usize,
    scripts: usize,
    most_at_once: usize,
}

/// What a job may be besides one that passes.
fn behaviours() -> Vec<Job> {
    let mut all = Vec::new();
    for when in ["on_success", "on_failure", "always", "delayed"] {
        all.extend([Job::new(when, "success"), Job::new(when, "failed"), Job::new(when, "failed").excused()]);
    }
    all.extend([Job::new("manual", "success"), Job::new("manual", "success").excused()]);
    all.extend([Job::new("manual", "success").started(), Job::new("manual", "failed").started()]);
    all.extend([Job::new("manual", "failed").excused().started()]);
    all
}

impl Generated {
    fn new(seed: u64) -> Self {
        // Seeds that are almost the same would give almost the same first numbers.
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let count = 1 + random.below(JOBS_MAX);
        let jobs = random.pipeline(count, &behaviours());
        let slots = 1 + random.below(SLOTS_MAX);
        // Long enough for others to begin meanwhile, and never 0: a job ends later than it begins.
        let naps = (0..count).map(|_| 10 + random.below(30)).collect();
        Self { seed, jobs, slots, naps }
    }

    fn project(&self) -> String {
        format!("generated-{}", self.seed)
    }

    fn name(&self, place: usize) -> String {
        format!("{}-{place}", self.project())
    }

    fn yaml(&self) -> String {
        let mut yaml = "stages: [s0, s1, s2, s3]\ndefault: {image: 'busybox:1.35'}\n".to_owned();
        for (place, job) in self.jobs.iter().enumerate() {
            let when = match job.when {
                "delayed" => "delayed\n  start_in: 30 minutes",
                when => when,
            };
            let allow_failure = match (job.may_fail, job.outcome) {
                // Jobs of both kinds are written in both ways.
                (true, "failed") if place % 2 == 0 => format!("{{exit_codes: [{FAILURE}]}}"),
                (may_fail, _) => may_fail.to_string(),
            };
            let needs = job.needs.as_ref().map(|needs| {
                let names: Vec<String> = needs.iter().map(|need| self.name(*need)).collect();
                format!("  needs: [{}]\n", names.join(", "))
            });
            let code = if job.outcome == "failed" { FAILURE } else { 0 };
            let tell = |what| format!("read up rest </proc/uptime; echo \"stamp {what} {place} $up\"");
            yaml += &format!(
                "{}:\n  stage: s{}\n  when: {when}\n  allow_failure: {allow_failure}\n{}  script:\n    - {}\n    \
                 - sleep 0.{:02}\n    - {}; exit {code}\n",
                self.name(place),
                job.stage,
                needs.unwrap_or_default(),
                tell("begin"),
                self.naps[place],
                tell("end"),
            );
        }
        yaml
    }

    /// Runs the pipeline, checks everything, and counts what has run.
    fn run(&self) -> Counts {
        let pipeline = Pipeline::named(&self.project(), &self.yaml());
        let slots = self.slots.to_string();
        let mut arguments: Vec<String> =
            ["pipeline", "--report", "report.json", "-j", &slots].map(str::to_owned).into();
        for place in (0..self.jobs.len()).filter(|place| self.jobs[*place].is_started) {
            arguments.extend(["--manual".to_owned(), self.name(place)]);
        }
        let outcome = pipeline.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let report = std::fs::read_to_string(pipeline.folder().join("report.json"));
        let report = report.unwrap_or_else(|error| panic!("{error}: {}\n{}", outcome.log(), outcome.stderr));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_nothing_left_of_run(&report);
        let checked = self.check(&outcome, &report);
        checked.unwrap_or_else(|problem| panic!("{problem}\n{}{}", self.yaml(), outcome.log()))
    }

    /// Compares a run with the second reading.
    fn check(&self, outcome: &Outcome, report: &Value) -> Result<Counts, String> {
        let expect = oracle::ends(&self.jobs);
        let reported: Vec<[&str; 2]> = report["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| ["name", "state"].map(|key| job[key].as_str().unwrap()))
            .collect();
        let names: Vec<String> = (0..self.jobs.len()).map(|place| self.name(place)).collect();
        let expected: Vec<[&str; 2]> =
            names.iter().zip(&expect).map(|(name, state)| [name.as_str(), *state]).collect();
        equal("the jobs and their states", &reported, &expected)?;
        let words: Vec<&str> =
            expect.iter().zip(&self.jobs).map(|(state, job)| oracle::word(state, job.may_fail)).collect();
        equal("the status", &report["status"].as_str().unwrap(), &oracle::status(&words, false))?;
        let code = i32::from(words.contains(&"failed"));
        equal("the exit code", &outcome.code, &code)?;
        equal("the code in the report", &report["code"].as_i64().unwrap(), &i64::from(code))?;
        self.replay(stamps(&outcome.log()), &expect)
    }

    /// Lets the jobs begin and end in the second reading in the order of their stamps: a job must not begin before its
    /// turn has come, not twice, and only if a slot is free. In the end all jobs must have the states `expect`.
    fn replay(&self, mut stamps: Vec<Stamp>, expect: &[&str]) -> Result<Counts, String> {
        stamps.sort();
        let mut states = vec!["created"; self.jobs.len()];
        let mut counts = Counts { jobs: states.len(), ..Counts::default() };
        for stamp in &stamps {
            oracle::settle(&self.jobs, &mut states, false);
            let job = self.jobs.get(stamp.job).ok_or_else(|| format!("no such job: {stamp:?}"))?;
            let (from, to) = match stamp.kind {
                StampKind::Begin => ("pending", "running"),
                StampKind::End => ("running", job.outcome),
            };
            equal(&format!("the state before {stamp:?} of {stamps:?}"), &states[stamp.job], &from)?;
            states[stamp.job] = to;
            let running = states.iter().filter(|state| **state == "running").count();
            counts.most_at_once = counts.most_at_once.max(running);
            counts.scripts += usize::from(stamp.kind == StampKind::Begin);
        }
        oracle::settle(&self.jobs, &mut states, false);
        equal(&format!("the states after {stamps:?}"), &*states, expect)?;
        if counts.most_at_once > self.slots {
            return Err(format!("{} jobs ran at once in {} slots", counts.most_at_once, self.slots));
        }
        Ok(counts)
    }
}

fn equal<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, is: &T, expect: &T) -> Result<(), String> {
    if is == expect { Ok(()) } else { Err(format!("{what}: {is:?}, expected {expect:?}")) }
}

/// The moments in a log. Echoed commands have a variable in place of the moment.
fn stamps(log: &str) -> Vec<Stamp> {
    let stamp = |line: &str| {
        let mut words = line.split_once("stamp ")?.1.split_whitespace();
        let kind = match words.next()? {
            "begin" => StampKind::Begin,
            _ => StampKind::End,
        };
        let job = words.next()?.parse().ok()?;
        let time = words.next()?.replace('.', "").parse().ok()?;
        Some(Stamp { time, kind, job })
    };
    log.lines().filter_map(stamp).collect()
}

#[test]
fn generated_pipelines_run_as_in_the_second_reading() {
    let count = std::env::var("RUNNER_LITE_GENERATED_PIPELINES").map(|count| count.parse().unwrap());
    let total = Mutex::new((Counts::default(), 0));
    let began = std::time::Instant::now();
    at_once((1..=count.unwrap_or(PIPELINES)).collect(), |seed| {
        let pipeline = Generated::new(seed);
        let counts = pipeline.run();
        let (all, overlapping) = &mut *total.lock().unwrap();
        all.jobs += counts.jobs;
        all.scripts += counts.scripts;
        all.most_at_once = all.most_at_once.max(counts.most_at_once);
        *overlapping += usize::from(counts.most_at_once > 1);
    });
    let (Counts { jobs, scripts, most_at_once }, overlapping) = total.into_inner().unwrap();
    println!(
        "{jobs} jobs, of which {scripts} have run, at most {most_at_once} of a pipeline at once; they overlapped in \
         {overlapping} pipelines; {} s",
        began.elapsed().as_secs()
    );
    assert!(overlapping > 0, "no two jobs ever ran at the same time");
}

/// Two jobs of a stage and one of the next, in two slots.
fn three_jobs() -> Generated {
    let first = Job::new("on_success", "success");
    let last = Job { stage: 1, ..first.clone() };
    Generated { seed: 0, jobs: vec![first.clone(), first, last], slots: 2, naps: vec![5; 3] }
}

/// What the comparison says about jobs that begin and end in this order: each is a letter, in lower case for its end.
fn replayed(pipeline: &Generated, order: &str) -> Result<Counts, String> {
    let stamp = |(time, letter): (usize, char)| Stamp {
        time: time as u64,
        kind: if letter.is_lowercase() { StampKind::End } else { StampKind::Begin },
        job: usize::from(letter.to_ascii_lowercase() as u8 - b'a'),
    };
    pipeline.replay(order.chars().enumerate().map(stamp).collect(), &["success"; 3])
}

#[test]
fn the_comparison_refuses_a_wrong_order() {
    let pipeline = three_jobs();
    assert_eq!(replayed(&pipeline, "ABabCc").unwrap().most_at_once, 2);
    assert_eq!(replayed(&pipeline, "BbAaCc").unwrap().most_at_once, 1);
    let refused = |order| replayed(&pipeline, order).is_err();
    assert!(refused("ABaCbc"), "the last job begins before the second one has ended");
    assert!(refused("AaAaBbCc"), "the first job runs twice");
    assert!(refused("AaBb"), "the last job has not run");
    let one_slot = Generated { slots: 1, ..three_jobs() };
    assert!(replayed(&one_slot, "ABabCc").is_err(), "two jobs ran in one slot");
}

#[test]
fn the_moments_are_read_from_logs_with_and_without_names() {
    let log = "$ read up rest </proc/uptime; echo \"stamp begin 1 $up\"\nstamp begin 1 4387.92\n\
               name │ stamp end 1 4388.05\n";
    let expect = [(438_792, StampKind::Begin), (438_805, StampKind::End)];
    assert_eq!(stamps(log), expect.map(|(time, kind)| Stamp { time, kind, job: 1 }));
}
