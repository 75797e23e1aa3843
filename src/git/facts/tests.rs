use super::super::remote::Scheme;
use super::super::sandbox::Sandbox;
use super::*;

fn of(sandbox: &Sandbox) -> GitFacts {
    facts(sandbox.root()).unwrap()
}

#[test]
fn a_commit_on_a_branch_is_described() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.commit("second: é\n\nbody\nmore");
    sandbox.git(&["tag", "v1"]);
    let facts = of(&sandbox);
    let commit = facts.commit.unwrap();
    assert_eq!((commit.sha.len(), commit.parent.unwrap().len()), (40, 40));
    assert_eq!(commit.message, "second: é\n\nbody\nmore\n");
    assert_eq!(commit.author, "Ada L <ada@example.com>");
    assert_eq!(commit.timestamp, "2024-05-06T07:08:10+02:00");
    assert_eq!(facts.root, sandbox.root().canonicalize().unwrap());
    assert_eq!(facts.branch.as_deref(), Some("main"));
    assert_eq!(facts.tag, None, "a branch is checked out, not the tag");
    assert_eq!(facts.default_branch.as_deref(), Some("main"));
    assert_eq!(facts.user_name.as_deref(), Some("Ada L"));
    assert_eq!(facts.user_email.as_deref(), Some("ada@example.com"));
    assert_eq!(facts.origin, None);
}

#[test]
fn before_the_first_commit_there_is_a_branch_and_no_commit() {
    let facts = of(&Sandbox::new());
    assert_eq!((facts.commit, facts.branch.as_deref()), (None, Some("main")));
}

#[test]
fn the_first_commit_has_no_parent() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    assert_eq!(of(&sandbox).commit.unwrap().parent, None);
}

#[test]
fn a_detached_head_has_no_branch_and_its_tag() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.git(&["tag", "-a", "v1,0", "-m", "release\n\nnotes"]);
    sandbox.git(&["checkout", "-q", "--detach"]);
    let facts = of(&sandbox);
    assert_eq!(facts.branch, None);
    assert_eq!(facts.tag, Some(Tag { name: "v1,0".to_owned(), message: "release\n\nnotes\n".to_owned() }));
    sandbox.git(&["tag", "-d", "v1,0"]);
    sandbox.git(&["tag", "light"]);
    assert_eq!(of(&sandbox).tag, Some(Tag { name: "light".to_owned(), message: String::new() }));
}

#[test]
fn settings_for_decorations_change_no_fact() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.git(&["tag", "v1"]);
    for (key, value) in
        [("log.decorate", "full"), ("log.excludeDecoration", "refs/*"), ("log.initialDecorationSet", "all")]
    {
        sandbox.git(&["config", key, value]);
    }
    let on_branch = of(&sandbox);
    assert_eq!((on_branch.branch.as_deref(), on_branch.tag), (Some("main"), None));
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_eq!(of(&sandbox).tag, Some(Tag { name: "v1".to_owned(), message: String::new() }));
    assert_eq!(of(&sandbox).commit, on_branch.commit);
}

#[test]
fn a_branch_that_names_another_and_a_linked_worktree_are_described_by_git() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.git(&["worktree", "add", "-q", "-b", "topic", "tree"]);
    let facts = facts(&sandbox.root().join("tree")).unwrap();
    assert_eq!((facts.branch.as_deref(), facts.default_branch.as_deref()), (Some("topic"), Some("main")));
    sandbox.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    sandbox.write(".git/HEAD", "ref: refs/heads/alias\n");
    assert_eq!(of(&sandbox).branch.as_deref(), Some("main"));
}

#[test]
fn origin_comes_rewritten_and_without_credentials() {
    let sandbox = Sandbox::new();
    sandbox.git(&["remote", "add", "origin", "gh:g/p.git"]);
    assert_eq!(of(&sandbox).origin.unwrap().host, "gh");
    sandbox.git(&["config", "url.https://u:s3cret@example.com/.insteadOf", "gh:"]);
    sandbox.git(&["config", "url.https://other/.insteadOf", "g"]);
    let origin = of(&sandbox).origin.unwrap();
    assert!(!format!("{origin:?}").contains("s3cret"));
    assert_eq!((origin.scheme, &*origin.host, &*origin.path), (Scheme::Https, "example.com", "g/p.git"));
}

#[test]
fn the_default_branch_is_origins_head() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.git(&["update-ref", "refs/remotes/origin/trunk/x", "HEAD"]);
    sandbox.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk/x"]);
    assert_eq!(of(&sandbox).default_branch.as_deref(), Some("trunk/x"));
}

#[test]
fn without_origin_the_default_branch_is_main_or_master_or_the_current_one() {
    let sandbox = Sandbox::new();
    sandbox.commit("first");
    sandbox.git(&["checkout", "-q", "-b", "topic"]);
    assert_eq!(of(&sandbox).default_branch.as_deref(), Some("main"));
    sandbox.git(&["branch", "-m", "main", "master"]);
    assert_eq!(of(&sandbox).default_branch.as_deref(), Some("master"));
    sandbox.git(&["branch", "-D", "master"]);
    assert_eq!(of(&sandbox).default_branch.as_deref(), Some("topic"));
}

#[test]
fn a_subdirectory_has_the_roots_facts() {
    let sandbox = Sandbox::new();
    sandbox.write("sub/file", "");
    let facts = facts(&sandbox.root().join("sub")).unwrap();
    assert_eq!(facts.root, sandbox.root().canonicalize().unwrap());
}

#[test]
fn a_very_long_message_is_cut_and_everything_else_is_there() {
    let sandbox = Sandbox::new();
    sandbox.write("message", &"x".repeat(2 * ANSWER_BYTES_MAX));
    sandbox.git(&["commit", "-q", "--allow-empty", "-F", "message"]);
    let commit = of(&sandbox).commit.unwrap();
    assert!(commit.message.len() <= ANSWER_BYTES_MAX && commit.message.starts_with("xxx"));
    assert_eq!(commit.timestamp, "2024-05-06T07:08:10+02:00");
}

#[test]
fn places_without_facts_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(facts(directory.path()), Err(GitError::NotRepository { .. })));
    let sandbox = Sandbox::new();
    assert!(matches!(facts(&sandbox.root().join(".git")), Err(GitError::NoWorkTree { .. })));
    let missing = directory.path().join("missing");
    assert!(matches!(facts(&missing), Err(GitError::Failed { .. })));
}

#[test]
fn a_broken_configuration_is_an_error_with_gits_text() {
    let sandbox = Sandbox::new();
    sandbox.write(".git/config", "[broken");
    let error = facts(sandbox.root()).unwrap_err().to_string();
    assert!(error.contains("bad config line"), "{error}");
}
