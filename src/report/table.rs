//! A table of an answer, in which each column is as wide as its widest cell.

use std::fmt::Write;

use super::printable::printable_line;

/// The blanks between two columns.
const GAP: &str = "  ";

/// The widest cell that the column is aligned with: the padding of all rows must not take more than their texts. It is
/// also below the 65,535 characters that Rust pads to.
const ALIGNED_MAX: usize = 1000;

/// Formats the rows below a headline. Cells are shown in one line, without the characters that command a terminal.
pub(super) fn table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> String {
    let rows = rows.into_iter().map(|row| row.map(|text| cell(&text)));
    let rows: Vec<[String; COLUMNS]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; COLUMNS];
    for (column, cell) in rows.iter().flat_map(|row| (0..).zip(row)) {
        if let Some(widest) = widths.get_mut(column) {
            *widest = cell.chars().count().min(ALIGNED_MAX).max(*widest);
        }
    }
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string does not fail.
            let _ = write!(out, "{cell:width$}{GAP}");
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

/// The text in one line: names and expressions may contain white space and control characters.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    printable_line(&words.join(" ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_is_shown_and_does_not_widen_the_other_rows() {
        let long = "x".repeat(70_000);
        let shown = table(["A", "B"], [[long.clone(), "b".to_owned()], ["a".to_owned(), "b".to_owned()]]);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1], format!("{long}  b"));
        assert_eq!(lines[2].len(), ALIGNED_MAX + 3);
    }
}
