//! How long ago something was.

use jiff::Timestamp;

use crate::amount::counted;

/// `3 minutes ago`, in the largest unit of which at least one has passed; `just now` within a second.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = now.as_second().saturating_sub(then.as_second());
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    unit.map_or("just now".to_owned(), |(length, noun)| format!("{} ago", counted(seconds / length, noun)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_the_largest_unit_that_has_passed() {
        let second = |second| Timestamp::from_second(second).unwrap();
        let cases = [
            (-5, "just now"),
            (0, "just now"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (7_300, "2 hours ago"),
            (200_000, "2 days ago"),
        ];
        for (passed, expect) in cases {
            assert_eq!(age(second(1_000_000), second(1_000_000 + passed)), expect);
        }
    }
}
