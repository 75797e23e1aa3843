//! One job from its images to its outcome: retries, the order of its steps, the script's run, and stopping it.

pub mod attempt;
pub mod attempt_record;
pub mod coverage;
pub mod delivery;
pub mod file_receiver;
pub mod heartbeat;
pub mod job;
mod keep;
pub mod out_of_memory;
pub mod output_record;
pub mod prepare;
pub mod script_receipt;
pub mod session;
pub mod session_state;
pub mod sources;
pub mod terminal;
pub mod terminate;
pub mod user_terminal;
