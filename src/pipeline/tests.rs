use super::allow_failure::AllowFailure;
use super::include::NoFiles;
use super::include::testing::texts;
use super::job::Job;
use super::*;
use crate::source::diagnostic::Severity;

fn load_text(text: &str) -> (Option<Pipeline>, Vec<String>) {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, diagnostics) = load(&mut map, file, &NoFiles);
    (pipeline, messages(&diagnostics))
}

fn messages(diagnostics: &Diagnostics) -> Vec<String> {
    let mark = |severity| if severity == Severity::Error { "error" } else { "warning" };
    diagnostics.iter().map(|found| format!("{}: {}", mark(found.severity), found.message)).collect()
}

fn job(text: &str) -> Job {
    let (pipeline, found) = load_text(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    pipeline.jobs.get("t").cloned().unwrap_or_else(|| panic!("{:?}", pipeline.broken))
}

/// Asserts an error of the file or of its job `t`.
fn check_error(text: &str, expect: &str) {
    let (pipeline, found) = load_text(text);
    let of_job = pipeline.and_then(|pipeline| pipeline.broken.get("t").map(messages)).unwrap_or_default();
    let all: Vec<_> = found.into_iter().chain(of_job).collect();
    assert!(all.contains(&format!("error: {expect}")), "{text:?}: {all:?}");
}

#[test]
fn a_script_is_a_string_a_list_or_a_nested_list() {
    assert_eq!(texts(&job("t: {script: make}").script), ["make"]);
    assert_eq!(
        texts(&job("t:\n  script:\n    - a\n    - [b, [c]]\n    - |\n      d\n      e\n").script),
        ["a", "b", "c", "d\ne\n"]
    );
}

#[test]
fn a_job_inherits_whole_defaults_and_null_counts_as_absent() {
    let text = "default: {image: d, before_script: [x]}\nt: {script: a, image: ~, before_script: []}";
    let job = job(text);
    assert_eq!(job.image.unwrap().name.value, "d");
    assert!(job.before_script.is_empty());
    assert_eq!(self::job("image: g\nt: {script: a}").image.unwrap().name.value, "g");
    check_error(
        "image: a\ndefault: {image: b}\nt: {script: a}",
        "image is defined in top-level and `default:` entry",
    );
}

#[test]
fn an_image_or_service_is_a_string_or_a_mapping() {
    let text = r#"
t:
  script: a
  image: {name: i, entrypoint: [""], docker: {user: me, platform: linux/arm64}}
  services:
    - postgres:11.7
    - {name: redis, alias: "a b", command: [run], entrypoint: [], variables: {A: 1}}
"#;
    let job = job(text);
    let image = job.image.unwrap();
    assert_eq!(image.entrypoint, Some(vec![String::new()]));
    assert_eq!((image.user.as_deref(), image.platform.as_deref()), (Some("me"), Some("linux/arm64")));
    let [postgres, redis] = &job.services[..] else { panic!("{:?}", job.services) };
    assert_eq!((postgres.image.name.value.as_str(), &postgres.command), ("postgres:11.7", &None));
    assert_eq!(redis.alias.as_ref().unwrap().value, "a b");
    assert_eq!((redis.command.as_deref(), &redis.image.entrypoint), (Some(&["run".to_owned()][..]), &None));
    assert_eq!((redis.variables[0].key.as_str(), redis.variables[0].value.as_str()), ("A", "1"));
}

#[test]
fn errors_use_gitlabs_messages() {
    check_error("", "Please provide content of .gitlab-ci.yml");
    check_error("- a", "Invalid configuration format");
    check_error(".t: {script: a}", "jobs config should contain at least one visible job");
    check_error("t: [a]", "jobs:t config should be a hash");
    check_error("t: {image: a}", "jobs t config should implement the script:, run:, or trigger: keyword");
    check_error("t: {script: []}", "jobs:t script can't be blank");
    check_error("t: {script: a, image: [a]}", "jobs:t:image config should be a hash or a string");
    check_error("t: {script: a, image: {entrypoint: [a]}}", "jobs:t:image name can't be blank");
    check_error("t: {script: a, services: a}", "jobs:t:services config should be a array");
    check_error("t: {script: a, variables: [a]}", "jobs:t:variables config should be a hash");
    check_error(
        "t: {script: a, allow_failure: 1}",
        "jobs:t allow failure should be a hash or a boolean value",
    );
    check_error(
        "t: {script: [true]}",
        "jobs:t:script config should be a string or a nested array of strings up to 10 levels deep",
    );
}

#[test]
fn a_broken_job_does_not_invalidate_the_other_jobs() {
    let (pipeline, _) = load_text("bad: {image: x}\nt: {script: a}");
    let pipeline = pipeline.unwrap();
    assert_eq!(pipeline.jobs.keys().collect::<Vec<_>>(), ["t"]);
    assert_eq!(pipeline.broken.keys().collect::<Vec<_>>(), ["bad"]);
}

#[test]
fn each_keyword_without_effect_causes_a_warning() {
    let text = "cache: {}\ndefault: {tags: [x]}\nt: {script: a, artifacts: {}, secrets: {}, tags: [x]}";
    let (pipeline, found) = load_text(text);
    let tags = "warning: keyword `tags` only applies on GitLab and is ignored here";
    assert_eq!(found, [tags]);
    let secrets = "warning: keyword `secrets` is not supported yet and has no effect";
    assert_eq!(messages(&pipeline.unwrap().jobs["t"].warnings), [secrets, tags]);
}

#[test]
fn a_number_that_yaml_changes_causes_a_warning() {
    let job = job("t: {script: a, variables: {A: 1.10, B: 010, C: 5432, D: yes}}");
    let values: Vec<_> = job.variables.iter().map(|variable| variable.value.as_str()).collect();
    assert_eq!(values, ["1.1", "8", "5432", "true"]);
    assert_eq!(
        messages(&job.warnings),
        ["warning: YAML reads this number as `1.1`", "warning: YAML reads this number as `8`"]
    );
}

#[test]
fn allow_failure_takes_a_boolean_or_exit_codes() {
    assert_eq!(job("t: {script: a}").allow_failure, AllowFailure::No);
    assert_eq!(job("t: {script: a, allow_failure: true}").allow_failure, AllowFailure::Yes);
    let codes =
        |text: &str| job(&format!("t: {{script: a, allow_failure: {{exit_codes: {text}}}}}")).allow_failure;
    assert_eq!(codes("137"), AllowFailure::ExitCodes(vec![137]));
    assert_eq!(codes("[1, 2]"), AllowFailure::ExitCodes(vec![1, 2]));
}

#[test]
fn a_timeout_is_a_duration_as_gitlab_writes_it() {
    let seconds = |text: &str| job(text).timeout.map(|timeout| timeout.as_secs());
    assert_eq!(seconds("t: {script: a, timeout: 1h 30m}"), Some(5400));
    assert_eq!(seconds("default: {timeout: 10m}\nt: {script: a}"), Some(600));
    assert_eq!(seconds("t: {script: a}"), None);
    check_error("t: {script: a, timeout: 60}", "jobs:t timeout should be a duration");
    check_error("t: {script: a, timeout: 2 months}", "jobs:t timeout should not exceed the limit");
}

/// The names of all jobs, with their variables.
fn instances(text: &str) -> Vec<String> {
    let (pipeline, found) = load_text(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{found:?}"));
    assert!(pipeline.broken.is_empty(), "{:?}", pipeline.broken);
    let job = |(name, job): (&String, &Job)| {
        let variables = job.variables.iter().map(|variable| format!(" {}={}", variable.key, variable.value));
        let place = job.instance.map(|instance| format!(" {} of {}", instance.index, instance.total));
        format!("{name}{}{}", variables.collect::<String>(), place.unwrap_or_default())
    };
    pipeline.jobs.iter().map(job).collect()
}

#[test]
fn instances_of_parallel_jobs_have_gitlabs_names() {
    assert_eq!(instances("t: {script: a, parallel: 2}"), ["t 1/2 1 of 2", "t 2/2 2 of 2"]);
    let matrix = "t: {script: a, parallel: {matrix: [{A: [x, y], B: [1, 2]}, {A: z}]}}";
    let expect = [
        "t: [x, 1] A=x B=1 1 of 5",
        "t: [x, 2] A=x B=2 2 of 5",
        "t: [y, 1] A=y B=1 3 of 5",
        "t: [y, 2] A=y B=2 4 of 5",
        "t: [z] A=z 5 of 5",
    ];
    assert_eq!(instances(matrix), expect);
}

#[test]
fn invalid_parallel_values_are_reported() {
    check_error("t: {script: a, parallel: 0}", "jobs:t:parallel config must be between 1 and 200");
    check_error("t: {script: a, parallel: x}", "jobs:t:parallel should be an integer or a hash");
    let list = (0..15).map(|value| value.to_string()).collect::<Vec<_>>().join(", ");
    check_error(
        &format!("t: {{script: a, parallel: {{matrix: [{{A: [{list}], B: [{list}]}}]}}}}"),
        "jobs:t:parallel:matrix config generates too many jobs (maximum is 200)",
    );
    check_error(
        "t: {script: a, parallel: {matrix: [{A: [~]}]}}",
        "jobs:t:parallel:matrix:variables config should be a hash of key value pairs, value can be an array",
    );
    check_error(
        "t: {script: a, parallel: {matrix: {A: b}}}",
        "jobs:t:parallel:matrix config should be an array of hashes",
    );
}

#[test]
fn loading_time_is_linear_in_the_number_of_keys() {
    let keys: String = (0..60_000).map(|number| format!(".k{number}:\n")).collect();
    let (pipeline, found) = load_text(&format!("{keys}t: {{script: a}}\n"));
    assert_eq!(pipeline.unwrap_or_else(|| panic!("{found:?}")).jobs.len(), 1);
}

#[test]
fn the_value_of_a_variable_must_be_one_of_its_options() {
    let check = |written: &str, expect: &[&str]| {
        let (_, found) = load_text(&format!("variables: {{A: {written}}}\nt: {{script: x}}"));
        assert_eq!(found, expect, "{written}");
    };
    check("{value: a, options: [a, b], description: d}", &[]);
    check("{value: c, options: [a, b]}", &["error: variables:A config value must be present in options"]);
    check("{options: [a, b]}", &["error: variables:A config value must be present in options"]);
    check("{value: a, options: a}", &["error: variables:A config options should be an array of strings"]);
}

#[test]
fn a_file_has_a_limit_of_jobs() {
    let jobs = |count: usize| (0..count).map(|number| format!("j{number}: x\n")).collect::<String>();
    let (pipeline, found) = load_text(&jobs(JOBS_MAX + 1));
    assert!(pipeline.is_none());
    assert_eq!(found, ["error: the pipeline file and its includes have more than 50000 jobs together"]);
}
