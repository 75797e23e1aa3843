//! Fingerprints of findings: equal in two runs if the finding is the same, also after it has moved to another line, and
//! unique in a document.

use std::collections::HashMap;

use hmac_sha256::Hash;

/// The bytes of a hash that a fingerprint consists of: as many as those of MD5, which GitLab's documentation suggests.
const FINGERPRINT_BYTES: usize = 16;

/// Makes the fingerprints of a document.
#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    /// How many findings have had these parts.
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding with these parts. They must not contain the number of a line.
    pub(super) fn next(&mut self, parts: [&str; 4]) -> String {
        let text = parts.join("\0");
        let count = self.seen.entry(text.clone()).or_default();
        let nth = *count;
        *count += 1;
        // The first one of equal findings keeps its fingerprint when others join it.
        let text = if nth == 0 { text } else { format!("{text}\0{nth}") };
        let hash = Hash::hash(text.as_bytes());
        hash.iter().take(FINGERPRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_findings_have_different_fingerprints_and_the_first_keeps_its_own() {
        let parts = ["syntax", ".gitlab-ci.yml", "bad", "x"];
        let mut one = Fingerprints::default();
        let (first, second) = (one.next(parts), one.next(parts));
        assert_ne!(first, second);
        let mut other = Fingerprints::default();
        assert_ne!(other.next(["syntax", ".gitlab-ci.yml", "ba", "dx"]), first);
        assert_eq!(other.next(parts), first);
        assert_eq!(first.len(), 32);
    }
}
