//! `store-crash KILLS` kills processes that store runs and caches, with SIGKILL at random moments, and checks the store
//! after each. `scripts/store-crash` runs it.
//!
//! Two processes work in one store. The one that is killed acknowledges each saved cache and each taken number on its
//! standard output; the other one lives on, and must never fail.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "anything unexpected must stop the test"
)]

mod check;
mod work;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::check::Checker;

/// The shortest and the longest life of a process that is killed, in milliseconds.
const LIFE: (u64, u64) = (5, 250);

/// A process that works in the store, and what it has acknowledged.
struct Worker {
    child: Child,
    lines: Receiver<String>,
}

impl Worker {
    fn start(folder: &Path, key: &str, generation: u64) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["work", folder.to_str().unwrap(), key, &generation.to_string()]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Self { child, lines }
    }

    /// Kills the process, and returns all that it has acknowledged.
    fn kill(mut self) -> Vec<String> {
        assert!(self.child.try_wait().unwrap().is_none(), "a worker failed");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["work", folder, key, generation] => work::work(Path::new(folder), key, generation.parse().unwrap()),
        [kills] => kill_often(kills.parse().unwrap()),
        _ => println!("usage: store-crash KILLS"),
    }
}

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}

fn kill_often(kills: u32) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let mut checker = Checker::new(folder);
    let living = Worker::start(folder, "living", 0);
    let mut numbers = HashSet::new();
    let mut last_saved = 0;
    for _ in 0..kills {
        let worker = Worker::start(folder, "killed", last_saved + 1);
        // Its first acknowledgement: before that it has not begun.
        let first = worker.lines.recv().unwrap();
        std::thread::sleep(Duration::from_millis(LIFE.0 + random(LIFE.1 - LIFE.0)));
        let lines = [vec![first], worker.kill()].concat();
        for line in &lines {
            match line.split_once(' ').unwrap() {
                ("number", number) => assert!(numbers.insert(number.to_owned()), "{number} was given twice"),
                ("saved", generation) => last_saved = generation.parse().unwrap(),
                other => panic!("{other:?}"),
            }
        }
        last_saved = checker.check_killed(last_saved);
    }
    for line in living.kill() {
        if let ("number", number) = line.split_once(' ').unwrap() {
            assert!(numbers.insert(number.to_owned()), "{number} was given twice");
        }
    }
    checker.check_end();
    println!("{kills} kills: {}; {} numbers, none twice", checker.summary(), numbers.len());
}
