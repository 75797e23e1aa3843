//! Resolves the types of plain scalars by the rules of Psych, the YAML parser of Ruby and GitLab (YAML 1.1 with
//! deviations).

/// A scalar with its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, or an empty value.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Boolean(bool),
    /// An integer in any notation of YAML 1.1.
    Integer(i64),
    /// A number with a decimal point.
    Float(f64),
    /// Any other text, and any text in quotes.
    String(String),
}

impl Scalar {
    /// The text that GitLab converts the value to in a variable.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => float_text(*value),
            Self::String(text) => text.clone(),
        }
    }

    /// The type with its article, for messages: `a number`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
        }
    }
}

/// The Ruby class of a plain scalar that GitLab does not allow Psych to load (`Psych::DisallowedClass`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisallowedClass {
    /// `Date` or `Time`.
    pub class: &'static str,
}

/// Resolves a plain scalar. The checks have Psych's order, because several may match.
pub fn resolve(text: &str) -> Result<Scalar, DisallowedClass> {
    if text.is_empty() {
        return Ok(Scalar::Null);
    }
    if is_word(text) || text.contains('\n') {
        return Ok(word(text));
    }
    if is_time(text) {
        return Err(DisallowedClass { class: "Time" });
    }
    if is_date(text) {
        return Err(DisallowedClass { class: "Date" });
    }
    if let Some(special) = special_float(text) {
        return Ok(Scalar::Float(special));
    }
    if let Some(symbol) = symbol(text) {
        return Ok(Scalar::String(symbol.to_owned()));
    }
    let number = sexagesimal(text).or_else(|| sexagesimal_float(text)).or_else(|| float(text));
    Ok(number.or_else(|| integer(text)).unwrap_or_else(|| Scalar::String(text.to_owned())))
}

/// Whether the text begins like a word: with a letter, or with a letter after a character other than a digit, `.`, `:`
/// and `-`.
fn is_word(text: &str) -> bool {
    let in_word = |c: char| c.is_alphabetic() || c.is_whitespace() || "_!@#$%^&*(){}<>|/\\~;=".contains(c);
    let mut characters = text.chars();
    let first = characters.next().unwrap_or_default();
    let may_lead = !first.is_ascii_digit() && !".:-".contains(first);
    in_word(first) || (may_lead && characters.next().is_some_and(in_word))
}

fn word(text: &str) -> Scalar {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["~", "null"]) {
        Scalar::Null
    } else if is(&["yes", "true", "on"]) {
        Scalar::Boolean(true)
    } else if is(&["no", "false", "off"]) {
        Scalar::Boolean(false)
    } else {
        Scalar::String(text.to_owned())
    }
}

fn special_float(text: &str) -> Option<f64> {
    match &*text.to_ascii_lowercase() {
        ".inf" | "+.inf" => Some(f64::INFINITY),
        "-.inf" => Some(f64::NEG_INFINITY),
        ".nan" => Some(f64::NAN),
        _ => None,
    }
}

/// A Ruby symbol, which GitLab converts back to text: `:name` or `:"name"`.
fn symbol(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':').filter(|name| !name.is_empty())?;
    let quoted = |quote: char| name.strip_prefix(quote)?.rsplit_once(quote).map(|(inner, _)| inner);
    let inner = quoted('"').or_else(|| quoted('\'')).map(|inner| inner.strip_prefix(':').unwrap_or(inner));
    Some(inner.unwrap_or(name))
}

/// Parses an integer: decimal, `0x`, `0b`, or octal with a leading 0. `_` and `,` between digits are ignored.
fn integer(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let with_radix = |digits: &str, radix| {
        let all = digits.chars().all(|c| c.is_digit(radix) || matches!(c, '_' | ','));
        (all && digits.contains(|c: char| c.is_digit(radix))).then_some(radix)
    };
    let (radix, digits) = if let Some(hexadecimal) = digits.strip_prefix("0x") {
        (with_radix(hexadecimal, 16)?, hexadecimal)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        (with_radix(binary, 2)?, binary)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (with_radix(digits, 8)?, digits)
    } else {
        is_decimal(digits).then_some((10, digits))?
    };
    let sign = if text.starts_with('-') { "-" } else { "" };
    let clean = format!("{sign}{}", without_separators(digits));
    match i64::from_str_radix(&clean, radix) {
        Ok(value) => Some(Scalar::Integer(value)),
        // Ruby's integers are unbounded. No keyword uses a larger one, but a variable keeps its digits.
        Err(_) => (radix == 10).then_some(Scalar::String(clean)),
    }
}

