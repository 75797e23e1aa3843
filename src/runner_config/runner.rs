//! The keys of `[[runners]]` and the global keys, from GitLab Runner's `Config`, `RunnerConfig`, `RunnerCredentials`
//! and `RunnerSettings` (19.4, `common/config.go`).

use super::config_value::{ConfigValue, StringValue, Switches, ValueKind, items, text};
use super::key::Effect::Here;
use super::key::{ConfigKey, ConfigSection, ConfigTable, Effect, section};
use super::problem::ConfigProblem;
use super::toml_document::TomlNode;
use crate::secret::Secret;

/// The global keys, which do not affect a single job.
pub const GLOBAL: ConfigSection = ConfigSection {
    title: "the top of the file",
    keys: &[
        ConfigKey {
            name: "concurrent",
            kind: ValueKind::Number,
            flag: "",
            effect: Here,
            meaning: "How many jobs `pipeline` runs at the same time; `-j` outranks it.",
        },
        nothing("check_interval", ValueKind::Number, "How often the server is asked for jobs."),
        nothing("log_level", ValueKind::Text, "GitLab Runner's own log."),
        nothing("log_format", ValueKind::Text, "The same."),
        nothing("user", ValueKind::Text, "The shell executor's."),
        nothing("listen_address", ValueKind::Text, "Metrics."),
        nothing("session_server", ValueKind::Table, "Web terminals."),
        nothing("sentry_dsn", ValueKind::Text, "Where GitLab Runner's errors are reported."),
        nothing("connection_max_age", ValueKind::Text, "Connections to the server."),
        nothing("shutdown_timeout", ValueKind::Number, "How long GitLab Runner takes to stop."),
        nothing("labels", ValueKind::Map, "Labels of runners on the server."),
        nothing("machine", ValueKind::Table, "The docker+machine executor's."),
        nothing("experimental", ValueKind::Table, "GitLab Runner's own."),
        nothing("runners", ValueKind::Table, "The sections `[[runners]]`."),
    ],
};

const fn nothing(name: &'static str, kind: ValueKind, meaning: &'static str) -> ConfigKey {
    ConfigKey { name, kind, flag: "", effect: Effect::Nothing, meaning }
}

