//! Splits an expression into tokens.

use super::comparison::Comparison;
use super::dialect::PatternError;
use super::pattern::Pattern;
use super::term::Term;
use super::{ExpressionError, ExpressionErrorKind};

/// The most tokens of an expression; GitLab's limit.
const TOKENS_MAX: usize = 100;

/// How many characters of the expression an error quotes.
const NEAR_CHARS: usize = 20;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Term(Term),
    Comparison(Comparison),
    And,
    Or,
    Open,
    Close,
}

/// The tokens of an expression, each with the text that begins at it.
pub(super) fn tokenize(text: &str) -> Result<Vec<(Token, &str)>, ExpressionError> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        if tokens.len() == TOKENS_MAX {
            return Err(error(&format!("more than {TOKENS_MAX} words and operators"), rest));
        }
        let (token, length) = token(rest)?;
        tokens.push((token, rest));
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// An error that quotes the beginning of `rest`.
pub(super) fn error(problem: &str, rest: &str) -> ExpressionError {
    let near: String = rest.trim_end().chars().take(NEAR_CHARS).collect();
    ExpressionError { problem: problem.to_owned(), near, kind: ExpressionErrorKind::Invalid }
}

fn token(rest: &str) -> Result<(Token, usize), ExpressionError> {
    const SIGNS: [(&str, Token); 8] = [
        ("(", Token::Open),
        (")", Token::Close),
        ("&&", Token::And),
        ("||", Token::Or),
        ("==", Token::Comparison(Comparison::Equal)),
        ("!=", Token::Comparison(Comparison::NotEqual)),
        ("=~", Token::Comparison(Comparison::Matches)),
        ("!~", Token::Comparison(Comparison::MatchesNot)),
    ];
    if let Some((sign, token)) = SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Ok((token, sign.len()));
    }
    if let Some(after) = rest.strip_prefix('$') {
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        return match after.get(..length).filter(|name| !name.is_empty()) {
            Some(name) => Ok((Token::Term(Term::Variable(name.to_owned())), length + 1)),
            None if after.starts_with('{') => Err(error("braces around a variable (write `$NAME`)", rest)),
            None => Err(error("`$` without a name", rest)),
        };
    }
    for quote in ['"', '\''] {
        let Some(after) = rest.strip_prefix(quote) else { continue };
        let Some(end) = after.find(quote) else {
            return Err(error("a string without a closing quote", rest));
        };
        let text = after.get(..end).unwrap_or_default();
        return Ok((Token::Term(Term::String(text.to_owned())), end + 2));
    }
    if rest.starts_with('/') {
        return match Pattern::parse_start(rest) {
            Some((Ok(pattern), length)) => Ok((Token::Term(Term::Pattern(pattern)), length)),
            Some((Err(PatternError::Invalid(reason)), _)) => {
                Err(error(&format!("an invalid pattern ({reason})"), rest))
            }
            Some((Err(PatternError::Unsupported(reason)), _)) => {
                Err(ExpressionError { kind: ExpressionErrorKind::Unsupported, ..error(&reason, rest) })
            }
            None => Err(error("a pattern without a closing `/`, or with fewer than two characters", rest)),
        };
    }
    word(rest).ok_or_else(|| error("an unknown word or operator", rest))
}

fn word(rest: &str) -> Option<(Token, usize)> {
    let words = [("null", Term::Null), ("true", Term::Boolean(true)), ("false", Term::Boolean(false))];
    let (word, term) = words.into_iter().find(|(word, _)| rest.starts_with(word))?;
    let follows = rest.get(word.len()..).unwrap_or_default();
    let ends = !follows.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    ends.then_some((Token::Term(term), word.len()))
}
