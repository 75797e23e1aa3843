use std::path::{Path, PathBuf};

use super::*;
use crate::git::facts::Tag;
use crate::git::remote::RemoteUrl;
use crate::pipeline::parallel::Instance;
use crate::vars::event::PipelineEvent;

fn git() -> GitFacts {
    GitFacts {
        root: PathBuf::from("/home/me/shop"),
        commit: Some(Commit {
            sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            parent: None,
            author: "Ada L <ada@example.com>".to_owned(),
            timestamp: "2024-05-06T07:08:10+02:00".to_owned(),
            message: "Add cart\n\nWith two\nlines\n".to_owned(),
        }),
        branch: Some("feature//X_y".to_owned()),
        tag: None,
        origin: RemoteUrl::parse("git@gitlab.example.com:Web/Team/Shop.git"),
        linked: None,
        default_branch: Some("main".to_owned()),
        user_name: Some("Ada L".to_owned()),
        user_email: Some("ada@example.com".to_owned()),
    }
}

/// The facts of a pipeline after a push.
fn pushed<'a>(project: &'a Project, git: Option<&'a GitFacts>) -> PipelineFacts<'a> {
    PipelineFacts {
        source: "push",
        merge_request: None,
        runner: None,
        project,
        git,
        config_file: ".gitlab-ci.yml",
        pipeline_id: 3,
        pipeline_iid: 2,
        now: "2024-01-02T03:04:05.678Z".parse().unwrap(),
    }
}

fn predefined_with(git: Option<&GitFacts>) -> Vec<Definition> {
    let origin = git.and_then(|git| git.origin.as_ref());
    let project = Project::new(origin, Path::new("/home/me/shop"));
    let pipeline = pushed(&project, git);
    let instance = Some(Instance { index: 2, total: 4 });
    let job = JobFacts { name: "test: [a, b]", group: "test", instance, stage: "test" };
    predefined_of_job(&pipeline, &job, 7)
}

fn shown(variables: &[Definition]) -> String {
    variables.iter().map(|variable| format!("{}={:?}\n", variable.key, variable.value)).collect()
}

fn value<'a>(variables: &'a [Definition], key: &str) -> Option<&'a str> {
    variables.iter().find(|variable| variable.key == key).map(|variable| &*variable.value)
}

#[test]
fn a_branch_of_a_project_on_a_server_has_all_variables() {
    insta::assert_snapshot!(shown(&predefined_with(Some(&git()))));
}

#[test]
fn a_directory_without_git_has_no_commit_and_no_registry() {
    insta::assert_snapshot!(shown(&predefined_with(None)));
}

#[test]
fn a_tag_has_no_branch() {
    let tag = Tag { name: "v1".to_owned(), message: "release\n".to_owned() };
    let variables = predefined_with(Some(&GitFacts { branch: None, tag: Some(tag), ..git() }));
    assert_eq!(value(&variables, "CI_COMMIT_BRANCH"), None);
    assert_eq!(value(&variables, "CI_COMMIT_TAG"), Some("v1"));
    assert_eq!(value(&variables, "CI_COMMIT_TAG_MESSAGE"), Some("release\n"));
    assert_eq!(value(&variables, "CI_COMMIT_REF_NAME"), Some("v1"));
}

#[test]
fn a_detached_head_is_called_head() {
    let variables = predefined_with(Some(&GitFacts { branch: None, ..git() }));
    assert_eq!(value(&variables, "CI_COMMIT_REF_NAME"), Some("HEAD"));
    assert_eq!((value(&variables, "CI_COMMIT_BRANCH"), value(&variables, "CI_COMMIT_TAG")), (None, None));
}

#[test]
fn only_the_default_branch_is_protected() {
    let variables = predefined_with(Some(&GitFacts { branch: Some("main".to_owned()), ..git() }));
    assert_eq!(value(&variables, "CI_COMMIT_REF_PROTECTED"), Some("true"));
}

#[test]
fn before_the_first_commit_there_is_a_ref_and_no_sha() {
    let variables = predefined_with(Some(&GitFacts { commit: None, ..git() }));
    assert_eq!(value(&variables, "CI_COMMIT_REF_NAME"), Some("feature//X_y"));
    assert_eq!(value(&variables, "CI_COMMIT_SHA"), None);
}

#[test]
fn the_message_is_cut_and_split_as_gitlab_does() {
    #[track_caller]
    fn check(message: &str, title: &str, description: &str, truncated: &str) {
        let with = Commit { message: message.to_owned(), ..git().commit.unwrap() };
        let variables = commit(&with);
        assert_eq!(value(&variables, "CI_COMMIT_TITLE"), Some(title));
        assert_eq!(value(&variables, "CI_COMMIT_DESCRIPTION"), Some(description));
        assert_eq!(value(&variables, "CI_COMMIT_MESSAGE_IS_TRUNCATED"), Some(truncated));
    }
    check("one line", "one line", "", "false");
    check("title\r\nbody\n", "title", "body", "false");
    let title = "t".repeat(100);
    check(&format!("{title}\nbody\n"), &title, &format!("{title}\nbody\n"), "false");
    let long = format!("t\n{}", "é".repeat(MESSAGE_BYTES_MAX));
    check(&long, "t", &"é".repeat((MESSAGE_BYTES_MAX - 2) / 2), "true");
    let odd = format!("tt\n{}", "é".repeat(MESSAGE_BYTES_MAX));
    check(&odd, "tt", &"é".repeat((MESSAGE_BYTES_MAX - 3) / 2), "true");
}

