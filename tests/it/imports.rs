//! Which file of `src/` imports which other.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust_code::{SourceFile, source_files, tokens, without_test_files, without_tests};

/// A path of a module or of something in it, from the root of the crate: `["executor", "event", "Event"]`.
pub(crate) type ItemPath = Vec<String>;

/// A name that a file brings into scope, and the path behind it.
struct Binding {
    name: String,
    path: ItemPath,
}

/// The files of `src/` without tests, and all that each of them names of the crate.
pub(crate) struct Imports {
    pub(crate) files: Vec<SourceFile>,
    bindings: Vec<Vec<Binding>>,
    paths: Vec<Vec<ItemPath>>,
    modules: BTreeMap<Vec<String>, usize>,
}

impl Imports {
    /// Reads `src/`.
    pub(crate) fn of_the_crate() -> Self {
        Self::of(without_test_files(source_files()))
    }

    pub(crate) fn of(files: Vec<SourceFile>) -> Self {
        let modules: BTreeMap<_, _> =
            files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let (mut bindings, mut paths) = (Vec::new(), Vec::new());
        for file in &files {
            let tokens = without_tests(&tokens(&file.text));
            let scope = Scope { module: &file.module, modules: &modules };
            assert!(!has_inline_module(&tokens), "{}: a module belongs in a file of its own", file.path);
            bindings.push(scope.bindings(&tokens));
            let has_glob = bindings.last().is_some_and(|names| names.iter().any(|it| it.name == "*"));
            assert!(!has_glob, "{}: `use …::*` hides where a name comes from", file.path);
            paths.push(scope.paths(&tokens));
        }
        Self { files, bindings, paths, modules }
    }

    /// The paths that a file names, in `use` declarations and elsewhere.
    pub(crate) fn paths(&self, file: usize) -> impl Iterator<Item = &ItemPath> {
        self.bindings[file].iter().map(|binding| &binding.path).chain(&self.paths[file])
    }

    /// The files that each file imports, but for modules around it and modules in it.
    pub(crate) fn graph(&self) -> Vec<BTreeSet<usize>> {
        let targets = |from: usize| {
            let mut found = BTreeSet::new();
            self.paths(from).for_each(|path| self.follow(path, &mut found));
            found.into_iter().filter(move |to| !self.are_nested(from, *to)).collect()
        };
        (0..self.files.len()).map(targets).collect()
    }

    /// Adds the file that has `path`. Where that file takes the name from another one, adds that file too.
    fn follow(&self, path: &[String], found: &mut BTreeSet<usize>) {
        let prefixes = (0..=path.len()).rev().map(|depth| (depth, &path[..depth]));
        let Some((depth, file)) =
            prefixes.filter_map(|(depth, prefix)| Some((depth, *self.modules.get(prefix)?))).next()
        else {
            return;
        };
        found.insert(file);
        let Some(name) = path.get(depth) else { return };
        let behind = self.bindings[file].iter().filter(|binding| binding.name == *name);
        behind.for_each(|binding| self.follow(&binding.path, found));
    }

    fn are_nested(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.files[one].module, &self.files[other].module);
        one.starts_with(other) || other.starts_with(one)
    }
}

/// Where paths stand, for what they mean.
struct Scope<'a> {
    module: &'a [String],
    modules: &'a BTreeMap<Vec<String>, usize>,
}

impl Scope<'_> {
    /// What the `use` declarations bring into scope, but for names of other crates.
    fn bindings(&self, tokens: &[&str]) -> Vec<Binding> {
        let mut bindings = Vec::new();
        for (at, _) in tokens.iter().enumerate().filter(|(_, token)| **token == "use") {
            let mut names = Vec::new();
            use_tree(&tokens[at + 1..], &[], &mut names);
            let resolved = names.into_iter().filter_map(|(name, path)| Some((name, self.resolve(&path)?)));
            bindings.extend(resolved.map(|(name, path)| Binding { name: name.to_owned(), path }));
        }
        bindings
    }

    /// The paths outside `use` declarations that begin with `crate`, `super` or `self`.
    fn paths(&self, tokens: &[&str]) -> Vec<ItemPath> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let before = &tokens[..at];
            if tokens[at] == "use" {
                at += tokens[at..].iter().position(|token| *token == ";").unwrap_or(1);
            } else if starts_path(&tokens[at..]) && !before.ends_with(&["pub", "(", "in"]) {
                let path = plain_path(&tokens[at..]);
                at += path.len() * 2 - 2;
                paths.extend(self.resolve(&path));
            }
            at += 1;
        }
        paths
    }

    /// The path from the root of the crate; `None` for one of another crate.
    fn resolve(&self, path: &[&str]) -> Option<ItemPath> {
        let (first, mut rest) = path.split_first()?;
        let mut module = self.module.to_vec();
        match *first {
            "crate" => module.clear(),
            "self" => {}
            "super" => {
                module.pop();
                while let Some(after) = rest.strip_prefix(&["super"]) {
                    module.pop();
                    rest = after;
                }
            }
            name => {
                module.push(name.to_owned());
                self.modules.get(&module)?;
            }
        }
        module.extend(rest.iter().map(|name| (*name).to_owned()));
        Some(module)
    }
}

