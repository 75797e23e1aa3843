//! Resource groups (`resource_group`): at most one job of a project has a resource, over all processes of this user.

use std::fs::File;
use std::io::{Read, Seek, Write};

use super::error::StoreError;
use super::folder::StoreFolder;
use super::lock::FileLock;

/// How much is read of the text that says who has a resource.
const HOLDER_BYTES_MAX: u64 = 1 << 10;

/// The lock of a resource. It is free again when this value is dropped, or the process ends.
#[derive(Debug)]
pub struct ResourceLock {
    _lock: FileLock,
}

/// What came of an attempt to take a resource.
#[derive(Debug)]
pub enum ResourceAttempt {
    Taken(ResourceLock),
    /// Another process has it: the text that it has left, such as `run 8f3a (job deploy)`; empty if it is not known.
    HeldBy(String),
}

impl ResourceLock {
    /// Takes a resource of a folder of resources for `holder`, unless somebody has it. Its lock file stays, because
    /// removing it would race with others.
    pub(super) fn attempt(
        resources: &StoreFolder,
        resource: &str,
        holder: &str,
    ) -> Result<ResourceAttempt, StoreError> {
        let hash = hmac_sha256::Hash::hash(resource.as_bytes());
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        match FileLock::attempt(resources, &name)? {
            Some(lock) => {
                // Others only show the text; that it cannot be written is no reason not to run.
                let _ = leave_text(lock.file(), holder);
                Ok(ResourceAttempt::Taken(Self { _lock: lock }))
            }
            None => Ok(ResourceAttempt::HeldBy(text_of_holder(resources, &name))),
        }
    }
}

fn leave_text(mut file: &File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(holder.as_bytes())
}

fn text_of_holder(resources: &StoreFolder, name: &str) -> String {
    let mut text = Vec::new();
    if let Ok(file) = resources.open(name) {
        let _ = file.take(HOLDER_BYTES_MAX).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_has_one_holder_whom_others_can_name() {
        let place = tempfile::tempdir().unwrap();
        let folder = StoreFolder::place(place.path()).unwrap();
        let attempt = |resource, holder| ResourceLock::attempt(&folder, resource, holder).unwrap();
        let ResourceAttempt::Taken(first) = attempt("production", "run 1 (job a-long-name)") else {
            panic!("it is free")
        };
        assert!(
            matches!(attempt("production", "run 2"), ResourceAttempt::HeldBy(holder) if holder == "run 1 (job a-long-name)")
        );
        assert!(matches!(attempt("staging", "run 2"), ResourceAttempt::Taken(_)));
        drop(first);
        let ResourceAttempt::Taken(_second) = attempt("production", "run 2") else {
            panic!("it is free again")
        };
        assert!(
            matches!(attempt("production", "run 3"), ResourceAttempt::HeldBy(holder) if holder == "run 2")
        );
    }
}
