//! `artifacts`, `runs`, `logs`, `cache` and `clean --artifacts` on a small store, which no engine has filled.

use std::io::{Write, empty};
use std::path::PathBuf;

use jiff::Timestamp;
use runner_lite::store::{
    ArchiveEntry, ArchiveEntryKind, ArchiveExpiry, ArchiveLimits, ArtifactsRecord, EndState, FileTime,
    JobRecord, ProjectStore, RunStart, ServiceRecord, SourcesRecord, StorePlaces,
};

use super::sandbox::Sandbox;
use super::skip::skip;

/// A path with a byte that is not UTF-8, an escape sequence and a line break.
const STRANGE: &[u8] = b"out/st\xffrange\x1b[2J\nname";

/// A project whose store has the job `build` in two runs, the first with artifacts.
pub(super) fn project() -> Sandbox {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "build: {image: i, script: x}\n")]);
    let store = store_of(&sandbox);
    let started = Timestamp::now();
    for iid in 1..=2 {
        let sources =
            SourcesRecord { commit: Some("0123456789abcdef".to_owned()), ..SourcesRecord::default() };
        let run =
            store.begin_run(RunStart { pipeline_id: iid, iid, sources, started, resumed: None }).unwrap();
        let job = run.begin_job("build", 1).unwrap();
        let artifacts = if iid == 1 { archive(&job) } else { ArtifactsRecord::NothingMatched };
        let record = JobRecord {
            coverage: (iid == 1).then(|| "85.50".to_owned()),
            ..record("build", EndState::Success, artifacts)
        };
        job.finish(&record).unwrap();
        run.finish(started, EndState::Success).unwrap();
    }
    sandbox
}

/// The store of a project.
pub(super) fn store_of(sandbox: &Sandbox) -> ProjectStore {
    let places = StorePlaces {
        state: sandbox.path("../.local/state/runner-lite"),
        cache: sandbox.path("../.cache/runner-lite"),
    };
    let root = sandbox.path("");
    let root = PathBuf::from(root.to_str().unwrap().trim_end_matches('/'));
    ProjectStore::open(&places, &root, &format!("-runner-lite-{}", root.display())).unwrap()
}

/// Stores a run of this job, which has no archive.
pub(super) fn store_job(sandbox: &Sandbox, job: &str, state: EndState, artifacts: ArtifactsRecord) {
    let store = store_of(sandbox);
    let (started, iid) = (Timestamp::now(), store.next_iid().unwrap());
    let start = RunStart { pipeline_id: iid, iid, sources: SourcesRecord::default(), started, resumed: None };
    let run = store.begin_run(start).unwrap();
    run.begin_job(job, 1).unwrap().finish(&record(job, state, artifacts)).unwrap();
    run.finish(started, state).unwrap();
}

fn record(job: &str, state: EndState, artifacts: ArtifactsRecord) -> JobRecord {
    let now = Timestamp::now();
    JobRecord {
        name: job.to_owned(),
        stage: "test".to_owned(),
        number: 1,
        job_id: 1001,
        state,
        exit_code: Some(0),
        attempts: 1,
        coverage: None,
        started: now,
        ended: now,
        producers: Vec::new(),
        artifacts,
        reports: Vec::new(),
        dotenv_variables: None,
    }
}

fn archive(job: &runner_lite::store::JobFolder) -> ArtifactsRecord {
    use std::os::unix::ffi::OsStrExt;
    let mut writer = job.archive(ArchiveLimits::new(1_000_000)).unwrap();
    let entry = |path: &[u8], kind, mode| ArchiveEntry {
        path: PathBuf::from(std::ffi::OsStr::from_bytes(path)),
        kind,
        mode,
        uid: 0,
        gid: 0,
        modified: FileTime { seconds: 1_580_702_706, nanoseconds: 0 },
    };
    let file = |size| ArchiveEntryKind::File { size };
    writer.entry(&entry(b"out", ArchiveEntryKind::Folder, 0o755), empty()).unwrap();
    writer.entry(&entry(b"out/run.sh", file(3), 0o755), &b"abc"[..]).unwrap();
    writer.entry(&entry(STRANGE, file(0), 0o600), empty()).unwrap();
    let link = ArchiveEntryKind::Link { target: "../../..".into() };
    writer.entry(&entry(b"up", link, 0o777), empty()).unwrap();
    let stored = writer.finish().unwrap();
    ArtifactsRecord::Stored {
        name: "artifacts".to_owned(),
        size: stored.size(),
        expires: ArchiveExpiry::WithRun,
    }
}

