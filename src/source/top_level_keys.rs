//! Finds the top-level key, such as a job's name, whose value contains a position.

use std::collections::HashMap;

use super::map::{FileId, SourceMap, Span};
use super::node::{Node, Value};
use super::yaml;

/// The top-level keys of files. A file is parsed when it is first asked for.
#[derive(Debug, Clone, Default)]
pub struct TopLevelKeys {
    /// For each file, the offsets of its keys in order, and their names.
    files: HashMap<FileId, Vec<(usize, String)>>,
}

impl TopLevelKeys {
    /// The key that `span` belongs to. `None` before the first key, and in a file that is not a mapping.
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
    // Keys that `<<` merges into the top level have the position of the mapping that they come from.
    let all = documents.into_iter().flat_map(keys).filter(|(span, _)| span.file == file);
    let mut starts: Vec<(usize, String)> = all.map(|(span, name)| (span.start, name)).collect();
    starts.sort_unstable();
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_belongs_to_the_last_key_before_it() {
        let mut map = SourceMap::new();
        let text = "# first\n.a: {x: 1}\nb:\n  script: c\n";
        let file = map.add("a.yml", text);
        let mut keys = TopLevelKeys::default();
        let mut name = |part: &str| {
            let start = text.find(part).unwrap();
            keys.name(&map, Span { file, start, end: start + 1 }).map(str::to_owned)
        };
        assert_eq!(name("# first"), None);
        assert_eq!(name("x: 1").as_deref(), Some(".a"));
        assert_eq!(name("b:").as_deref(), Some("b"));
        assert_eq!(name("script").as_deref(), Some("b"));
    }

    #[test]
    fn a_file_that_is_not_a_mapping_has_no_keys() {
        let mut map = SourceMap::new();
        let file = map.add("a.yml", "- a\n");
        assert_eq!(TopLevelKeys::default().name(&map, Span { file, start: 2, end: 3 }), None);
    }
}
