//! The jobs that run on an engine, by the labels of their containers.

use super::cleanup::leftovers::{container_label, is_own};
use super::cleanup::process_label::{ProcessState, process_state_beside_running};
use super::create::names::{OWN_LABEL, PROCESS_LABEL, PROJECT_PATH_LABEL};
use crate::engine::Engine;
use crate::engine::container::list::ContainerSummary;
use crate::engine::error::EngineError;
use crate::engine::name::Name;

/// A job whose container runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobContainer {
    /// The container of its script.
    pub container: Name,
    /// The name of the job.
    pub name: String,
    /// `CI_PIPELINE_ID` of its run, which no other run of its user has.
    pub pipeline_id: String,
    /// `CI_PROJECT_PATH`.
    pub project: String,
}

/// The jobs whose containers run, as far as their processes are of this host and may run: what processes of other hosts do is
/// theirs, and a container whose process has ended is a leftover. They are in the order of their names.
///
/// # Errors
/// The engine cannot list its containers.
pub async fn running_jobs(engine: &Engine) -> Result<Vec<JobContainer>, EngineError> {
    let containers = engine.container_list(OWN_LABEL).await?;
    let mut jobs: Vec<JobContainer> = containers.iter().filter_map(running_job).collect();
    jobs.sort_by(|a, b| (&a.name, &a.pipeline_id).cmp(&(&b.name, &b.pipeline_id)));
    Ok(jobs)
}

fn running_job(container: &ContainerSummary) -> Option<JobContainer> {
    let label = |key| container_label(container, key);
    // The process of another container cannot be observed from here.
    let may_run = |process| {
        matches!(process_state_beside_running(process), ProcessState::Running | ProcessState::Unknown)
    };
    let is_job = container.state == "running" && label("type") == Some("build") && is_own(container);
    if !is_job || !label(PROCESS_LABEL).is_none_or(may_run) {
        return None;
    }
    Some(JobContainer {
        container: container.name()?,
        name: label("job.name")?.to_owned(),
        pipeline_id: label("pipeline.id").unwrap_or_default().to_owned(),
        project: label(PROJECT_PATH_LABEL).unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::cleanup::process_label::own_label;
    use crate::executor::testing::{engine_deciding, json_answer};

    /// A container of a run with this number, as a list has it.
    fn container(number: u8, state: &str, kind: &str, process: &str) -> String {
        let prefix = "com.gitlab.gitlab-runner";
        format!(
            r#"{{"Names": ["/runner-lite-project-1-concurrent-0-00000000000000{number:02x}-build"], "State": "{state}",
            "Labels": {{"{prefix}.runner.id": "lite", "{prefix}.process": "{process}", "{prefix}.type": "{kind}",
            "{prefix}.job.name": "job {number}", "{prefix}.pipeline.id": "7", "{prefix}.project.path": "group/project"}}}}"#
        )
    }

    #[tokio::test]
    async fn a_job_runs_if_its_container_and_its_process_do() {
        let own = own_label().unwrap();
        let mut ended: Vec<&str> = own.split('/').collect();
        ended[3] = "0";
        let all = [
            container(4, "running", "build", &own),
            container(1, "running", "build", &own),
            container(2, "exited", "build", &own),
            container(3, "running", "service", &own),
            container(5, "running", "build", &ended.join("/")),
        ];
        let answer = format!("[{}]", all.join(","));
        let (engine, _serving) = engine_deciding(None, move |_: String| {
            let answer = json_answer(&answer);
            async move { answer }
        })
        .await;
        let jobs = running_jobs(&engine).await.unwrap();
        let names: Vec<&str> = jobs.iter().map(|job| &*job.name).collect();
        assert_eq!(names, ["job 1", "job 4"]);
        assert_eq!((&*jobs[0].pipeline_id, &*jobs[0].project), ("7", "group/project"));
    }
}