/// Whether the text has digits only, with at most one separator between two of them.
fn is_decimal(digits: &str) -> bool {
    let mut before_is_digit = false;
    for c in digits.chars() {
        match c {
            '0'..='9' => before_is_digit = true,
            '_' | ',' if before_is_digit => before_is_digit = false,
            _ => return false,
        }
    }
    before_is_digit
}

fn without_separators(digits: &str) -> String {
    digits.chars().filter(|c| !matches!(c, '_' | ',')).collect()
}

/// The weights of the parts of a base 60 number. Two parts are hours and minutes: `12:30` is 45000.
const WEIGHTS: [i32; 3] = [3600, 60, 1];

/// The two or three parts of a base 60 number. As in Psych, the sign only applies to the first part.
fn parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split(':').collect();
    let (first, rest) = parts.split_first()?;
    let first = first.strip_prefix(['-', '+']).unwrap_or(first);
    let is_first = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let is_sixty = |part: &&str| {
        (1..=2).contains(&part.len()) && part.parse::<u8>().is_ok_and(|n| n < 60) && !part.starts_with('+')
    };
    ((1..=2).contains(&rest.len()) && is_first && rest.iter().all(is_sixty)).then_some(parts)
}

fn sexagesimal(text: &str) -> Option<Scalar> {
    let mut sum: i64 = 0;
    for (part, weight) in parts(text)?.into_iter().zip(WEIGHTS) {
        let value: i64 = without_separators(part).parse().ok()?;
        sum = sum.checked_add(value.checked_mul(i64::from(weight))?)?;
    }
    Some(Scalar::Integer(sum))
}

fn sexagesimal_float(text: &str) -> Option<Scalar> {
    let (whole, fraction) = text.rsplit_once('.')?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let mut parts: Vec<String> = parts(whole)?.into_iter().map(without_separators).collect();
    if let Some(last) = parts.last_mut() {
        last.push_str(&format!(".{}", without_separators(fraction)));
    }
    let values = parts.iter().zip(WEIGHTS);
    let sum = values.map(|(part, weight)| part.parse().unwrap_or(0.0) * f64::from(weight)).sum();
    Some(Scalar::Float(sum))
}

/// Parses a number with a decimal point. An exponent needs a sign and a point before it: `1e3` is a string.
fn float(text: &str) -> Option<Scalar> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "+0"));
    let (whole, fraction) = mantissa.split_once('.')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.strip_prefix(['+', '-'])?;
    let is_whole = whole.is_empty()
        || (whole.starts_with(|c: char| c.is_ascii_digit())
            && whole.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b',')));
    let valid = is_whole
        && is_digits(fraction)
        && is_digits(exponent_digits)
        && !exponent_digits.is_empty()
        && !(whole.is_empty() && fraction.is_empty());
    let number = format!("{}.{fraction}e{exponent}", without_separators(whole));
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let value = valid.then(|| number.parse::<f64>().ok()).flatten()?;
    Some(Scalar::Float(value * sign))
}

/// Whether the text is like `2001-12-14`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let between = |part: &str, most: u8| {
        let number = part.parse::<u8>().ok().filter(|_| is_digits(part, 1..=2));
        number.is_some_and(|number| number <= most)
    };
    is_digits(year, 4..=4) && between(month, 12) && between(day, 31)
}

/// Whether the text is like `2001-12-14 21:59:43`, optionally with a fraction and an offset.
fn is_time(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some((date, time)) = text.split_once(['T', 't', ' ', '\t']) else { return false };
    let date: Vec<&str> = date.split('-').collect();
    let [year, month, day] = date[..] else { return false };
    let clock: Vec<&str> = time.trim_start().splitn(3, ':').collect();
    let [hour, minute, rest] = clock[..] else { return false };
    is_digits(year, 4..=4)
        && [month, day, hour].iter().all(|part| is_digits(part, 1..=2))
        && is_digits(minute, 2..=2)
        && rest.get(..2).is_some_and(|second| is_digits(second, 2..=2))
        && rest.get(2..).is_some_and(ends_time)
}

