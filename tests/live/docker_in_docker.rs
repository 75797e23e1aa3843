//! Jobs that use an engine themselves: `docker:dind` as a service, and the socket of this engine in its place.

use super::engine;
use super::pipeline::Pipeline;
use super::run::{Outcome, run_job};

/// A project whose job builds an image, runs it, and runs two services together, as files on GitLab do it.
const PROJECT: [(&str, &str); 4] = [
    (
        ".gitlab-ci.yml",
        r#"
variables:
  DOCKER_HOST: tcp://docker:2376
  DOCKER_TLS_CERTDIR: /certs
  DOCKER_TLS_VERIFY: "1"
  DOCKER_CERT_PATH: $DOCKER_TLS_CERTDIR/client
inside-docker:
  image: docker:24
  services: [docker:24-dind]
  script:
    - docker build --tag $IMAGE .
    - docker run --rm $IMAGE
    - docker compose --project-name inside-docker up --quiet-pull --exit-code-from client
  after_script:
    - docker compose --project-name inside-docker down --timeout 0
    - docker image rm $IMAGE
  variables: {IMAGE: 'runner-lite-live-inside:1'}
"#,
    ),
    ("Dockerfile", "FROM busybox:1.35\nCOPY greeting /greeting\nCMD [\"cat\", \"/greeting\"]\n"),
    ("greeting", "greetings from the image\n"),
    (
        "compose.yaml",
        "services:\n  server:\n    image: busybox:1.35\n    command: nc -l -p 80 -e echo greetings from the server\n  \
         client:\n    image: busybox:1.35\n    depends_on: [server]\n    command: sh -c 'sleep 1; nc server 80'\n",
    ),
];

/// Runs a job with this engine's socket. The lab's other engines see it at another path than this process.
fn run_with_socket(pipeline: &Pipeline, job: &str) -> Outcome {
    let path = std::env::var("LAB_ENGINE_SOCKET");
    let setting = path.map_or("socket".to_owned(), |path| format!("socket:{path}"));
    // Podman has no BuildKit, which newer clients ask for unless they are told otherwise.
    let builder = format!("DOCKER_BUILDKIT={}", engine::by_engine("1", "0"));
    let outcome = pipeline.run(&["exec", job, "--docker-in-docker", &setting, "--variable", &builder]);
    engine::assert_nothing_left_of(job);
    outcome
}

#[test]
fn a_job_builds_and_runs_images_with_the_socket_of_this_engine() {
    let pipeline = Pipeline::new("");
    PROJECT.iter().for_each(|(path, text)| pipeline.write(path, text));
    let outcome = run_with_socket(&pipeline, "inside-docker");
    outcome.assert(
        0,
        &[
            "WARNING: docker:24-dind is not started: the job uses this engine through its socket",
            "\ngreetings from the image\n",
            "greetings from the server\n",
        ],
    );
}

#[test]
fn an_engine_as_a_service_without_privileges_is_named_with_both_solutions() {
    let yaml = "
inside-unprivileged:
  image: busybox:1.35
  services: [docker:24-dind]
  script: [echo started]
";
    run_job("inside-unprivileged", yaml).assert(
        0,
        &["WARNING: the service docker:24-dind is an engine, which needs privileges: pass `--docker-privileged`, or \
           `--docker-in-docker socket` to let the job use this engine\n"],
    );
}
