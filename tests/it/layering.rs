//! Modules import each other along the arrows of ARCHITECTURE.md, and every arrow there is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::imports::Imports;
use crate::rust_code::{source_files, without_test_files};

/// What a module imports: top-level modules, and the modules in them where the architecture names these.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The arrows that the architecture allows.
#[derive(Debug, Default, PartialEq)]
struct Architecture {
    /// Without those of `main` and `cli`, which may import everything.
    arrows: Arrows,
    /// Modules that every other one may import, and that import nothing.
    leaves: BTreeSet<String>,
}

impl Architecture {
    /// Reads the first block of code: a line each, `name ─▶ name, name (part, part)`, two spaces, a comment.
    fn parse(document: &str) -> Self {
        let block = document.split("```").nth(1).unwrap();
        let mut architecture = Self::default();
        for line in block.lines().filter(|line| !line.trim().is_empty()) {
            let (from, to) = line.split_once(" ─▶ ").unwrap_or_else(|| panic!("no arrow: {line}"));
            let names = names(to.split("  ").next().unwrap_or_default());
            match from {
                "main" => assert_eq!(line, "main ─▶ cli ─▶ every module"),
                "every module" => architecture.leaves.extend(names),
                _ => assert_eq!(
                    architecture.arrows.insert(from.to_owned(), names),
                    None,
                    "two lines for {from}"
                ),
            }
        }
        architecture
    }

    /// The modules of a module that are named one by one for whoever imports them.
    fn names_parts(&self, from: &str, to: &str) -> bool {
        let prefix = format!("{to}::");
        self.arrows.get(from).is_some_and(|names| names.iter().any(|name| name.starts_with(&prefix)))
    }

    /// The arrows that the code has.
    fn arrows_of(&self, imports: &Imports) -> Arrows {
        let mut arrows = Arrows::new();
        for (index, file) in imports.files.iter().enumerate() {
            let Some(from) = file.module.first().filter(|name| !["main", "cli"].contains(&&***name)) else {
                continue;
            };
            for path in imports.paths(index).filter(|path| path.first() != Some(from)) {
                let to = path.first().map_or("the crate", |name| name);
                let part = path.get(1).filter(|_| self.names_parts(from, to));
                let is_leaf = self.leaves.contains(to) && !self.leaves.contains(from);
                if !is_leaf {
                    let name = part.map_or(to.to_owned(), |part| format!("{to}::{part}"));
                    arrows.entry(from.clone()).or_default().insert(name);
                }
            }
        }
        arrows
    }
}

/// `a`, `b::x` and `b::y` for `a, b (x, y)`.
fn names(list: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut around = None;
    for item in list.split(", ") {
        let (name, part) = item.split_once(" (").unwrap_or(match around {
            Some(name) => (name, item),
            None => (item, ""),
        });
        around = if part.is_empty() || part.ends_with(')') { None } else { Some(name) };
        let part = part.trim_end_matches(')');
        names.insert(if part.is_empty() { name.to_owned() } else { format!("{name}::{part}") });
    }
    names
}

/// What differs between two sets of arrows, as lines of text.
fn differences(architecture: &Architecture, code: &Arrows) -> Vec<String> {
    let pairs = |arrows: &Arrows| -> BTreeSet<String> {
        arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| format!("{from} ─▶ {to}"))).collect()
    };
    let (allowed, found) = (pairs(&architecture.arrows), pairs(code));
    let forbidden = found.difference(&allowed).map(|pair| format!("not in ARCHITECTURE.md: {pair}"));
    let unused = allowed.difference(&found).map(|pair| format!("only in ARCHITECTURE.md: {pair}"));
    forbidden.chain(unused).collect()
}

