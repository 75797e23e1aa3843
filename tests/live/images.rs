//! Pull policies, references of images, and the command `pull`.

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use super::engine::{assert_nothing_left_of, request};
use super::project::Project;
use super::registry::{DOWN, OPEN, PRIVATE, digest, image_job};
use super::run::{program, spawn, wait_with_output};

#[test]
fn a_name_without_a_registry_is_pulled_from_docker_hub_or_its_mirror() {
    let project = Project::new(&image_job("image-hub", "busybox:1.35", "always", "{}"));
    project.run_job("image-hub").assert(
        0,
        &[
            "\nUsing effective pull policy of [always] for container busybox:1.35\n",
            "\nPulling docker image busybox:1.35 ...\n",
            "\nhas run\n",
        ],
    );
}

#[test]
fn an_image_is_pulled_by_digest() {
    let by_digest = format!("{OPEN}/library/busybox@{}", digest("library/busybox", "1.35"));
    let outcome =
        Project::new(&image_job("image-digest", &by_digest, "always", "{}")).run_job("image-digest");
    outcome.assert(0, &[&format!("Pulling docker image {by_digest} ..."), "\nhas run\n"]);
    assert!(outcome.log().contains(&format!(" for {by_digest} with digest {OPEN}/library/busybox@sha256:")));
}

#[test]
fn the_policy_never_does_not_pull() {
    let image = format!("{OPEN}/library/runner-lite-none:1");
    let outcome = Project::new(&image_job("image-never", &image, "never", "{}")).run_job("image-never");
    assert_eq!(outcome.code, 125);
    let line = format!(
        "ERROR: Job failed (system failure): failed to pull image \"{image}\" with specified policies [never]: "
    );
    assert!(outcome.stderr.contains(&line), "{}", outcome.stderr);
    assert!(!outcome.log().contains("Pulling"), "{}", outcome.log());
}

#[test]
fn a_local_image_is_used_when_its_registry_is_down() {
    let name = format!("{DOWN}/runner-lite/here");
    let tagged = request("POST", &format!("/v1.41/images/busybox:1.35/tag?repo={name}&tag=1"));
    assert!(tagged.starts_with("HTTP/1.1 201"), "{tagged}");
    let yaml = image_job("image-fallback", &format!("{name}:1"), "[always, if-not-present]", "{}");
    let outcome = Project::new(&yaml).run_job("image-fallback");
    request("DELETE", &format!("/v1.41/images/{name}:1"));
    outcome.assert(
        0,
        &[
            "\nWARNING: Failed to pull image with policy \"always\": ",
            "\nAttempt #2: Trying \"if-not-present\" pull policy\n",
            "\nUsing locally found image version due to \"if-not-present\" pull policy\n",
            "\nhas run\n",
        ],
    );
}

