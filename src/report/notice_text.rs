//! The wording of notices and activities in the log: GitLab Runner's, where it has a line for the same thing.

use std::time::Duration;

use super::hint_text::unprivileged_engine;
use super::sources_text::{files_amount, owner_unknown, source_left_out, sources_copied};
use crate::amount::{self, counted};
use crate::executor::notice::{Activity, EngineInJob, LimitedScript, Notice, OutputProblem, ServiceLabel};
use crate::executor::outcome::Failure;
use crate::go_duration;
use crate::registry::pull_policy;

const FILES_REFUSED: &str =
    "`tar` in the container cannot unpack the project's files; they are uploaded instead";

const SCRIPT_IGNORED: &str = "no shell of the container has read the job's script: the result is that of the image's entrypoint, and none of the \
     job's commands has run; `image: {name: …, entrypoint: [\"\"]}` disables the entrypoint";

const OUT_OF_MEMORY: &str = "the kernel killed a process of the job because the container's memory limit was exceeded; `--docker-memory 2g` \
     raises it";

const KILLED_BELOW_MEMORY_LIMIT: &str = "a process of the job was killed, and the engine does not say why; perhaps the container's memory limit was \
     exceeded: `--docker-memory 2g` raises it";

fn engine_in_job(engine: &EngineInJob) -> String {
    match engine {
        EngineInJob::Unprivileged { service } => unprivileged_engine(service),
        EngineInJob::Socket { service } => format!(
            "{service} is not started: the job uses this engine through its socket. Containers that the job starts are \
             siblings of its own, `-v $PWD:…` refers to the host's path, and the job has root on the host"
        ),
    }
}

/// The line of a notice, without prefix and colour.
pub(super) fn notice_text(notice: &Notice) -> String {
    match notice {
        Notice::JobOfRun { job, number, total } => format!("Job {number} of {total}: {job}"),
        Notice::ExecutorSelected { job, image } => format!("Running {job} in {image}"),
        Notice::ContainerHostSelected { project_unique_name, host } => {
            format!("Running on {project_unique_name} via {}...", host.as_deref().unwrap_or("this host"))
        }
        Notice::BareShellEntrypoint { shell } => bare_shell(shell),
        Notice::EngineInJob(engine) => engine_in_job(engine),
        Notice::PullPoliciesSelected { image, policies } => {
            let policies = pull_policy::list(policies);
            format!("Using effective pull policy of {policies} for container {image}")
        }
        Notice::PullPolicyAttempted { attempt, policy, .. } => {
            format!("Attempt #{attempt}: Trying \"{policy}\" pull policy")
        }
        Notice::PullPolicyFailed { policy, error, .. } => {
            format!("Failed to pull image with policy \"{policy}\": {error}")
        }
        Notice::LocalImageFound { .. } => {
            "Using locally found image version due to \"if-not-present\" pull policy".to_owned()
        }
        Notice::ImageSelected { image, id, digest } => image_selected(image, id, digest.as_deref()),
        Notice::CredentialsSelected { source, .. } => {
            format!("Authenticating with credentials from {source}")
        }
        Notice::CredentialSourceFailed { source, error } => credential_source_failed(source, error),
        Notice::PullStarted { image, platform } => pull_started(image, platform.as_deref()),
        Notice::PullRetried { image, attempt, error } => {
            format!("Failed to pull image \"{image}\" (attempt #{attempt}), retrying: {error}")
        }
        Notice::PullFinished { image, layers, bytes, elapsed } => {
            pull_finished(image, *layers, *bytes, *elapsed)
        }
        Notice::ServiceStarting { image } => format!("Starting service {image}..."),
        Notice::ServicesAwaited { timeout } => services_awaited(*timeout),
        Notice::ServiceReady { service, elapsed } => service_ready(service, *elapsed),
        Notice::ServiceUnchecked { service } => format!("{service} started"),
        Notice::ServiceCheckMoved { container } => service_check_moved(container),
        Notice::ServiceUnwatched { service, error } => service_unwatched(service, error),
        Notice::NetworkNotJoined { error } => format!("{error}; services are probed from a container"),
        Notice::HostDirectoryMounted { source, destination } => host_directory(source, destination),
        Notice::SourcesCopied { files, bytes, method, .. } => sources_copied(*files, *bytes, *method),
        Notice::SourcesSkipped => "Skipping Git repository setup".to_owned(),
        Notice::UmaskUnused => "Not using umask - FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR is set!".to_owned(),
        Notice::OwnerUnknown { user } => owner_unknown(user),
        Notice::FilesRefused => FILES_REFUSED.to_owned(),
        Notice::SourceLeftOut { path, reason } => source_left_out(path, *reason),
        Notice::ScriptCanceled { signal } => format!("script canceled externally ({signal})"),
        Notice::TimeLimitExceeded { script } => time_limit_exceeded(*script),
        Notice::ScriptIgnored => SCRIPT_IGNORED.to_owned(),
        Notice::OutputIncomplete { problem } => output_incomplete(problem),
        Notice::OutOfMemory => OUT_OF_MEMORY.to_owned(),
        Notice::KilledBelowMemoryLimit => KILLED_BELOW_MEMORY_LIMIT.to_owned(),
        Notice::AfterScriptFailed { error, .. } => after_script_failed(error),
        Notice::JobRetried { retry, max } => format!("Retrying the job ({retry} of {max})"),
        Notice::ObjectNotRemoved { error, command } => format!("{error}; remove it with `{command}`"),
        Notice::ObjectsAbandoned { objects } => {
            format!("not removed: {}; `runner-lite clean` removes what is still there", objects.join(", "))
        }
        Notice::ImagesProvided { count } => format!("The engine has {}", counted(*count, "image")),
        Notice::ImagesMissing { missing, count } => {
            format!("{missing} of {} unavailable", counted(*count, "image"))
        }
        Notice::ImageFailed { error } => error.clone(),
        Notice::Interrupted { signal } => Failure::Interrupted(*signal).to_string(),
    }
}

