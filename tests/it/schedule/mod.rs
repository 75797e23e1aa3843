//! The program's decisions about pipelines, compared with a second reading of GitLab's rules.
//!
//! A pipeline is run with every order in which its jobs can end. After each end, all states must be those of the second
//! reading, and they must be the same in whichever order the same jobs have ended. That is more than that the last states
//! are the same, and it holds for `when: always` behind a skipped need, too: such a job starts while others of its needs
//! run, so that the order decides when it starts, but not what becomes of it.

#![expect(clippy::print_stdout, reason = "the number of cases is a part of the result")]

mod graphs;

use std::collections::HashMap;

use runner_lite::pipeline::when::When;
use runner_lite::schedule::decision::{DelayedStart, StartRules};
use runner_lite::schedule::graph::{JobGraph, JobNode};
use runner_lite::schedule::job_state::JobState;
use runner_lite::schedule::progress::Schedule;
use runner_lite::schedule::status::{CountedState, status_of_needs, status_of_stages};

use crate::oracle::{self, Job};
use crate::random_pipelines::Random;
use graphs::{Attributes, behaviours, every_pipeline};

const STATES: [JobState; 10] = [
    JobState::Created,
    JobState::Manual,
    JobState::Scheduled,
    JobState::WaitingForResource,
    JobState::Pending,
    JobState::Running,
    JobState::Success,
    JobState::Failed,
    JobState::Canceled,
    JobState::Skipped,
];

fn state(name: &str) -> JobState {
    *STATES.iter().find(|state| state.as_str() == name).unwrap()
}

fn node((place, job): (usize, &Job)) -> JobNode {
    let when = match job.when {
        "on_success" => When::OnSuccess,
        "on_failure" => When::OnFailure,
        "always" => When::Always,
        "manual" => When::Manual,
        _ => When::Delayed,
    };
    let needs = job.needs.clone();
    let (stage, may_fail) = (job.stage, job.may_fail);
    JobNode { name: place.to_string(), stage, when, needs, may_fail, is_trigger: false }
}

/// A pipeline, of which the program and the second reading have the same jobs.
struct Run<'j> {
    jobs: &'j [Job],
    schedule: Schedule,
    /// The states after each set of ends, a bit for each job.
    seen: HashMap<u32, Vec<JobState>>,
    /// How often a job has ended, in all orders.
    steps: usize,
}

impl<'j> Run<'j> {
    fn new(jobs: &'j [Job]) -> Self {
        let graph = JobGraph { jobs: jobs.iter().enumerate().map(node).collect() };
        let started = (0..jobs.len()).filter(|place| jobs[*place].is_started).collect();
        let schedule = Schedule::new(graph, StartRules { started, delayed: DelayedStart::Wait });
        Self { jobs, schedule, seen: HashMap::new(), steps: 0 }
    }

    fn states(&self) -> Vec<JobState> {
        self.schedule.jobs().iter().map(|job| job.state).collect()
    }

    /// Lets both readings decide, and starts what may run.
    fn advance(&mut self) {
        let mut expect: Vec<&str> = self.schedule.jobs().iter().map(|job| job.state.as_str()).collect();
        oracle::settle(self.jobs, &mut expect, true);
        let changes = self.schedule.advance();
        let states = self.schedule.jobs().iter().map(|job| job.state.as_str());
        assert!(states.eq(expect.iter().copied()), "{expect:?} is not {:?}: {:?}", self.states(), self.jobs);
        assert!(changes.iter().all(|change| (change.to == JobState::Skipped) == change.reason.is_some()));
        for job in 0..self.jobs.len() {
            if self.schedule.jobs()[job].state == JobState::Pending {
                self.schedule.set(job, JobState::Running);
            }
        }
    }

    /// Ends a job that runs, or the delay of one that is scheduled.
    fn end(&mut self, job: usize) {
        match self.schedule.jobs()[job].state {
            JobState::Scheduled => drop(self.schedule.start_delayed(job)),
            _ => self.schedule.set(job, state(self.jobs[job].outcome)),
        }
    }

    /// The jobs to which something can happen next.
    fn active(&self) -> Vec<usize> {
        let is_active = |state: JobState| matches!(state, JobState::Running | JobState::Scheduled);
        (0..self.jobs.len()).filter(|job| is_active(self.schedule.jobs()[*job].state)).collect()
    }