#[test]
fn lists_of_any_file_name_are_printable_and_their_json_is_valid() {
    let project = project();
    let runs = project.run(&["runs", "list"]);
    assert!(runs.answer().starts_with("RUN  NAME "), "{runs:?}");
    assert!(runs.stdout.contains("\n2    ") && runs.stdout.contains("  01234567  passed  build"), "{runs:?}");
    let jobs = project.run(&["artifacts", "list"]);
    assert!(jobs.answer().contains("\nbuild  1    "), "{jobs:?}");
    let files = project.run(&["artifacts", "list", "build"]);
    assert!(files.answer().contains("out/st\u{fffd}range\\u{1b}[2J name\n"), "{files:?}");
    assert!(files.stdout.contains("-rwxr-xr-x  3     2020-02-03T04:05:06Z  out/run.sh\n"), "{files:?}");
    assert!(files.stdout.contains("up -> ../../.."), "{files:?}");
    let json = project.run(&["artifacts", "list", "build", "--json"]);
    let json: serde_json::Value = serde_json::from_str(json.answer()).unwrap();
    let paths: Vec<_> = json["entries"].as_array().unwrap().iter().map(|entry| &entry["path"]).collect();
    assert!(paths.iter().any(|path| path["base64"].is_string()), "{paths:?}");
    let named = project.run(&["artifacts", "list", "build", "--run", "2"]);
    assert!(named.stderr.contains("no archive: no file matched `artifacts:paths`"), "{named:?}");
}

#[test]
fn artifacts_are_extracted_within_the_folder_and_links_in_it_are_not_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = project();
    let get = |more: &[&str]| project.run(&[&["artifacts", "get", "build"], more].concat());
    let all = get(&["-o", "taken"]);
    assert_eq!(all.code, 0, "{all:?}");
    assert_eq!(std::fs::read_to_string(project.path("taken/out/run.sh")).unwrap(), "abc");
    let mode = std::fs::metadata(project.path("taken/out/run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7700, 0o700);
    assert!(project.path("taken/up").symlink_metadata().unwrap().is_symlink());
    // Again, over what is there.
    assert_eq!(get(&["-o", "taken"]).code, 0);

    std::fs::create_dir_all(project.path("elsewhere")).unwrap();
    std::fs::create_dir_all(project.path("trap")).unwrap();
    symlink("../elsewhere", project.path("trap/out")).unwrap();
    let trapped = get(&["-o", "trap"]);
    assert_eq!(trapped.code, 125, "{trapped:?}");
    assert!(trapped.stderr.contains("/out`: it is a file or a symbolic link"), "{trapped:?}");
    assert_eq!(std::fs::read_dir(project.path("elsewhere")).unwrap().count(), 0);

    let some = get(&["out/*.sh", "nothing/*", "-o", "some"]);
    assert_eq!(some.code, 0, "{some:?}");
    assert!(some.stderr.contains("warning: no file of `build` matches `nothing/*`"), "{some:?}");
    assert!(project.path("some/out/run.sh").exists() && !project.path("some/up").exists());
}

#[test]
fn a_zip_archive_of_artifacts_can_be_read_by_others() {
    let project = project();
    let zip = project.run(&["artifacts", "get", "build", "out/run.sh", "up", "--zip", "a.zip"]);
    assert_eq!(zip.code, 0, "{zip:?}");
    let again = project.run(&["artifacts", "get", "build", "--zip", "a.zip"]);
    assert_eq!(again.code, 125, "an existing file is not replaced: {again:?}");
    let script = "import zipfile\nz = zipfile.ZipFile('a.zip')\nassert z.testzip() is None\n\
                  print([(i.filename, oct(i.external_attr >> 16), z.read(i), i.date_time) for i in z.infolist()])\n";
    let Ok(read) = project.command("python3").args(["-c", script]).output() else {
        return skip("python3 is not installed");
    };
    let said = String::from_utf8(read.stdout).unwrap();
    let expect = "[('out/run.sh', '0o100755', b'abc', (2020, 2, 3, 4, 5, 6)), \
                  ('up', '0o120777', b'../../..', (2020, 2, 3, 4, 5, 6))]\n";
    assert_eq!(said, expect, "{}", String::from_utf8_lossy(&read.stderr));
}

#[test]
fn mistakes_are_wrong_usage_with_a_suggestion_and_an_empty_store_says_how_to_fill_it() {
    let project = project();
    for (arguments, expect) in [
        (&["artifacts", "get", "biuld"][..], "error: no job \"biuld\" is stored; did you mean `build`?"),
        (&["logs", "x"], "error: no job \"x\" is stored; the jobs are: build"),
        (&["logs", "build", "--run", "3"], "error: no run `3` is stored; the newest are 2 ("),
        (
            &["artifacts", "get", "build", "--run", "2"],
            "error: no artifacts of `build` are stored: no file matched",
        ),
        (&["artifacts", "get", "build", "--report", "junit"], "error: `build` has stored no report `junit`"),
        (&["artifacts", "get", "build", "a["], "error: `a[` is not a valid pattern"),
        (&["cache", "clear", "x"], "error: no cache with the key `x`"),
        (&["clean", "--older-than", "7d"], "error: --older-than goes with --artifacts and --caches"),
        (&["clean", "--caches", "--older-than", "7"], "error: --older-than `7` is not an age"),
    ] {
        let run = project.run(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expect), "{arguments:?}: {run:?}");
    }
    let empty = Sandbox::new(&[]);
    for (arguments, expect) in [
        (["runs", "list"], "No run of this project is stored yet; `runner-lite exec JOB` stores one.\n"),
        (
            ["artifacts", "list"],
            "No artifacts are stored yet. `runner-lite exec JOB` stores those of a job.\n",
        ),
        (["cache", "list"], "No cache of this project is stored yet; a job with `cache` stores one.\n"),
    ] {
        let run = empty.run(&arguments);
        assert_eq!((run.answer(), &*run.stderr), ("", expect), "{arguments:?}");
    }
    assert_eq!(empty.run(&["runs", "list", "--json"]).answer(), "[]\n");
}

