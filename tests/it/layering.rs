//! Which module may import which: the arrows of the architecture.

use std::path::{Path, PathBuf};

/// Modules that import nothing and that every module may name.
const LEAVES: [&str; 5] = ["amount", "error_chain", "go_duration", "secret", "suggest"];

/// A module of `src/` and what it may name with `crate::`, besides the leaves. `cli` may name everything.
const ARROWS: [(&str, &[&str]); 16] = [
    ("credentials", &["registry"]),
    ("engine", &["transport"]),
    ("engine_choice", &["transport"]),
    ("executor", &["credentials", "engine", "linux", "plan", "probe", "workspace", "registry", "transport"]),
    ("git", &[]),
    ("linux", &[]),
    ("pipeline", &["registry", "source"]),
    ("plan", &["pipeline", "vars", "registry", "git", "source", "runner_config"]),
    ("probe", &["linux"]),
    ("registry", &[]),
    ("report", &["credentials", "executor", "plan", "source", "engine", "registry"]),
    ("runner_config", &["registry"]),
    ("source", &[]),
    ("transport", &[]),
    ("vars", &["git", "pipeline"]),
    ("workspace", &["git", "linux", "plan"]),
];

/// The source files of the crate, sorted.
pub(crate) fn sources() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// `vars` for `src/vars/scope.rs`.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a text names with `crate::`, but for its tests and comments.
fn imports(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let parts = lines.flat_map(|line| line.split("crate::").skip(1));
    parts
        .map(|part| part.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect()
}

#[test]
fn modules_import_only_along_the_arrows() {
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let (from, text) = (module(&path), std::fs::read_to_string(&path).unwrap());
        let allowed = ARROWS.iter().find(|(name, _)| *name == from).map_or(&[][..], |(_, to)| to);
        for to in imports(&text) {
            let leaf = LEAVES.contains(&to) && !LEAVES.contains(&&*from);
            if from != "cli" && to != from && !leaf && !allowed.contains(&to) {
                wrong.push(format!("{}: {from} -> {to}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn only_the_linux_module_names_a_path_below_proc() {
    let mut found = Vec::new();
    for path in sources().into_iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        if lines.any(|line| line.contains("\"/proc/")) {
            found.push(module(&path));
        }
    }
    assert_eq!(found, ["linux"; 3]);
}

#[test]
fn the_binary_imports_nothing_but_the_library() {
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
    let text = std::fs::read_to_string(main).unwrap();
    for line in text.lines().filter(|line| line.starts_with("use ") || line.starts_with("mod ")) {
        assert!(line.starts_with("use runner_lite::") || line.starts_with("use std::"), "{line}");
    }
}

#[test]
fn imports_are_found_in_code_and_not_in_comments_and_tests() {
    let text = "use crate::a::b;\n// crate::c\nfn f() { crate::d::e() }\n#[cfg(test)]\nuse crate::g;";
    assert_eq!(imports(text), ["a", "d"]);
}