fn starts_path(tokens: &[&str]) -> bool {
    matches!(tokens, ["crate" | "super" | "self", "::", ..])
}

/// `["a", "b"]` for `a :: b ( …`.
fn plain_path<'t>(tokens: &[&'t str]) -> Vec<&'t str> {
    let mut path = vec![tokens[0]];
    for pair in tokens[1..].chunks(2) {
        match pair {
            ["::", name] if is_name(name) => path.push(name),
            _ => break,
        }
    }
    path
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Reads one tree of a `use` declaration into names and their paths; gives the tokens that follow it.
fn use_tree<'s, 't>(
    tokens: &'s [&'t str],
    prefix: &[&'t str],
    names: &mut Vec<(&'t str, Vec<&'t str>)>,
) -> &'s [&'t str] {
    let mut path = prefix.to_vec();
    let mut rest = tokens;
    loop {
        match rest {
            ["{", after @ ..] => {
                rest = after;
                while rest.first().is_some_and(|token| *token != "}") {
                    rest = use_tree(rest, &path, names);
                    rest = rest.strip_prefix(&[","]).unwrap_or(rest);
                }
                return rest.get(1..).unwrap_or_default();
            }
            ["::", after @ ..] => rest = after,
            ["as", alias, after @ ..] => {
                names.push((alias, path));
                return after;
            }
            ["self", after @ ..] if !path.is_empty() => rest = after,
            [name, after @ ..] if is_name(name) || *name == "*" => {
                path.push(name);
                rest = after;
            }
            _ => {
                names.extend(path.last().copied().map(|name| (name, path)));
                return rest;
            }
        }
    }
}

/// Whether a module with a body is among the tokens: `super` in it would mean something else.
fn has_inline_module(tokens: &[&str]) -> bool {
    tokens.windows(3).any(|window| matches!(window, ["mod", name, "{"] if is_name(name)))
}

mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "e.rs: `use …::*` hides where a name comes from")]
    fn a_glob_outside_tests_is_refused() {
        imports_of("e.rs", "use crate::a::*; ");
    }

    fn imports_of(path: &str, text: &str) -> Vec<String> {
        let files = ["a/mod.rs", "a/b.rs", "a/b/c.rs", "d.rs", "e.rs"]
            .map(|other| SourceFile::new(other, if other == path { text } else { "" }));
        let imports = Imports::of(files.into());
        let file = imports.files.iter().position(|file| file.path == path).unwrap();
        imports.paths(file).map(|path| path.join("::")).collect()
    }

    #[test]
    fn all_forms_of_use_declarations_are_read() {
        let text =
            "use crate::d::{x, y::{self, z as w}}; pub(crate) use super::b; use std::fmt; use tokio::e;";
        assert_eq!(imports_of("e.rs", text), ["d::x", "d::y", "d::y::z", "b"]);
        assert_eq!(imports_of("a/b/c.rs", "use super::super::q; use self::r;"), ["a::q", "a::b::c::r"]);
        assert_eq!(
            imports_of("a/mod.rs", "use b::{c, K}; use {crate::d, crate::e::f};"),
            ["a::b::c", "a::b::K", "d", "e::f"]
        );
    }

    #[test]
    fn paths_in_expressions_and_types_are_imports_and_visibilities_are_not() {
        let text =
            "pub(in crate::a) fn f(x: &crate::d::X<'_>) { super::e::g::<u8>(); h!(\"{}\", crate::e::i()) }";
        assert_eq!(imports_of("a/b.rs", text), ["d::X", "a::e::g", "e::i"]);
    }

    #[test]
    fn code_after_test_code_is_read_and_test_code_is_not() {
        let text = "#[cfg(test)] mod testing; use crate::d; #[cfg(test)] mod tests { use crate::e; } fn f() { crate::e::g() }";
        assert_eq!(imports_of("a/b.rs", text), ["d", "e::g"]);
    }

    #[test]
    #[should_panic(expected = "a/b.rs: a module belongs in a file of its own")]
    fn a_module_in_a_file_is_refused() {
        imports_of("a/b.rs", "mod c { use super::x; }");
    }
}
