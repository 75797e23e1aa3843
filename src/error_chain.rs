//! An error and its causes, in one line.

use std::error::Error;

/// Joins an error and its causes with `: `. Errors of this program show one level in their `Display`.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // A transparent error repeats the text of its cause.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    enum Failing {
        #[error("refused")]
        Refused,
        #[error("cannot connect")]
        Connect(#[source] Box<Failing>),
        #[error(transparent)]
        Transparent(Box<Failing>),
    }

    #[test]
    fn causes_follow_the_error_and_a_transparent_one_is_not_repeated() {
        let error = Failing::Connect(Box::new(Failing::Transparent(Box::new(Failing::Refused))));
        assert_eq!(chain(&error), "cannot connect: refused");
    }
}
