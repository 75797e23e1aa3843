//! What a process does in the store until it is killed: run after run, each with a job, a report, a cache, and the
//! removal of old runs.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use runner_lite::store::{
    ArchiveEntry, ArchiveEntryKind, ArchiveExpiry, ArchiveLimits, ArchiveWriter, ArtifactsRecord,
    CacheOrigin, DotenvRecord, EndState, FileTime, JobRecord, ProjectStore, ReportRecord, RetentionRules,
    RunStart, SourcesRecord, StorePlaces, tidy,
};

const LIMITS: ArchiveLimits = ArchiveLimits { bytes_max: 1 << 30, keep_free: 0, name_bytes_max: 1 << 20 };

/// The files of an archive.
pub(crate) const FILES: u64 = 60;

/// The places of the store that is tested.
pub(crate) fn places(folder: &Path) -> StorePlaces {
    StorePlaces { state: folder.join("state"), cache: folder.join("cache") }
}

/// The store that is tested.
pub(crate) fn store(folder: &Path) -> ProjectStore {
    ProjectStore::open(&places(folder), Path::new("/crash"), "crash").unwrap()
}

/// The content of a file: its size and bytes depend on the generation.
pub(crate) fn content(generation: u64, file: u64) -> Vec<u8> {
    let byte = u8::try_from((generation * 31 + file) % 251).unwrap();
    let size = usize::try_from((generation * 7919 + file * 104_729) % 40_000).unwrap();
    vec![byte; size]
}

/// The path of a file.
pub(crate) fn path(file: u64) -> PathBuf {
    format!("folder/{file}").into()
}

fn fill(writer: &mut ArchiveWriter, generation: u64) {
    for file in 0..FILES {
        let content = content(generation, file);
        let kind = ArchiveEntryKind::File { size: content.len() as u64 };
        let modified = FileTime::default();
        let entry = ArchiveEntry { path: path(file), kind, mode: 0o644, uid: 0, gid: 0, modified };
        writer.entry(&entry, &content[..]).unwrap();
    }
}

/// Works until the process is killed. The caches of `key` get the generations from `generation` on.
pub(crate) fn work(folder: &Path, key: &str, generation: u64) {
    for generation in generation.. {
        let store = store(folder);
        let iid = store.next_iid().unwrap();
        println!("number {iid}");
        let _slot = store.take_slot().unwrap();
        let pipeline_id = store.next_pipeline_id(Timestamp::now()).unwrap();
        let sources = SourcesRecord::default();
        let start = RunStart { pipeline_id, iid, sources, started: Timestamp::now(), resumed: None };
        let run = store.begin_run(start).unwrap();
        let folder_of_job = run.begin_job("job", 1).unwrap();
        std::io::Write::write_all(&mut folder_of_job.log().unwrap(), b"log\n").unwrap();
        let mut archive = folder_of_job.archive(LIMITS).unwrap();
        fill(&mut archive, iid);
        let size = archive.finish().unwrap().size();
        let mut report = folder_of_job.report("junit", LIMITS).unwrap();
        fill(&mut report, iid);
        let report = ReportRecord { kind: "junit".to_owned(), size: report.finish().unwrap().size() };
        folder_of_job.dotenv(&DotenvRecord { variables: vec![("A".to_owned(), iid.to_string())] }).unwrap();
        let artifacts =
            ArtifactsRecord::Stored { name: "artifacts".to_owned(), size, expires: ArchiveExpiry::WithRun };
        let record = JobRecord {
            name: "job".to_owned(),
            stage: "test".to_owned(),
            number: 1,
            job_id: pipeline_id * 1000 + 1,
            state: EndState::Success,
            exit_code: Some(0),
            attempts: 1,
            started: Timestamp::now(),
            ended: Timestamp::now(),
            producers: Vec::new(),
            artifacts,
            reports: vec![report],
            dotenv_variables: Some(1),
            coverage: None,
        };
        folder_of_job.finish(&record).unwrap();
        for key in [key, "shared"] {
            let mut writer = store.caches().writer(key, LIMITS).unwrap();
            fill(writer.archive(), generation);
            let origin = CacheOrigin {
                job: "job".to_owned(),
                run: run.id().as_str().to_owned(),
                fingerprint: generation.to_string(),
            };
            writer.commit(origin, Timestamp::now()).unwrap();
        }
        println!("saved {generation}");
        let id = run.id().clone();
        run.finish(Timestamp::now(), EndState::Success).unwrap();
        tidy(&places(folder), &store, &RetentionRules::default(), &id, Timestamp::now()).unwrap();
    }
}