#[test]
fn the_user_is_gits() {
    let user_of = |name: Option<&str>, email: Option<&str>| {
        let git =
            GitFacts { user_name: name.map(str::to_owned), user_email: email.map(str::to_owned), ..git() };
        shown(&user(Some(&git)))
    };
    insta::assert_snapshot!(user_of(Some("Ada L"), Some("ada@example.com")), @r#"
    GITLAB_USER_ID="1"
    GITLAB_USER_EMAIL="ada@example.com"
    GITLAB_USER_LOGIN="ada"
    GITLAB_USER_NAME="Ada L"
    "#);
    insta::assert_snapshot!(user_of(Some("Ada L"), None), @r#"
    GITLAB_USER_ID="1"
    GITLAB_USER_LOGIN="Ada L"
    GITLAB_USER_NAME="Ada L"
    "#);
    assert_eq!(user_of(None, None), "");
    assert_eq!(user(None), []);
}

#[test]
fn the_runners_variables_stand_around_the_servers() {
    let facts = RunnerFacts {
        slot: 0,
        short_token: "",
        image: Some("ruby:$VERSION"),
        builds_dir: "/builds",
        project_dir: "/builds/g/p",
        timeout: Duration::from_secs(3600),
        version: "0.1.0",
        executable_arch: "linux/amd64",
    };
    insta::assert_snapshot!(shown(&runner_head(&facts)), @r#"
    CI_JOB_IMAGE="ruby:$VERSION"
    CI_RUNNER_SHORT_TOKEN=""
    CI_BUILDS_DIR="/builds"
    CI_PROJECT_DIR="/builds/g/p"
    CI_CONCURRENT_ID="0"
    CI_CONCURRENT_PROJECT_ID="0"
    CI_SERVER="yes"
    CI_JOB_STATUS="running"
    CI_JOB_TIMEOUT="3600"
    "#);
    insta::assert_snapshot!(shown(&runner_tail(&facts)), @r#"
    CI_DISPOSABLE_ENVIRONMENT="true"
    CI_RUNNER_VERSION="0.1.0"
    CI_RUNNER_REVISION=""
    CI_RUNNER_EXECUTABLE_ARCH="linux/amd64"
    RUNNER_TEMP_PROJECT_DIR="/builds/g/p.tmp"
    "#);
}

#[test]
fn before_there_are_jobs_nothing_tells_one_of_them() {
    let git = git();
    let project = Project::new(git.origin.as_ref(), Path::new("/home/me/shop"));
    let pipeline = pushed(&project, Some(&git));
    let keys = |variables: Vec<Definition>| variables.into_iter().map(|known| known.key).collect::<Vec<_>>();
    let before = keys(predefined_before_jobs(&pipeline));
    let of_job = JobFacts { name: "test", group: "test", instance: None, stage: "test" };
    let later: Vec<String> = keys(predefined_of_job(&pipeline, &of_job, 7))
        .into_iter()
        .filter(|key| !before.contains(key))
        .collect();
    assert_eq!(
        later,
        [
            "CI_JOB_ID",
            "CI_JOB_URL",
            "CI_JOB_TOKEN",
            "CI_JOB_STARTED_AT",
            "CI_JOB_NAME",
            "CI_JOB_NAME_SLUG",
            "CI_JOB_GROUP_NAME",
            "CI_JOB_STAGE",
            "CI_REPOSITORY_URL",
            "CI_REGISTRY_USER",
            "CI_REGISTRY_PASSWORD",
            "CI_PIPELINE_ID",
            "CI_PIPELINE_URL",
            "CI_PIPELINE_IID",
        ]
    );
}

#[test]
fn the_pipeline_of_a_merge_request_belongs_to_no_branch() {
    let git = PipelineEvent::MergeRequest { target: None }.seen_in(git());
    let project = Project::new(git.origin.as_ref(), Path::new("/home/me/shop"));
    let request = MergeRequest { target: "main".to_owned(), diff_base: Some("abc".to_owned()) };
    let pushed = pushed(&project, Some(&git));
    let pipeline = PipelineFacts { source: "merge_request_event", merge_request: Some(&request), ..pushed };
    let variables = predefined_before_jobs(&pipeline);
    let differs = |known: &&Definition| {
        [
            "CI_MERGE",
            "CI_OPEN",
            "CI_COMMIT_REF",
            "CI_COMMIT_BRANCH",
            "CI_COMMIT_TAG",
            "CI_COMMIT_BEFORE",
            "CI_PIPELINE_SOURCE",
        ]
        .iter()
        .any(|begin| known.key.starts_with(begin))
    };
    let variables: Vec<Definition> = variables.iter().filter(differs).cloned().collect();
    insta::assert_snapshot!(shown(&variables));
}
