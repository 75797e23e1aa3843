//! When to dial again, and when an address is unreachable. Pure.

use std::time::Duration;

/// The first pause after a refused dial.
const PAUSE_FIRST: Duration = Duration::from_millis(1);

/// The longest pause; a port that opens is found within 20 ms.
const PAUSE_MAX: Duration = Duration::from_millis(15);

/// How long to wait for the first answer of any port. A reachable address answers at once, if only with a refusal;
/// one without an answer belongs to an engine in another network namespace or on another machine.
pub const UNREACHABLE_AFTER: Duration = Duration::from_secs(3);

/// How long a dial may wait for an answer.
pub const DIAL_WITHIN: Duration = Duration::from_secs(1);

/// The pauses between dials of one port: each is 1.5 times the one before, up to `PAUSE_MAX`.
#[derive(Debug, Clone)]
pub struct Pauses {
    next: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { next: PAUSE_FIRST }
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = self.next;
        self.next = pause.saturating_mul(3).checked_div(2).unwrap_or(PAUSE_MAX).min(PAUSE_MAX);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_fifteen_milliseconds() {
        let pauses: Vec<_> = Pauses::default().take(12).collect();
        assert_eq!(pauses[0], Duration::from_millis(1));
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(pauses[11], Duration::from_millis(15));
    }
}