fn after_script_failed(error: &str) -> String {
    format!("after_script failed, but job will continue unaffected: {error}")
}

fn time_limit_exceeded(script: LimitedScript) -> String {
    let name = match script {
        LimitedScript::StepScript => "step_script",
        LimitedScript::AfterScript => "after_script",
    };
    format!(
        "{name} could not run to completion because the timeout was exceeded. For more control over job and script \
         timeouts see: https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts"
    )
}

fn output_incomplete(problem: &OutputProblem) -> String {
    match problem {
        OutputProblem::Broken { error } => format!("some of the job's output may be missing: {error}"),
        OutputProblem::Endless { after } => format!(
            "some of the job's output may be missing: it did not end within {} after the container had exited",
            go_duration::format(*after)
        ),
        OutputProblem::NotTaken => {
            "some of the job's output is missing: it was not read before the job was stopped".to_owned()
        }
    }
}

/// GitLab Runner's line, or more of it, where the short log has words of its own for the same thing.
pub(super) fn runner_text(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::ExecutorSelected { image, .. } => format!("Using Docker executor with image {image} ..."),
        Notice::SourcesCopied { project_dir, .. } => format!("Project directory: {project_dir}"),
        _ => return None,
    })
}

/// What the live line of a terminal says while an activity lasts.
pub(super) fn activity_text(activity: &Activity) -> String {
    match activity {
        Activity::Stop => "Stopping the script; Ctrl-C again kills it".to_owned(),
        Activity::CredentialSearch { image } => format!("Looking for the credentials for {image}"),
        Activity::ServiceChecks => "Waiting for services".to_owned(),
        Activity::Collection { files, bytes } => format!("Collecting {}", files_amount(*files, *bytes)),
        Activity::SourcesUpload { files, bytes } => {
            format!("Copying {} into the container", files_amount(*files, *bytes))
        }
    }
}

fn bare_shell(shell: &str) -> String {
    format!(
        "entrypoint [\"{shell}\"] is a bare shell: GitLab Runner passes it `sh -c …` and the job fails there with \
         exit code 126; runner-lite passes it `-c …`. Use [\"\"] or [\"{shell}\", \"-c\"] for both"
    )
}

fn image_selected(image: &str, id: &str, digest: Option<&str>) -> String {
    let digest = digest.map(|digest| format!(" with digest {digest}")).unwrap_or_default();
    format!("Using docker image {id} for {image}{digest} ...")
}

fn credential_source_failed(source: &str, error: &str) -> String {
    format!(
        "Failed to resolve credentials from {source}: {error}. Credentials from this source will not be used."
    )
}