#[test]
fn stored_jobs_and_runs_complete() {
    let project = project();
    let complete =
        |words: &[&str]| project.run(&[&["complete", "zsh", "--"], words].concat()).answer().to_owned();
    assert_eq!(complete(&["logs", ""]), "words\nbuild\t\n");
    let runs = complete(&["exec", "build", "--from", ""]);
    assert!(runs.starts_with("words\nlast\t\nnone\t\n2\t") && runs.contains("\n1\t"), "{runs}");
}

#[test]
fn clean_removes_stored_runs_only_if_the_user_agrees() {
    let project = project();
    let listed = project.run(&["clean", "--artifacts", "--caches", "--dry-run"]);
    assert!(listed.answer().contains("  build  the latest that passed\n"), "{listed:?}");
    assert_eq!(project.run(&["clean", "--artifacts"]).code, 1);
    assert_eq!(
        project.run(&["clean", "--artifacts", "--older-than", "1d", "--force"]).answer(),
        "Nothing to remove.\n"
    );
    assert!(project.run(&["runs", "list"]).answer().contains("build"));
    assert!(project.run(&["clean", "--artifacts", "--force"]).answer().contains("Removed "));
    assert_eq!(project.run(&["runs", "list", "--json"]).answer(), "[]\n");
}

#[test]
fn the_json_of_runs_and_of_artifacts_has_the_coverage_as_a_number() {
    let project = project();
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(project.run(&[arguments, &["--json"]].concat()).answer()).unwrap()
    };
    let runs = json(&["runs", "list"]);
    let of_jobs = [0, 1].map(|run| runs[run]["jobs"][0]["coverage"].clone());
    assert_eq!(of_jobs, [serde_json::Value::Null, 85.5.into()], "{runs}");
    let jobs = json(&["artifacts", "list"]);
    assert_eq!(jobs[0]["coverage"], 85.5, "{jobs}");
    assert_eq!(json(&["artifacts", "list", "build"])["coverage"], 85.5);
}

