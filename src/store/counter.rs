//! Numbers that are given once: `CI_PIPELINE_IID` of a project, and pipeline ids of all projects.

use super::error::StoreError;
use super::folder::StoreFolder;
use super::lock::FileLock;

/// The longest text of a counter: the digits of a 64-bit number.
const TEXT_BYTES_MAX: u64 = 32;

/// The next number of the counter `name`: greater than every number before, and at least `floor`. `bound` is the number
/// that the counter never exceeds; a file that says more, or nothing, has been damaged and counts as absent.
pub(super) fn next_number(
    folder: &StoreFolder,
    name: &str,
    floor: u64,
    bound: u64,
) -> Result<u64, StoreError> {
    let _lock = FileLock::wait(folder, &format!("{name}.lock"))?;
    let last = match folder.read(name, TEXT_BYTES_MAX) {
        Ok(text) => std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse::<u64>().ok()),
        Err(StoreError::Record { .. }) => None,
        Err(error) if error.is_missing() => None,
        Err(error) => return Err(error),
    };
    let last = last.filter(|last| *last < bound);
    let next = last.map_or(floor, |last| floor.max(last.saturating_add(1)));
    folder.replace(name, format!("{next}\n").as_bytes())?;
    Ok(next)
}
