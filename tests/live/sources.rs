//! Which files of the working tree a job gets.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::run::{run_job, run_job_in};

const YAML: &str = "
sources:
  image: busybox:1.35
  script: [find . -path ./.git -prune -o -type f -print | sort, ls -l run.sh link, 'test -d .git && echo repository']
";

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@b"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(folder).status();
    assert!(status.unwrap().success());
}

fn tree(folder: &Path) {
    std::fs::write(folder.join(".gitlab-ci.yml"), YAML).unwrap();
    std::fs::write(folder.join(".gitignore"), "ignored\n").unwrap();
    std::fs::write(folder.join("ignored"), "").unwrap();
    std::fs::write(folder.join("run.sh"), "").unwrap();
    std::fs::set_permissions(folder.join("run.sh"), std::fs::Permissions::from_mode(0o700)).unwrap();
    symlink("run.sh", folder.join("link")).unwrap();
}

#[test]
fn uncommitted_files_are_copied_and_ignored_files_are_not() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    std::fs::write(folder.path().join("new"), "").unwrap();
    let outcome = run_job_in(folder.path(), "sources", &[]);
    outcome.assert(
        0,
        &[
            "./.gitignore\n./.gitlab-ci.yml\n./new\n./run.sh\n",
            "\nrepository\n",
            "link -> run.sh",
            "-rwxrwxrwx",
        ],
    );
}

#[test]
fn without_a_repository_all_files_are_copied() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    std::fs::write(
        folder.path().join(".gitlab-ci.yml"),
        "sources-all:\n  image: busybox:1.35\n  script: [ls, 'touch made-in-the-container']\n",
    )
    .unwrap();
    run_job_in(folder.path(), "sources-all", &[]).assert(0, &["\nignored\n", "\nrun.sh\n"]);
    assert!(!folder.path().join("made-in-the-container").exists());
}

#[test]
fn git_strategy_none_leaves_the_project_directory_empty() {
    let yaml = "
sources-none:
  image: busybox:1.35
  variables: {GIT_STRATEGY: none}
  script: ['ls -A | wc -l', touch writable]
";
    run_job("sources-none", yaml).assert(0, &["Skipping Git repository setup", "\n0\n"]);
}

#[test]
fn an_entrypoint_from_the_sources_exists_when_the_container_starts() {
    let yaml = "
sources-entrypoint:
  image: {name: 'busybox:1.35', entrypoint: [/builds/local/own/entrypoint]}
  script: [echo \"$FROM_ENTRYPOINT\"]
";
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("own");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.join("entrypoint"), "#!/bin/sh\nexport FROM_ENTRYPOINT=ran\nexec \"$@\"\n")
        .unwrap();
    std::fs::set_permissions(folder.join("entrypoint"), std::fs::Permissions::from_mode(0o755)).unwrap();
    run_job_in(&folder, "sources-entrypoint", &[]).assert(0, &["\nran\n"]);
}

#[test]
fn the_file_of_bash_env_exists_when_bash_starts() {
    let yaml = "
sources-bash-env:
  image: ruby:2.6
  variables: {BASH_ENV: $CI_PROJECT_DIR/environment}
  script: [echo \"$FROM_FILE\"]
";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.path().join("environment"), "FROM_FILE=read\n").unwrap();
    run_job_in(folder.path(), "sources-bash-env", &[]).assert(0, &["\nread\n"]);
}

#[test]
fn nothing_from_outside_the_project_arrives_because_the_repository_names_it() {
    let yaml = "
sources-outside:
  image: busybox:1.35
  script: [find . -path ./.git -prune -o -print | sort, 'cat linked/secret tracked || echo not here']
";
    let parent = tempfile::tempdir().unwrap();
    let (folder, outside) = (parent.path().join("own"), parent.path().join("outside"));
    for directory in [&folder.join("linked"), &outside] {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join("secret"), "of-the-host").unwrap();
    }
    std::fs::write(folder.join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::write(folder.join("tracked"), "").unwrap();
    git(&folder, &["init", "-q"]);
    git(&folder, &["add", "-A"]);
    git(&folder, &["config", "core.worktree", outside.to_str().unwrap()]);
    std::fs::remove_dir_all(folder.join("linked")).unwrap();
    symlink(&outside, folder.join("linked")).unwrap();
    std::fs::remove_file(folder.join("tracked")).unwrap();
    symlink(outside.join("secret"), folder.join("tracked")).unwrap();
    let outcome = run_job_in(&folder, "sources-outside", &[]);
    outcome.assert(0, &["\n.\n./.gitlab-ci.yml\n./linked\n./tracked\n", "\nnot here\n"]);
    assert!(!outcome.log().contains("of-the-host"));
}

#[test]
fn folders_have_their_time_and_a_file_variable_is_private_to_the_jobs_user() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("old/below")).unwrap();
    std::fs::write(folder.path().join("old/below/file"), "").unwrap();
    std::fs::write(folder.path().join("key"), "secret\n").unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_500_000_000);
    std::fs::File::open(folder.path().join("old")).unwrap().set_modified(time).unwrap();
    let script = "['date -r old +%s', 'stat -c \"%a %u of key\" \"$KEY\"', 'cat \"$KEY\"']";
    let yaml = format!(
        "source-root: {{image: 'debian:bookworm-slim', script: {script}}}\n\
         source-number: {{image: {{name: 'debian:bookworm-slim', docker: {{user: '1234'}}}}, script: {script}}}\n\
         source-name: {{image: {{name: 'debian:bookworm-slim', docker: {{user: nobody}}}}, script: {script}}}\n"
    );
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    for (job, key) in [("source-root", "600 0"), ("source-number", "600 1234"), ("source-name", "666 0")] {
        let outcome = run_job_in(folder.path(), job, &["--variable-file", "KEY=key"]);
        outcome.assert(0, &["\n1500000000\n", &format!("\n{key} of key\n"), "\nsecret\n"]);
    }
}

