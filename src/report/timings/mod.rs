//! `--timings`: which phase and which call of the Engine API took how long, as a table or as a file for trace viewers.

mod critical_path;
mod record;
mod table;
mod trace;

pub(super) use self::record::TimingsRecord;
pub(super) use self::table::table;
pub(super) use self::trace::trace;