    /// Ends the jobs in every order, from here on. `happened` has two bits for each job: its delay, and its end.
    fn every_order(&mut self, happened: u32, depth: usize) {
        assert!(depth <= 2 * self.jobs.len(), "it does not end: {:?}", self.jobs);
        self.advance();
        let states = self.states();
        if let Some(before) = self.seen.insert(happened, states.clone()) {
            assert_eq!(before, states, "the order matters: {:?}", self.jobs);
            return;
        }
        let active = self.active();
        assert_eq!(self.schedule.is_over(), active.is_empty());
        if active.is_empty() {
            self.check_ends();
        }
        for job in active {
            let bit = if states[job] == JobState::Scheduled { 1 } else { 2 };
            self.end(job);
            self.steps += 1;
            self.every_order(happened | bit << (2 * job), depth + 1);
            states.iter().enumerate().for_each(|(job, state)| self.schedule.set(job, *state));
        }
    }

    /// Compares the states in which the jobs have ended with those of a run without an order.
    fn check_ends(&self) {
        let ends: Vec<JobState> = oracle::ends(self.jobs).into_iter().map(state).collect();
        assert_eq!(self.states(), ends, "{:?}", self.jobs);
        let words: Vec<&str> =
            self.schedule.jobs().iter().map(|job| oracle::word(job.state.as_str(), job.may_fail)).collect();
        assert_eq!(self.schedule.status().state.as_str(), oracle::status(&words, false), "{:?}", self.jobs);
    }
}

#[test]
fn the_status_of_every_set_is_that_of_the_second_reading() {
    let all: Vec<CountedState> = STATES
        .iter()
        .flat_map(|state| [false, true].map(|may_fail| CountedState { state: *state, may_fail }))
        .collect();
    // A state that is excused matters for three of them; the others have one word.
    let words: Vec<CountedState> = all
        .into_iter()
        .filter(|job| !job.may_fail || oracle::word(job.state.as_str(), true) != job.state.as_str())
        .collect();
    let mut cases = 0;
    for set in 0_u32..1 << words.len() {
        let jobs: Vec<CountedState> =
            (0..words.len()).filter(|bit| set & 1 << bit != 0).map(|bit| words[bit]).collect();
        let texts: Vec<&str> =
            jobs.iter().map(|job| oracle::word(job.state.as_str(), job.may_fail)).collect();
        assert_eq!(status_of_stages(jobs.clone()).state.as_str(), oracle::status(&texts, false), "{texts:?}");
        assert_eq!(status_of_needs(jobs).state.as_str(), oracle::status(&texts, true), "{texts:?}");
        cases += 2;
    }
    println!("{cases} sets of states");
}

/// Runs every pipeline of so many jobs in every order.
fn check_all(jobs: usize, attributes: Attributes) {
    let (mut pipelines, mut steps) = (0, 0);
    every_pipeline(jobs, attributes, &mut |jobs| {
        let mut run = Run::new(jobs);
        run.every_order(0, 0);
        pipelines += 1;
        steps += run.steps;
    });
    println!("{jobs} jobs: {pipelines} pipelines, {steps} ends of jobs in all orders");
}

#[test]
fn all_pipelines_of_up_to_three_jobs_run_as_in_the_second_reading() {
    check_all(1, Attributes::All);
    check_all(2, Attributes::All);
    check_all(3, Attributes::WithoutDelays);
}

#[test]
fn all_pipelines_of_four_jobs_run_as_in_the_second_reading() {
    check_all(4, Attributes::Fewest);
}

#[test]
fn larger_pipelines_run_as_in_the_second_reading() {
    const SAMPLES: usize = 3000;
    const ORDERS: usize = 4;
    let mut random = Random(17);
    let others = behaviours(Attributes::All);
    let mut steps = 0;
    for _ in 0..SAMPLES {
        let count = 5 + random.below(8);
        let jobs = random.pipeline(count, &others);
        for _ in 0..ORDERS {
            let mut run = Run::new(&jobs);
            run.advance();
            while let active @ [_, ..] = &*run.active() {
                run.end(active[random.below(active.len())]);
                run.advance();
                run.steps += 1;
                assert!(run.steps <= 2 * count, "it does not end: {jobs:?}");
            }
            run.check_ends();
            steps += run.steps;
        }
    }
    println!("{SAMPLES} pipelines of 5 to 12 jobs, each in {ORDERS} orders: {steps} ends of jobs");
}
