//! `coverage`: the percentage in a job's output, found while the output streams through.
//!
//! As in GitLab, lines are matched one by one. The last matching line counts, in it the last match, and in that the
//! first number. Pure; keeps one line in memory.

use crate::plan::job_plan::Pattern;

/// How much of a line is matched. GitLab has no such limit, but a line without an end must not fill the memory.
const LINE_BYTES_MAX: usize = 64 << 10;

/// What a colour code starts with.
const COLOUR_START: &str = "\x1b[";

/// Searches the output of one attempt at a job.
#[derive(Debug)]
pub struct Coverage {
    search: Option<CoverageSearch>,
}

/// What a run's output came to.
#[derive(Debug, Clone, PartialEq)]
pub enum CoverageResult {
    /// The number found, usually a percentage.
    Figure(f64),
    /// A number that GitLab would not find: a line matches the pattern only without its colour codes.
    BehindColours(f64),
    /// No line of the output matches.
    Nothing,
}

#[derive(Debug)]
struct CoverageSearch {
    pattern: Pattern,
    has_groups: bool,
    /// The current line, up to `LINE_BYTES_MAX`.
    line: Vec<u8>,
    /// Whether any output has arrived.
    begun: bool,
    figure: Option<f64>,
    /// The number found in lines without their colour codes.
    behind_colours: Option<f64>,
}

impl Coverage {
    /// A search for `pattern`; without a pattern nothing is found.
    pub fn new(pattern: Option<Pattern>) -> Self {
        let search = |pattern: Pattern| CoverageSearch {
            has_groups: pattern.has_groups(),
            pattern,
            line: Vec::new(),
            begun: false,
            figure: None,
            behind_colours: None,
        };
        Self { search: pattern.map(search) }
    }

    /// Takes the next piece of output, which may begin and end anywhere in a line.
    pub fn push(&mut self, mut piece: &[u8]) {
        let Some(search) = &mut self.search else { return };
        search.begun = true;
        while let Some(end) = memchr::memchr(b'\n', piece) {
            let (line, rest) = piece.split_at(end);
            search.extend(line);
            search.end_line();
            piece = rest.get(1..).unwrap_or_default();
        }
        search.extend(piece);
    }

    /// The result for all output so far; `None` if the job has no `coverage` or no output.
    pub fn finding(&mut self) -> Option<CoverageResult> {
        let search = self.search.as_mut().filter(|search| search.begun)?;
        search.end_line();
        Some(match (search.figure, search.behind_colours) {
            (Some(figure), _) => CoverageResult::Figure(figure),
            (None, Some(figure)) => CoverageResult::BehindColours(figure),
            (None, None) => CoverageResult::Nothing,
        })
    }
}

impl CoverageSearch {
    fn extend(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn end_line(&mut self) {
        if self.may_count() {
            let line = String::from_utf8_lossy(&self.line);
            let line = line.strip_suffix('\r').unwrap_or(&line);
            if let Some(found) = LineMatch::of(&self.pattern, line) {
                found.update(&mut self.figure);
                found.update(&mut self.behind_colours);
            } else if line.contains(COLOUR_START)
                && let Some(found) = LineMatch::of(&self.pattern, &without_colours(line))
            {
                found.update(&mut self.behind_colours);
            }
        }
        self.line.clear();
    }

    /// Whether the line can change the result: it has a digit, or a match of a group may discard a number.
    fn may_count(&self) -> bool {
        self.has_groups || self.line.iter().any(u8::is_ascii_digit)
    }
}

/// What the last match in a line says.
enum LineMatch {
    /// It has this number.
    Number(f64),
    /// It has no number.
    NoNumber,
    /// Its last group took no part.
    NoGroup,
}

impl LineMatch {
    fn of(pattern: &Pattern, line: &str) -> Option<Self> {
        let fragment = pattern.last_match(line)?;
        Some(fragment.map_or(Self::NoGroup, |text| first_number(text).map_or(Self::NoNumber, Self::Number)))
    }

