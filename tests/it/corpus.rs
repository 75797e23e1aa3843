//! Real `.gitlab-ci.yml` files of public projects, where they are at hand.

use std::path::Path;

use runner_lite::source::map::SourceMap;
use runner_lite::{pipeline, source};

#[test]
fn every_real_file_that_gitlab_reads_is_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let Ok(manifest) = std::fs::read_to_string(corpus.join("manifest.tsv")) else {
        eprintln!("skipped: there is no collection of files at {}", corpus.display());
        return;
    };
    let (mut read, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(corpus.join("files")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let line = manifest.lines().find(|line| line.contains(&name)).unwrap_or_default();
        let mut map = SourceMap::new();
        let file = map.add(name.clone(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        let (_, diagnostics) = source::yaml::load(&map, file);
        let found: Vec<_> = diagnostics.iter().map(|found| found.message.clone()).collect();
        // The manifest quotes the error of another parser where there must be one.
        let refused_by_gitlab = line.contains("Error");
        if diagnostics.has_errors() && !refused_by_gitlab {
            wrong.push(format!("{name}: {found:?}"));
        }
        // Whatever the jobs in it are, reading them ends in a value.
        let _ = pipeline::load(&mut map, file, &pipeline::include::NoFiles);
        read += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(read > 50, "only {read} files");
}