#[test]
fn without_the_umask_the_sources_belong_to_the_jobs_user_alone() {
    let script = "['stat -c \"%n %a %u\" . run.sh folder folder/file', 'touch folder/made && echo writable']";
    let user = |name: &str| format!("{{name: 'debian:bookworm-slim', docker: {{user: {name}}}}}");
    let yaml = format!(
        "variables: {{FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: 'true'}}\n\
         umask-root: {{image: 'debian:bookworm-slim', script: {script}}}\n\
         umask-number: {{image: {}, script: {script}}}\n\
         umask-name: {{image: {}, script: {script}}}\n",
        user("'1234'"),
        user("nobody"),
    );
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::fs::write(folder.path().join("folder/file"), "").unwrap();
    let check = |job: &str, modes: [&str; 3], lines: &[&str]| {
        let [folder_mode, program, file] = modes;
        let listed =
            format!("\n. {folder_mode}\nrun.sh {program}\nfolder {folder_mode}\nfolder/file {file}\n");
        let outcome = run_job_in(folder.path(), job, &["-v"]);
        outcome.assert(0, &[&[&*listed, "\nwritable\n"], lines].concat());
    };
    let used = "\nNot using umask - FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR is set!\n";
    check("umask-root", ["755 0", "755 0", "644 0"], &[used]);
    check("umask-number", ["755 1234", "755 1234", "644 1234"], &[used]);
    let unknown = "FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR has no effect: only the image knows the numeric id of \
                   its user `nobody`";
    check("umask-name", ["777 0", "777 0", "666 0"], &[unknown]);
}

#[test]
fn git_clone_path_is_the_project_directory() {
    let job = |name: &str, path: &str| {
        format!(
            "{name}:\n  image: busybox:1.35\n  variables: {{GIT_CLONE_PATH: {path}}}\n  artifacts: {{paths: [made]}}\n  script: ['echo \"in $PWD, $CI_PROJECT_DIR\"', ls, 'touch made', 'cat \"$KEY\"']\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let yaml = [
        job("source-path", "$CI_BUILDS_DIR/go/src/shop"),
        job("source-path-root", "$CI_BUILDS_DIR"),
        job("source-path-outside", "$CI_BUILDS_DIR/../x"),
    ];
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml.concat()).unwrap();
    std::fs::write(folder.path().join("key"), "secret\n").unwrap();
    let run = |job: &str| run_job_in(folder.path(), job, &["--variable-file", "KEY=key"]);
    let check = |job: &str, path: &str| {
        run(job).assert(0, &[&format!("\nin {path}, {path}\n"), "\nkey\n", "\nsecret\n", "made: found 1 "]);
    };
    check("source-path", "/builds/go/src/shop");
    check("source-path-root", "/builds");
    let outside = run("source-path-outside");
    outside.assert(3, &[]);
    let error = "the GIT_CLONE_PATH=\"/builds/../x\" has to be within \"/builds\"";
    assert!(outside.stderr.contains(error), "{}", outside.stderr);
}

