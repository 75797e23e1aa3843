//! Recorded jobs without a fault.

use std::sync::Arc;
use std::time::Duration;

use runner_lite::executor::event::{Event, EventKind, Phase};
use runner_lite::executor::notice::Notice;

use crate::case::{self, Files};
use crate::jobs;
use crate::recording::{ENGINES, Recording, fixtures};
use crate::replaying::Progress;

/// The events of a run, a line for each, without what differs from run to run and from engine to engine.
fn lines(events: &[Event]) -> String {
    let (mut text, mut output, mut services) = (String::new(), String::new(), Vec::new());
    for event in events {
        if let EventKind::Output(bytes) = &event.kind {
            output.push_str(&String::from_utf8_lossy(bytes));
            continue;
        }
        if let Some(line) = line(&event.kind) {
            // Services are checked at the same time, so the order of the results differs.
            if ["Notice(ServiceReady", "Readiness(", "ServiceWarning("]
                .iter()
                .any(|start| line.starts_with(start))
            {
                services.push(format!("{line}\n"));
                continue;
            }
            services.sort();
            text.extend(services.drain(..));
            for printed in std::mem::take(&mut output).lines() {
                text.push_str(&format!("| {printed}\n"));
            }
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

fn line(kind: &EventKind) -> Option<String> {
    let mut kind = kind.clone();
    match &mut kind {
        // How often progress is reported depends on the speed of the machine.
        EventKind::Activity(_) | EventKind::ActivityEnded | EventKind::PullProgress(_) => return None,
        EventKind::Timings { phases, .. } => {
            let phases: Vec<Phase> = phases.iter().map(|(phase, _)| *phase).collect();
            return Some(format!("Timings({phases:?})"));
        }
        EventKind::Notice(Notice::ContainerHostSelected { host, .. }) => *host = None,
        EventKind::Notice(Notice::ServiceReady { elapsed, .. }) => *elapsed = Duration::ZERO,
        EventKind::Readiness(step) => step.began = Duration::ZERO,
        EventKind::Notice(Notice::PullFinished { layers, bytes, elapsed, .. }) => {
            (*layers, *bytes, *elapsed) = (0, 0, Duration::ZERO);
        }
        EventKind::Notice(Notice::ImageSelected { id, digest, .. }) => {
            (*id, *digest) = ("sha256:…".to_owned(), None);
        }
        // Each line of the log begins with the time at which the service wrote it.
        EventKind::ServiceWarning(warning) => {
            warning.log = warning.log.clone().map(|log| log.split_whitespace().skip(1).collect());
        }
        _ => {}
    }
    Some(format!("{kind:?}"))
}

#[test]
fn a_recorded_job_has_its_true_result_and_its_events_on_every_engine() {
    let files = Files::new();
    for recording in Recording::all().into_iter().map(Arc::new) {
        let name = format!("{}/{}", recording.engine, recording.job);
        let case = case::run(&recording, None, &files);
        assert_eq!(differences(&recording, &case.progress), Vec::<String>::new(), "{name}");
        let run = case.run.unwrap_or_else(|| panic!("{name} does not end")).unwrap();
        assert_eq!(run.reported(), Some(jobs::true_result(recording.job)), "{name}: {run:#?}");
        insta::assert_snapshot!(recording.job, lines(&run.events), &name);
    }
}

/// The differences between the requests of a replay and the recorded ones.
fn differences(recording: &Recording, progress: &Progress) -> Vec<String> {
    let unrecorded = progress.requests.iter().filter(|request| request.exchange.is_none());
    let mut differences: Vec<String> =
        unrecorded.map(|request| format!("not recorded: {}", request.line)).collect();
    for (index, exchange) in recording.exchanges.iter().enumerate() {
        let name = &exchange.request.name;
        let script = exchange.request.stdin.as_deref().unwrap_or_default();
        if progress.numbers[index].is_none() {
            differences.push(format!("{name} has not arrived"));
        } else if progress.input[index] != script {
            differences.push(format!("{name}: another script"));
        }
    }
    differences
}

#[test]
fn every_recorded_folder_of_a_job_is_replayed() {
    for engine in ENGINES {
        let entries = std::fs::read_dir(fixtures().join(engine)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("job-")).collect();
        names.sort();
        assert_eq!(names, jobs::NAMES, "{engine}");
    }
}
