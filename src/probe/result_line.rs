//! The line by which a prober in a container reports its result on standard output. Pure.

use std::time::Duration;

use super::ProbeResult;

/// The line: `open 5432`, `closed 1998` (dials) or `unreachable 3000` (milliseconds).
pub fn format_result(result: &ProbeResult) -> String {
    match result {
        ProbeResult::Open { port } => format!("open {port}"),
        ProbeResult::Closed { dials } => format!("closed {dials}"),
        ProbeResult::Unreachable { after } => format!("unreachable {}", after.as_millis()),
    }
}

/// Parses the line; `None` if it is another text.
pub fn parse_result(line: &str) -> Option<ProbeResult> {
    let (word, number) = line.trim().split_once(' ')?;
    Some(match word {
        "open" => ProbeResult::Open { port: number.parse().ok()? },
        "closed" => ProbeResult::Closed { dials: number.parse().ok()? },
        "unreachable" => ProbeResult::Unreachable { after: Duration::from_millis(number.parse().ok()?) },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formatted_result_is_parsed_to_the_same_result() {
        for result in [
            ProbeResult::Open { port: 5432 },
            ProbeResult::Closed { dials: u64::MAX },
            ProbeResult::Unreachable { after: Duration::from_secs(3) },
        ] {
            assert_eq!(parse_result(&format_result(&result)), Some(result));
        }
    }

    #[test]
    fn another_text_is_not_a_result() {
        for text in ["", "open", "open x", "open 70000", "shut 1", "open 1 2", "exec format error"] {
            assert_eq!(parse_result(text), None, "{text}");
        }
    }
}
