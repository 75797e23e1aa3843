//! A command line as bash hands it over, up to the cursor: its words, and what a completed one has to look like.
//!
//! Bash splits words at more characters than blanks (`COMP_WORDBREAKS`: `:` and `=` among them) and puts what it is
//! given in the place of the last piece alone, so names of jobs need care that zsh and fish take themselves.

/// What quotes the character at the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

/// The line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Words before the cursor, without quotes; the last one is the one to complete, and may be empty.
    pub words: Vec<String>,
    quote: Quote,
    /// How much of the last word stands before the piece that bash replaces, in bytes.
    before: usize,
}

impl Line {
    /// Splits `text`; `breaks` are the characters at which bash begins a new piece.
    pub fn split(text: &str, breaks: &str) -> Self {
        let mut line = Self { words: vec![String::new()], quote: Quote::None, before: 0 };
        let mut is_begun = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if line.quote == Quote::None && c.is_whitespace() {
                if is_begun {
                    line.words.push(String::new());
                    line.before = 0;
                }
                is_begun = false;
                continue;
            }
            is_begun = true;
            match (line.quote, c) {
                (Quote::None, '\'') => line.open(Quote::Single),
                (Quote::None, '"') => line.open(Quote::Double),
                (Quote::Single, '\'') | (Quote::Double, '"') => line.quote = Quote::None,
                (Quote::None, '\\') => chars.next().into_iter().for_each(|c| line.push(c)),
                (Quote::Double, '\\') => match chars.next_if(|next| "\"\\$`".contains(*next)) {
                    Some(next) => line.push(next),
                    None => line.push('\\'),
                },
                _ => {
                    line.push(c);
                    if line.quote == Quote::None && breaks.contains(c) {
                        line.before = line.word().len();
                    }
                }
            }
        }
        line
    }

    /// The word to complete.
    pub fn word(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    /// What makes the word `candidate`, which begins with it, in the place of the piece that bash replaces.
    pub fn completed(&self, candidate: &str) -> String {
        let piece = candidate.get(self.before..).unwrap_or_default();
        match self.quote {
            // Bash closes the quote. One inside of it closes it, is quoted by itself, and opens it again.
            Quote::Single => piece.replace('\'', "'\\''"),
            Quote::Double => escaped(piece, |c| "\"\\$`".contains(c)),
            Quote::None => escaped(piece, |c| !(c.is_alphanumeric() || "_-./:@+%,=".contains(c))),
        }
    }

    /// A quote begins a piece of its own.
    fn open(&mut self, quote: Quote) {
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
        let line = Line::split(text, BREAKS);
        assert_eq!(line.words, words, "{text}");
        assert_eq!(line.completed(candidate), expect, "{text}");
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        check("a b", &["a", "b"], "bc", "bc");
        check("a  b ", &["a", "b", ""], "c d", r"c\ d");
        check(r#"a 'b c' "d\"e" f\ g"#, &["a", "b c", "d\"e", "f g"], "f g", r"f\ g");
        check("", &[""], "x", "x");
    }

    #[test]
    fn bash_replaces_what_follows_the_last_break_alone() {
        check(r"x test:\ [ru", &["x", "test: [ru"], "test: [ruby, 2.7]", r"\ \[ruby,\ 2.7\]");
        check("x test:", &["x", "test:"], "test: [a]", r"\ \[a\]");
        check("x te", &["x", "te"], "test: [a]", r"test:\ \[a\]");
        check("x --job=te", &["x", "--job=te"], "--job=test: 'a'", r"test:\ \'a\'");
    }

    #[test]
    fn in_quotes_only_their_own_characters_are_special() {
        check("x 'test: [ru", &["x", "test: [ru"], "test: [ruby 'a'\\]", "test: [ruby '\\''a'\\''\\]");
        check("x \"test: [ru", &["x", "test: [ru"], "test: [ruby \"$a\"]", "test: [ruby \\\"\\$a\\\"]");
        check("x 'a", &["x", "a"], "a b", "a b");
    }
}
