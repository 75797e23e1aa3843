//! Counts and sizes as a reader sees them: `1 file`, `20 images`, `1.3 GB`.

use std::fmt::Display;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_zero_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "file")), ["0 files", "1 file", "2 files"]);
    }

    #[test]
    fn a_size_is_shown_in_the_largest_unit_below_it() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1_340_000_000), "1.3 GB");
        assert_eq!(size(9_999_000_000_000), "9999.0 GB");
    }
}
