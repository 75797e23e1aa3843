//! Streams of the Engine API. The decoders do no I/O and have named limits; `frames` feeds one from a connection.

pub mod frames;
pub mod json_values;
pub mod stdcopy;
