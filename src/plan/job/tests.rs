use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use super::super::testing::{Case, image, script, texts};
use super::*;
use crate::git::facts::GitFacts;
use crate::git::remote::RemoteUrl;
use crate::pipeline::environment;
use crate::plan::identity::Slot;
use crate::plan::job_plan::{Checkout, JobNetwork, Sources, VolumeSource};
use crate::runner_config::volume::VolumeSpec;

fn git(origin: &str) -> GitFacts {
    GitFacts {
        root: PathBuf::from("/home/me/shop"),
        commit: None,
        branch: Some("main".to_owned()),
        tag: None,
        origin: RemoteUrl::parse(origin),
        linked: None,
        default_branch: None,
        user_name: None,
        user_email: None,
    }
}

fn of_shop() -> Sources {
    Sources::WorkingTree { root: PathBuf::from("/home/me/shop"), checkout: Checkout::default() }
}

#[track_caller]
fn check_reference(case: Case, expect: &str) {
    assert_eq!(case.planned().image.reference, expect);
}

#[test]
fn a_plain_job_runs_in_its_image_with_the_working_tree() {
    let plan = Case::new().planned();
    assert_eq!((&*plan.name, &*plan.stage, &*plan.image.reference), ("test", "test", "ruby:2.6"));
    assert_eq!((&*plan.volumes[0].destination, &*plan.project_dir), ("/builds", "/builds/local/shop"));
    assert_eq!(plan.sources, of_shop());
    assert_eq!(plan.network, JobNetwork::DefaultBridge);
    assert_eq!((plan.timeout.as_secs(), plan.after_script_timeout.as_secs()), (3600, 300));
    assert_eq!(plan.services_timeout.unwrap().as_secs(), 30);
    assert_eq!(plan.variable("CI_PROJECT_DIR"), Some("/builds/local/shop"));
    assert_eq!(plan.variable("CI_JOB_IMAGE"), Some("ruby:2.6"));
    assert_eq!(plan.variable("FF_NETWORK_PER_BUILD"), Some("false"));
}

#[test]
fn names_of_variables_are_unique() {
    let case = Case::new().variables(&[("A", "1"), ("CI", "no")]).global(&[("A", "0")]).typed("A", "2");
    let plan = case.planned();
    let keys: std::collections::HashSet<&str> = plan.variables.iter().map(|known| &*known.key).collect();
    assert_eq!(keys.len(), plan.variables.len());
    assert_eq!((plan.variable("A"), plan.variable("CI")), (Some("2"), Some("no")));
}

/// A case with `text` as its `.runner-lite.env`.
fn with_env_file(case: Case, text: &str) -> Case {
    let mut case = case;
    case.facts.project_variables = crate::vars::env_file::parse(text).unwrap();
    case
}

#[test]
fn project_variables_override_the_file_and_the_command_line_overrides_them() {
    let case = Case::new().variables(&[("A", "job"), ("B", "job")]).typed("B", "typed").service("redis", "");
    let plan = with_env_file(case, "A=project $B\nB=project\nC='a$B'\n").planned();
    assert_eq!(plan.variable("A"), Some("project typed"));
    assert_eq!((plan.variable("B"), plan.variable("C")), (Some("typed"), Some("a$B")));
    let of_service: Vec<&str> = plan.services[0]
        .variables
        .iter()
        .map(|variable| &*variable.key)
        .filter(|key| key.len() == 1)
        .collect();
    // As on GitLab, services get only the variables that the file mentions.
    assert_eq!(of_service, ["A", "B"]);
}

#[test]
fn a_masked_variable_is_secret_whichever_layer_defines_it() {
    let case = Case::new()
        .variables(&[("TOKEN", "in the file")])
        .typed("TOKEN", "typed-secret")
        .typed("B", "visible");
    let plan =
        with_env_file(case, "# masked\nTOKEN=project-secret\nURL=https://$TOKEN@h\nEMPTY=\n").planned();
    let secrets: Vec<&str> = plan.secrets.iter().map(Secret::expose).collect();
    assert_eq!(
        secrets,
        ["project-secret", "https://$TOKEN@h", "typed-secret", "https://typed-secret@h", "typed-secret"]
    );
    assert!(!format!("{plan:?}").contains("secret@"));
}

