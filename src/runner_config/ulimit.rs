//! Resource limits of processes: `soft[:hard]`.

use super::config_value::StringValue;

/// A soft and a hard limit. -1 means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UlimitSetting {
    /// The limit that applies.
    pub soft: i64,
    /// The most that a process may raise the soft limit to.
    pub hard: i64,
}

impl StringValue for UlimitSetting {
    fn parse(text: &str) -> Result<Self, String> {
        let (soft, hard) = text.split_once(':').unwrap_or((text, text));
        match (soft.parse(), hard.parse()) {
            (Ok(soft), Ok(hard)) => Ok(Self { soft, hard }),
            _ => Err("this is not a limit; write `soft:hard`, or one number for both".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_the_soft_and_the_hard_limit() {
        assert_eq!(UlimitSetting::parse("1024:2048"), Ok(UlimitSetting { soft: 1024, hard: 2048 }));
        assert_eq!(UlimitSetting::parse("-1"), Ok(UlimitSetting { soft: -1, hard: -1 }));
        for text in ["", "1:", "1:2:3", "many"] {
            assert!(UlimitSetting::parse(text).is_err(), "{text}");
        }
    }
}
