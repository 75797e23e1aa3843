use std::sync::Arc;

use super::collector::Collector;
use super::*;
use crate::executor::event_channel::channel;
use crate::executor::shutdown::Signal;
use crate::executor::testing::{
    engine_deciding, job_context, job_store, json_answer, no_content, plan, run_context,
};
use crate::plan::job_plan::{ArchivePlan, ArtifactsPlan, JobPlan, SavedWhen};

/// A plan that keeps the file `f` after a success.
fn keeping_plan() -> JobPlan {
    let archive = ArchivePlan {
        paths: vec!["f".to_owned()],
        exclude: Vec::new(),
        untracked: false,
        when: SavedWhen::OnSuccess,
        name: "artifacts".to_owned(),
    };
    JobPlan { artifacts: ArtifactsPlan { archive: Some(archive), ..ArtifactsPlan::default() }, ..plan() }
}

/// Collects after scripts that have passed, by a container whose program prints a message and ends with exit code 3.
/// `stopped` is whether the user has stopped the job before.
async fn collect_by_failing_program(plan: JobPlan, stopped: bool) -> Result<(), Failure> {
    let decide = |line: String| async move {
        match line {
            line if line.contains("/attach") => {
                let head = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
                format!("{head}\u{2}\0\0\0\0\0\0\u{8}no room\n")
            }
            line if line.contains("/wait") => json_answer(r#"{"StatusCode":3}"#),
            _ => no_content(),
        }
    };
    let (engine, _serving) = engine_deciding(None, decide).await;
    let (events, _receiver) = channel();
    let (context, signals) = run_context(engine, events);
    let folder = tempfile::tempdir().unwrap();
    let store = job_store(folder.path(), &plan);
    let mut context = job_context(plan, context);
    context.store = Some(Arc::new(store));
    if stopped {
        signals.signal(Signal::Interrupt);
    }
    let selector = Ok(FileSelector::Container(Collector { container: context.names.build() }));
    let scripts = EndedScripts { result: Ok(()), selector, delivered: None };
    let mut record = AttemptRecord::new(&context.plan);
    collect(&context, scripts, &mut record).await
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_stopped_before_its_files_are_kept_has_not_succeeded() {
    let stopped = collect_by_failing_program(keeping_plan(), true).await;
    assert!(matches!(stopped, Err(Failure::Interrupted(Signal::Interrupt))), "{stopped:?}");
    let without_files = collect_by_failing_program(plan(), true).await;
    assert!(without_files.is_ok(), "{without_files:?}");
}

#[tokio::test]
async fn the_failure_of_the_collector_has_the_message_of_its_program() {
    let failed = collect_by_failing_program(keeping_plan(), false).await;
    let text = failed.map_err(|failure| chain(&failure)).unwrap_err();
    assert!(text.contains("exit code 3, and said: no room"), "{text}");
}
