//! The keys of `[[runners]]`, and those above it, from GitLab Runner's `Config`, `RunnerConfig`, `RunnerCredentials` and
//! `RunnerSettings` (19.4, `common/config.go`).

use super::key::Effect::Here;
use super::key::{Effect, Key, Section, Table, section};
use super::node::Node;
use super::problem::Problem;
use super::value::{Kind, Switches, Value, Word, items, text};
use crate::secret::Secret;

/// The top of the file: nothing in it concerns one job.
pub const GLOBAL: Section = Section {
    title: "the top of the file",
    keys: &[
        nothing("concurrent", Kind::Number, "Jobs at the same time."),
        nothing("check_interval", Kind::Number, "How often the server is asked for jobs."),
        nothing("log_level", Kind::Text, "GitLab Runner's own log."),
        nothing("log_format", Kind::Text, "The same."),
        nothing("user", Kind::Text, "The shell executor's."),
        nothing("listen_address", Kind::Text, "Metrics."),
        nothing("session_server", Kind::Table, "Web terminals."),
        nothing("sentry_dsn", Kind::Text, "Where GitLab Runner's errors are reported."),
        nothing("connection_max_age", Kind::Text, "Connections to the server."),
        nothing("shutdown_timeout", Kind::Number, "How long GitLab Runner takes to stop."),
        nothing("labels", Kind::Map, "Labels of runners on the server."),
        nothing("machine", Kind::Table, "The docker+machine executor's."),
        nothing("experimental", Kind::Table, "GitLab Runner's own."),
        nothing("runners", Kind::Table, "The sections `[[runners]]`."),
    ],
};

const fn nothing(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, flag: "", effect: Effect::Nothing, meaning }
}

section! {
    /// One `[[runners]]`. Absent keys are empty.
    Runner: "[[runners]]" {
    name: Option<String>, "", Here, "What `--runner` and the log call it.";
    executor: Option<String>, "", Here, "`docker`; sections of other executors are passed over.";
    token: Option<Secret>, "", Here, "Makes the names of kept volumes this runner's own.";
    environment: Variables, "env", Here, "Variables below all of the job's, `KEY=VALUE` each.";
    feature_flags: Switches, "feature-flags", Here, "Feature flags, above the job's variables.";
    builds_dir: Option<String>, "builds-dir", Here, "Where projects are, in place of `/builds`.";
    pre_build_script: Option<String>, "pre-build-script", Here, "Commands before the job's, in the same shell.";
    post_build_script: Option<String>, "post-build-script", Here, "Commands after the job's, in the same shell, unless one failed.";
    pre_get_sources_script: Option<String>, "pre-get-sources-script", Here, "Commands before the sources are there, in a container of the job's image.";
    debug_trace_disabled: bool, "debug-trace-disabled", Here, "`CI_DEBUG_TRACE` does not count.";
    shell: Option<Shell>, "shell", Here, "`bash` or `sh`; either way it is the first that the image has.";
    } nothing {
    "docker": Kind::Table, "", "The section `[runners.docker]`.";
    "url": Kind::Text, "", "The server.";
    "id": Kind::Number, "", "The server's number of this runner.";
    "token_obtained_at": Kind::Date, "", "Age of the token.";
    "token_expires_at": Kind::Date, "", "The same.";
    "tls-ca-file": Kind::Text, "", "The connection to the server.";
    "tls-cert-file": Kind::Text, "", "The same.";
    "tls-key-file": Kind::Text, "", "The same.";
    "limit": Kind::Number, "limit", "Jobs at the same time.";
    "output_limit": Kind::Number, "output-limit", "How much of a log the server keeps; nothing is cut off here.";
    "request_concurrency": Kind::Number, "request-concurrency", "Requests for jobs at the same time.";
    "strict_check_interval": Kind::Switch, "strict-check-interval", "How often the server is asked for jobs.";
    "unhealthy_requests_limit": Kind::Number, "unhealthy-requests-limit", "Requests that may fail.";
    "unhealthy_interval": Kind::Text, "unhealthy-interval", "The pause after that.";
    "job_status_final_update_retry_limit": Kind::Number, "job-status-final-update-retry-limit", "Tries to tell the server how a job ended.";
    "labels": Kind::Map, "", "Labels on the server.";
    "experimental": Kind::Table, "", "GitLab Runner's own.";
    "cache_dir": Kind::Text, "cache-dir", "Where archives of `cache` are in containers; the keyword has no effect here.";
    "clone_url": Kind::Text, "clone-url", "Where sources are cloned from; here they are the working tree's.";
    "proxy_exec": Kind::Switch, "proxy-exec", "A part of GitLab Runner's helper.";
    "post_get_sources_script": Kind::Text, "post-get-sources-script", "Commands after the clone, in the helper image.";
    "pre_clone_script": Kind::Text, "pre-clone-script", "Removed from GitLab Runner; write `pre_get_sources_script`.";
    "post_clone_script": Kind::Text, "post-clone-script", "Removed from GitLab Runner.";
    "prepare_timeout": Kind::Text, "prepare-timeout", "How long GitLab Runner's preparation may take.";
    "get_sources_timeout": Kind::Text, "get-sources-timeout", "How long a clone may take.";
    "safe_directory_checkout": Kind::Switch, "safe-directory-checkout", "git in the helper image.";
    "clean_git_config": Kind::Switch, "clean-git-config", "The same.";
    "custom_build_dir": Kind::Table, "", "`GIT_CLONE_PATH`, which has no effect here.";
    "referees": Kind::Table, "", "Metrics of jobs.";
    "monitoring": Kind::Table, "", "The same.";
    "cache": Kind::Table, "", "Caches on a server.";
    "artifact": Kind::Table, "", "Uploads to the server.";
    "use_slot_cgroups": Kind::Switch, "", "Slots of an autoscaler.";
    "slot_cgroup_template": Kind::Text, "", "The same.";
    "step_runner_image": Kind::Text, "", "Steps (`run`), which do not exist here.";
    "machine": Kind::Table, "", "Another executor's.";
    "kubernetes": Kind::Table, "", "Another executor's.";
    "ssh": Kind::Table, "", "Another executor's.";
    "parallels": Kind::Table, "", "Another executor's.";
    "virtualbox": Kind::Table, "", "Another executor's.";
    "custom": Kind::Table, "", "Another executor's.";
    "instance": Kind::Table, "", "Another executor's.";
    "autoscaler": Kind::Table, "", "Another executor's.";
    }
}

impl Word for Secret {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text))
    }
}

/// The shell of the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// `bash` or `sh`.
    Posix,
}

impl Word for Shell {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "bash" | "sh" => Ok(Self::Posix),
            _ => Err("only `bash` and `sh` can run scripts here".to_owned()),
        }
    }
}

/// `KEY=VALUE` each. Values may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variables(pub Vec<(String, Secret)>);

impl Value for Variables {
    const KIND: Kind = Kind::Texts;

    fn read(node: Node<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut variables = Vec::new();
        for item in items(node, problems) {
            match text(item, problems).map(|entry| entry.split_once('=')) {
                Some(Some((key, value))) if !key.is_empty() => {
                    variables.push((key.to_owned(), Secret::new(value)));
                }
                // GitLab Runner says nothing of it.
                Some(_) => {
                    let text = "this is no KEY=VALUE, and does not count";
                    problems.push(Problem::warning(item.origin(), text));
                }
                None => {}
            }
        }
        Self(variables)
    }
}