#[test]
fn head_is_detached_and_the_branch_is_one_of_origins() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "source-head:\n  image: ruby:2.6\n  script:\n    - git status --short --branch\n    - git branch --remotes --verbose --no-abbrev\n    - test \"$(git rev-parse HEAD)\" = \"$CI_COMMIT_SHA\"\n    - git fsck --no-dangling && echo sound\n";
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    git(folder.path(), &["init", "-q", "-b", "feature/a"]);
    git(folder.path(), &["remote", "add", "origin", "https://gitlab.example.com/group/shop.git"]);
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    std::fs::write(folder.path().join("new"), "").unwrap();
    let outcome = run_job_in(folder.path(), "source-head", &[]);
    outcome.assert(0, &["\n## HEAD (no branch)\n?? new\n", "\n  origin/feature/a ", "\nsound\n"]);
    let head = std::fs::read_to_string(folder.path().join(".git/HEAD")).unwrap();
    assert_eq!(head, "ref: refs/heads/feature/a\n", "the host's repository has not changed");
}

#[test]
fn a_repository_without_a_remote_has_origin_and_no_branch_of_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("shop");
    std::fs::create_dir(&project).unwrap();
    let yaml = "source-origin:\n  image: ruby:2.6\n  script:\n    - git remote --verbose\n    - git branch --all\n    - git tag\n    - git status --short\n    - test \"$(git remote get-url origin)\" = \"$CI_PROJECT_URL.git\" && echo equal\n";
    std::fs::write(project.join(".gitlab-ci.yml"), yaml).unwrap();
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "one"]);
    for arguments in [["branch", "packed"], ["tag", "v1"], ["pack-refs", "--all"], ["branch", "loose"]] {
        git(&project, &arguments);
    }
    let outcome = run_job_in(&project, "source-origin", &[]);
    let url = "\norigin\thttps://localhost/local/shop.git (fetch)\n";
    outcome.assert(0, &[url, ")\n  remotes/origin/main\n$ git tag\nv1\n", "\nequal\n"]);
    assert!(!outcome.log().contains("packed\n") && !outcome.log().contains("loose\n"), "{}", outcome.log());
}

#[test]
fn a_linked_worktree_has_its_repository_in_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let (bare, tree) = (folder.path().join("shop.git"), folder.path().join("shop"));
    let yaml = "source-worktree:\n  image: ruby:2.6\n  script:\n    - git log --format=%s\n    - git describe --tags\n    - git status --short\n    - git fsck --no-dangling && echo sound\n    - git commit -q --allow-empty -m 'in the job' && git log -1 --format=%s\n";
    git(folder.path(), &["init", "-q", "-b", "main", "first"]);
    let first = folder.path().join("first");
    std::fs::write(first.join(".gitlab-ci.yml"), yaml).unwrap();
    git(&first, &["add", "-A"]);
    git(&first, &["commit", "-q", "-m", "subject one"]);
    git(&first, &["tag", "v1"]);
    git(&first, &["config", "user.name", "A"]);
    git(&first, &["config", "user.email", "a@b"]);
    git(&first, &["worktree", "add", "-q", "-b", "topic", tree.to_str().unwrap()]);
    let check = |tree: &Path| {
        git(tree, &["commit", "-q", "--allow-empty", "-m", "subject two"]);
        std::fs::write(tree.join("new"), "").unwrap();
        let outcome = run_job_in(tree, "source-worktree", &[]);
        let log = ["\nsubject two\nsubject one\n", "\nv1-1-g", "\n?? new\n", "\nsound\n", "\nin the job\n"];
        outcome.assert(0, &log);
    };
    check(&tree);
    git(folder.path(), &["clone", "-q", "--bare", "first", bare.to_str().unwrap()]);
    git(&bare, &["config", "user.name", "A"]);
    git(&bare, &["config", "user.email", "a@b"]);
    let of_bare = folder.path().join("of-bare");
    git(&bare, &["worktree", "add", "-q", "-b", "other", of_bare.to_str().unwrap(), "main"]);
    check(&of_bare);
}

