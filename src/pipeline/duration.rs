//! Parses durations (`timeout: 1h 30m`) by the rules of the ChronicDuration gem, which GitLab uses.

use std::time::Duration;

/// The names of each unit, and its length in seconds.
const UNITS: [(&[&str], f64); 7] = [
    (&["s", "sec", "secs", "second", "seconds"], 1.0),
    (&["m", "min", "mins", "minute", "minutes"], 60.0),
    (&["h", "hr", "hrs", "hour", "hours"], 3600.0),
    (&["d", "dy", "day", "days"], 86_400.0),
    (&["w", "wk", "wks", "week", "weeks"], 604_800.0),
    (&["mo", "mos", "month", "months"], 2_592_000.0),
    (&["y", "yr", "yrs", "year", "years"], 31_557_600.0),
];

/// Words between the parts that are ignored.
const JOINERS: [&str; 3] = ["and", "with", "plus"];

/// Number words from zero to nineteen.
const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

/// Number words for the tens, from twenty on.
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Parses a duration and rounds it to seconds. `None` means that the text is not a duration, or that it is zero.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim().to_lowercase();
    let seconds = if text.contains(':') { parse_clock(&text)? } else { parse_amounts(&text)? };
    let seconds = Duration::try_from_secs_f64(seconds.round()).ok()?;
    Some(seconds).filter(|seconds| !seconds.is_zero())
}

/// Parses `h:mm:ss` or `m:ss`.
fn parse_clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    parts.iter().try_fold(0.0, |seconds, part| Some(seconds * 60.0 + number(part)?))
}

/// Parses pairs of a number and a unit. A number without a unit counts seconds; a unit without a number counts once,
/// and only as the first word.
fn parse_amounts(text: &str) -> Option<f64> {
    let mut words = split_words(text).into_iter().filter(|word| !JOINERS.contains(word)).peekable();
    let (mut seconds, mut is_first) = (0.0, true);
    while let Some(word) = words.next() {
        let count = match (amount(word), unit_seconds(word)) {
            (Some(tens), _) => {
                let ones = words.peek().copied().filter(|_| TENS.contains(&word));
                let ones = ones.and_then(|word| ONES.iter().take(10).position(|known| *known == word));
                if ones.is_some() {
                    words.next();
                }
                tens + f64::from(u8::try_from(ones.unwrap_or_default()).ok()?)
            }
            (None, Some(unit)) if is_first => {
                (seconds, is_first) = (unit, false);
                continue;
            }
            _ => return None,
        };
        let each = match words.peek().copied().filter(|word| amount(word).is_none()) {
            Some(word) => {
                words.next();
                unit_seconds(word)?
            }
            None => 1.0,
        };
        (seconds, is_first) = (seconds + count * each, false);
    }
    (!is_first).then_some(seconds)
}

fn unit_seconds(word: &str) -> Option<f64> {
    UNITS.iter().find(|(names, _)| names.contains(&word)).map(|(_, seconds)| *seconds)
}

fn amount(word: &str) -> Option<f64> {
    let small = ONES.iter().position(|known| *known == word);
    let tens = TENS.iter().position(|known| *known == word).map(|index| (index + 2) * 10);
    let in_words = small.or(tens).and_then(|value| u8::try_from(value).ok()).map(f64::from);
    number(word).or(in_words)
}

/// Parses a decimal number without a sign.
fn number(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if plain { text.parse().ok() } else { None }
}

/// Splits a text into words. `2h20min` has four: a word ends where digits and letters meet.
fn split_words(text: &str) -> Vec<&str> {
    let is_numeral = |c: char| c.is_ascii_digit() || c == '.';
    let mut words = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || c == ',' || c == '-') {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| is_numeral(c) != is_numeral(first)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(word);
            rest = after;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_parsed_as_in_gitlab() {
        for (text, seconds) in [
            ("1h 30m", 5400),
            ("3 hours", 10800),
            ("90 minutes", 5400),
            ("3h30m", 12600),
            ("60", 60),
            ("1:30", 90),
            ("1 day", 86400),
            ("6 mos 1 day", 15_638_400),
            ("3 mins 4 sec", 184),
            ("2 hrs 20 min", 8400),
            ("2h20min", 8400),
            ("47 yrs 6 mos and 4d", 1_499_104_800),
            ("3 weeks and 2 days", 1_987_200),
            ("3:41:59", 13319),
            ("10m", 600),
            ("hour", 3600),
            ("1.5h", 5400),
            ("One hour, twenty-five minutes", 5100),
            ("1h 30", 3630),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn every_name_of_a_unit_is_known() {
        for (names, seconds) in [
            ("s sec secs second seconds", 1),
            ("m min mins minute minutes", 60),
            ("h hr hrs hour hours", 3600),
            ("d dy day days", 86400),
            ("w wk wks week weeks", 604_800),
            ("mo mos month months", 2_592_000),
            ("y yr yrs year years", 31_557_600),
        ] {
            for name in names.split(' ') {
                let expect = Some(Duration::from_secs(2 * seconds));
                assert_eq!(
                    (parse(&format!("2 {name}")), parse(&format!("2{name}"))),
                    (expect, expect),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn other_texts_are_not_durations() {
        for text in
            ["7 elephants", "never", "", "0", "0s", "1h hour", "-5m x", "1:2:3:4", "a:1", "1.2.3h", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[0-9a-z:., -é]{0,30}") {
            let _ = parse(&text);
        }
    }
}
