use super::*;
use crate::registry::pull_policy::PullPolicy;
use crate::secret::Secret;

const TWO: &str = r#"
concurrent = 1
[[runners]]
  name = "one"
  environment = ["A=1=2", "DOCKER_AUTH_CONFIG={}"]
  [runners.docker]
    image = "ruby:2.6"
    pull_policy = ["always", "if-not-present"]
    allowed_pull_policies = ["never"]
[[runners]]
  name = "two"
  [runners.docker]
    pull_policy = "never"
"#;

fn load(text: &str) -> LoadedConfig {
    load_runner(&TomlDocument::parse(text).unwrap(), None, &[]).unwrap()
}

/// Compares the problems of a file.
#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let problems: Vec<_> = load(text).problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, expect);
}

#[test]
fn the_first_section_is_used_unless_another_one_is_named() {
    let one = load(TWO).config;
    let pair = |key: &str, value: &str| (key.to_owned(), Secret::new(value));
    assert_eq!(one.runner.environment.0, [pair("A", "1=2"), pair("DOCKER_AUTH_CONFIG", "{}")]);
    assert_eq!(one.docker.pull_policy.0, [PullPolicy::Always, PullPolicy::IfNotPresent]);
    assert_eq!(one.docker.allowed_pull_policies, [PullPolicy::Never]);
    let two = load_runner(&TomlDocument::parse(TWO).unwrap(), Some("two"), &[]).unwrap().config;
    assert_eq!(two.docker.pull_policy.0, [PullPolicy::Never]);
    assert!(two.runner.environment.0.is_empty());
}