#[test]
fn a_pull_policy_of_the_command_line_outranks_the_file_and_applies_to_services() {
    let yaml = format!(
        "image-typed:\n  image: busybox:1.35\n  \
         services: [{{name: '{OPEN}/super/sql:latest', pull_policy: always, alias: sql, command: [sleep, '9']}}]\n  \
         script: [echo has run]\n"
    );
    let project = Project::new(&yaml);
    let service = format!("for container {OPEN}/super/sql:latest");
    let own = project.run(&["pull", "-v"]);
    own.assert(
        0,
        &[&format!("policy of [always] {service}"), "policy of [if-not-present] for container busybox"],
    );
    let typed = project.run(&["pull", "-v", "--pull-policy", "if-not-present,always"]);
    typed.assert(0, &[&format!("policy of [if-not-present always] {service}")]);
    let wrong = project.run(&["pull", "--pull-policy", "sometimes"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("`sometimes` is not a pull policy"), "{}", wrong.stderr);
}

#[test]
fn pull_pulls_several_images_at_once_and_each_image_once() {
    let yaml = format!(
        "default: {{image: {{name: '{OPEN}/library/busybox:1.35', pull_policy: always}}}}\n\
         a: {{script: [a], services: [{{name: '{OPEN}/library/alpine:3.7', pull_policy: always}}]}}\n\
         b: {{script: [b]}}\n\
         c: {{script: [c], image: '{OPEN}/library/runner-lite-none:1'}}\n"
    );
    let project = Project::new(&yaml);
    let outcome = project.run(&["pull", "-v", "a", "b"]);
    outcome.assert(0, &["\nThe engine has 2 images\n"]);
    let log = outcome.log();
    let lines: Vec<&str> = log.lines().collect();
    let last_start = lines.iter().rposition(|line| line.starts_with("Pulling docker image")).unwrap();
    let first_end = lines.iter().position(|line| line.starts_with("Using docker image")).unwrap();
    assert!(last_start < first_end, "one after the other:\n{log}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("Pulling docker image")).count(), 2, "{log}");

    let all = project.run(&["pull", "-v"]);
    assert_eq!(all.code, 125, "{}", all.log());
    assert!(all.stderr.contains("\nERROR: 1 of 3 images unavailable\n"), "{}", all.stderr);
    let unknown = project.run(&["pull", "bb"]);
    assert_eq!((unknown.code, unknown.stderr.contains("did you mean `b`?")), (2, true), "{}", unknown.stderr);
}

#[test]
fn an_image_that_only_a_run_knows_is_left_out_of_a_pull() {
    let yaml = "
stages: [build, test]
default: {image: 'busybox:1.35'}
gives: {stage: build, script: [echo TAG=1.35 >v.env], artifacts: {reports: {dotenv: v.env}}}
takes: {stage: test, image: 'busybox:$TAG', script: [echo]}
";
    let outcome = Project::new(yaml).run(&["pull", "-v"]);
    outcome.assert(0, &["\nThe engine has 1 image\n"]);
    let warning =
        "the images of `takes` are not pulled: they may depend on variables that `gives` sets when it runs";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
}

#[test]
fn a_signal_stops_a_pull_at_once() {
    // This registry accepts the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("127.0.0.1:{}/x:1", silent.local_addr().unwrap().port());
    let project = Project::new(&image_job("image-stopped", &image, "always", "{}"));
    for (command, name) in [("exec", "image-stopped"), ("pull", "image-stopped")] {
        let child = spawn(program(), project.folder(), &[command, name, "-v"]);
        let process = child.id().to_string();
        let mut sent = false;
        let outcome = wait_with_output(child, |output| {
            if !sent && String::from_utf8_lossy(output).contains("Pulling docker image") {
                sent = true;
                assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
            }
        });
        assert_eq!(outcome.code, 130, "{}", outcome.stderr);
        assert!(outcome.elapsed < Duration::from_secs(3), "{:?}", outcome.elapsed);
        assert_nothing_left_of("image-stopped");
    }
}

#[test]
fn the_platform_is_passed_to_the_pull() {
    let yaml = format!(
        "image-platform:\n  image: {{name: '{PRIVATE}/x:1', pull_policy: always, docker: {{platform: linux/arm64}}}}\n  \
         script: [a]\n"
    );
    let outcome = Project::new(&yaml).run(&["exec", "image-platform", "-vv"]);
    outcome.assert(125, &["for platform linux/arm64 ..."]);
    assert!(outcome.stderr.contains("&platform=linux%2Farm64"), "{}", outcome.stderr);
}

#[test]
fn an_unavailable_image_is_shown_with_its_line_and_similar_images() {
    let yaml = format!("image-typo:\n  image: {OPEN}/library/bussybox:1.35\n  script: [echo has run]\n");
    let outcome = Project::new(&yaml).run_job("image-typo");
    assert_eq!(outcome.code, 125, "{}", outcome.stderr);
    let explained = format!(
        "error: the image `{OPEN}/library/bussybox:1.35` is unavailable\n --> .gitlab-ci.yml:2:10\n  |\n\
         2 |   image: {OPEN}/library/bussybox:1.35\n"
    );
    assert!(outcome.stderr.contains(&explained), "{}", outcome.stderr);
    let help = format!("  = help: the engine has a similar image: `{OPEN}/library/busybox:1.35`\n");
    assert!(outcome.stderr.ends_with(&help), "{}", outcome.stderr);
    let service = yaml.replace(&format!("image: {OPEN}/library/bussybox:1.35"), "image: busybox:1.35")
        + &format!("  services: [{{name: '{OPEN}/super/sqll:latest', alias: sql}}]\n");
    let outcome = Project::new(&service).run_job("image-typo");
    assert!(outcome.stderr.contains(" --> .gitlab-ci.yml:4:"), "{}", outcome.stderr);
    // The image of an option has no line.
    let typed = ["exec", "image-typo", "--docker-image", &format!("{OPEN}/library/bussybox:1.35")];
    let outcome = Project::new("image-typo: {script: x}\n").run(&typed);
    assert!(
        outcome.stderr.contains("is unavailable\nhelp: the engine has a similar image"),
        "{}",
        outcome.stderr
    );
}
