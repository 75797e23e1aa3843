//! A text that every match of a pattern contains. Looking for it is many times as fast as the pattern, so that texts
//! without it need not be compared with the pattern.

use std::iter::Peekable;
use std::str::Chars;

/// The longest such text that is easily found: characters that stand for themselves, outside of groups. `None` if there
/// is none, or if the pattern (in the syntax of RE2, without flags) has anything that is not understood here.
pub(super) fn required_text(pattern: &str) -> Option<String> {
    let mut runs = Runs::default();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '|' | ')' => return None,
            '\\' => match rest.next()? {
                escaped if escaped.is_ascii_punctuation() => runs.push(escaped),
                'A' | 'B' | 'D' | 'S' | 'W' | 'b' | 'd' | 'f' | 'n' | 'r' | 's' | 't' | 'v' | 'w' | 'z' => {
                    runs.end();
                }
                _ => return None,
            },
            '(' => {
                runs.end();
                skip_group(&mut rest)?;
            }
            '[' => {
                runs.end();
                skip_class(&mut rest)?;
            }
            // The character before may be absent.
            '?' | '*' | '{' => runs.drop_last(),
            '+' | '.' | '^' | '$' => runs.end(),
            literal => runs.push(literal),
        }
        if c == '{' {
            rest.find(|c| *c == '}')?;
        }
    }
    runs.longest()
}

/// Groups that nest deeper are not looked through.
const GROUPS_MAX: usize = 20;

/// Moves behind the end of a group whose parenthesis has been read. Flags in a group would count behind it, too.
fn skip_group(rest: &mut Peekable<Chars<'_>>) -> Option<()> {
    let mut depth = 1;
    let mut opened = true;
    while depth > 0 {
        let c = rest.next()?;
        if opened && c == '?' && !matches!(rest.peek(), Some(':' | 'P' | '<')) {
            return None;
        }
        opened = c == '(';
        match c {
            '\\' => {
                rest.next().filter(|escaped| *escaped != 'Q')?;
            }
            '[' => skip_class(rest)?,
            '(' if depth == GROUPS_MAX => return None,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

/// Moves behind the end of a class whose bracket has been read. `None` for classes with brackets in them.
fn skip_class(rest: &mut Peekable<Chars<'_>>) -> Option<()> {
    rest.next_if_eq(&'^');
    if rest.peek() == Some(&']') {
        return None;
    }
    loop {
        match rest.next()? {
            ']' => return Some(()),
            '[' => return None,
            '\\' => {
                rest.next().filter(|escaped| *escaped != 'Q')?;
            }
            _ => {}
        }
    }
}

/// Characters that follow each other in every match.
#[derive(Default)]
struct Runs {
    longest: String,
    current: String,
}

impl Runs {
    fn push(&mut self, c: char) {
        self.current.push(c);
    }

    fn end(&mut self) {
        if self.current.len() > self.longest.len() {
            self.longest.clone_from(&self.current);
        }
        self.current.clear();
    }

    fn drop_last(&mut self) {
        self.current.pop();
        self.end();
    }

    fn longest(mut self) -> Option<String> {
        self.end();
        Some(self.longest).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_text_outside_of_groups_is_found() {
        for (pattern, text) in [
            (r"TOTAL.*\s+(\d+\%)$", Some("TOTAL")),
            (r"^Code coverage: \d+(?:\.\d+)?$", Some("Code coverage: ")),
            (r"coverage: (\d+)% of statements", Some("% of statements")),
            (r"\d+\.\d+ \%", Some(" %")),
            (r"colou?r", Some("colo")),
            (r"ab+c", Some("ab")),
            (r"xab*", Some("xa")),
            (r"ab{0,2}cd", Some("cd")),
            (r"[a-z\]]{2}end", Some("end")),
            (r"(?P<part>a(b|c))tail", Some("tail")),
            (r"\d+", None),
            (r"one|two", None),
            (r"(?i)total", None),
            (r"(a(?i)b)total", None),
            (r"\x41BC", None),
            (r"\QABC\E", None),
            (r"[]x]abc", None),
            (r"[[:alpha:]]abc", None),
            (r"open(", None),
            (r"a?", None),
        ] {
            assert_eq!(required_text(pattern).as_deref(), text, "{pattern}");
        }
    }

    #[test]
    fn the_nesting_of_groups_is_limited() {
        let nested = |depth: usize| format!("{}x{}end", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(required_text(&nested(GROUPS_MAX)).as_deref(), Some("end"));
        assert_eq!(required_text(&nested(GROUPS_MAX + 1)), None);
    }
}
