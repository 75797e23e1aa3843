//! `/exec/…`: a further process in a running container.

pub mod create;
pub mod inspect;
pub mod start;
pub mod terminal;

/// The id that the engine gives to an exec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecId(String);

impl ExecId {
    fn as_str(&self) -> &str {
        &self.0
    }
}
