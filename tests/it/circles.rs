//! No two files import each other, directly or over others.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Imports;

/// The circles of a graph: of each group of files that import each other, the shortest circle through its first file.
fn circles(imports: &Imports) -> Vec<String> {
    let graph = imports.graph();
    let reached: Vec<BTreeSet<usize>> = (0..graph.len()).map(|file| reachable(&graph, file)).collect();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut circles = Vec::new();
    for file in (0..graph.len()).filter(|file| reached[*file].contains(file)) {
        if !seen.contains(&file) {
            seen.extend(reached[file].iter().filter(|other| reached[**other].contains(&file)));
            let chain = shortest_circle(&graph, file);
            let names: Vec<&str> = chain.into_iter().map(|index| &*imports.files[index].path).collect();
            circles.push(names.join(" -> "));
        }
    }
    circles
}

fn reachable(graph: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let (mut found, mut next) = (BTreeSet::new(), vec![start]);
    while let Some(file) = next.pop() {
        next.extend(graph[file].iter().filter(|to| found.insert(**to)));
    }
    found
}

/// From `start` back to `start`, which some circle contains.
fn shortest_circle(graph: &[BTreeSet<usize>], start: usize) -> Vec<usize> {
    let mut came_from = BTreeMap::new();
    let mut front = vec![start];
    while !came_from.contains_key(&start) {
        let mut next = Vec::new();
        for from in front {
            for to in &graph[from] {
                if let Entry::Vacant(vacant) = came_from.entry(*to) {
                    vacant.insert(from);
                    next.push(*to);
                }
            }
        }
        front = next;
    }
    let mut chain = vec![start];
    let mut at = came_from[&start];
    while at != start {
        chain.push(at);
        at = came_from[&at];
    }
    chain.push(start);
    chain.reverse();
    chain
}

#[test]
fn no_file_imports_itself_over_others() {
    assert_eq!(circles(&Imports::of_the_crate()), Vec::<String>::new());
}

mod tests {
    use super::*;
    use crate::rust_code::SourceFile;

    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let files = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        assert_eq!(circles(&Imports::of(files)), expect);
    }

    #[test]
    fn a_circle_over_three_files_is_named_by_its_chain() {
        let files = [
            ("a/mod.rs", ""),
            ("a/x.rs", "use super::y::Y; use crate::leaf;"),
            ("a/y.rs", "fn f() { crate::b::g() }"),
            ("b.rs", "use crate::a::{x::{self, X}};"),
            ("leaf.rs", ""),
        ];
        check(&files, &["a/x.rs -> a/y.rs -> b.rs -> a/x.rs"]);
    }

    #[test]
    fn a_circle_by_way_of_a_re_export_is_found() {
        let files =
            [("a/mod.rs", "pub use self::x::X;"), ("a/x.rs", "use crate::b;"), ("b.rs", "use crate::a::X;")];
        check(&files, &["a/x.rs -> b.rs -> a/x.rs"]);
    }

    #[test]
    fn a_module_and_those_in_it_may_import_each_other() {
        check(&[("a/mod.rs", "use self::x::X;"), ("a/x.rs", "use super::A;")], &[]);
    }

    #[test]
    fn test_code_is_in_no_circle() {
        check(&[("a.rs", "use crate::b;"), ("b.rs", "#[cfg(test)] mod tests { use crate::a; }")], &[]);
    }
}
