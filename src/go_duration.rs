//! Durations in Go's format (`90s`, `1h30m`, `1.5h`), which the `RUNNER_*_TIMEOUT` variables, messages and labels of
//! GitLab Runner use.

use std::time::Duration;

const NANOSECONDS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The digits of a fraction that are read; further digits are below a nanosecond even in hours.
const FRACTION_DIGITS_MAX: usize = 15;

/// The result of Go's `time.ParseDuration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoDuration {
    /// A duration of zero or more.
    Positive(Duration),
    /// A duration below zero, which no timeout can have.
    Negative,
}

/// Parses a duration. `None` for an invalid one, or one of more than 292 years, which Go's type cannot hold.
pub fn parse(text: &str) -> Option<GoDuration> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanoseconds = if text == "0" { 0 } else { sum(text)? };
    let nanoseconds = i64::try_from(nanoseconds).ok()?.unsigned_abs();
    match (negative, nanoseconds) {
        (true, 1..) => Some(GoDuration::Negative),
        _ => Some(GoDuration::Positive(Duration::from_nanos(nanoseconds))),
    }
}

/// Formats a duration as `1h0m0s`, `5m0s` or `30s`, without fractions of a second.
pub fn format(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

fn sum(mut text: &str) -> Option<u128> {
    let mut sum: u128 = 0;
    if text.is_empty() {
        return None;
    }
    while !text.is_empty() {
        let number_length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, rest) = text.split_at(number_length);
        let unit_length = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_length);
        let (_, scale) = NANOSECONDS.iter().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(scaled(number, *scale)?)?;
        text = rest;
    }
    Some(sum)
}

/// `1`, `1.5`, `.5`, `1.`
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS_MAX)];
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u128>().ok() };
    let power = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    digits(whole)?.checked_mul(scale)?.checked_add(digits(fraction)? * scale / power)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<u64>) {
        let expect = expect.map(|millis| GoDuration::Positive(Duration::from_millis(millis)));
        assert_eq!(parse(text), expect, "{text}");
    }

    #[test]
    fn durations_are_parsed_as_in_go() {
        check("0", Some(0));
        check("90s", Some(90_000));
        check("1h30m", Some(5_400_000));
        check("1.5h", Some(5_400_000));
        check(".5s", Some(500));
        check("1.s", Some(1_000));
        check("+5m", Some(300_000));

        check("2m1.25s3ms", Some(121_253));
        check("-0s", Some(0));
        assert_eq!(parse("1500us"), Some(GoDuration::Positive(Duration::from_micros(1500))));
        assert_eq!(
            parse("0.99999999999999999999s"),
            Some(GoDuration::Positive(Duration::from_nanos(999_999_999)))
        );
    }

    #[test]
    fn invalid_durations_are_rejected() {
        for text in
            ["", "5", "s", ".s", "1.2.3s", "5 m", "5 minutes", "1d", "m5", "-", "--5s", "9999999999h", "1e3s"]
        {
            check(text, None);
        }
        assert_eq!(parse(&"9".repeat(100)), None);
        assert_eq!(parse(&format!("{}s", "9".repeat(100))), None);
    }

    #[test]
    fn durations_are_formatted_as_in_go() {
        for (seconds, text) in [(0, "0s"), (30, "30s"), (300, "5m0s"), (3600, "1h0m0s"), (7325, "2h2m5s")] {
            assert_eq!(format(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn negative_durations_are_recognised() {
        assert_eq!(parse("-5m"), Some(GoDuration::Negative));
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[-+0-9.hmsuµn]{0,40}") {
            parse(&text);
        }
    }
}