#[test]
fn with_committed_a_job_has_the_files_of_the_commit_alone() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("shop");
    std::fs::create_dir(&project).unwrap();
    let yaml = "source-committed:\n  image: ruby:2.6\n  script:\n    - cat edited\n    - ls\n    - git status --short --branch\n    - git describe --tags\n    - git fsck --no-dangling && echo sound\n";
    std::fs::write(project.join(".gitlab-ci.yml"), yaml).unwrap();
    for file in ["edited", "gone", "run.sh"] {
        std::fs::write(project.join(file), "as committed\n").unwrap();
    }
    std::fs::set_permissions(project.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(project.join("text"), "windows\n").unwrap();
    std::fs::write(project.join(".gitattributes"), "gone export-ignore\ntext eol=crlf\n").unwrap();
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "one"]);
    git(&project, &["tag", "v1"]);
    std::fs::write(project.join("edited"), "changed\n").unwrap();
    std::fs::write(project.join("staged"), "").unwrap();
    git(&project, &["add", "staged"]);
    std::fs::write(project.join("new"), "").unwrap();
    std::fs::remove_file(project.join("gone")).unwrap();
    std::fs::write(project.join(".gitlab-ci.yml"), "source-committed: {script: exit 9}\n").unwrap();
    let check = |tree: &Path| {
        let outcome = run_job_in(tree, "source-committed", &["--committed"]);
        let files = "\nas committed\n$ ls\nedited\ngone\nrun.sh\ntext\n";
        let log = [", as committed\n", files, "\n## HEAD (no branch)\n$ git describe", "\nv1\n", "\nsound\n"];
        outcome.assert(0, &log);
        outcome.stderr
    };
    let stderr = check(&project);
    let note = "note: --committed leaves out uncommitted changes: `.gitlab-ci.yml`, `edited`, `gone`, `staged`, \
                `new`\n";
    assert!(stderr.contains(note), "{stderr}");
    let linked = folder.path().join("linked");
    git(&project, &["worktree", "add", "-q", "-b", "topic", linked.to_str().unwrap()]);
    std::fs::write(linked.join("new"), "").unwrap();
    check(&linked);
    let index = Command::new("git").args(["status", "--short", "staged"]).current_dir(&project).output();
    assert_eq!(
        String::from_utf8_lossy(&index.unwrap().stdout),
        "A  staged\n",
        "the host's index has not changed"
    );
}

#[test]
fn files_of_submodules_are_copied_as_git_submodule_strategy_says() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, outer) = (folder.path().join("inner"), folder.path().join("outer"));
    for (path, file) in [(&inner, "of-inner"), (&outer, "of-outer")] {
        std::fs::create_dir(path).unwrap();
        std::fs::write(path.join(file), "").unwrap();
        git(path, &["init", "-q", "-b", "main"]);
        git(path, &["add", "-A"]);
        git(path, &["commit", "-q", "-m", "one"]);
    }
    let local = "protocol.file.allow=always";
    git(&outer, &["-c", local, "submodule", "--quiet", "add", inner.to_str().unwrap(), "inner"]);
    git(&outer, &["commit", "-q", "-m", "two"]);
    let project = folder.path().join("project");
    std::fs::create_dir(&project).unwrap();
    let job = |name: &str, strategy: &str| {
        format!(
            "{name}:\n  image: busybox:1.35\n  variables: {{GIT_SUBMODULE_STRATEGY: '{strategy}'}}\n  script: ['find lib -type f', 'echo end']\n"
        )
    };
    let jobs = [("sub-none", "none"), ("sub-normal", "normal"), ("sub-recursive", "recursive")];
    let yaml: String = jobs.iter().map(|(name, strategy)| job(name, strategy)).collect();
    std::fs::write(project.join(".gitlab-ci.yml"), yaml).unwrap();
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "0".repeat(64));
    std::fs::write(project.join("image.psd"), pointer).unwrap();
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["-c", local, "submodule", "--quiet", "add", outer.to_str().unwrap(), "lib/outer"]);
    let found = |name: &str| {
        let outcome = run_job_in(&project, name, &[]);
        outcome.assert(0, &["\nend\n", "`image.psd` is a Git LFS pointer; `git lfs pull` gets the file"]);
        outcome.log()
    };
    assert!(!found("sub-none").contains("lib/outer/of-outer"));
    let normal = found("sub-normal");
    assert!(normal.contains("\nlib/outer/of-outer\n") && !normal.contains("of-inner"), "{normal}");
    let empty = "the submodule `lib/outer/inner` is empty on this host, and so in the job";
    assert!(found("sub-recursive").contains(empty));
    git(&project.join("lib/outer"), &["-c", local, "submodule", "--quiet", "update", "--init"]);
    let recursive = found("sub-recursive");
    assert!(recursive.contains("\nlib/outer/inner/of-inner\n") && !recursive.contains(empty), "{recursive}");
}