fn pull_started(image: &str, platform: Option<&str>) -> String {
    let platform = platform.map(|platform| format!(" for platform {platform}")).unwrap_or_default();
    format!("Pulling docker image {image}{platform} ...")
}

fn pull_finished(image: &str, layers: usize, bytes: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if layers == 0 {
        return format!("{image} is up to date ({seconds:.1} s)");
    }
    let layers = counted(layers, "layer");
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let megabytes = bytes as f64 / 1e6;
    format!("Pulled {image} in {seconds:.1} s: {layers}, {megabytes:.1} MB downloaded")
}

fn service_unwatched(service: &ServiceLabel, error: &str) -> String {
    format!("there will be no warning if service {service} ends: {error}")
}

fn service_check_moved(container: &str) -> String {
    format!("Service {container} cannot be reached from here; it is probed from a container")
}

fn services_awaited(timeout: Duration) -> String {
    format!("Waiting for services to be up and running (timeout {} seconds)...", timeout.as_secs())
}

fn host_directory(source: &str, destination: &str) -> String {
    format!(
        "volume `{source}:{destination}` is a directory of the engine's host, not of the container that runner-lite \
         runs in"
    )
}

fn service_ready(service: &ServiceLabel, elapsed: Duration) -> String {
    format!("{} ready after {}", service, amount::elapsed(elapsed))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;
    use crate::executor::notice::NoticeLevel;
    use crate::executor::shutdown::Signal;
    use crate::registry::pull_policy::PullPolicy;
    use crate::workspace::list::Method;
    use crate::workspace::pack::SkipReason;

    /// A notice of every kind, some of them twice.
    /// A notice of each kind about what follows a job.
    fn samples_of_ends() -> Vec<Notice> {
        let text = |text: &str| text.to_owned();
        vec![
            Notice::ServiceUnwatched {
                service: ServiceLabel { image: text("redis:7"), aliases: Vec::new() },
                error: text("ERROR"),
            },
            Notice::ScriptIgnored,
            Notice::OutputIncomplete { problem: OutputProblem::Broken { error: text("ERROR") } },
            Notice::OutputIncomplete { problem: OutputProblem::Endless { after: Duration::from_secs(5) } },
            Notice::OutputIncomplete { problem: OutputProblem::NotTaken },
            Notice::OutOfMemory,
            Notice::KilledBelowMemoryLimit,
            Notice::AfterScriptFailed { error: text("ERROR"), command: None },
            Notice::JobRetried { retry: 1, max: 2 },
            Notice::ObjectNotRemoved { error: text("ERROR"), command: text("docker rm -f c") },
            Notice::ObjectsAbandoned { objects: vec![text("container c"), text("volume v")] },
            Notice::ImagesProvided { count: 1 },
            Notice::ImagesMissing { missing: 1, count: 3 },
            Notice::ImageFailed { error: text("ERROR") },
            Notice::Interrupted { signal: Signal::Interrupt },
        ]
    }

    fn samples() -> Vec<Notice> {
        let text = |text: &str| text.to_owned();
        let (image, error, elapsed) = (|| text("ruby:2.6"), || text("ERROR"), Duration::from_millis(2149));
        let label = |aliases: &[&str]| ServiceLabel {
            image: text("redis:7"),
            aliases: aliases.iter().map(|alias| text(alias)).collect(),
        };
        let copied = |files, bytes, method| Notice::SourcesCopied {
            files,
            bytes,
            method,
            project_dir: text("/builds/a/b"),
        };
        vec![
            Notice::JobOfRun { job: text("build"), number: 1, total: 2 },
            Notice::ExecutorSelected { job: text("rspec"), image: image() },
            Notice::ContainerHostSelected { project_unique_name: text("NAME"), host: Some(text("box")) },
            Notice::ContainerHostSelected { project_unique_name: text("NAME"), host: None },
            Notice::BareShellEntrypoint { shell: text("/bin/sh") },
            Notice::EngineInJob(EngineInJob::Unprivileged { service: image() }),
            Notice::EngineInJob(EngineInJob::Socket { service: image() }),
            Notice::PullPoliciesSelected {
                image: image(),
                policies: vec![PullPolicy::Always, PullPolicy::IfNotPresent],
            },
            Notice::PullPolicyAttempted { image: image(), attempt: 2, policy: PullPolicy::IfNotPresent },
            Notice::PullPolicyFailed { image: image(), policy: PullPolicy::Always, error: error() },
            Notice::LocalImageFound { image: image() },
            Notice::ImageSelected { image: image(), id: text("sha256:0a"), digest: None },
            Notice::ImageSelected {
                image: image(),
                id: text("sha256:0a"),
                digest: Some(text("ruby@sha256:0b")),
            },
            Notice::CredentialsSelected { image: image(), source: text("$DOCKER_AUTH_CONFIG") },
            Notice::CredentialSourceFailed { source: text("/root/.docker/config.json"), error: error() },
            Notice::PullStarted { image: image(), platform: None },
            Notice::PullStarted { image: image(), platform: Some(text("linux/arm64")) },
            Notice::PullRetried { image: image(), attempt: 1, error: error() },
            Notice::PullFinished { image: image(), layers: 0, bytes: 0, elapsed },
            Notice::PullFinished { image: image(), layers: 1, bytes: 12_345_678, elapsed },
            Notice::PullFinished { image: image(), layers: 3, bytes: 12_345_678, elapsed },
            Notice::ServiceStarting { image: text("redis:7") },
            Notice::ServicesAwaited { timeout: Duration::from_secs(30) },
            Notice::ServiceReady { service: label(&[]), elapsed },
            Notice::ServiceReady { service: label(&["cache"]), elapsed: Duration::from_secs(130) },
            Notice::ServiceUnchecked { service: label(&["a", "b"]) },
            Notice::ServiceCheckMoved { container: text("c-redis-0") },
            Notice::NetworkNotJoined { error: error() },
            Notice::HostDirectoryMounted { source: text("/srv"), destination: text("/data") },
            copied(1, 12, Method::Git),
            copied(2, 24, Method::Commit),
            copied(20_000, 1_340_000_000, Method::Everything),
            Notice::SourcesSkipped,
            Notice::UmaskUnused,
            Notice::OwnerUnknown { user: text("node") },
            Notice::FilesRefused,
            Notice::SourceLeftOut { path: PathBuf::from("run/socket"), reason: SkipReason::Special },
            Notice::SourceLeftOut { path: PathBuf::from("a.swp"), reason: SkipReason::Changed },
            Notice::SourceLeftOut { path: PathBuf::from("lib"), reason: SkipReason::EmptySubmodule },
            Notice::SourceLeftOut { path: PathBuf::from("a.psd"), reason: SkipReason::LfsPointer },
            Notice::ScriptCanceled { signal: Signal::Interrupt },
            Notice::TimeLimitExceeded { script: LimitedScript::StepScript },
            Notice::TimeLimitExceeded { script: LimitedScript::AfterScript },
        ]
        .into_iter()
        .chain(samples_of_ends())
        .collect()
    }

    /// The name of a variant, from its `Debug` text.
    fn variant(notice: &Notice) -> String {
        format!("{notice:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    #[test]
    fn every_notice_has_its_wording() {
        let line = |notice: &Notice| {
            let level = match notice.level() {
                NoticeLevel::Information => ' ',
                NoticeLevel::Warning => 'W',
                NoticeLevel::Error => 'E',
                level => panic!("{level:?} is a level of notices about files"),
            };
            format!("{:24} {level} {}\n", variant(notice), notice_text(notice))
        };
        insta::assert_snapshot!(samples().iter().map(line).collect::<String>());
    }

    #[test]
    fn the_samples_have_every_variant() {
        let source = include_str!("../executor/notice.rs");
        let body =
            source.split("pub enum Notice {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
        let name = |line: &str| line.split([' ', ',', '(']).next().unwrap_or_default().to_owned();
        let declared = body.lines().filter_map(|line| line.strip_prefix("    "));
        let declared = declared.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        assert_eq!(declared.map(name).collect::<BTreeSet<_>>(), samples().iter().map(variant).collect());
    }

    #[test]
    fn every_activity_has_its_wording() {
        let activities = [
            Activity::CredentialSearch { image: "ruby:2.6".to_owned() },
            Activity::ServiceChecks,
            Activity::Collection { files: 1, bytes: 1_200_000 },
            Activity::SourcesUpload { files: 2, bytes: 999 },
        ];
        assert_eq!(
            activities.each_ref().map(activity_text),
            [
                "Looking for the credentials for ruby:2.6",
                "Waiting for services",
                "Collecting 1 file (1.2 MB)",
                "Copying 2 files (999 B) into the container",
            ]
        );
    }
}
