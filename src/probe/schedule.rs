//! When to dial again, and when to call an address unreachable. Pure.

use std::time::Duration;

/// The first pause after a refused dial.
const PAUSE_FIRST: Duration = Duration::from_millis(1);

/// The longest pause, so that a port which opens is seen within 20 ms.
const PAUSE_MAX: Duration = Duration::from_millis(15);

/// A container's address that is reachable answers a dial at once, if only with a refusal. After this long without any
/// answer from any port it is not: the engine runs in another network namespace or machine.
pub const UNREACHABLE_AFTER: Duration = Duration::from_secs(3);

/// How long one dial may stay without an answer.
pub const DIAL_WITHIN: Duration = Duration::from_secs(1);

/// Pauses between the dials of one port: each half as long again as the one before, up to a limit.
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
    fn pauses_grow_to_fifteen_milliseconds_and_stay_there() {
        let pauses: Vec<_> = Pauses::default().take(12).collect();
        assert_eq!(pauses[0], Duration::from_millis(1));
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(pauses[11], Duration::from_millis(15));
    }
}
