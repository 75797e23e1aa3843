//! How a prober in a container tells what it has found: one line on its standard output. Pure.

use std::time::Duration;

use super::Verdict;

/// The line: `open 5432`, `closed 1998` (dials) or `unreachable 3000` (milliseconds).
pub fn line(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Open { port } => format!("open {port}"),
        Verdict::Closed { dials } => format!("closed {dials}"),
        Verdict::Unreachable { after } => format!("unreachable {}", after.as_millis()),
    }
}

/// Reads the line; `None` for anything else.
pub fn parse(line: &str) -> Option<Verdict> {
    let (word, number) = line.trim().split_once(' ')?;
    Some(match word {
        "open" => Verdict::Open { port: number.parse().ok()? },
        "closed" => Verdict::Closed { dials: number.parse().ok()? },
        "unreachable" => Verdict::Unreachable { after: Duration::from_millis(number.parse().ok()?) },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for verdict in [
            Verdict::Open { port: 5432 },
            Verdict::Closed { dials: u64::MAX },
            Verdict::Unreachable { after: Duration::from_secs(3) },
        ] {
            assert_eq!(parse(&line(&verdict)), Some(verdict));
        }
    }

    #[test]
    fn anything_else_is_no_verdict() {
        for text in ["", "open", "open x", "open 70000", "shut 1", "open 1 2", "exec format error"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
