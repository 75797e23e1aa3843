//! How the files of a job get into its volumes. Pure.
//!
//! The engine starts a process of its own for every archive that it unpacks, and creates a container more for it. So the
//! job's own container unpacks the files where it can: if its command runs as root, and nothing needs the files before.

use super::image_user;
use crate::engine::image::inspect::InspectedImage;
use crate::plan::job_plan::{
    ContainerSettings, JobPlan, ProjectDirContent, VolumeDriver, VolumePlan, VolumeSource,
};

/// Variables that make a shell or the linker read a file before the script. The file may be one of the sources.
const READ_AT_START: [&str; 3] = ["BASH_ENV", "ENV", "LD_PRELOAD"];

/// How the files of a job get into its volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The command of the job's container unpacks them from its standard input, and then finds a shell.
    Stream,
    /// The engine unpacks them, through a container of their own.
    Upload,
}

impl Delivery {
    /// How the files of a job are delivered whose container is made of `image`.
    pub fn of_job(plan: &JobPlan, image: &InspectedImage) -> Self {
        let can_unpack = is_root(image_user::user(plan, image))
            && !has_entrypoint(plan, image)
            && !reads_files_at_start(plan);
        match can_unpack && !needs_files_earlier(plan) {
            true => Self::Stream,
            false => Self::Upload,
        }
    }

    /// How the files are delivered as far as the plan tells: the image may have an entrypoint, or a user other than root.
    pub fn of_plan(plan: &JobPlan) -> Self {
        Self::of_job(plan, &InspectedImage { id: String::new(), repo_digests: None, config: None })
    }
}

/// Whether the job's container starts with an entrypoint, which the job or the image has.
pub fn has_entrypoint(plan: &JobPlan, image: &InspectedImage) -> bool {
    let of_image = image.config.as_ref().and_then(|config| config.entrypoint.as_deref());
    let entrypoint = plan.image.entrypoint.as_deref().or(of_image);
    entrypoint.is_some_and(|words| words.iter().any(|word| !word.is_empty()))
}

/// Whether a variable makes the container read a file before the script.
pub fn reads_files_at_start(plan: &JobPlan) -> bool {
    READ_AT_START.iter().any(|key| plan.variable(key).is_some())
}

/// Whether something uses the volumes before the job's container runs: services while they start, a hook before the sources
/// arrive, or the container that clears a kept project directory.
fn needs_files_earlier(plan: &JobPlan) -> bool {
    let is_left = plan.project_dir_content == ProjectDirContent::Left;
    !plan.services.is_empty() || !plan.pre_get_sources.is_empty() || !is_left
}

/// The plan of a job without the volume of its project directory, which then lies in the file system of its container.
/// `None` if something needs the volume.
///
/// The engine writes to its database of volumes as it creates and removes one, and waits for the disk each time. The
/// difference is seen by other containers, of the job or of an engine that the job uses, by file systems that are mounted
/// above a directory of the volume, and by programs that leave out mount points, such as kaniko, whose images need an
/// `entrypoint` in the job.
pub fn without_project_volume(plan: &JobPlan, delivery: Delivery) -> Option<JobPlan> {
    let keeps_files =
        !plan.caches.is_empty() || plan.artifacts.archive.is_some() || !plan.artifacts.reports.is_empty();
    let is_configured = |volume: &VolumePlan| matches!(volume.source, VolumeSource::Configured { .. });
    if delivery == Delivery::Upload
        || keeps_files
        || plan.volumes.iter().any(is_configured)
        || plan.volume_driver != VolumeDriver::default()
        || plan.image.entrypoint.is_some()
        || plan.variable("DOCKER_HOST").is_some()
        || may_mount(&plan.settings)
    {
        return None;
    }
    let (temporary, others): (Vec<_>, Vec<_>) =
        plan.volumes.iter().cloned().partition(VolumePlan::is_temporary);
    let is_alone = temporary.len() == 1 && plan.project_volume() == temporary.first();
    is_alone.then(|| JobPlan { volumes: others, ..plan.clone() })
}

/// Whether the container may be allowed to mount file systems, or has those of others.
fn may_mount(settings: &ContainerSettings) -> bool {
    settings.privileged
        || !settings.volumes_from.is_empty()
        || settings.runtime.is_some()
        || !settings.cap_add.is_empty()
        || !settings.devices.is_empty()
        || !settings.security_opt.is_empty()
}