#[test]
fn a_missing_section_and_one_for_another_executor_are_different_errors() {
    let error = |text: &str, name: Option<&str>| {
        load_runner(&TomlDocument::parse(text).unwrap(), name, &[]).map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(error("concurrent = 1", None), "there is no [[runners]] section");
    assert_eq!(error(TWO, Some("three")), "no [[runners]] section is named `three`; there is `one`, `two`");
    let shell = "[[runners]]\nname = \"s\"\nexecutor = \"shell\"\n";
    assert_eq!(error(shell, None), "no [[runners]] section has the executor `docker`; there is `shell`");
    assert_eq!(
        error(shell, Some("s")),
        "[[runners]] `s` has the executor `shell`; only `docker` is supported"
    );
    let both = format!("{shell}[[runners]]\nname = \"d\"\nexecutor = \"docker\"\n");
    assert_eq!(load(&both).config.runner.name.as_deref(), Some("d"));
}

#[test]
fn problems_have_a_position_and_quote_no_secret() {
    check("[[runners]]\nenvironment = \"A=hunter2\"", &["2:15: a list belongs here, not a string"]);
    check("[[runners]]\nenvironment = [\"hunter2\"]", &["2:16: this is not KEY=VALUE, and is ignored"]);
    check("[[runners]]\ntoken = 7", &["2:9: a string belongs here, not an integer"]);
    let syntax = TomlDocument::parse("[[runners]]\nname = hunter2\n").err().unwrap().to_string();
    assert!(syntax.starts_with("2:8: ") && !syntax.contains("hunter2"), "{syntax}");
}

#[test]
fn all_wrong_types_and_values_are_reported() {
    let text = "[[runners]]
[runners.docker]
pull_policy = 1
allowed_pull_policies = [\"x\"]
privileged = \"yes\"
shm_size = \"1g\"
memory = \"lots\"
cpus = 2
volumes = [\"relative\", 3]
dns = [\"nobody\"]
tmpfs = [\"/tmp\"]
services = [7]
[runners.docker.ulimit]
nofile = \"a\"
";
    check(
        text,
        &[
            "3:15: a string belongs here, not an integer",
            "4:26: `x` is not a pull policy; write always, if-not-present or never",
            "5:14: a boolean belongs here, not a string",
            "6:12: an integer belongs here, not a string",
            "7:10: this is not an amount of memory; write `512m` or `2g`",
            "8:8: a string belongs here, not an integer",
            "9:12: invalid volume specification: \"relative\"; write /container/path, name:/container/path or \
             /host/path:/container/path",
            "9:24: a string belongs here, not an integer",
            "10:8: invalid DNS server address \"nobody\"",
            "11:9: a table belongs here, not a list",
            "12:13: a table or a name belongs here, not an integer",
            "14:10: this is not a limit; write `soft:hard`, or one number for both",
        ],
    );
    assert!(load(text).has_errors());
}

#[test]
fn unknown_keys_are_warnings_with_a_suggestion() {
    let text = "concurent = 4
[[runners]]
image = \"a\"
tokn = \"b\"
zzz = 1
[runners.docker]
memroy = \"1g\"
[[runners.docker.services]]
name = \"a\"
comand = []
";
    check(
        text,
        &[
            "1:1: `concurent` is not a key of the top of the file; did you mean `concurrent`?",
            "3:1: `image` is not a key of [[runners]]; it belongs in [runners.docker]",
            "4:1: `tokn` is not a key of [[runners]]; did you mean `token`?",
            "5:1: `zzz` is not a key of [[runners]]",
            "7:1: `memroy` is not a key of [runners.docker]; did you mean `memory`?",
            "10:1: `comand` is not a key of [[runners.docker.services]]; did you mean `command`?",
        ],
    );
    assert!(!load(text).has_errors());
}

#[test]
fn keys_for_a_gitlab_server_are_accepted_with_any_value() {
    check(
        "concurrent = 4\n[session_server]\nx = 1\n[[runners]]\nurl = 7\nlimit = \"x\"\n[runners.cache]\nq = 1\n",
        &[],
    );
}

#[test]
fn keys_are_case_insensitive_as_in_go() {
    let text = "[[runners]]\n[runners.Docker]\nImage = \"a\"\nMEMORY = \"1k\"\nmemory = \"2k\"";
    let docker = load(text).config.docker;
    assert_eq!((docker.image.as_deref(), docker.memory.map(|memory| memory.0)), (Some("a"), Some(2048)));
}

#[test]
fn services_are_tables_or_names() {
    let tables = "[[runners]]\n[runners.docker]\n[[runners.docker.services]]\nname = \"postgres:latest\"
alias = \"db\"\ncommand = [\"-c\"]\nentrypoint = [\"e\"]\nenvironment = [\"A=1\"]
[[runners.docker.services]]\nname = \"mysql:latest\"";
    let services = load(tables).config.docker.services.0;
    let names: Vec<_> = services.iter().map(|service| service.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["postgres:latest", "mysql:latest"]);
    assert_eq!(services[0].alias.as_deref(), Some("db"));
    assert_eq!(
        (&services[0].command[..], &services[0].entrypoint[..]),
        (&["-c".to_owned()][..], &["e".to_owned()][..])
    );
    assert_eq!(services[0].environment.0, [("A".to_owned(), Secret::new("1"))]);
    let list = "[[runners]]\n[runners.docker]\nservices = [\"mysql:latest\", \"postgres:latest\"]";
    let names: Vec<_> =
        load(list).config.docker.services.0.into_iter().map(|service| service.name.unwrap()).collect();
    assert_eq!(names, ["mysql:latest", "postgres:latest"]);
}

fn typed(name: &str, values: &[&str]) -> FlagValue {
    let keys = SECTIONS.iter().flat_map(|section| section.keys);
    let key = *keys.into_iter().find(|key| key.name == name).unwrap();
    let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
    FlagValue::new(key, &values).unwrap()
}

#[test]
fn flags_outrank_the_file() {
    let text = "[[runners]]\n[runners.docker]\nmemory = \"1g\"\ncpus = \"1\"\nextra_hosts = [\"a:1\"]";
    let all = [typed("memory", &["2g"]), typed("extra_hosts", &["b:2", "c:3"]), typed("builds_dir", &["/b"])];
    let config = load_runner(&TomlDocument::parse(text).unwrap(), None, &all).unwrap().config;
    assert_eq!(config.docker.memory.unwrap().0, 2 << 30);
    assert_eq!(config.docker.cpus.unwrap().0, 1_000_000_000);
    assert_eq!(config.docker.extra_hosts, ["b:2", "c:3"]);
    assert_eq!(config.runner.builds_dir.as_deref(), Some("/b"));
    assert_eq!(load_flags(&all).config.docker.memory.unwrap().0, 2 << 30);
}

#[test]
fn an_error_in_a_flag_names_the_flag() {
    let problems = load_flags(&[typed("memory", &["lots"])]).problems;
    let texts: Vec<_> = problems.iter().map(|problem| problem.in_file("config.toml")).collect();
    assert_eq!(texts, ["--docker-memory: this is not an amount of memory; write `512m` or `2g`"]);
}

#[test]
fn the_number_of_jobs_at_the_same_time_counts_if_it_is_positive() {
    let concurrent = |line: &str| load(&format!("{line}\n[[runners]]")).config.concurrent;
    assert_eq!(concurrent("concurrent = 4"), Some(4));
    assert_eq!([concurrent("concurrent = 0"), concurrent("concurrent = -1"), concurrent("")], [None; 3]);
}