#[test]
fn the_project_directory_follows_origin() {
    let mut case = Case::new();
    case.facts.project_directory = PathBuf::from("/home/me/shop/sub");
    case.facts.git = Some(git("https://u:s3cret@h/g/sub/p.git"));
    let plan = case.planned();
    assert_eq!(plan.project_dir, "/builds/g/sub/p");
    assert_eq!(plan.sources, of_shop());
    assert_eq!(plan.variable("CI_COMMIT_BRANCH"), Some("main"));
    assert!(plan.variables.iter().all(|variable| !variable.value.contains("s3cret")));
}

#[test]
fn a_variable_cannot_move_the_project_directory() {
    let plan = Case::new().variables(&[("CI_PROJECT_DIR", "/elsewhere")]).planned();
    assert_eq!(
        (&*plan.project_dir, plan.variable("CI_PROJECT_DIR")),
        ("/builds/local/shop", Some("/elsewhere"))
    );
}

#[test]
fn an_image_is_expanded() {
    check_reference(
        Case::new().image("$REG/x:${TAG}").variables(&[("REG", "r.io"), ("TAG", "1")]),
        "r.io/x:1",
    );
    check_reference(Case::new().image("$IMAGE").global(&[("IMAGE", "ruby:$V"), ("V", "3")]), "ruby:3");
    check_reference(Case::new().image("ruby:$V").typed("V", "3.4"), "ruby:3.4");
}

#[test]
fn the_image_in_the_variables_is_expanded_too() {
    let plan = Case::new().image("ruby:$V").variables(&[("V", "3")]).planned();
    assert_eq!(plan.variable("CI_JOB_IMAGE"), Some("ruby:3"));
}

#[test]
fn a_job_without_image_takes_the_default_one() {
    let mut case = Case::new();
    case.job.image = None;
    assert_snapshot!(case.problems(), @"error 1: no Docker image specified to run the build in (write `image:` in the job or in `default:`, or pass `--docker-image IMAGE`)");
    case.facts.runner.docker.image = Some("alpine:$V".to_owned());
    check_reference(case.variables(&[("V", "3")]), "alpine:3");
}

#[test]
fn the_default_image_replaces_one_that_expands_to_nothing() {
    let mut case = Case::new().image("$NONE");
    assert_snapshot!(case.problems(), @"error 10: no Docker image specified to run the build in (`NONE` is not defined; pass `--variable NONE=VALUE` or write it into .runner-lite.env)");
    case.facts.runner.docker.image = Some("alpine".to_owned());
    assert_snapshot!(case.problems(), @"warning 10: image `$NONE` expands to nothing; `alpine` is used (`NONE` is not defined; pass `--variable NONE=VALUE` or write it into .runner-lite.env)");
    assert_eq!(case.plan().0.unwrap().image.reference, "alpine");
}

#[test]
fn an_invalid_image_name_is_an_error_at_its_span() {
    assert_snapshot!(Case::new().image("Ruby").problems(), @"error 10: `Ruby` is not a valid image name: `Ruby` has upper case letters (write it in lower case)");
    assert_snapshot!(Case::new().image("$REG/x:$TAG").problems(), @"error 10: `/x:` is not a valid image name: a part of its path is empty (`REG`, `TAG` are not defined; pass `--variable REG=VALUE` or write it into .runner-lite.env)");
}

#[test]
fn overrides_are_copied_and_empty_ones_dropped() {
    let mut case = Case::new().variables(&[("WHO", "me")]);
    let mut with = image(10, "ruby");
    with.entrypoint = Some(vec![String::new()]);
    with.user = Some("$WHO".to_owned());
    with.platform = Some("$NONE".to_owned());
    case.job.image = Some(with.clone());
    let plan = case.planned().image;
    assert_eq!(
        (plan.entrypoint, plan.user.as_deref(), plan.platform),
        (Some(vec![String::new()]), Some("me"), None)
    );
    with.entrypoint = Some(Vec::new());
    case.job.image = Some(with);
    assert_eq!(case.planned().image.entrypoint, None);
}

