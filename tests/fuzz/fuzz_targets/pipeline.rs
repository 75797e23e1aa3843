//! Any bytes are a pipeline or have something wrong with them; each job of a pipeline can be put together.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::load;
use runner_lite::source::map::SourceMap;

fuzz_target!(|bytes: &[u8]| {
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", String::from_utf8_lossy(bytes));
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    match pipeline {
        Some(pipeline) => pipeline.jobs.values().take(50).for_each(|job| drop(pipeline.job_keywords(job).unwrap())),
        None => assert!(found.has_errors()),
    }
});
