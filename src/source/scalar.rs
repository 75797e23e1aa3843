//! The types of plain scalars by the rules of Ruby's Psych, GitLab's parser (YAML 1.1 with differences of its own).

/// A scalar with its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, or nothing.
    Null,
    /// `true`, `yes`, `on` and their opposites.
    Boolean(bool),
    /// A whole number in any of YAML 1.1's spellings.
    Integer(i64),
    /// A number with a point.
    Float(f64),
    /// Anything else, and everything in quotes.
    String(String),
}

impl Scalar {
    /// The value as the text that GitLab makes of it in a variable.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Boolean(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) if value.is_finite() && value.fract() == 0.0 => format!("{value:.1}"),
            Self::Float(value) if value.is_nan() => "NaN".to_owned(),
            Self::Float(value) if value.is_infinite() => {
                if *value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
            }
            Self::Float(value) => value.to_string(),
            Self::String(text) => text.clone(),
        }
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::String(_) => "a string",
        }
    }
}

/// A plain scalar that Psych refuses to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedDate;

/// The type of a plain scalar.
pub fn resolve(text: &str) -> Result<Scalar, RefusedDate> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Scalar::Null),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Ok(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Ok(Scalar::Float(f64::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Ok(Scalar::Float(f64::NAN)),
        _ => {}
    }
    if let Some(value) = boolean(text) {
        return Ok(Scalar::Boolean(value));
    }
    if is_date(text) {
        return Err(RefusedDate);
    }
    if let Some(value) = integer(text).or_else(|| sexagesimal(text)) {
        return Ok(Scalar::Integer(value));
    }
    if let Some(value) = float(text) {
        return Ok(Scalar::Float(value));
    }
    // A Ruby symbol, which GitLab turns back into text.
    let symbol =
        text.strip_prefix(':').filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'));
    Ok(Scalar::String(symbol.filter(|name| !name.contains([' ', ':'])).unwrap_or(text).to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    let capitalised = |word: &str| {
        let upper = word.to_uppercase();
        let mut first = upper.chars().take(1).collect::<String>();
        first.extend(word.chars().skip(1));
        text == word || text == upper || text == first
    };
    if ["true", "yes", "on"].into_iter().any(capitalised) {
        return Some(true);
    }
    ["false", "no", "off"].into_iter().any(capitalised).then_some(false)
}

/// Whole numbers: decimal, `0x`, `0b`, octal with a leading 0; `_` and `,` between digits count for nothing.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let clean: String = digits.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let radix = |digits: &str, radix| {
        let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        all.then(|| i64::from_str_radix(digits, radix).ok()).flatten()
    };
    let value = if let Some(hexadecimal) = clean.strip_prefix("0x") {
        radix(hexadecimal, 16)
    } else if let Some(binary) = clean.strip_prefix("0b") {
        radix(binary, 2)
    } else if clean.len() > 1 && clean.starts_with('0') {
        radix(&clean, 8)
    } else {
        radix(&clean, 10)
    };
    value.map(|value| value.saturating_mul(sign))
}

/// `12:30` is 12 * 60 + 30 minutes in Psych's reading: seconds, when there are two parts as well as three.
fn sexagesimal(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let parts: Vec<&str> = digits.split(':').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(is_number) {
        return None;
    }
    let rest_fits =
        parts.iter().skip(1).all(|part| part.len() <= 2 && part.parse::<i64>().is_ok_and(|n| n < 60));
    if !rest_fits || parts.first().is_some_and(|first| first.len() > 1 && first.starts_with('0')) {
        return None;
    }
    // Two parts are read as hours and minutes: `12:30` is 45000.
    let weights = [3600_i64, 60, 1];
    let sum = parts
        .iter()
        .zip(weights)
        .map(|(part, weight)| part.parse::<i64>().unwrap_or(0).saturating_mul(weight));
    Some(sum.fold(0, i64::saturating_add).saturating_mul(sign))
}

/// A number with a point; an exponent needs a sign and a point before it (`1e3` is a string).
fn float(text: &str) -> Option<f64> {
    let (_, digits) = signed(text);
    let clean: String = digits.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    let (mantissa, exponent) = clean.split_once(['e', 'E']).unwrap_or((&clean, "+0"));
    let (whole, fraction) = mantissa.split_once('.')?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.strip_prefix(['+', '-'])?;
    let valid = is_digits(whole)
        && is_digits(fraction)
        && is_digits(exponent_digits)
        && !exponent_digits.is_empty()
        && !(whole.is_empty() && fraction.is_empty());
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let number = if fraction.is_empty() { format!("{whole}e{exponent}") } else { clean };
    valid.then(|| number.parse::<f64>().ok()).flatten().map(|value| value * sign)
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `2001-12-14`, and timestamps that begin so.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let rest_is_time = text.len() == date.len() || text.contains(':');
    digits(year, &[4]) && digits(month, &[1, 2]) && digits(day, &[1, 2]) && rest_is_time
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Scalar) {
        assert_eq!(resolve(text), Ok(expect), "{text:?}");
    }

    #[test]
    fn booleans_are_those_of_yaml_1_1_but_for_the_single_letters() {
        for text in ["yes", "Yes", "YES", "on", "On", "true", "TRUE"] {
            check(text, Scalar::Boolean(true));
        }
        for text in ["no", "off", "OFF", "False"] {
            check(text, Scalar::Boolean(false));
        }
        for text in ["y", "n", "yEs", "trues"] {
            check(text, Scalar::String(text.to_owned()));
        }
    }

    #[test]
    fn whole_numbers_have_octal_underscores_and_base_sixty() {
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
        ] {
            check(text, Scalar::Integer(value));
        }
        for text in ["08", "09", "0o17", "1e3", "2e10", "1.2.3", "3.x", "0x", "12:99", "a:b"] {
            check(text, Scalar::String(text.to_owned()));
        }
    }

    #[test]
    fn floats_lose_what_only_their_spelling_had() {
        for (text, value, shown) in
            [("1.10", 1.1, "1.1"), ("3.0", 3.0, "3.0"), ("1.0e+3", 1000.0, "1000.0"), ("-.5", -0.5, "-0.5")]
        {
            check(text, Scalar::Float(value));
            assert_eq!(resolve(text).unwrap().to_text(), shown);
        }
        assert_eq!(resolve(".inf").unwrap().to_text(), "Infinity");
    }

    #[test]
    fn dates_are_refused_and_symbols_are_text() {
        for text in ["2024-01-01", "2001-12-14 21:59:43.10 -5", "2001-12-14T21:59:43Z"] {
            assert_eq!(resolve(text), Err(RefusedDate), "{text}");
        }
        check("2024-01-01-x", Scalar::String("2024-01-01-x".to_owned()));
        check(":sym", Scalar::String("sym".to_owned()));
        check("~", Scalar::Null);
    }
}
