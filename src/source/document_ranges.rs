//! The ranges of a file's YAML documents. GitLab splits the text at lines that begin with `---` before it parses it.

use std::ops::Range;

/// The byte ranges of the documents of a text, except for blank documents.
pub fn document_ranges(text: &str) -> Vec<Range<usize>> {
    let mut documents = Vec::new();
    let (mut start, mut at): (usize, usize) = (0, 0);
    for line in text.split_inclusive('\n') {
        let next = at.saturating_add(line.len());
        if is_divider(line) {
            documents.push(start..at);
            // The rest of the line belongs to the document.
            start = at.saturating_add("---".len());
        }
        at = next;
    }
    documents.push(start..text.len());
    documents.retain(|part| text.get(part.clone()).is_some_and(|text| !text.trim().is_empty()));
    documents
}

fn is_divider(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let documents: Vec<&str> = document_ranges(text).into_iter().map(|part| text[part].trim()).collect();
        assert_eq!(documents, expect, "{text:?}");
    }

    #[test]
    fn documents_are_separated_by_lines_that_begin_with_three_dashes() {
        check("a: 1\n", &["a: 1"]);
        check("---\na: 1\n---\nb: 2", &["a: 1", "b: 2"]);
        check("spec:\n  inputs:\n---\na: 1\n", &["spec:\n  inputs:", "a: 1"]);
        check("a: |\n  ---\n  x\n", &["a: |\n  ---\n  x"]);
        check("a: 1\r\n---\r\nb: 2\r\n", &["a: 1", "b: 2"]);
        check("--- a\n", &["a"]);
        check("----\n", &["----"]);
        check("\n", &[]);
    }
}
