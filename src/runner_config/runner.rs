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
            meaning: "Maximum number of jobs that `pipeline` runs at the same time; `-j` overrides it.",
        },
        nothing("check_interval", ValueKind::Number, "How often the server is asked for jobs."),
        nothing("log_level", ValueKind::Text, "Level of GitLab Runner's own log."),
        nothing("log_format", ValueKind::Text, "Format of GitLab Runner's own log."),
        nothing("user", ValueKind::Text, "User of the shell executor."),
        nothing("listen_address", ValueKind::Text, "Address of the metrics server."),
        nothing("session_server", ValueKind::Table, "Web terminals."),
        nothing("sentry_dsn", ValueKind::Text, "Sentry, for errors of GitLab Runner."),
        nothing("connection_max_age", ValueKind::Text, "Age of connections to the server."),
        nothing("shutdown_timeout", ValueKind::Number, "How long GitLab Runner may take to shut down."),
        nothing("labels", ValueKind::Map, "Labels of runners on the server."),
        nothing("machine", ValueKind::Table, "docker+machine executor."),
        nothing("experimental", ValueKind::Table, "Experimental features of GitLab Runner."),
        nothing("runners", ValueKind::Table, "The sections `[[runners]]`."),
    ],
};

const fn nothing(name: &'static str, kind: ValueKind, meaning: &'static str) -> ConfigKey {
    ConfigKey { name, kind, flag: "", effect: Effect::Nothing, meaning }
}

section! {
    /// The keys of one `[[runners]]`. An absent key is empty.
    Runner: "[[runners]]" {
    name: Option<String>, "", Here, "Name of the runner, for `--runner` and in the log.";
    executor: Option<String>, "", Here, "Must be `docker`; sections with another executor are skipped.";
    token: Option<Secret>, "", Here, "Distinguishes this runner's persistent volumes from those of other runners.";
    environment: RunnerVariables, "env", Here, "Variables, `KEY=VALUE` each; the job's variables override them.";
    feature_flags: Switches, "feature-flags", Here, "Feature flags; they override the job's variables.";
    custom_build_dir: Switches, "", Here, "`enabled = false` forbids `GIT_CLONE_PATH`.";
    builds_dir: Option<String>, "builds-dir", Here, "Directory of projects in the container, instead of `/builds`.";
    pre_build_script: Option<String>, "pre-build-script", Here, "Commands to run before the job's, in the same shell.";
    post_build_script: Option<String>, "post-build-script", Here, "Commands to run after the job's, in the same shell, unless one has failed.";
    pre_get_sources_script: Option<String>, "pre-get-sources-script", Here, "Commands to run before the sources arrive, in a container of the job's image.";
    output_limit: i64, "output-limit", Here, "Maximum output of a job in the log, in KiB. 0: no limit (GitLab Runner: 4 MiB).";
    debug_trace_disabled: bool, "debug-trace-disabled", Here, "Ignore `CI_DEBUG_TRACE` and `CI_DEBUG_SERVICES`.";
    shell: Option<RunnerShell>, "shell", Here, "Ignored: bash if present, else sh.";
    } nothing {
    "docker": ValueKind::Table, "", "The section `[runners.docker]`.";
    "url": ValueKind::Text, "", "URL of the server.";
    "id": ValueKind::Number, "", "Id of the runner on the server.";
    "token_obtained_at": ValueKind::Date, "", "Creation time of the token.";
    "token_expires_at": ValueKind::Date, "", "Expiry time of the token.";
    "tls-ca-file": ValueKind::Text, "", "TLS for the connection to the server.";
    "tls-cert-file": ValueKind::Text, "", "TLS for the connection to the server.";
    "tls-key-file": ValueKind::Text, "", "TLS for the connection to the server.";
    "limit": ValueKind::Number, "limit", "Maximum number of concurrent jobs.";
    "request_concurrency": ValueKind::Number, "request-concurrency", "Maximum number of concurrent requests for jobs.";
    "strict_check_interval": ValueKind::Switch, "strict-check-interval", "How often the server is asked for jobs.";
    "unhealthy_requests_limit": ValueKind::Number, "unhealthy-requests-limit", "Number of requests that may fail.";
    "unhealthy_interval": ValueKind::Text, "unhealthy-interval", "The pause after too many failed requests.";
    "job_status_final_update_retry_limit": ValueKind::Number, "job-status-final-update-retry-limit", "Number of attempts to tell the server how a job ended.";
    "labels": ValueKind::Map, "", "Labels on the server.";
    "experimental": ValueKind::Table, "", "Experimental features of GitLab Runner.";
    "cache_dir": ValueKind::Text, "cache-dir", "Directory of `cache` archives in containers; here they are on the host.";
    "clone_url": ValueKind::Text, "clone-url", "URL to clone from; here the sources are those of the working tree.";
    "proxy_exec": ValueKind::Switch, "proxy-exec", "A feature of GitLab Runner's helper.";
    "post_get_sources_script": ValueKind::Text, "post-get-sources-script", "Commands to run after the clone, in the helper image.";
    "pre_clone_script": ValueKind::Text, "pre-clone-script", "Removed from GitLab Runner; use `pre_get_sources_script`.";
    "post_clone_script": ValueKind::Text, "post-clone-script", "Removed from GitLab Runner.";
    "prepare_timeout": ValueKind::Text, "prepare-timeout", "How long GitLab Runner may take to prepare a job.";
    "get_sources_timeout": ValueKind::Text, "get-sources-timeout", "How long a clone may take.";
    "safe_directory_checkout": ValueKind::Switch, "safe-directory-checkout", "Configuration of git in the helper image.";
    "clean_git_config": ValueKind::Switch, "clean-git-config", "Configuration of git in the helper image.";
    "referees": ValueKind::Table, "", "Metrics of jobs.";
    "monitoring": ValueKind::Table, "", "Metrics of jobs.";
    "cache": ValueKind::Table, "", "Caches on a server.";
    "artifact": ValueKind::Table, "", "Uploads to the server.";
    "use_slot_cgroups": ValueKind::Switch, "", "Control groups for slots of an autoscaler.";
    "slot_cgroup_template": ValueKind::Text, "", "Control groups for slots of an autoscaler.";
    "step_runner_image": ValueKind::Text, "", "Image for steps (`run`), which are not supported.";
    "machine": ValueKind::Table, "", "docker+machine executor.";
    "kubernetes": ValueKind::Table, "", "Kubernetes executor.";
    "ssh": ValueKind::Table, "", "SSH executor.";
    "parallels": ValueKind::Table, "", "Parallels executor.";
    "virtualbox": ValueKind::Table, "", "VirtualBox executor.";
    "custom": ValueKind::Table, "", "Custom executor.";
    "instance": ValueKind::Table, "", "Instance executor.";
    "autoscaler": ValueKind::Table, "", "Autoscaling executors.";
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
                    let text = "this is not KEY=VALUE, and is ignored";
                    problems.push(ConfigProblem::warning(item.position(), text));
                }
                None => {}
            }
        }
        Self(variables)
    }
}