#[test]
fn commands_are_trimmed_and_blank_ones_kept() {
    let mut case = Case::new();
    case.job.before_script = script(&["  make  "]);
    case.job.script = script(&["\n  a\n b\n", " \t", "\u{a0}x"]);
    case.job.after_script = script(&["done\n"]);
    let plan = case.planned();
    assert_eq!(texts(&plan.script), ["make", "a\n b", "", "x"]);
    assert_eq!(texts(&plan.after_script), ["done"]);
}

#[test]
fn circular_variable_references_are_an_error_at_one_of_the_variables() {
    let case = Case::new().variables(&[("X", ""), ("B", "$A")]).global(&[("A", "$B")]);
    assert_snapshot!(case.problems(), @r#"error 2000: test: circular variable reference detected: ["A", "B"] (give one of them a value that does not refer to the others)"#);
}

#[test]
fn values_that_grow_without_bound_are_an_error_at_the_variable() {
    let long = "x".repeat(1 << 19);
    let case = Case::new().variables(&[("A", &long), ("B", "$A$A$A")]);
    assert_snapshot!(case.problems(), @"error 1001: variable `B` is longer than 1048576 bytes when expanded");
}

#[test]
fn variables_that_no_environment_can_hold_are_reported() {
    let case = Case::new().variables(&[("A", "x\0y"), ("B=C", "1"), ("", "2")]);
    assert_snapshot!(case.problems(), @r"
    error 1000: variable `A` contains a NUL character, which an environment cannot hold
    warning 1001: variable `B=C` is left out: its name is empty or contains a `=`
    warning 1002: variable `` is left out: its name is empty or contains a `=`
    ");
}

#[test]
fn a_variable_that_no_shell_can_name_reaches_the_container() {
    assert_eq!(Case::new().variables(&[("MY-VAR", "1")]).planned().variable("MY-VAR"), Some("1"));
}

#[test]
fn git_strategy_decides_whether_sources_are_copied() {
    fn check(strategy: &str, sources: bool, project_dir: &str) {
        let plan = Case::new().variables(&[("S", strategy), ("GIT_STRATEGY", "$S")]).planned();
        assert_eq!(plan.sources != Sources::None, sources, "{strategy}");
        assert_eq!((&*plan.project_dir, plan.variable("CI_PROJECT_DIR")), (project_dir, Some(project_dir)));
    }
    check("", true, "/builds/local/shop");
    check("fetch", true, "/builds/local/shop");
    check("clone", true, "/builds/local/shop");
    check("none", false, "/builds/local/shop");
    check("empty", false, "/builds/local/shop-empty");
    let case = Case::new().variables(&[("GIT_STRATEGY", "None")]);
    assert_snapshot!(case.problems(), @"warning 1000: `GIT_STRATEGY` is `None`, which is not a strategy; the sources are copied (write `fetch`, `clone`, `none` or `empty`)");
    assert!(
        matches!(case.plan().0.unwrap().sources, Sources::WorkingTree { root, .. } if root == Path::new("/home/me/shop"))
    );
}

#[test]
fn a_feature_flag_asks_for_a_network_per_job() {
    let plan = Case::new().variables(&[("FF_NETWORK_PER_BUILD", "1")]).planned();
    assert_eq!(
        (plan.network.clone(), plan.variable("FF_NETWORK_PER_BUILD")),
        (JobNetwork::PerJob { ipv6: false, mtu: 0 }, Some("true"))
    );
    let case = Case::new().variables(&[("FF_NETWORK_PER_BUILD", "yes")]);
    assert_snapshot!(case.problems(), @r#"warning 1000: FF_NETWORK_PER_BUILD: could not parse feature flag, expected bool, got yes (write `"true"` or `"false"`)"#);
    assert_eq!(case.plan().0.unwrap().network, JobNetwork::DefaultBridge);
}

#[test]
fn time_limits_are_go_durations() {
    #[track_caller]
    fn check(after: &str, script: &str, expect: (u64, u64)) {
        let case = Case::new()
            .variables(&[("RUNNER_AFTER_SCRIPT_TIMEOUT", after), ("RUNNER_SCRIPT_TIMEOUT", script)]);
        let plan = case.plan().0.unwrap();
        let script_timeout = plan.script_timeout.unwrap_or(plan.timeout);
        assert_eq!(
            (plan.after_script_timeout.as_secs(), script_timeout.as_secs()),
            expect,
            "{after} {script}"
        );
    }
    check("90s", "1m", (90, 60));
    check("0", "0", (300, 3600));
    check("", "", (300, 3600));
    check("2h", "2h", (3600, 3600));
    let wrong = Case::new()
        .variables(&[("RUNNER_AFTER_SCRIPT_TIMEOUT", "5 minutes"), ("RUNNER_SCRIPT_TIMEOUT", "-1m")]);
    assert_snapshot!(wrong.problems(), @r"
    warning 1000: `RUNNER_AFTER_SCRIPT_TIMEOUT` is `5 minutes`, which is not a duration; the default applies (write it as `90s` or `1h30m`)
    warning 1001: `RUNNER_SCRIPT_TIMEOUT` is `-1m`, which is negative; the default applies (write it as `90s` or `1h30m`)
    ");
    let long = Case::new().variables(&[("RUNNER_SCRIPT_TIMEOUT", "2h")]);
    assert_snapshot!(long.problems(), @"warning 1000: `RUNNER_SCRIPT_TIMEOUT` is `2h`, longer than the job may take; the job's limit applies");
}

#[test]
fn booleans_are_parsed_as_in_go() {
    #[track_caller]
    fn check(text: &str, after_script_counts: bool, debug_trace: bool) {
        let case = Case::new().variables(&[("AFTER_SCRIPT_IGNORE_ERRORS", text), ("CI_DEBUG_TRACE", text)]);
        let plan = case.planned();
        assert_eq!(
            (plan.after_script_counts, plan.debug_trace),
            (after_script_counts, debug_trace),
            "{text}"
        );
    }
    check("false", true, false);
    check("0", true, false);
    check("F", true, false);
    check("true", false, true);
    check("1", false, true);
    check("", false, false);
    let names = ["AFTER_SCRIPT_IGNORE_ERRORS", "CI_DEBUG_TRACE", "CI_DEBUG_SERVICES"];
    let wrong = Case::new().variables(&names.map(|name| (name, "blammo")));
    assert_snapshot!(wrong.problems(), @r#"
    warning 1000: AFTER_SCRIPT_IGNORE_ERRORS: expected bool got "blammo", using default value: true (write `"true"` or `"false"`)
    warning 1002: CI_DEBUG_SERVICES: expected bool got "blammo", using default value: false (write `"true"` or `"false"`)
    warning 1001: CI_DEBUG_TRACE: expected bool got "blammo", using default value: false (write `"true"` or `"false"`)
    "#);
}

/// A job with an environment of that name, address and tier.
fn deploying(name: &str, url: &str, tier: Option<&str>) -> Case {
    let mut case = Case::new();
    case.facts.git = Some(git("git@h:g/p.git"));
    let (action, span) = ("start".to_owned(), super::super::testing::span(5));
    let (name, url, tier) = (name.to_owned(), Some(url.to_owned()), tier.map(str::to_owned));
    case.job.environment = Some(environment::Environment { name, url, action, on_stop: None, tier, span });
    case
}

fn environment_of(case: &Case) -> Vec<String> {
    let plan = case.planned();
    let keys = ["NAME", "SLUG", "ACTION", "TIER", "URL"].map(|key| format!("CI_ENVIRONMENT_{key}"));
    keys.iter().map(|key| plan.variable(key).unwrap_or("(none)").to_owned()).collect()
}

#[test]
fn an_environment_becomes_variables() {
    let case = deploying("review/$CI_COMMIT_REF_NAME", "https://$CI_ENVIRONMENT_SLUG.$HOST/$NONE", None);
    let expect =
        ["review/main", "review-main-yi2y9f", "start", "development", "https://review-main-yi2y9f.h/"];
    assert_eq!(environment_of(&case.variables(&[("HOST", "h")])), expect);
    let case = deploying("$NONE-$NEST", "https://x", Some("$TIER"));
    let case = case.variables(&[("NEST", "$A"), ("A", "b"), ("TIER", "other")]);
    assert_eq!(environment_of(&case), ["-b", "env-b-uqws1g", "start", "other", "https://x"]);
    assert!(
        Case::new().planned().variables.iter().all(|variable| !variable.key.starts_with("CI_ENVIRONMENT"))
    );
}

#[test]
fn the_name_of_the_environment_cannot_be_overridden_and_its_tier_can() {
    let over = [("CI_ENVIRONMENT_NAME", "a"), ("CI_ENVIRONMENT_TIER", "b"), ("CI_ENVIRONMENT_URL", "c")];
    let case = deploying("live", "u", None).variables(&over).typed("CI_ENVIRONMENT_NAME", "d");
    assert_eq!(environment_of(&case), ["live", "live", "start", "b", "u"]);
}

#[test]
fn an_invalid_environment_name_causes_a_warning() {
    let case = deploying("$NONE", "", None);
    assert_snapshot!(case.problems(), @"warning 5: environment name `` is not allowed: it can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, but it cannot start or end with '/' (GitLab would not run the job with it)");
}

#[test]
fn pre_get_sources_script_runs_only_if_sources_are_copied() {
    let hook = |strategy: &str| {
        let mut case = Case::new().variables(&[("GIT_STRATEGY", strategy)]);
        case.job.pre_get_sources = script(&[" date "]);
        case.planned().pre_get_sources.into_iter().map(|item| item.text).collect::<Vec<_>>()
    };
    assert_eq!((hook("clone"), hook("fetch")), (vec!["date".to_owned()], vec!["date".to_owned()]));
    assert_eq!((hook("none"), hook("empty")), (vec![], vec![]));
}

#[test]
fn two_jobs_of_a_run_share_no_ids_and_no_persistent_volumes() {
    let mut case = Case::new().variables(&[("GIT_STRATEGY", "fetch")]);
    case.facts.runner.docker.volumes =
        vec![VolumeSpec { destination: "/cache".to_owned(), source: None, options: Vec::new() }];
    let named = |number, slot| {
        let identity = JobIdentity::new(case.facts.pipeline_id, number, Slot::new(slot));
        let plan = case.plan_as(identity).0.unwrap();
        assert_eq!((plan.job_id, plan.slot), (identity.job_id, identity.slot));
        let keys = ["CI_JOB_ID", "CI_CONCURRENT_ID", "CI_CONCURRENT_PROJECT_ID", "CI_PIPELINE_ID"];
        let variables = keys.map(|key| plan.variable(key).unwrap().to_owned());
        let kept = plan.volumes.into_iter().filter_map(|volume| match volume.source {
            VolumeSource::Persistent { name } => Some(name),
            VolumeSource::Configured { .. } | VolumeSource::Temporary { .. } => None,
        });
        (variables, kept.collect::<Vec<_>>())
    };
    let ((first, kept), (second, others)) = (named(1, 0), named(2, 1));
    assert_eq!(first, ["1001", "0", "0", "1"]);
    assert_eq!(second, ["1002", "1", "1", "1"]);
    assert_eq!((kept.len(), others.len()), (2, 2));
    assert!(kept.iter().all(|name| !others.contains(name)), "{kept:?} {others:?}");
    assert!(
        kept.iter().all(|name| name.starts_with("runner-5f90df941701715263706fc1b4a80f7c-cache-")),
        "{kept:?}"
    );
    assert_eq!(case.planned(), case.plan_as(JobIdentity::new(1, 1, Slot::FIRST)).0.unwrap());
}

#[test]
fn concurrent_jobs_have_separate_folders_in_a_directory_of_the_host() {
    let mut case = Case::new();
    case.facts.runner.docker.volumes = vec![VolumeSpec {
        destination: "/builds".to_owned(),
        source: Some("/srv".to_owned()),
        options: Vec::new(),
    }];
    let folder = |slot| case.plan_as(JobIdentity::new(1, 1, Slot::new(slot))).0.unwrap().project_dir;
    assert_eq!(
        (folder(0), folder(3)),
        ("/builds/0/local/shop".to_owned(), "/builds/3/local/shop".to_owned())
    );
}