    /// Updates the number of the lines before. A match whose last group took no part discards it, because GitLab, which
    /// reads from the end, gives up there.
    fn update(&self, figure: &mut Option<f64>) {
        match self {
            Self::Number(number) => *figure = Some(*number),
            Self::NoNumber => {}
            Self::NoGroup => *figure = None,
        }
    }
}

/// The first number in GitLab's syntax: digits, optionally a point and more digits.
fn first_number(text: &str) -> Option<f64> {
    let text = text.get(text.find(|c: char| c.is_ascii_digit())?..)?;
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let fraction = text.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
    let length = if fraction == 0 { whole } else { whole + 1 + fraction };
    text.get(..length)?.parse().ok()
}

/// Removes colour codes, `ESC [ … letter`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split(COLOUR_START);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| ('@'..='~').contains(&c));
        plain.push_str(end.and_then(|end| part.get(end + 1..)).unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn search(pattern: &str) -> Coverage {
        Coverage::new(Some(Pattern::parse(pattern).unwrap().unwrap()))
    }

    #[track_caller]
    fn check(pattern: &str, log: &str, expect: CoverageResult) {
        let mut coverage = search(pattern);
        coverage.push(log.as_bytes());
        assert_eq!(coverage.finding(), Some(expect), "{pattern} {log:?}");
    }

    #[test]
    fn the_last_line_the_last_match_and_the_first_number_of_it_count() {
        check(
            r"/Code coverage: \d+(?:\.\d+)?/",
            "a\nCode coverage: 67.89% of lines\n",
            CoverageResult::Figure(67.89),
        );
        check(r"/cover: \d+/", "cover: 1\ncover: 22\nnothing\n", CoverageResult::Figure(22.0));
        check(r"/cover: \d+/", "cover: 1 cover: 22", CoverageResult::Figure(22.0));
        check(r"/cover: \d+ of \d+/", "cover: 5 of 7", CoverageResult::Figure(5.0));
        check(r"/cover: (\d+) of (\d+)/", "cover: 5 of 7", CoverageResult::Figure(7.0));
        check(r"/\d+%/", "007.50%", CoverageResult::Figure(50.0));
        check(r"/[\d.]+%/", "007.50%", CoverageResult::Figure(7.5));
        check(r"/TOTAL.*/", "TOTAL 12.\n", CoverageResult::Figure(12.0));
    }

    #[test]
    fn a_match_without_a_number_keeps_the_number_before() {
        check("/cover.*/", "cover 5\ncover ?\n", CoverageResult::Figure(5.0));
        check("/cover.*/", "cover ?\n", CoverageResult::Nothing);
        check("/cover.*/", "", CoverageResult::Nothing);
    }

    #[test]
    fn an_unmatched_last_group_discards_earlier_numbers() {
        check(r"/a(\d+)|b(\d+)/", "b1\na5\n", CoverageResult::Nothing);
        check(r"/a(\d+)|b(\d+)/", "a5\nb1\n", CoverageResult::Figure(1.0));
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        check(r"/^TOTAL (\d+)$/", "TOTAL 5\r\nx\n", CoverageResult::Figure(5.0));
        check(r"/^TOTAL (\d+)$/", "TOTAL 5", CoverageResult::Figure(5.0));
        check(r"/a\s+(\d+)/", "a\n5\n", CoverageResult::Nothing);
    }

    #[test]
    fn a_number_that_only_colour_codes_hide_is_reported() {
        let log = "cover: \x1b[32;1m81\x1b[0m%\n";
        check(r"/cover: \d+/", log, CoverageResult::BehindColours(81.0));
        check(r"/cover: .*%/", log, CoverageResult::Figure(32.0));
        check(r"/(cover): \d+/", log, CoverageResult::Nothing);
        check(r"/cover: (\d+)/", log, CoverageResult::BehindColours(81.0));
    }

    #[test]
    fn a_line_without_an_end_is_kept_up_to_the_limit() {
        let mut coverage = search(r"/cover: \d+/");
        for _ in 0..100 {
            coverage.push(&[b'x'; 4096]);
        }
        assert_eq!(coverage.search.as_ref().unwrap().line.len(), LINE_BYTES_MAX);
        coverage.push(b"cover: 1\ncover: 2");
        assert_eq!(coverage.finding(), Some(CoverageResult::Figure(2.0)));
    }

    #[test]
    fn a_job_without_coverage_has_no_result() {
        let mut coverage = Coverage::new(None);
        coverage.push(b"cover: 1\n");
        assert_eq!(coverage.finding(), None);
    }

    proptest! {
        #[test]
        fn pieces_of_output_give_the_result_of_the_whole(log in "[c 0-9.\\n\\r\\x1b\\[m%é]{0,40}", cut in 0..80_usize) {
            let mut whole = search(r"/c *(\d+)%?/");
            whole.push(log.as_bytes());
            let mut pieces = search(r"/c *(\d+)%?/");
            let (first, second) = log.as_bytes().split_at(cut.min(log.len()));
            pieces.push(first);
            pieces.push(second);
            prop_assert_eq!(whole.finding(), pieces.finding());
        }
    }
}
