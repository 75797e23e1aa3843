use insta::assert_snapshot;

use super::*;
use crate::runner_config::{Docker, LoadedConfig};

/// The template of GitLab's page "Using Docker images".
const TEMPLATE: &str =
    "[[runners]]\n[runners.docker]\n[[runners.docker.services]]\nname = \"postgres:latest\"
[[runners.docker.services]]\nname = \"mysql:latest\"\n";

fn typed(name: &str, values: &[&str]) -> FlagValue {
    let key = *Docker::SECTION.keys.iter().chain(Runner::SECTION.keys).find(|key| key.name == name).unwrap();
    let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
    FlagValue::new(key, &values).unwrap()
}

fn registration(typed: Vec<FlagValue>) -> Registration {
    Registration {
        name: Some("docker-ruby:2.6".to_owned()),
        url: Some("https://gitlab.example.com/".to_owned()),
        token: Some("PROJECT_REGISTRATION_TOKEN".to_owned()),
        executor: Some("docker".to_owned()),
        typed,
    }
}

#[track_caller]
fn load(text: &str, name: &str) -> LoadedConfig {
    let loaded = load_runner(&TomlDocument::parse(text).unwrap(), Some(name), &[]).unwrap();
    assert_eq!(loaded.problems, [], "{text}");
    loaded
}

#[test]
fn the_example_of_gitlabs_page_makes_a_file_with_its_services() {
    let made = registration(vec![typed("image", &["ruby:2.6"])]).add("", Some(TEMPLATE)).unwrap();
    assert_snapshot!(made.text, @r#"
    concurrent = 1
    check_interval = 0

    [[runners]]
      name = "docker-ruby:2.6"
      url = "https://gitlab.example.com/"
      token = "PROJECT_REGISTRATION_TOKEN"
      executor = "docker"
      [runners.docker]
        image = "ruby:2.6"
        volumes = ["/cache"]
        [[runners.docker.services]]
          name = "postgres:latest"
        [[runners.docker.services]]
          name = "mysql:latest"
    "#);
    assert_eq!((made.namesakes, made.is_first), (0, true));
    let docker = load(&made.text, "docker-ruby:2.6").config.docker;
    assert_eq!(docker.image.as_deref(), Some("ruby:2.6"));
    let services: Vec<_> = docker.services.0.iter().map(|service| service.name.as_deref().unwrap()).collect();
    assert_eq!(services, ["postgres:latest", "mysql:latest"]);
}

#[test]
fn existing_text_and_comments_are_unchanged() {
    let file = "# mine\nconcurrent = 4   # four\n\n# the first\n[[runners]]\n  name = \"one\" # its name\n  executor = \"docker\"\n  [runners.docker]\n    image = \"a\"\n\n[session_server]\n  session_timeout = 1\n";
    let template = "# for everybody\n[[runners]]\n  # quick\n  environment = [\"A=1\"]\n  [runners.docker]\n    # small\n    memory = \"1g\"\n    volumes = [\"/data\"]\n";
    let all = vec![
        typed("memory", &["2g"]),
        typed("sysctls", &["net.core.somaxconn:1024"]),
        typed("privileged", &["true"]),
        typed("builds_dir", &["/b"]),
    ];
    let made = registration(all).add(file, Some(template)).unwrap();
    assert_snapshot!(made.text, @r#"
    # mine
    concurrent = 4   # four

    # the first
    [[runners]]
      name = "one" # its name
      executor = "docker"
      [runners.docker]
        image = "a"

    # for everybody
    [[runners]]
      name = "docker-ruby:2.6"
      url = "https://gitlab.example.com/"
      token = "PROJECT_REGISTRATION_TOKEN"
      executor = "docker"
      # quick
      environment = ["A=1"]
      builds_dir = "/b"
      [runners.docker]
        # small
        memory = "2g"
        volumes = ["/data", "/cache"]
        sysctls = { "net.core.somaxconn" = "1024" }
        privileged = true

    [session_server]
      session_timeout = 1
    "#);
    assert!(made.text.contains("# four") && !made.is_first);
    assert_eq!(load(&made.text, "one").config.docker.image.as_deref(), Some("a"));
    assert_eq!(load(&made.text, "docker-ruby:2.6").config.docker.memory.unwrap().0, 2 << 30);
}

#[test]
fn a_second_runner_with_the_same_name_is_counted() {
    let once = registration(Vec::new()).add("", None).unwrap();
    let twice = registration(Vec::new()).add(&once.text, None).unwrap();
    assert_eq!((twice.namesakes, twice.text.matches("[[runners]]").count()), (1, 2));
}

#[test]
fn the_cache_volume_is_added_unless_caches_are_disabled() {
    let volumes = |all: Vec<FlagValue>| {
        let made = registration(all).add("", None).unwrap();
        let volumes = load(&made.text, "docker-ruby:2.6").config.docker.volumes;
        volumes.into_iter().map(|volume| volume.destination).collect::<Vec<_>>()
    };
    assert_eq!(volumes(Vec::new()), ["/cache"]);
    assert_eq!(volumes(vec![typed("volumes", &["/a", "/cache"])]), ["/a", "/cache"]);
    assert_eq!(volumes(vec![typed("disable_cache", &["true"])]), Vec::<String>::new());
}

#[test]
fn invalid_options_files_and_templates_are_rejected() {
    let error = |registration: &Registration, file: &str, template: Option<&str>| {
        registration.add(file, template).map(|_| ()).unwrap_err().to_string()
    };
    let plain = registration(Vec::new());
    let shell = Registration { executor: Some("shell".to_owned()), ..plain.clone() };
    let refused = "the executor `shell` is not supported: runner-lite runs jobs with `docker` alone";
    assert_eq!(error(&shell, "", None), refused);
    let of_template = Registration { executor: None, ..plain.clone() };
    assert_eq!(error(&of_template, "", Some("[[runners]]\nexecutor = \"shell\"")), refused);
    assert_eq!(error(&plain, "", Some("a = 1")), "the template has 0 [[runners]] sections; it must have one");
    let two = "[[runners]]\n[[runners]]\n";
    assert_eq!(error(&plain, "", Some(two)), "the template has 2 [[runners]] sections; it must have one");
    assert_eq!(
        error(&plain, "", Some("[[runners]]\n[runners.docker]\nmemory = 1")),
        "the template: 3:10: a string belongs here, not an integer"
    );
    assert_eq!(error(&plain, "runners = 1", None), "`runners` is not a list of [[runners]] sections");
    let syntax = error(&plain, "token = hunter2", None);
    assert!(syntax.starts_with("1:9: ") && !syntax.contains("hunter2"), "{syntax}");
    let flag = registration(vec![typed("memory", &["lots"])]);
    assert!(error(&flag, "", None).starts_with("--docker-memory: this is not an amount"));
}
