//! Tells whether the files of a cache have changed since they were stored, without a look at their content.
//!
//! The archive keeps whole seconds, as GitLab's does, and so have files that were delivered from it. A file that a job writes
//! has nanoseconds. So the fingerprint that is stored is that of the files as they will be delivered, with whole seconds, and
//! the one that is compared with it is that of the files as they are: it also differs for a file that was written again within
//! the second and with the same size.

use hmac_sha256::Hash;

use super::select::SelectedEntry;

/// The fingerprint to be stored.
pub fn stored_fingerprint(entries: &[SelectedEntry]) -> String {
    fingerprint(entries, |_| 0)
}

/// The fingerprint to be compared with a stored one.
pub fn found_fingerprint(entries: &[SelectedEntry]) -> String {
    fingerprint(entries, |entry| entry.modified_ns)
}

/// A hash of path, type, mode, size, time and link target of each entry, in their order.
fn fingerprint(entries: &[SelectedEntry], nanoseconds: impl Fn(&SelectedEntry) -> u32) -> String {
    let mut hash = Hash::new();
    let mut record = Vec::new();
    for entry in entries {
        let attributes = &entry.attributes;
        record.clear();
        record.push(attributes.kind as u8);
        record.extend_from_slice(&attributes.mode.to_le_bytes());
        record.extend_from_slice(&attributes.size.to_le_bytes());
        record.extend_from_slice(&attributes.modified.to_le_bytes());
        record.extend_from_slice(&nanoseconds(entry).to_le_bytes());
        for text in [&entry.path, &entry.link] {
            record.extend_from_slice(&(text.len() as u64).to_le_bytes());
            record.extend_from_slice(text);
        }
        hash.update(&record);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::tar_stream::{Attributes, EntryKind};

    fn entry() -> SelectedEntry {
        let attributes =
            Attributes { kind: EntryKind::File, mode: 0o644, uid: 0, gid: 0, modified: 7, size: 3 };
        SelectedEntry { path: (*b"a").into(), source: None, link: (*b"").into(), attributes, modified_ns: 0 }
    }

    #[test]
    fn every_attribute_that_is_delivered_counts_and_the_owner_does_not() {
        let known = stored_fingerprint(&[entry()]);
        assert_eq!(found_fingerprint(&[entry()]), known);
        let changes: [fn(&mut SelectedEntry); 7] = [
            |entry| entry.path = (*b"b").into(),
            |entry| entry.link = (*b"b").into(),
            |entry| entry.attributes.kind = EntryKind::Directory,
            |entry| entry.attributes.mode = 0o600,
            |entry| entry.attributes.modified = 8,
            |entry| entry.attributes.size = 4,
            |entry| entry.modified_ns = 1,
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut entry = entry();
            change(&mut entry);
            assert_ne!(found_fingerprint(&[entry]), known, "{index}");
        }
        let mut other_owner = entry();
        other_owner.attributes.uid = 1000;
        assert_eq!(found_fingerprint(&[other_owner]), known);
        assert_ne!(found_fingerprint(&[]), known);
        assert_ne!(found_fingerprint(&[entry(), entry()]), known);
    }

    #[test]
    fn a_file_that_was_just_written_differs_and_is_stored_as_it_will_be_delivered() {
        let mut written = entry();
        written.modified_ns = 5;
        assert_ne!(found_fingerprint(&[written.clone()]), stored_fingerprint(&[written.clone()]));
        assert_eq!(found_fingerprint(&[entry()]), stored_fingerprint(&[written]));
    }
}
