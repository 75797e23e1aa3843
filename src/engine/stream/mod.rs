//! Streams of the Engine API. The decoders do no I/O and keep named limits; `frames` joins one to a connection.

pub mod frames;
pub mod json_values;
pub mod stdcopy;
