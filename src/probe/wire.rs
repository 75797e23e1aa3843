//! How a prober in a container tells what it has found: one line on its standard output. Pure.

use std::time::Duration;

use super::ProbeResult;

/// The line: `open 5432`, `closed 1998` (dials) or `unreachable 3000` (milliseconds).
pub fn line(result: &ProbeResult) -> String {
    match result {
        ProbeResult::Open { port } => format!("open {port}"),
        ProbeResult::Closed { dials } => format!("closed {dials}"),
        ProbeResult::Unreachable { after } => format!("unreachable {}", after.as_millis()),
    }
}

/// Reads the line; `None` for anything else.
pub fn parse(line: &str) -> Option<ProbeResult> {
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
    fn what_is_written_is_read_again() {
        for result in [
            ProbeResult::Open { port: 5432 },
            ProbeResult::Closed { dials: u64::MAX },
            ProbeResult::Unreachable { after: Duration::from_secs(3) },
        ] {
            assert_eq!(parse(&line(&result)), Some(result));
        }
    }

    #[test]
    fn anything_else_is_no_verdict() {
        for text in ["", "open", "open x", "open 70000", "shut 1", "open 1 2", "exec format error"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
