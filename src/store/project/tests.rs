use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, symlink};

use super::*;
use crate::store::testing::{TestStore, at, file, job, link, open, start};
use crate::store::{
    ArchiveEntryKind, ArchiveLimits, ArchiveSize, DotenvRecord, EndState, JobRecord, RunState,
};

#[test]
fn a_run_gives_back_what_its_job_stored() {
    let test = TestStore::new();
    let run = test.store.begin_run(start(1_700_000_000)).unwrap();
    let folder = run.begin_job("build: [ruby 2.7]", 2).unwrap();
    std::io::Write::write_all(&mut folder.log().unwrap(), b"hello\n").unwrap();
    let mut archive = folder.archive(ArchiveLimits::new(1000)).unwrap();
    archive.entry(&file("out/a", 5), &b"hello"[..]).unwrap();
    archive.entry(&link("out/b", "a"), std::io::empty()).unwrap();
    let size = archive.finish().unwrap().size();
    folder.finish(&job("build: [ruby 2.7]", 2, size)).unwrap();
    assert_eq!(test.store.runs().unwrap().readable[0].state(), RunState::Running);
    run.finish(at(1_700_000_009), EndState::Success).unwrap();

    let runs = open(test.path()).runs().unwrap().readable;
    assert_eq!((runs.len(), runs[0].state()), (1, RunState::Ended(EndState::Success)));
    assert_eq!(runs[0].id().started(), Some(at(1_700_000_000)));
    assert_eq!(runs[0].record().unwrap().sources.commit.as_deref(), Some("abc"));
    assert_eq!(test.store.run(runs[0].id()).unwrap().unwrap().record(), runs[0].record());
    assert!(test.store.run(&RunId("20261129T000000-gone".to_owned())).unwrap().is_none());
    let jobs = runs[0].jobs().unwrap();
    assert_eq!((jobs.len(), &*jobs[0].record().name), (1, "build: [ruby 2.7]"));
    let mut log = String::new();
    runs[0].logs().unwrap()[0].open().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(log, "hello\n");
    let mut found = Vec::new();
    let archive = jobs[0].archive().unwrap().unwrap();
    let read = archive.for_each::<StoreError>(|entry, content| {
        let mut text = String::new();
        content.read_to_string(&mut text).unwrap();
        found.push((entry.clone(), text));
        Ok(())
    });
    read.unwrap();
    assert_eq!(found, [(file("out/a", 5), "hello".to_owned()), (link("out/b", "a"), String::new())]);
    let index: Vec<_> = jobs[0].index().unwrap().map(Result::unwrap).collect();
    assert_eq!(index.iter().map(|line| &line.entry).collect::<Vec<_>>(), [&found[0].0, &found[1].0]);
    let tar = fs::read(archive.path()).unwrap();
    let offset = usize::try_from(index[0].offset).unwrap();
    assert_eq!(&tar[offset..offset + 5], b"hello");
    assert!(matches!(index[1].entry.kind, ArchiveEntryKind::Link { .. }));
}

#[test]
fn folders_are_private_and_nothing_but_the_owner_reads_the_files() {
    let test = TestStore::new();
    let run = test.store.begin_run(start(5)).unwrap();
    let folder = run.begin_job("a", 1).unwrap();
    folder.log().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(&folder.path().join("log")), 0o600);
    assert_eq!(mode(&test.path().join("state")), 0o700);
    assert_eq!(mode(&test.path().join("cache")), 0o700);
    let latest = test.path().join("state/projects");
    let latest = fs::read_dir(latest).unwrap().next().unwrap().unwrap().path().join("latest");
    assert_eq!(mode(&latest.join("run.json")), 0o600);
}

#[test]
fn a_run_whose_process_ended_early_is_aborted() {
    let test = TestStore::new();
    drop(test.store.begin_run(start(5)).unwrap());
    assert_eq!(test.store.runs().unwrap().readable[0].state(), RunState::Aborted);
}

#[test]
fn numbers_are_given_once_and_survive_a_damaged_file() {
    let test = TestStore::new();
    assert_eq!([(); 3].map(|()| test.store.next_iid().unwrap()), [1, 2, 3]);
    assert_eq!([9, 9, 5, 20].map(|now| test.store.next_pipeline_id(at(now)).unwrap()), [9, 10, 11, 20]);
    let counter = test.path().join("state/pipeline-id");
    for damaged in ["", "x", "99999999999999999999", "9007199254740", &"1".repeat(1000)] {
        fs::write(&counter, damaged).unwrap();
        assert_eq!(test.store.next_pipeline_id(at(30)).unwrap(), 30, "{damaged}");
    }
}

#[test]
fn the_lowest_free_slot_is_taken() {
    let test = TestStore::new();
    let other = open(test.path());
    let slots = [&test.store, &other, &test.store].map(|store| store.take_slot().unwrap());
    assert_eq!(slots.each_ref().map(SlotLock::number), [0, 1, 2]);
    let [first, second, _third] = slots;
    drop(second);
    assert_eq!(test.store.take_slot().unwrap().number(), 1);
    drop(first);
    assert_eq!(other.take_slot().unwrap().number(), 0);
}

#[test]
fn a_planted_link_leads_no_write_elsewhere() {
    let test = TestStore::new();
    let outside = test.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let state = test.path().join("state");
    symlink(outside.join("number"), state.join("pipeline-id")).unwrap();
    assert!(test.store.next_pipeline_id(at(9)).is_err());
    let runs = fs::read_dir(state.join("projects")).unwrap().next().unwrap().unwrap().path().join("runs");
    fs::remove_dir_all(&runs).unwrap();
    symlink(&outside, &runs).unwrap();
    let places = StorePlaces { state, cache: test.path().join("cache") };
    let error = ProjectStore::open(&places, Path::new("/home/me/shop"), "x").unwrap_err();
    assert!(error.to_string().contains("runs"), "{error}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn the_variables_of_the_largest_dotenv_report_can_be_stored() {
    let test = TestStore::new();
    let run = test.store.begin_run(start(1)).unwrap();
    let folder = run.begin_job("build", 1).unwrap();
    // Each is a line of 8 bytes; JSON writes the other value six times as long.
    let short = (0..65_536).map(|number| (format!("A{number:05x}"), String::new()));
    let long = ("B".to_owned(), "\u{1}".repeat(1 << 19));
    let variables = DotenvRecord { variables: short.chain([long]).collect() };
    folder.dotenv(&variables).unwrap();
    let size = ArchiveSize { entries: 0, files: 0, bytes: 0, length: 0 };
    let record = JobRecord { dotenv_variables: Some(65_537), ..job("build", 1, size) };
    folder.finish(&record).unwrap();
    let runs = test.store.runs().unwrap().readable;
    assert_eq!(runs[0].jobs().unwrap()[0].dotenv().unwrap(), variables);
}

#[test]
fn a_folder_for_runs_keeps_its_identity_and_shares_it_with_no_other() {
    let (test, other) = (TestStore::new(), TestStore::new());
    let identity = test.store.identity().unwrap();
    assert_eq!(identity.len(), 16);
    assert_eq!(open(test.path()).identity().unwrap(), identity);
    assert_ne!(other.store.identity().unwrap(), identity);
    // A file that was cut is written again.
    let file = test.path().join("state/identity");
    std::fs::write(&file, "12").unwrap();
    let again = test.store.identity().unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap(), format!("{again}\n"));
}
