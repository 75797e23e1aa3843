//! A random text by which a folder of the store differs from all others: slots are counted within it.

use super::error::StoreError;
use super::folder::{StoreFolder, random};
use super::lock::FileLock;

/// The file with the text.
const IDENTITY: &str = "identity";

/// The digits of the text. A file with more, or with something else, has been damaged and counts as absent.
const DIGITS_MAX: usize = 16;

/// The identity of a folder, which is made when it is asked for the first time.
pub(super) fn identity(folder: &StoreFolder) -> Result<String, StoreError> {
    if let Some(known) = known(folder)? {
        return Ok(known);
    }
    let _lock = FileLock::wait(folder, &format!("{IDENTITY}.lock"))?;
    if let Some(known) = known(folder)? {
        return Ok(known);
    }
    let identity = format!("{:016x}", random());
    folder.replace(IDENTITY, format!("{identity}\n").as_bytes())?;
    Ok(identity)
}

fn known(folder: &StoreFolder) -> Result<Option<String>, StoreError> {
    let text = match folder.read(IDENTITY, DIGITS_MAX as u64 + 1) {
        Ok(text) => text,
        Err(StoreError::Record { .. }) => return Ok(None),
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8(text).unwrap_or_default();
    let text = text.trim();
    let is_whole = text.len() == DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(is_whole.then(|| text.to_owned()))
}