#[test]
fn the_logs_of_the_services_of_a_job_that_was_killed_or_still_runs_can_be_printed() {
    let project = project();
    let store = store_of(&project);
    let (sources, started) = (SourcesRecord::default(), Timestamp::now());
    let run = store.begin_run(RunStart { pipeline_id: 3, iid: 3, sources, started, resumed: None }).unwrap();
    let job = run.begin_job("test", 1).unwrap();
    let service = |image: &str, aliases: &[&str]| ServiceRecord {
        image: image.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    };
    let services = vec![service("postgres:15", &["postgres", "db"]), service("redis", &["redis"])];
    let logs = job.begin_service_logs(services).unwrap();
    logs.log(0).line(b"half of").unwrap();
    let print = |service: &str| project.run(&["logs", "test", "--service", service]);
    let running = print("db");
    assert_eq!((running.answer(), running.code), ("half of\n", 0), "{running:?}");
    let note = "note: the job has not ended: run 3 is still active; this is its log so far\n";
    assert!(running.stderr.contains(note), "{running:?}");
    drop((logs, job, run));
    // `clean` removes what the killed run has left, but for its logs.
    project.run(&["clean", "--artifacts", "--older-than", "1d", "--force"]);
    for name in ["postgres", "db", "postgres:15"] {
        assert_eq!(print(name).answer(), "half of\n", "{name}");
    }
    let silent = print("redis");
    assert!(
        silent.answer().is_empty() && silent.stderr.contains("note: service `redis` has printed nothing\n"),
        "{silent:?}"
    );
    let near = print("posgres");
    assert!(near.code == 2 && near.stderr.contains("did you mean `postgres`?"), "{near:?}");
    let other = print("web");
    let text = "; its services are: postgres, db (postgres:15), redis (redis)";
    assert!(other.code == 2 && other.stderr.contains(text), "{other:?}");
    let none = project.run(&["logs", "build", "--service", "db"]);
    let text = "error: no service of job \"build\" is stored in run 2 (";
    assert!(none.code == 2 && none.stderr.contains(text), "{none:?}");
}

#[test]
fn the_log_of_a_job_that_was_killed_or_still_runs_can_be_printed() {
    let project = project();
    let store = store_of(&project);
    let sources = SourcesRecord::default();
    let started = Timestamp::now();
    let run = store.begin_run(RunStart { pipeline_id: 3, iid: 3, sources, started, resumed: None }).unwrap();
    let job = run.begin_job("test: [ruby, 2.7]", 1).unwrap();
    job.log().unwrap().write_all(b"half of\n").unwrap();
    let print = || project.run(&["logs", "test: [ruby, 2.7]"]);
    let running = print();
    assert_eq!((running.answer(), running.code), ("half of\n", 0), "{running:?}");
    assert!(
        running
            .stderr
            .contains("note: the job has not ended: run 3 is still active; this is its log so far\n"),
        "{running:?}"
    );
    drop((job, run));
    let aborted = print();
    assert_eq!((aborted.answer(), aborted.code), ("half of\n", 0), "{aborted:?}");
    assert!(
        aborted.stderr.contains("note: the job has not ended: run 3 was aborted; its log may be cut\n"),
        "{aborted:?}"
    );
    // `clean` removes what the killed run has left, but for its logs.
    project.run(&["clean", "--artifacts", "--older-than", "1d", "--force"]);
    assert_eq!(print().answer(), "half of\n");
}

