//! Selects files that few plain paths name: the engine copies them out of the job's container, so that no container has to
//! be created for it. Links and patterns are left to the collector.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;

use super::copy::{copy, failed};
use super::tasks::{Task, tasks};
use super::whole;
use crate::collect::glob::GlobPart;
use crate::collect::place::place;
use crate::collect::request::CollectRequest;
use crate::collect::tar_tree::TarTree;
use crate::collect::tree::{NodeKind, Tree};
use crate::executor::event::ScriptResult;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;
use crate::plan::job_plan::JobPlan;

/// How many paths are copied: each takes a call of the engine, and a container costs about as much as three.
const PATHS_MAX: usize = 3;

/// What the copied paths may have besides the bytes of one archive: the headers of about 60,000 files.
const SPOOL_OVERHEAD_MAX: u64 = 64 << 20;

/// Characters with a meaning in a pattern or for the expansion of variables.
const META: &[char] = &['*', '?', '[', '{', '$', '\\', '`'];

/// Whether the files of the job can be copied by name.
pub(super) fn is_enough_for(plan: &JobPlan) -> bool {
    named_paths(plan).is_some()
}

/// Names in the project directory that are, or contain, all of what the job may keep; `None` if there is more to it than few
/// of them.
fn named_paths(plan: &JobPlan) -> Option<Vec<Vec<u8>>> {
    let mut named: Vec<Vec<u8>> = Vec::new();
    for task in tasks(plan, ScriptResult::Success).into_iter().chain(tasks(plan, ScriptResult::Failure)) {
        let paths = match task {
            Task::StoreArchive(archive) if archive.exclude.is_empty() && !archive.untracked => &archive.paths,
            Task::StoreReport(report) => &report.paths,
            Task::SkipCache { .. } | Task::ExcludeCache { .. } => continue,
            Task::StoreArchive(_) | Task::SaveCache { .. } => return None,
        };
        for path in paths {
            let path = plain_path(path, &plan.project_dir)?;
            if !named.contains(&path) {
                named.push(path);
            }
        }
    }
    named.sort_unstable();
    let tops: Vec<Vec<u8>> = named.iter().filter(|path| !path.contains(&b'/')).cloned().collect();
    // The engine would follow a link in a folder above a path, also out of the project.
    let is_copied =
        |path: &Vec<u8>| tops.iter().any(|top| path.split(|byte| *byte == b'/').next() == Some(top));
    (named.iter().all(is_copied) && tops.len() <= PATHS_MAX).then_some(tops)
}

/// The path relative to the project directory, if it is below that and has no characters with a meaning.
fn plain_path(path: &str, project_dir: &str) -> Option<Vec<u8>> {
    if path.contains(META) {
        return None;
    }
    let alternatives = place(path.as_bytes(), project_dir.as_bytes()).ok()?;
    let [parts] = &*alternatives else { return None };
    let names = parts.iter().map(|part| match part {
        GlobPart::Literal(name) => Some(&**name),
        _ => None,
    });
    let names: Vec<&[u8]> = names.collect::<Option<_>>()?;
    (!names.is_empty()).then(|| names.join(&b'/'))
}

/// Copies the named paths into the store; `None` if the collector has to select the files, which costs a container: a path
/// is a link, which may lead anywhere, the engine does not copy it, or the files are too large to be stored.
pub(super) async fn fetch(context: &JobContext) -> Result<Option<TarTree>, Failure> {
    let (Some(store), Some(named)) = (&context.store, named_paths(&context.plan)) else { return Ok(None) };
    let (spool, room) = store.folder.spool().map_err(failed)?;
    let limit = room.min(store.archive_limits().bytes_max.saturating_add(SPOOL_OVERHEAD_MAX));
    let (spool, mut found) = (Arc::new(spool), Vec::new());
    for path in named {
        let absolute = [context.plan.project_dir.as_bytes(), b"/", &path].concat();
        let Ok(absolute) = String::from_utf8(absolute) else { return Ok(None) };
        let file = Arc::clone(&spool);
        match copy(context, &absolute, move |stream| append(&file, stream, limit)).await {
            // The path does not exist.
            Ok(None) => {}
            Ok(Some(Some(offset))) => found.push((offset, path)),
            Ok(Some(None)) => return Ok(None),
            // A path below a file, or a circle of links, for example.
            Err(Failure::Engine(error)) if error.status().is_some() => return Ok(None),
            Err(failure) => return Err(failure),
        }
    }
    let project_dir = context.plan.project_dir.clone();
    let read = tokio::task::spawn_blocking(move || tree_of(&spool, &project_dir, &found));
    read.await.map_err(failed)?.map_err(failed)
}

