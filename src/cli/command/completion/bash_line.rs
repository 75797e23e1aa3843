//! The command line up to the cursor, as bash passes it: its words, and the text that completes the last one.
//!
//! Bash splits words also at characters other than blanks (`COMP_WORDBREAKS`, for instance `:` and `=`), and replaces
//! the last piece of a word only. Names of jobs contain such characters. Zsh and fish take care of that themselves.

/// The quote that is open at the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OpenQuote {
    None,
    Single,
    Double,
}

/// A command line up to the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BashLine {
    /// The words without quotes. The last one is the word to complete; it may be empty.
    pub(super) words: Vec<String>,
    quote: OpenQuote,
    /// The length of the last word's part before the piece that bash replaces, in bytes.
    before: usize,
}

impl BashLine {
    /// Splits `text` into words. `breaks` are the characters behind which bash begins a new piece of a word.
    pub(super) fn split(text: &str, breaks: &str) -> Self {
        let mut line = Self { words: vec![String::new()], quote: OpenQuote::None, before: 0 };
        let mut is_begun = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if line.quote == OpenQuote::None && c.is_whitespace() {
                if is_begun {
                    line.words.push(String::new());
                    line.before = 0;
                }
                is_begun = false;
                continue;
            }
            is_begun = true;
            match (line.quote, c) {
                (OpenQuote::None, '\'') => line.open(OpenQuote::Single),
                (OpenQuote::None, '"') => line.open(OpenQuote::Double),
                (OpenQuote::Single, '\'') | (OpenQuote::Double, '"') => line.quote = OpenQuote::None,
                (OpenQuote::None, '\\') => chars.next().into_iter().for_each(|c| line.push(c)),
                (OpenQuote::Double, '\\') => match chars.next_if(|next| "\"\\$`".contains(*next)) {
                    Some(next) => line.push(next),
                    None => line.push('\\'),
                },
                _ => {
                    line.push(c);
                    if line.quote == OpenQuote::None && breaks.contains(c) {
                        line.before = line.word().len();
                    }
                }
            }
        }
        line
    }

    /// The word to complete.
    pub(super) fn word(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// Returns the text that completes the word to `candidate` when bash replaces the last piece with it.
    pub(super) fn completed(&self, candidate: &str) -> String {
        let piece = candidate.get(self.before..).unwrap_or_default();
        match self.quote {
            // Bash adds the closing quote. Inside single quotes, `'\''` stands for a single quote.
            OpenQuote::Single => piece.replace('\'', "'\\''"),
            OpenQuote::Double => escaped(piece, |c| "\"\\$`".contains(c)),
            OpenQuote::None => escaped(piece, |c| !(c.is_alphanumeric() || "_-./:@+%,=".contains(c))),
        }
    }

    /// Opens a quote, which begins a new piece.
    fn open(&mut self, quote: OpenQuote) {
        self.quote = quote;
        self.before = self.word().len();
    }

    fn push(&mut self, c: char) {
        if let Some(word) = self.words.last_mut() {
            word.push(c);
        }
    }
}

fn escaped(text: &str, is_special: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if is_special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    #[track_caller]
    fn check(text: &str, words: &[&str], candidate: &str, expect: &str) {
        let line = BashLine::split(text, BREAKS);
        assert_eq!(line.words, words, "{text}");
        assert_eq!(line.completed(candidate), expect, "{text}");
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        check("a b", &["a", "b"], "bc", "bc");
        check("a  b ", &["a", "b", ""], "c d", r"c\ d");
        check(r#"a 'b c' "d\"e" f\ g"#, &["a", "b c", "d\"e", "f g"], "f g", r"f\ g");
        check("", &[""], "x", "x");
    }

    #[test]
    fn only_the_piece_behind_the_last_break_is_completed() {
        check(r"x test:\ [ru", &["x", "test: [ru"], "test: [ruby, 2.7]", r"\ \[ruby,\ 2.7\]");
        check("x test:", &["x", "test:"], "test: [a]", r"\ \[a\]");
        check("x te", &["x", "te"], "test: [a]", r"test:\ \[a\]");
        check("x --job=te", &["x", "--job=te"], "--job=test: 'a'", r"test:\ \'a\'");
    }

    #[test]
    fn quoted_words_escape_only_what_their_quotes_require() {
        check("x 'test: [ru", &["x", "test: [ru"], "test: [ruby 'a'\\]", "test: [ruby '\\''a'\\''\\]");
        check("x \"test: [ru", &["x", "test: [ru"], "test: [ruby \"$a\"]", "test: [ruby \\\"\\$a\\\"]");
        check("x 'a", &["x", "a"], "a b", "a b");
    }
}
