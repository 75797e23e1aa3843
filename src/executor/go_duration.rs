//! Durations as Go prints them, for the lines and labels that quote GitLab Runner.

use std::time::Duration;

/// `1h0m0s`, `5m0s`, `30s`; parts of a second are left out.
pub fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_look_as_in_go() {
        for (seconds, text) in [(0, "0s"), (30, "30s"), (300, "5m0s"), (3600, "1h0m0s"), (7325, "2h2m5s")] {
            assert_eq!(go_duration(Duration::from_secs(seconds)), text);
        }
    }
}