/// Whether the text may follow the seconds: a fraction, and `Z` or an offset such as `-5`, `+0100` or `-05:00`.
fn ends_time(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let fraction = text.strip_prefix('.').map_or(0, |rest| 1_usize.saturating_add(digits(rest)));
    let zone = text.get(fraction..).unwrap_or_default().trim_start();
    if zone.is_empty() || zone == "Z" {
        return zone == "Z" || text.len() == fraction;
    }
    let Some(offset) = zone.strip_prefix(['-', '+']) else { return false };
    match offset.split_once(':') {
        Some((hours, minutes)) => {
            is_digits(hours, 1..=2) && (minutes.is_empty() || is_digits(minutes, 2..=2))
        }
        None => is_digits(offset, 1..=4),
    }
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Formats a number as Ruby does: with an exponent for more than 16 digits before the point, or more than three zeros
/// after it.
fn float_text(value: f64) -> String {
    if !value.is_finite() {
        let sign = if value < 0.0 { "-" } else { "" };
        return if value.is_nan() { "NaN".to_owned() } else { format!("{sign}Infinity") };
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return if value.fract() == 0.0 { format!("{value:.1}") } else { value.to_string() };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("+", exponent), |digits| ("-", digits));
    format!("{mantissa}{point}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Scalar) {
        assert_eq!(resolve(text), Ok(expect), "{text:?}");
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1_except_single_letters() {
        for text in ["yes", "Yes", "YES", "yEs", "on", "On", "true", "tRUE"] {
            check(text, Scalar::Boolean(true));
        }
        for text in ["no", "off", "OFF", "False"] {
            check(text, Scalar::Boolean(false));
        }
        for text in ["y", "n", "yes.", "trues"] {
            check(text, Scalar::String(text.to_owned()));
        }
    }

    #[test]
    fn integers_may_be_octal_hexadecimal_binary_or_base_60() {
        for (text, value) in [
            ("0", 0),
            ("010", 8),
            ("-12", -12),
            ("0x1F", 31),
            ("0b11", 3),
            ("1_000", 1000),
            ("1,000", 1000),
            ("12:30", 45000),
            ("12:30:45", 45045),
            ("22:22", 80520),
            ("00:30", 1800),
            ("-1:30", -1800),
        ] {
            check(text, Scalar::Integer(value));
        }
        for text in ["08", "09", "0o17", "1e3", "2e10", "1.2.3", "3.x", "0x", "12:99", "a:b"] {
            check(text, Scalar::String(text.to_owned()));
        }
    }

    #[test]
    fn floats_lose_their_notation() {
        for (text, value, shown) in [
            ("1.10", 1.1, "1.1"),
            ("3.0", 3.0, "3.0"),
            ("1.0e+3", 1000.0, "1000.0"),
            ("-.5", -0.5, "-0.5"),
            ("1.0e+20", 1e20, "1.0e+20"),
            ("0.00001", 1e-5, "1.0e-05"),
            ("1:30.5", 5430.0, "5430.0"),
        ] {
            check(text, Scalar::Float(value));
            assert_eq!(resolve(text).unwrap().to_text(), shown);
        }
        assert_eq!(resolve(".inf").unwrap().to_text(), "Infinity");
    }

    #[test]
    fn dates_are_disallowed_and_symbols_are_text() {
        let refused = |text, class| assert_eq!(resolve(text), Err(DisallowedClass { class }), "{text}");
        refused("2024-01-01", "Date");
        refused("2024-1-1", "Date");
        for text in ["2001-12-14 21:59:43.10 -5", "2001-12-14T21:59:43Z", "2001-12-14t21:59:43.10-05:00"] {
            refused(text, "Time");
        }
        for text in ["2024-01-01-x", "2024-13-45", "2024-01-01T10:00", "2024-01-01 10:00:00 x", "12024-01-01"]
        {
            check(text, Scalar::String(text.to_owned()));
        }
        check(":sym", Scalar::String("sym".to_owned()));
        check(":a b", Scalar::String("a b".to_owned()));
        check(":\"a\"", Scalar::String("a".to_owned()));
        check("~", Scalar::Null);
        check("nUll", Scalar::Null);
    }

    #[test]
    fn large_integers_keep_their_digits() {
        check("99_999_999_999_999_999_999", Scalar::String("99999999999999999999".to_owned()));
    }
}
