//! Amounts of memory and of CPU time.

use super::config_value::StringValue;

/// The bytes in a kilobyte, as in Docker.
const KILO: f64 = 1024.0;

/// The units of memory. Each is 1024 times the previous one.
const UNITS: &str = "kmgtp";

/// The largest amount: 2⁵³, up to which `f64` represents every integer exactly.
const AMOUNT_MAX: f64 = 9_007_199_254_740_992.0;

/// The Engine API counts in billionths of a CPU.
const NANO: f64 = 1e9;

/// Bytes of memory, written as `512m`, `1.5g`, `2 GB` or in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory(pub i64);

/// Bytes of memory and swap, written as [`Memory`], or -1 for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemorySwap(pub i64);

/// Billionths of a CPU, written as `2`, `0.5` or `1/2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpus(pub i64);

impl StringValue for Memory {
    fn parse(text: &str) -> Result<Self, String> {
        parse_memory(text)
            .map(Self)
            .ok_or_else(|| "this is not an amount of memory; write `512m` or `2g`".to_owned())
    }
}

impl StringValue for MemorySwap {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "-1" { Ok(Self(-1)) } else { Memory::parse(text).map(|memory| Self(memory.0)) }
    }
}

impl StringValue for Cpus {
    fn parse(text: &str) -> Result<Self, String> {
        let amount = match text.split_once('/') {
            Some((part, whole)) => decimal(part)
                .zip(decimal(whole))
                .filter(|(_, whole)| *whole > 0.0)
                .map(|(part, whole)| part / whole),
            None => decimal(text),
        };
        let amount = amount.and_then(|amount| integer(amount * NANO));
        amount.map(Self).ok_or_else(|| "this is not a number of CPUs; write `2`, `0.5` or `1/2`".to_owned())
    }
}

/// Parses an amount of memory by the rules of Docker's `units.RAMInBytes`.
fn parse_memory(text: &str) -> Option<i64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit).to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let power = match unit.strip_suffix('i').unwrap_or(unit) {
        "" if unit.is_empty() => 0,
        letter if letter.len() == 1 => UNITS.find(letter)?.checked_add(1)?,
        _ => return None,
    };
    integer(decimal(number)? * KILO.powi(i32::try_from(power).ok()?))
}

/// Parses digits with at most one decimal point.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain && text.starts_with(|c: char| c.is_ascii_digit()))
}

fn integer(amount: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "it is in the range")]
    (amount <= AMOUNT_MAX).then(|| amount.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_parsed_as_in_docker() {
        for (text, expect) in [
            ("1024", Some(1024)),
            ("128m", Some(128 << 20)),
            ("4M", Some(4 << 20)),
            ("1.5g", Some(3 << 29)),
            ("2 GB", Some(2 << 30)),
            ("2GiB", Some(2 << 30)),
            ("1kb", Some(1024)),
            ("0", Some(0)),
            ("3p", Some(3 << 50)),
            ("7b", Some(7)),
            ("", None),
            ("m", None),
            ("-1", None),
            ("1ib", None),
            ("1e3", None),
            ("1..5", None),
            ("1  m", None),
            ("12 monkeys", None),
            ("9999999p", None),
        ] {
            assert_eq!(parse_memory(text), expect, "{text}");
        }
    }

    #[test]
    fn swap_may_be_unlimited() {
        assert_eq!(MemorySwap::parse("-1"), Ok(MemorySwap(-1)));
        assert_eq!(MemorySwap::parse("1g"), Ok(MemorySwap(1 << 30)));
        assert!(MemorySwap::parse("-2").is_err());
    }

    #[test]
    fn cpus_may_be_fractions() {
        for (text, expect) in
            [("2", 2_000_000_000), ("0.5", 500_000_000), ("1/2", 500_000_000), ("0.29", 290_000_000)]
        {
            assert_eq!(Cpus::parse(text), Ok(Cpus(expect)), "{text}");
        }
        for text in ["", "x", "1/0", "-1", "inf", "1e9", "99999999"] {
            assert!(Cpus::parse(text).is_err(), "{text}");
        }
    }
}