section! {
    /// The keys of one `[[runners]]`. An absent key is empty.
    Runner: "[[runners]]" {
    name: Option<String>, "", Here, "What `--runner` and the log call it.";
    executor: Option<String>, "", Here, "`docker`; sections of other executors are passed over.";
    token: Option<Secret>, "", Here, "Makes the names of kept volumes this runner's own.";
    environment: RunnerVariables, "env", Here, "Variables below all of the job's, `KEY=VALUE` each.";
    feature_flags: Switches, "feature-flags", Here, "Feature flags, above the job's variables.";
    custom_build_dir: Switches, "", Here, "`enabled = false`: `GIT_CLONE_PATH` is refused.";
    builds_dir: Option<String>, "builds-dir", Here, "Where projects are, in place of `/builds`.";
    pre_build_script: Option<String>, "pre-build-script", Here, "Commands before the job's, in the same shell.";
    post_build_script: Option<String>, "post-build-script", Here, "Commands after the job's, in the same shell, unless one failed.";
    pre_get_sources_script: Option<String>, "pre-get-sources-script", Here, "Commands before the sources are there, in a container of the job's image.";
    output_limit: i64, "output-limit", Here, "How much of a job's output the log has, in KiB. 0: all of it, where GitLab Runner has 4 MiB.";
    debug_trace_disabled: bool, "debug-trace-disabled", Here, "`CI_DEBUG_TRACE` and `CI_DEBUG_SERVICES` do not count.";
    shell: Option<RunnerShell>, "shell", Here, "Ignored: bash if present, else sh.";
    } nothing {
    "docker": ValueKind::Table, "", "The section `[runners.docker]`.";
    "url": ValueKind::Text, "", "The server.";
    "id": ValueKind::Number, "", "The server's number of this runner.";
    "token_obtained_at": ValueKind::Date, "", "Age of the token.";
    "token_expires_at": ValueKind::Date, "", "The same.";
    "tls-ca-file": ValueKind::Text, "", "The connection to the server.";
    "tls-cert-file": ValueKind::Text, "", "The same.";
    "tls-key-file": ValueKind::Text, "", "The same.";
    "limit": ValueKind::Number, "limit", "Jobs at the same time.";
    "request_concurrency": ValueKind::Number, "request-concurrency", "Requests for jobs at the same time.";
    "strict_check_interval": ValueKind::Switch, "strict-check-interval", "How often the server is asked for jobs.";
    "unhealthy_requests_limit": ValueKind::Number, "unhealthy-requests-limit", "Requests that may fail.";
    "unhealthy_interval": ValueKind::Text, "unhealthy-interval", "The pause after that.";
    "job_status_final_update_retry_limit": ValueKind::Number, "job-status-final-update-retry-limit", "Tries to tell the server how a job ended.";
    "labels": ValueKind::Map, "", "Labels on the server.";
    "experimental": ValueKind::Table, "", "GitLab Runner's own.";
    "cache_dir": ValueKind::Text, "cache-dir", "Where archives of `cache` are in containers; here they are on the host.";
    "clone_url": ValueKind::Text, "clone-url", "Where sources are cloned from; here they are the working tree's.";
    "proxy_exec": ValueKind::Switch, "proxy-exec", "A part of GitLab Runner's helper.";
    "post_get_sources_script": ValueKind::Text, "post-get-sources-script", "Commands after the clone, in the helper image.";
    "pre_clone_script": ValueKind::Text, "pre-clone-script", "Removed from GitLab Runner; write `pre_get_sources_script`.";
    "post_clone_script": ValueKind::Text, "post-clone-script", "Removed from GitLab Runner.";
    "prepare_timeout": ValueKind::Text, "prepare-timeout", "How long GitLab Runner's preparation may take.";
    "get_sources_timeout": ValueKind::Text, "get-sources-timeout", "How long a clone may take.";
    "safe_directory_checkout": ValueKind::Switch, "safe-directory-checkout", "git in the helper image.";
    "clean_git_config": ValueKind::Switch, "clean-git-config", "The same.";
    "referees": ValueKind::Table, "", "Metrics of jobs.";
    "monitoring": ValueKind::Table, "", "The same.";
    "cache": ValueKind::Table, "", "Caches on a server.";
    "artifact": ValueKind::Table, "", "Uploads to the server.";
    "use_slot_cgroups": ValueKind::Switch, "", "Slots of an autoscaler.";
    "slot_cgroup_template": ValueKind::Text, "", "The same.";
    "step_runner_image": ValueKind::Text, "", "Steps (`run`), which do not exist here.";
    "machine": ValueKind::Table, "", "Another executor's.";
    "kubernetes": ValueKind::Table, "", "Another executor's.";
    "ssh": ValueKind::Table, "", "Another executor's.";
    "parallels": ValueKind::Table, "", "Another executor's.";
    "virtualbox": ValueKind::Table, "", "Another executor's.";
    "custom": ValueKind::Table, "", "Another executor's.";
    "instance": ValueKind::Table, "", "Another executor's.";
    "autoscaler": ValueKind::Table, "", "Another executor's.";
    }
}

impl StringValue for Secret {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text))
    }
}

/// The value of `shell`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunnerShell {
    /// `bash` or `sh`, which both select the first of them that the image has.
    Posix,
}

impl StringValue for RunnerShell {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "bash" | "sh" => Ok(Self::Posix),
            _ => Err("only `bash` and `sh` can run scripts here".to_owned()),
        }
    }
}

/// A list of `KEY=VALUE`. Values may be secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunnerVariables(pub Vec<(String, Secret)>);

impl ConfigValue for RunnerVariables {
    const KIND: ValueKind = ValueKind::Texts;

    fn decode(node: TomlNode<'_>, problems: &mut Vec<ConfigProblem>) -> Self {
        let mut variables = Vec::new();
        for item in items(node, problems) {
            match text(item, problems).map(|entry| entry.split_once('=')) {
                Some(Some((key, value))) if !key.is_empty() => {
                    variables.push((key.to_owned(), Secret::new(value)));
                }
                // GitLab Runner ignores it without a warning.
                Some(_) => {
                    let text = "this is no KEY=VALUE, and does not count";
                    problems.push(ConfigProblem::warning(item.position(), text));
                }
                None => {}
            }
        }
        Self(variables)
    }
}