/// Whether the engine runs a container with this `user` as root, in root's group.
fn is_root(user: &str) -> bool {
    let (user, group) = user.split_once(':').unwrap_or((user, ""));
    let is_root = |name: &str| matches!(name, "" | "0" | "root");
    is_root(user) && is_root(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::image::inspect::ImageConfig;
    use crate::executor::testing;
    use crate::plan::job_plan::{EnvironmentVariable, ReportFormat, ReportPlan, ScriptItem};

    fn image(user: &str, entrypoint: &[&str]) -> InspectedImage {
        let entrypoint = entrypoint.iter().map(|&word| word.to_owned()).collect();
        let config = ImageConfig { entrypoint: Some(entrypoint), user: Some(user.to_owned()) };
        InspectedImage { id: "sha256:0".to_owned(), repo_digests: None, config: Some(config) }
    }

    #[test]
    fn files_are_streamed_to_root_without_an_entrypoint() {
        let check = |user: &str, entrypoint: &[&str], delivery| {
            let found = Delivery::of_job(&testing::plan(), &image(user, entrypoint));
            assert_eq!(found, delivery, "{user} {entrypoint:?}");
        };
        for user in ["", "0", "root", "0:0", "root:root", "root:"] {
            check(user, &[], Delivery::Stream);
        }
        for user in ["1000", "node", "0:1000", "node:root", "00"] {
            check(user, &[], Delivery::Upload);
        }
        check("", &[""], Delivery::Stream);
        check("", &["/entry"], Delivery::Upload);
        let none = InspectedImage { id: "sha256:0".to_owned(), repo_digests: None, config: None };
        assert_eq!(Delivery::of_job(&testing::plan(), &none), Delivery::Stream);
    }

    #[test]
    fn the_job_may_replace_user_and_entrypoint_of_the_image() {
        let mut plan = testing::plan();
        plan.image.user = Some("1000".to_owned());
        assert_eq!(Delivery::of_job(&plan, &image("root", &[])), Delivery::Upload);
        plan.image.user = Some("root".to_owned());
        plan.image.entrypoint = Some(vec![String::new()]);
        assert_eq!(Delivery::of_job(&plan, &image("1000", &["/entry"])), Delivery::Stream);
    }

    #[test]
    fn a_job_that_is_alone_has_no_volume_for_its_project() {
        let volume = |destination: &str, source| VolumePlan { destination: destination.to_owned(), source };
        let temporary = |destination| volume(destination, VolumeSource::Temporary { hash: "0".to_owned() });
        let kept = volume("/cache", VolumeSource::Persistent { name: "kept".to_owned() });
        let of_host =
            volume("/data", VolumeSource::Configured { source: "/data".to_owned(), options: vec![] });
        let alone = JobPlan { volumes: vec![kept.clone(), temporary("/builds")], ..testing::plan() };
        let without =
            |plan: &JobPlan| without_project_volume(plan, Delivery::Stream).map(|plan| plan.volumes);
        assert_eq!(without(&alone), Some(vec![kept.clone()]));
        assert_eq!(without_project_volume(&alone, Delivery::Upload), None);
        let keep = |change: &dyn Fn(&mut JobPlan)| {
            let mut plan = alone.clone();
            change(&mut plan);
            assert_eq!(without(&plan), None, "{plan:?}");
        };
        keep(&|plan| plan.volumes.push(of_host.clone()));
        keep(&|plan| plan.volumes.push(temporary("/scratch")));
        keep(&|plan| plan.volumes = vec![volume("/builds", kept.source.clone()), temporary("/builds/x.tmp")]);
        keep(&|plan| plan.volume_driver.name = Some("nfs".to_owned()));
        keep(&|plan| plan.settings.privileged = true);
        keep(&|plan| plan.settings.volumes_from = vec!["data".to_owned()]);
        keep(&|plan| plan.image.entrypoint = Some(vec![String::new()]));
        keep(&|plan| {
            plan.variables =
                vec![EnvironmentVariable { key: "DOCKER_HOST".to_owned(), value: "a".to_owned() }];
        });
        keep(&|plan| plan.settings.cap_add = vec!["SYS_ADMIN".to_owned()]);
        keep(&|plan| {
            let (format, paths) = (ReportFormat::Gzip, vec!["junit.xml".to_owned()]);
            plan.artifacts.reports =
                vec![ReportPlan { kind: "junit", stored_as: String::new(), format, paths }];
        });
    }

    #[test]
    fn what_needs_files_earlier_gets_an_upload() {
        let check = |change: fn(&mut JobPlan)| {
            let mut plan = testing::plan();
            change(&mut plan);
            assert_eq!(Delivery::of_job(&plan, &image("", &[])), Delivery::Upload, "{plan:?}");
        };
        check(|plan| plan.pre_get_sources = vec![ScriptItem::of_runner("true")]);
        check(|plan| plan.project_dir_content = ProjectDirContent::Removed { but: Vec::new() });
        check(|plan| {
            plan.variables = vec![EnvironmentVariable { key: "BASH_ENV".to_owned(), value: "a".to_owned() }];
        });
    }
}
