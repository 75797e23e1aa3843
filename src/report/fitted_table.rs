//! A table that fits a terminal, with headings between its rows.

use super::printable::printable_line;
use super::style::{Colour, Style};
use super::terminal_text::TerminalText;

/// The blanks between two columns.
const GAP: &str = "  ";

/// The most blanks before a cell: the padding of all rows must not take more than their texts.
const BLANKS_MAX: usize = 1000;

/// The end of a text that is cut. Every terminal has these characters.
const CUT: &str = "...";

/// A column.
pub(super) struct Column {
    pub(super) head: &'static str,
    /// The width below which the column is left out rather than cut; `usize::MAX` if it is always shown in full.
    pub(super) width_min: usize,
}

/// A row of the table.
pub(super) enum FittedRow<const COLUMNS: usize> {
    /// A heading of the rows below it.
    Heading(String),
    /// Cells, with the colours of their texts.
    Cells([(String, Option<Colour>); COLUMNS]),
}

/// Formats the rows. Columns without content are left out. If the terminal is too narrow, columns are cut, the last one
/// first, and then left out. Cells are shown in one line, without the characters that command a terminal.
pub(super) fn fitted_table<const COLUMNS: usize>(
    columns: &[Column; COLUMNS],
    rows: &[FittedRow<COLUMNS>],
    style: Style,
    width: Option<usize>,
) -> TerminalText {
    let mut out = TerminalText::default();
    if rows.is_empty() {
        return out;
    }
    let widths = fitted_widths(columns, natural_widths(columns, rows), width);
    let heads = columns.each_ref().map(|column| (column.head.to_owned(), None));
    push_row(&mut out, &heads, &widths, style);
    for row in rows {
        match row {
            FittedRow::Heading(text) => {
                let widest = width.map_or(usize::MAX, |width| width.saturating_sub(1));
                out.append(&style.paint(Colour::Bold, &cut(&cell(text), widest)));
                out.push("\n");
            }
            FittedRow::Cells(cells) => push_row(&mut out, cells, &widths, style),
        }
    }
    out
}

/// The width of each column that shows everything; 0 for a column without content.
fn natural_widths<const COLUMNS: usize>(
    columns: &[Column; COLUMNS],
    rows: &[FittedRow<COLUMNS>],
) -> [usize; COLUMNS] {
    let mut widths = [0; COLUMNS];
    for row in rows {
        let FittedRow::Cells(cells) = row else { continue };
        for (width, (text, _)) in widths.iter_mut().zip(cells) {
            *width = cell(text).chars().count().max(*width);
        }
    }
    for (width, column) in widths.iter_mut().zip(columns).filter(|(width, _)| **width > 0) {
        *width = column.head.len().max(*width);
    }
    widths
}

/// Narrows the columns, the last one first, until the row fits; then leaves columns out, the last one first, and gives the
/// space that is left to the first ones.
fn fitted_widths<const COLUMNS: usize>(
    columns: &[Column; COLUMNS],
    natural: [usize; COLUMNS],
    width: Option<usize>,
) -> [usize; COLUMNS] {
    // Terminals differ in what they do with a character in their last column.
    let Some(most) = width.map(|width| width.saturating_sub(1)) else { return natural };
    let mut widths = natural;
    for (index, column) in columns.iter().enumerate().rev() {
        let excess = row_width(&widths).saturating_sub(most);
        if let Some(width) = widths.get_mut(index) {
            *width = width.saturating_sub(excess).max(column.width_min).min(*width);
        }
    }
    for (index, column) in columns.iter().enumerate().rev() {
        let can_go = column.width_min != usize::MAX && row_width(&widths) > most;
        if let Some(width) = widths.get_mut(index).filter(|_| can_go) {
            *width = 0;
        }
    }
    for (index, natural) in natural.into_iter().enumerate() {
        let left = most.saturating_sub(row_width(&widths));
        if let Some(width) = widths.get_mut(index).filter(|width| **width > 0) {
            *width = width.saturating_add(left).min(natural);
        }
    }
    widths
}

/// The width of a row with columns of these widths.
fn row_width(widths: &[usize]) -> usize {
    let shown = widths.iter().filter(|width| **width > 0);
    let gaps = shown.clone().count().saturating_sub(1);
    shown.fold(GAP.len().saturating_mul(gaps), |sum, width| sum.saturating_add(*width))
}

fn push_row<const COLUMNS: usize>(
    out: &mut TerminalText,
    cells: &[(String, Option<Colour>); COLUMNS],
    widths: &[usize; COLUMNS],
    style: Style,
) {
    let shown = cells.iter().zip(widths).filter(|(_, width)| **width > 0);
    let mut blanks = 0;
    for ((text, colour), width) in shown {
        let text = cut(&cell(text), *width);
        let length = text.chars().count();
        if length > 0 {
            out.push(&" ".repeat(blanks.min(BLANKS_MAX)));
            blanks = 0;
            match colour {
                Some(colour) => out.append(&style.paint(*colour, &text)),
                None => out.push(&text),
            }
        }
        blanks += width.saturating_sub(length).saturating_add(GAP.len());
    }
    out.push("\n");
}

/// The text in one line, with its indentation: names and expressions may contain white space and control characters.
fn cell(text: &str) -> String {
    let indentation = text.len() - text.trim_start_matches(' ').len();
    let words: Vec<&str> = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}{}", " ".repeat(indentation), printable_line(&words.join(" ")))
}

/// The text, cut to `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(CUT.len())).collect();
    format!("{kept}{CUT}")
}
