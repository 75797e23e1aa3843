//! Where a path or pattern leads, relative to the project's folder: as text, without a look at any file. Pure.

use super::glob::{GlobError, GlobPart, compile, first_meta, is_valid, unescaped};

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceError {
    /// It is not below the project's folder.
    Outside,
    Glob(GlobError),
}

/// The alternatives of `text`, which may be absolute, as components below `project_dir`. Without components, the text is the
/// project's folder itself.
///
/// The part before the first component with a meta character is a path and no pattern, as in GitLab Runner.
pub fn place(text: &[u8], project_dir: &[u8]) -> Result<Vec<Vec<GlobPart>>, PlaceError> {
    let (base, pattern) = cut(text);
    let absolute = if base.starts_with(b"/") { base.to_vec() } else { [project_dir, b"/", base].concat() };
    let (absolute, project) = (cleaned(&absolute), cleaned(project_dir));
    let mut base = absolute.strip_prefix(project.as_slice()).ok_or(PlaceError::Outside)?.to_vec();
    let mut names = Vec::new();
    for name in pattern.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." if names.pop().is_some() || base.pop().is_some() => {}
            b".." => return Err(PlaceError::Outside),
            name => names.push(name),
        }
    }
    if names.is_empty() && !base.last().is_none_or(|name| is_valid(name)) && pattern.is_empty() {
        return Err(PlaceError::Glob(GlobError::Malformed));
    }
    let before: Vec<GlobPart> = base.iter().map(|name| GlobPart::Literal(unescaped(name).into())).collect();
    let alternatives = compile(&names.join(&b'/')).map_err(PlaceError::Glob)?;
    Ok(alternatives.into_iter().map(|parts| [before.clone(), parts].concat()).collect())
}

/// Cuts a text before its first component with a meta character. Without any, all of it is a path.
fn cut(text: &[u8]) -> (&[u8], &[u8]) {
    if !text.iter().any(|byte| b"*?[{".contains(byte)) {
        return (text, b"");
    }
    let before = text.get(..first_meta(text).unwrap_or(text.len())).unwrap_or_default();
    match before.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => {
            // The root keeps its slash.
            (text.get(..slash.max(1)).unwrap_or_default(), text.get(slash + 1..).unwrap_or_default())
        }
        None => (b"", text),
    }
}

/// The components of an absolute path, without those that `..` takes away.
fn cleaned(path: &[u8]) -> Vec<&[u8]> {
    let mut names = Vec::new();
    for name in path.split(|byte| *byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The components of the first alternative, with patterns in angle brackets.
    fn placed(text: &str) -> Result<String, PlaceError> {
        let alternatives = place(text.as_bytes(), b"/builds/g/p")?;
        let names = alternatives.first().unwrap().iter().map(|part| match part {
            GlobPart::Literal(name) => String::from_utf8_lossy(name).into_owned(),
            GlobPart::Name(_) => "<>".to_owned(),
            GlobPart::AnyFolders => "**".to_owned(),
        });
        Ok(names.collect::<Vec<_>>().join("/"))
    }

    #[test]
    fn paths_are_inside_or_outside_by_their_text_alone() {
        for (text, expect) in [
            ("bin", "bin"),
            ("bin/", "bin"),
            ("./bin//x/.", "bin/x"),
            ("/builds/g/p/bin", "bin"),
            ("../p/bin", "bin"),
            ("a/../bin", "bin"),
            (".", ""),
            ("/builds/g/p/", ""),
            ("bin/*", "bin/<>"),
            ("bin/*/", "bin/<>"),
            ("../p/**/*.txt", "**/<>"),
            ("/builds/g/p/*", "<>"),
            ("bin/*/../x", "bin/x"),
            ("bin/x*/../../y", "y"),
            ("a\\*b", "a*b"),
            ("d\\[/e*", "d[/<>"),
            ("a\\]", "a]"),
            ("a}/b", "a}/b"),
            ("a}/b*", "a}/<>"),
            ("a\\b", "a\\b"),
            ("{x}/y", "x/y"),
        ] {
            assert_eq!(placed(text).as_deref(), Ok(expect), "{text}");
        }
        for text in [
            "..",
            "../x",
            "/",
            "/etc/passwd",
            "/builds/g/px",
            "/*",
            "../p2/*",
            "/builds/g/*",
            "*/../..",
            "a*/../../x",
        ] {
            assert_eq!(placed(text), Err(PlaceError::Outside), "{text}");
        }
    }

    #[test]
    fn malformed_patterns_are_an_error() {
        for text in ["[", "a/[", "{a", "a}", "a\\", "x/a}", "*[", "[a/b]*"] {
            assert_eq!(placed(text), Err(PlaceError::Glob(GlobError::Malformed)), "{text}");
        }
        assert_eq!(placed(&"{a,b}".repeat(20)), Err(PlaceError::Glob(GlobError::TooManyAlternatives)));
    }
}
