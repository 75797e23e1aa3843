//! Limits of processes: `soft[:hard]`.

use super::value::Word;

/// One limit; -1 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ulimit {
    /// What counts.
    pub soft: i64,
    /// Up to where a process may raise it.
    pub hard: i64,
}

impl Word for Ulimit {
    fn parse(text: &str) -> Result<Self, String> {
        let (soft, hard) = text.split_once(':').unwrap_or((text, text));
        match (soft.parse(), hard.parse()) {
            (Ok(soft), Ok(hard)) => Ok(Self { soft, hard }),
            _ => Err("this is no limit; write `soft:hard`, or one number for both".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_without_a_hard_one_is_both() {
        assert_eq!(Ulimit::parse("1024:2048"), Ok(Ulimit { soft: 1024, hard: 2048 }));
        assert_eq!(Ulimit::parse("-1"), Ok(Ulimit { soft: -1, hard: -1 }));
        for text in ["", "1:", "1:2:3", "many"] {
            assert!(Ulimit::parse(text).is_err(), "{text}");
        }
    }
}
