//! Counts, sizes and durations as a reader sees them: `1 file`, `20 images`, `1.3 GB`, `2 min 10 s`.

use std::fmt::Display;
use std::time::Duration;

/// `1 file`, `2 files`; `noun` is the singular of a noun that takes an `s`.
pub fn counted(count: impl Display + PartialEq + From<u8>, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1.into() { "" } else { "s" })
}

/// `12 B`, `1.3 GB`, in units of 1,000.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["B", "kB", "MB", "GB"];
    #[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// `4 s`, `2 min 10 s`, `1 h`, without fractions of a second.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<_> = parts.iter().filter(|(count, _)| *count > 0).collect();
    match &*parts {
        [] => "0 s".to_owned(),
        parts => parts.iter().map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" "),
    }
}

/// A measured time: `1.2 s`, and from a minute on as [`duration`].
pub fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        _ => duration(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_zero_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "file")), ["0 files", "1 file", "2 files"]);
    }

    #[test]
    fn a_duration_has_the_units_that_it_needs() {
        let shown = [0, 4, 60, 130, 3600, 3661].map(|seconds| duration(Duration::from_secs(seconds)));
        assert_eq!(shown, ["0 s", "4 s", "1 min", "2 min 10 s", "1 h", "1 h 1 min 1 s"]);
        let shown = [40, 1_249, 60_000].map(|milliseconds| elapsed(Duration::from_millis(milliseconds)));
        assert_eq!(shown, ["0.0 s", "1.2 s", "1 min"]);
    }

    #[test]
    fn a_size_is_shown_in_the_largest_unit_below_it() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_340_000_000), "1.3 GB");
        assert_eq!(size(9_999_000_000_000), "9999.0 GB");
    }
}