/// The lines of the job's `GITLAB_ENV` file, if anything of the request has variables: that is a name alone here.
pub(super) async fn environment_lines(
    context: &JobContext,
    request: &CollectRequest,
) -> Result<Vec<u8>, Failure> {
    if request.archives.iter().all(|archive| !archive.name.contains('$')) {
        return Ok(Vec::new());
    }
    whole::environment_lines(context, &request.environment_file).await
}

/// Appends the stream to the file, and returns where it begins; `None` if the file would have more than `bytes_max` bytes.
fn append(mut file: &File, stream: impl Read, bytes_max: u64) -> io::Result<Option<u64>> {
    let offset = file.seek(io::SeekFrom::End(0))?;
    let room = bytes_max.saturating_sub(offset);
    if io::copy(&mut stream.take(room.saturating_add(1)), &mut file)? > room {
        return Ok(None);
    }
    file.flush()?;
    Ok(Some(offset))
}

fn tree_of(file: &File, project_dir: &str, paths: &[(u64, Vec<u8>)]) -> io::Result<Option<TarTree>> {
    let mut tree = TarTree::of_paths(file.try_clone()?, project_dir, paths)?;
    for (_, path) in paths {
        if tree.node(path)?.is_some_and(|node| node.kind == NodeKind::Link) {
            return Ok(None);
        }
    }
    Ok(Some(tree))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::testing::plan;
    use crate::plan::job_plan::{ArchivePlan, ArtifactsPlan, SavedWhen};

    fn named(paths: &[&str], change: impl FnOnce(&mut ArchivePlan)) -> Option<Vec<String>> {
        let mut archive = ArchivePlan {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            exclude: Vec::new(),
            untracked: false,
            when: SavedWhen::OnFailure,
            name: "artifacts".to_owned(),
        };
        change(&mut archive);
        let artifacts = ArtifactsPlan { archive: Some(archive), ..ArtifactsPlan::default() };
        let plan = JobPlan { artifacts, project_dir: "/builds/g/p".to_owned(), ..plan() };
        let text = |path: Vec<u8>| String::from_utf8(path).unwrap();
        named_paths(&plan).map(|paths| paths.into_iter().map(text).collect())
    }

    #[test]
    fn plain_paths_are_copied_by_name_each_once() {
        let expect = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(named(&["out/", "./a b", "../p/out"], |_| {}), expect(&["a b", "out"]));
        assert_eq!(named(&["/builds/g/p/x/../y"], |_| {}), expect(&["y"]));
    }

    #[test]
    fn a_path_in_a_folder_is_copied_with_that_or_left_to_the_collector() {
        assert_eq!(named(&["etc/passwd"], |_| {}), None);
        assert_eq!(named(&["etc/passwd", "out"], |_| {}), None);
        let names = ["out/a/b", "out", "out/c", "out/d"];
        assert_eq!(named(&names, |_| {}), Some(vec!["out".to_owned()]));
    }

    #[test]
    fn files_that_are_too_large_to_be_stored_are_not_copied_completely() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(append(&file, &[1; 6][..], 10).unwrap(), Some(0));
        assert_eq!(append(&file, &[2; 4][..], 10).unwrap(), Some(6));
        assert_eq!(append(&file, io::repeat(3), 20).unwrap(), None);
        assert_eq!(file.metadata().unwrap().len(), 21);
    }

    #[test]
    fn patterns_variables_many_paths_and_other_keywords_are_left_to_the_collector() {
        for path in ["*.txt", "a?", "[ab]", "{a,b}", "$OUT", "a\\b", "`a`", "", ".", "../x", "/etc/passwd"] {
            assert_eq!(named(&[path], |_| {}), None, "{path}");
        }
        assert_eq!(named(&["a", "b", "c", "d"], |_| {}), None);
        assert_eq!(named(&["a"], |archive| archive.untracked = true), None);
        assert_eq!(named(&["a"], |archive| archive.exclude.push("a/b".to_owned())), None);
    }
}