/// The modules that are left when those that import none of the others have been taken away, again and again.
fn modules_in_circles(arrows: &Arrows) -> BTreeSet<&str> {
    let mut left: BTreeSet<&str> = arrows.keys().map(String::as_str).collect();
    loop {
        let imports_one = |from: &&str| {
            arrows[*from].iter().any(|to| left.contains(to.split("::").next().unwrap_or_default()))
        };
        let next: BTreeSet<&str> = left.iter().copied().filter(imports_one).collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

fn architecture() -> Architecture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    Architecture::parse(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn modules_import_each_other_along_the_arrows_and_every_arrow_is_needed() {
    let architecture = architecture();
    let code = architecture.arrows_of(&Imports::of_the_crate());
    assert_eq!(differences(&architecture, &code), Vec::<String>::new());
}

#[test]
fn the_arrows_form_no_circle() {
    assert_eq!(modules_in_circles(&architecture().arrows), BTreeSet::new());
}

#[test]
fn every_leaf_is_a_module_and_is_imported() {
    let imports = Imports::of_the_crate();
    for leaf in architecture().leaves {
        let users = (0..imports.files.len()).filter(|file| imports.paths(*file).any(|path| path[0] == leaf));
        assert!(users.count() > 0, "nothing imports {leaf}");
        assert!(imports.files.iter().any(|file| file.module == [leaf.clone()]), "there is no module {leaf}");
    }
}

#[test]
fn only_the_linux_module_names_a_path_below_proc() {
    let mut found = BTreeSet::new();
    for file in without_test_files(source_files()) {
        let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        if lines.any(|line| line.contains("\"/proc/")) {
            found.extend(file.module.first().cloned());
        }
    }
    assert_eq!(found, BTreeSet::from(["linux".to_owned()]));
}

#[test]
fn the_binary_imports_nothing_but_the_library() {
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
    let text = std::fs::read_to_string(main).unwrap();
    for line in text.lines().filter(|line| line.starts_with("use ") || line.starts_with("mod ")) {
        assert!(line.starts_with("use runner_lite::") || line.starts_with("use std::"), "{line}");
    }
}

mod tests {
    use super::*;
    use crate::rust_code::SourceFile;

    const DOCUMENT: &str = "# Architecture\n```\nmain ─▶ cli ─▶ every module\na ─▶ b, c (x, y), d    comment, more\n\
                            every module ─▶ leaf, other\n```\n";

    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &[&str]) {
        let architecture = Architecture::parse(DOCUMENT);
        let files = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        let code = architecture.arrows_of(&Imports::of(files));
        assert_eq!(differences(&architecture, &code), expect);
    }

    #[test]
    fn a_line_of_the_document_names_modules_and_their_parts() {
        let expect = ["b", "c::x", "c::y", "d"].map(str::to_owned);
        let architecture = Architecture::parse(DOCUMENT);
        assert_eq!(architecture.arrows, Arrows::from([("a".to_owned(), BTreeSet::from(expect))]));
        assert_eq!(architecture.leaves, BTreeSet::from(["leaf".to_owned(), "other".to_owned()]));
    }

    #[test]
    fn imports_that_the_document_lacks_are_found_and_so_are_arrows_that_the_code_lacks() {
        let a = ("a/mod.rs", "use crate::b; use crate::c::x::X; use crate::d; fn f() { crate::c::y::g() }");
        check(&[a], &[]);
        check(&[a, ("cli.rs", "use crate::z;"), ("b.rs", "use crate::leaf;")], &[]);
        check(&[a, ("a/e.rs", "fn f() -> crate::c::z::Z {}")], &["not in ARCHITECTURE.md: a ─▶ c::z"]);
        check(&[a, ("leaf.rs", "use crate::other;")], &["not in ARCHITECTURE.md: leaf ─▶ other"]);
        check(&[a, ("b.rs", "#[cfg(test)] mod t; use crate::a;")], &["not in ARCHITECTURE.md: b ─▶ a"]);
        check(&[("a/mod.rs", "use crate::{b, c::{x, y}};")], &["only in ARCHITECTURE.md: a ─▶ d"]);
    }

    #[test]
    fn a_circle_of_modules_is_found() {
        let arrows = |list: &[(&str, &str)]| -> Arrows {
            list.iter().map(|(from, to)| ((*from).to_owned(), BTreeSet::from([(*to).to_owned()]))).collect()
        };
        assert_eq!(modules_in_circles(&arrows(&[("a", "b"), ("b", "c")])), BTreeSet::new());
        let circle = arrows(&[("a", "b"), ("b", "c::x"), ("c", "a"), ("d", "e")]);
        assert_eq!(modules_in_circles(&circle), BTreeSet::from(["a", "b", "c"]));
    }
}
