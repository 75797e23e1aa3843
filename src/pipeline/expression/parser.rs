//! Parses tokens into a syntax tree: comparisons bind tightest, then `&&`, then `||`, each from left to right.

use super::ExpressionError;
use super::lexer::{Token, error};
use super::term::Term;

type Tokens<'t> = [(Token, &'t str)];

/// Parses all tokens. Their number bounds the depth of the recursion.
pub(super) fn parse(tokens: &Tokens<'_>) -> Result<Term, ExpressionError> {
    let mut parser = Parser { tokens, next: 0 };
    let term = parser.parse_or()?;
    match parser.peek() {
        Some((_, rest)) => Err(error("an operator is missing", rest)),
        None => Ok(term),
    }
}

struct Parser<'t> {
    tokens: &'t Tokens<'t>,
    next: usize,
}

impl<'t> Parser<'t> {
    fn parse_or(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.parse_and()?;
        while self.take_if(&Token::Or) {
            left = Term::Or(Box::new(left), Box::new(self.parse_and()?));
        }
        Ok(left)
    }

    fn parse_and(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.parse_comparison()?;
        while self.take_if(&Token::And) {
            left = Term::And(Box::new(left), Box::new(self.parse_comparison()?));
        }
        Ok(left)
    }

    fn parse_comparison(&mut self) -> Result<Term, ExpressionError> {
        let mut left = self.parse_operand()?;
        while let Some((Token::Comparison(comparison), _)) = self.peek() {
            self.next += 1;
            left = Term::Compare(Box::new(left), *comparison, Box::new(self.parse_operand()?));
        }
        Ok(left)
    }

    fn parse_operand(&mut self) -> Result<Term, ExpressionError> {
        let Some((token, rest)) = self.peek() else { return Err(error("something is missing", "the end")) };
        self.next += 1;
        match token {
            Token::Term(term) => Ok(term.clone()),
            Token::Open => {
                let inner = self.parse_or()?;
                if self.take_if(&Token::Close) {
                    Ok(inner)
                } else {
                    Err(error("a `(` without its `)`", rest))
                }
            }
            _ => Err(error("a value is missing", rest)),
        }
    }

    fn peek(&self) -> Option<&'t (Token, &'t str)> {
        self.tokens.get(self.next)
    }

    fn take_if(&mut self, token: &Token) -> bool {
        let is_next = self.peek().is_some_and(|(next, _)| next == token);
        self.next += usize::from(is_next);
        is_next
    }
}
