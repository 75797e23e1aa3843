//! Which entry of a file's top level a place lies in.

use std::collections::HashMap;

use super::map::{FileId, SourceMap, Span};
use super::node::{Node, Value};
use super::yaml;

/// The entries of files, read when they are first asked for.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    /// Of each file, where entries begin, and their names.
    files: HashMap<FileId, Vec<(usize, String)>>,
}

impl Entries {
    /// The name of the entry that `span` lies in; `None` before the first one, and in a file that cannot be read.
    pub fn name(&mut self, map: &SourceMap, span: Span) -> Option<&str> {
        let starts = self.files.entry(span.file).or_insert_with(|| starts(map, span.file));
        let after = starts.partition_point(|(start, _)| *start <= span.start);
        starts.get(after.checked_sub(1)?).map(|(_, name)| &**name)
    }
}

fn starts(map: &SourceMap, file: FileId) -> Vec<(usize, String)> {
    let keys = |document: Node| match document.value {
        Value::Mapping(pairs) => pairs.into_iter().map(|(key, _)| (key.span, key.key_text())).collect(),
        _ => Vec::new(),
    };
    let (documents, _) = yaml::load(map, file);
    // A key that comes from a mapping merged into the top level stands where that mapping is.
    let all = documents.into_iter().flat_map(keys).filter(|(span, _)| span.file == file);
    let mut starts: Vec<(usize, String)> = all.map(|(span, name)| (span.start, name)).collect();
    starts.sort_unstable();
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_belongs_to_the_last_entry_that_begins_before_it() {
        let mut map = SourceMap::new();
        let text = "# first\n.a: {x: 1}\nb:\n  script: c\n";
        let file = map.add("a.yml", text);
        let mut entries = Entries::default();
        let mut name = |part: &str| {
            let start = text.find(part).unwrap();
            entries.name(&map, Span { file, start, end: start + 1 }).map(str::to_owned)
        };
        assert_eq!(name("# first"), None);
        assert_eq!(name("x: 1").as_deref(), Some(".a"));
        assert_eq!(name("b:").as_deref(), Some("b"));
        assert_eq!(name("script").as_deref(), Some("b"));
    }

    #[test]
    fn a_file_that_is_no_mapping_has_none() {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", "- a\n");
        assert_eq!(Entries::default().name(&map, Span { file, start: 2, end: 3 }), None);
    }
}
