//! Parses tokens into a syntax tree: comparisons bind tightest, then `&&`, then `||`, each from left to right.

use super::lexer::{Token, error};
use super::{ExpressionError, Term};

type Tokens<'t> = [(Token, &'t str)];

/// Parses all tokens. Their number bounds the depth of the recursion.
pub(super) fn parse(tokens: &Tokens<'_>) -> Result<Term, ExpressionError> {
    let mut parser = Parser { tokens, next: 0 };
    let term = parser.or()?;
    match parser.rest() {
        Some((_, rest)) => Err(error("one operator too few", rest)),
        None => Ok(term),
    }
}

struct Parser<'t> {
    tokens: &'t Tokens<'t>,
    next: usize,
}

impl<'t> Parser<'t> {
    fn or(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.and()?;
        while self.take(&Token::Or) {
            left = Term::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.comparison()?;
        while self.take(&Token::And) {
            left = Term::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.operand()?;
        while let Some((Token::Comparison(comparison), _)) = self.rest() {
            self.next += 1;
            left = Term::Compare(Box::new(left), *comparison, Box::new(self.operand()?));
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Term, ExpressionError> {
        let Some((token, rest)) = self.rest() else { return Err(error("something is missing", "the end")) };
        self.next += 1;
        match token {
            Token::Term(term) => Ok(term.clone()),
            Token::Open => {
                let inner = self.or()?;
                if self.take(&Token::Close) { Ok(inner) } else { Err(error("a `(` without its `)`", rest)) }
            }
            _ => Err(error("a value is missing", rest)),
        }
    }

    fn rest(&self) -> Option<&'t (Token, &'t str)> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.rest().is_some_and(|(next, _)| next == token);
        self.next += usize::from(is_next);
        is_next
    }
}
