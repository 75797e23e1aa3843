//! A plan for tests.

use std::time::Duration;

use crate::plan::job_plan::{
    AllowFailure, AnonymousVolumes, ContainerSettings, ImagePlan, JobNetwork, JobPlan, ProjectDirContent,
    Retry, Slot, Sources, VolumeDriver, VolumePlan, VolumeSource,
};

/// An image with no further settings.
pub(super) fn image(reference: &str) -> ImagePlan {
    ImagePlan {
        reference: reference.to_owned(),
        entrypoint: None,
        user: None,
        platform: None,
        pull_policies: Vec::new(),
    }
}

/// A plan for the job `test` in the image `a:1`, with an empty script.
pub(super) fn plan() -> JobPlan {
    JobPlan {
        name: "test".to_owned(),
        stage: "test".to_owned(),
        job_id: 1_001,
        slot: Slot::FIRST,
        image: image("a:1"),
        hostname: None,
        settings: ContainerSettings::default(),
        volumes: vec![VolumePlan {
            destination: "/builds".to_owned(),
            source: VolumeSource::Temporary { hash: "c33bcaa1fd2c77edfc3893b41966cea8".to_owned() },
        }],
        volume_driver: VolumeDriver::default(),
        anonymous_volumes: AnonymousVolumes::Removed,
        credentials: Vec::new(),
        secrets: Vec::new(),
        variable_files: Vec::new(),
        services: Vec::new(),
        variables: Vec::new(),
        pre_get_sources: Vec::new(),
        script: Vec::new(),
        after_script: Vec::new(),
        project_dir: "/builds/local/test".to_owned(),
        project_dir_content: ProjectDirContent::Left,
        sources: Sources::None,
        network: JobNetwork::DefaultBridge,
        timeout: Duration::from_secs(60),
        script_timeout: None,
        after_script_counts: false,
        debug_trace: false,
        after_script_timeout: Duration::from_secs(60),
        services_timeout: Some(Duration::from_secs(30)),
        allow_failure: AllowFailure::No,
        retry: Retry::default(),
        coverage: None,
    }
}
