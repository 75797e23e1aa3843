//! What the producers of a run's jobs give: artifacts and variables of earlier runs, and of the jobs of this run that have
//! ended.

use std::collections::HashMap;

use crate::plan::job_inputs::JobInputs;
use crate::plan::job_plan::{EnvironmentVariable, ReceivedArchive};
use crate::store::{RunId, StoreError, StoredJob};

/// What one producer gives.
#[derive(Debug, Clone, Default)]
pub struct ProducedFiles {
    archive: Option<ReceivedArchive>,
    variables: Vec<EnvironmentVariable>,
}

/// What all producers give, by their names.
#[derive(Debug, Clone, Default)]
pub struct Given(HashMap<String, ProducedFiles>);

impl ProducedFiles {
    /// What a stored job gives.
    ///
    /// # Errors
    /// Something that the job has stored is missing or damaged.
    pub fn of(run: &RunId, job: &StoredJob) -> Result<Self, StoreError> {
        let record = job.record();
        let archive = job.archive()?.map(|archive| ReceivedArchive {
            job: record.name.clone(),
            job_id: record.job_id,
            run: run.as_str().to_owned(),
            archive: archive.path().to_owned(),
            files: archive.size().files,
            bytes: archive.size().bytes,
        });
        let variables = job.dotenv()?.variables.into_iter();
        let variables = variables.map(|(key, value)| EnvironmentVariable { key, value }).collect();
        Ok(Self { archive, variables })
    }
}

impl Given {
    /// Adds what a job gives that has ended in this run.
    pub fn add(&mut self, run: &RunId, job: &StoredJob) -> Result<(), StoreError> {
        self.0.insert(job.record().name.clone(), ProducedFiles::of(run, job)?);
        Ok(())
    }

    /// Adds what a producer gives that does not run.
    pub fn insert(&mut self, producer: &str, files: ProducedFiles) {
        self.0.insert(producer.to_owned(), files);
    }

    /// Whether it is known what the producer gives.
    pub fn has(&self, producer: &str) -> bool {
        self.0.contains_key(producer)
    }

    /// The inputs of a job with these producers, which are in GitLab's order. Those that give nothing, or nothing yet, are
    /// left out.
    pub fn inputs(&self, producers: &[&str]) -> JobInputs {
        let given: Vec<&ProducedFiles> = producers.iter().filter_map(|name| self.0.get(*name)).collect();
        JobInputs {
            received: given.iter().filter_map(|given| given.archive.clone()).collect(),
            dotenv: given.iter().flat_map(|given| given.variables.clone()).collect(),
            ..JobInputs::default()
        }
    }
}
