//! Links between documents lead to files and headings that exist, and the index of `docs/` lists every page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The README's lines: more is too long for a first look.
const README_LINES_MAX: usize = 150;

/// Folders whose Markdown files are checked, with those below them; `.` is the root alone.
const FOLDERS: [&str; 5] = [".", "docs", "proto-fixtures", "scripts", "tests/reference"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Markdown files in `folder`, as paths from the root; those below it, too, unless it is the root.
fn documents_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
        let relative = path.strip_prefix(root()).unwrap().to_owned();
        if path.is_dir() && folder != Path::new("") {
            documents_in(&relative, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(relative);
        }
    }
}

/// Every document, and its text.
pub(crate) fn documents() -> BTreeMap<PathBuf, String> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        documents_in(Path::new(folder.trim_start_matches('.')), &mut found);
    }
    found
        .into_iter()
        .map(|path| (path.clone(), std::fs::read_to_string(root().join(path)).unwrap()))
        .collect()
}

/// The lines outside of blocks of code.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    document.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// The targets of the links and images of a document, without those in code.
fn links(document: &str) -> Vec<String> {
    let text = prose(document).collect::<Vec<_>>().join("\n");
    // The parts at odd positions are code between backticks.
    let outside: String =
        text.split('`').enumerate().map(|(index, part)| if index % 2 == 0 { part } else { "code" }).collect();
    let starts = outside.match_indices("](").map(|(start, sign)| start + sign.len());
    starts.filter_map(|start| outside[start..].split(')').next()).map(str::to_owned).collect()
}

/// The anchors of a document's headings, made as forges make them.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let headings = prose(document)
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    for heading in headings {
        let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
        let anchor: String = heading.trim().to_lowercase().chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        let unused = (1..).map(|number| format!("{anchor}-{number}")).find(|name| !found.contains(name));
        let name = if found.contains(&anchor) { unused.unwrap() } else { anchor };
        found.insert(name);
    }
    found
}

/// `a/b/../c` as `a/c`.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                assert!(plain.pop(), "{} leads out of the project", path.display())
            }
            std::path::Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// What is wrong with a link of a document.
fn mistake(from: &Path, link: &str, documents: &BTreeMap<PathBuf, String>) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => from.to_owned(),
        path => without_parents(&from.parent().unwrap().join(path)),
    };
    if !root().join(&target).exists() {
        return Some(format!("{}: no such file: {link}", from.display()));
    }
    let has_anchor = || documents.get(&target).is_some_and(|text| anchors(text).contains(anchor));
    (!anchor.is_empty() && !has_anchor()).then(|| format!("{}: no such heading: {link}", from.display()))
}

#[test]
fn every_link_between_documents_leads_to_a_file_or_a_heading_that_exists() {
    let documents = documents();
    let mut count = 0;
    let mut mistakes = Vec::new();
    for (path, text) in &documents {
        for link in links(text) {
            count += 1;
            mistakes.extend(mistake(path, &link, &documents));
        }
    }
    assert!(count > 50, "{count} links: the test has lost them");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn the_index_of_the_documentation_lists_every_page() {
    let documents = documents();
    let listed = links(&documents[Path::new("docs/README.md")]);
    let pages = documents.keys().filter(|path| path.parent() == Some(Path::new("docs")));
    let missing: Vec<&str> = pages
        .filter_map(|path| path.file_name()?.to_str())
        .filter(|name| *name != "README.md" && !listed.iter().any(|link| link == name))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "docs/README.md does not list these pages");
}

#[test]
fn the_readme_is_short() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let lines = readme.lines().count();
    assert!(lines <= README_LINES_MAX, "README.md has {lines} lines, and may have {README_LINES_MAX}");
}

#[test]
fn links_and_headings_are_found_outside_of_code() {
    let text = "# A `b`: c\n[x](y.md#z) ![p](q.svg) `[n](no.md)`\n```\n# No\n[n](no.md)\n```\n## A b c\n## `[runners.docker]`";
    assert_eq!(links(text), ["y.md#z", "q.svg"]);
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["a-b-c", "a-b-c-1", "runnersdocker"]);
}

#[test]
fn a_wrong_path_and_a_wrong_heading_are_mistakes() {
    let documents: BTreeMap<PathBuf, String> = [("README.md", "# One"), ("docs/engines.md", "# Two")]
        .map(|(path, text)| (path.into(), text.into()))
        .into();
    let check = |from: &str, link: &str| mistake(Path::new(from), link, &documents).is_none();
    assert!(check("README.md", "docs/engines.md#two"));
    assert!(check("docs/engines.md", "../README.md#one") && check("docs/engines.md", "#two"));
    assert!(check("README.md", "https://example.com/none"));
    assert!(!check("README.md", "docs/none.md") && !check("README.md", "docs/engines.md#one"));
    assert!(!check("docs/engines.md", "README.md#one"), "docs/README.md has no such heading here");
}