#[test]
fn clean_removes_and_lists_what_killed_runs_have_left_in_the_store() {
    let project = project();
    let left = || {
        let left = store_of(&project).caches().path().join(".new-00000000000000fe-k.tar");
        std::fs::write(&left, [0; 1500]).unwrap();
        left
    };
    super::fake_engine::serve(&project, |request| {
        (200, if request.contains("/volumes") { r#"{"Volumes": []}"# } else { "[]" }.to_owned())
    });
    let host = super::fake_engine::host_of(&project);
    let listed = "Incomplete files in the store, left by killed runs: 1.5 kB\n";
    for arguments in [&["clean", "--host", &host][..], &["clean", "--caches"]] {
        let clean = |more| project.run(&[arguments, &[more]].concat());
        let file = left();
        assert_eq!(clean("--dry-run").answer(), listed);
        assert!(file.exists(), "{arguments:?}: it was only listed");
        let removed = clean("--force");
        assert!(removed.answer().starts_with(listed), "{removed:?}");
        assert!(removed.stdout.ends_with("Removed 1.5 kB.\n"), "{removed:?}");
        assert!(!file.exists(), "{arguments:?}: {removed:?}");
        assert_eq!(clean("--force").answer(), "Nothing to remove.\n");
    }
}

#[test]
fn clean_of_an_engine_creates_no_store() {
    let sandbox = Sandbox::new(&[]);
    super::fake_engine::serve(&sandbox, |request| {
        (200, if request.contains("/volumes") { r#"{"Volumes": []}"# } else { "[]" }.to_owned())
    });
    let said = sandbox.run(&["clean", "--force", "--host", &super::fake_engine::host_of(&sandbox)]);
    assert_eq!(said.answer(), "Nothing to remove.\n");
    assert!(!sandbox.path("../.local").exists() && !sandbox.path("../.cache").exists());
}

/// The folder of the first run of [`project`], which has the artifacts.
fn first_run(project: &Sandbox) -> PathBuf {
    let runs = project.run(&["runs", "list", "--json"]);
    let runs: serde_json::Value = serde_json::from_str(runs.answer()).unwrap();
    let name = runs[1]["run"].as_str().unwrap();
    let projects = project.path("../.local/state/runner-lite/projects");
    let mut projects =
        std::fs::read_dir(projects).unwrap().map(|entry| entry.unwrap().path().join("runs").join(name));
    projects.find(|run| run.exists()).unwrap()
}

#[test]
fn a_run_that_cannot_be_read_is_left_out_with_one_warning() {
    let project = project();
    let run = first_run(&project);
    std::fs::remove_file(run.join("lock")).unwrap();
    std::fs::create_dir(run.join("lock")).unwrap();
    let all: [&[&str]; 5] = [
        &["runs", "list"],
        &["artifacts", "list"],
        &["artifacts", "list", "build"],
        &["clean", "--artifacts", "--dry-run"],
        &["exec", "build", "--from", "2", "--host", "unix:///nowhere"],
    ];
    for arguments in all {
        let asked = project.run(arguments);
        assert_eq!(asked.code, if arguments[0] == "exec" { 125 } else { 0 }, "{asked:?}");
        let warnings = asked.stderr.matches("warning: cannot read the whole store: ").count();
        assert_eq!(warnings, 1, "{asked:?}");
        assert!(asked.stderr.contains("/lock`: "), "{asked:?}");
    }
}

#[test]
fn artifacts_of_a_run_that_cannot_be_kept_from_removal_are_lost() {
    let project = project();
    std::fs::remove_file(first_run(&project).join("readers")).unwrap();
    let get = project.run(&["artifacts", "get", "build", "-o", "taken"]);
    assert_eq!(get.code, 125, "{get:?}");
    assert!(get.stderr.contains("another process is removing run 20"), "{get:?}");
    let yaml = "build: {image: i, script: x, artifacts: {paths: [out]}}\ntest: {image: i, script: x, needs: [build]}\n";
    std::fs::write(project.path(".gitlab-ci.yml"), yaml).unwrap();
    let exec = project.run(&["exec", "test", "--host", "unix:///nowhere"]);
    assert_eq!(exec.code, 1, "{exec:?}");
    assert!(exec.stderr.contains("it could not retrieve the needed artifacts."), "{exec:?}");
    assert!(exec.stderr.contains("another process is removing the run"), "{exec:?}");
}

#[test]
fn commands_that_read_the_store_create_no_folder_of_it() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "build: {image: i, script: x}\n")]);
    for arguments in [
        &["runs", "list"][..],
        &["artifacts", "list"],
        &["artifacts", "get", "build"],
        &["logs", "build"],
        &["cache", "list"],
        &["cache", "clear"],
        &["clean", "--artifacts", "--caches", "--dry-run"],
    ] {
        sandbox.run(arguments);
        for place in ["../.local/state", "../.cache"] {
            assert!(!sandbox.path(place).exists(), "{arguments:?} has created {place}");
        }
    }
    let empty = sandbox.run(&["cache", "list", "--json"]);
    assert_eq!(empty.answer(), "[]\n");
}

#[test]
fn config_and_runner_have_one_help_text_in_all_commands() {
    let sandbox = Sandbox::new(&[]);
    let help = |command: &[&str]| {
        let said = sandbox.run(&[command, &["--help"]].concat());
        let text = said.answer().split_whitespace().collect::<Vec<_>>().join(" ");
        let from = text.find("--config <PATH>").unwrap_or_else(|| panic!("{text}"));
        text[from..].split("[default: the first one for Docker]").next().unwrap().to_owned()
    };
    let of_exec = help(&["exec"]);
    for command in [&["list"][..], &["runs", "list"], &["logs"], &["cache", "clear"], &["artifacts", "get"]] {
        assert_eq!(help(command), of_exec, "{command:?}");
    }
}
