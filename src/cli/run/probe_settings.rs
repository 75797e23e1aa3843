//! How the services of the jobs are checked.

use crate::executor::run_context::ProbeSettings;
use crate::linux::container;
use crate::probe::mode::ProbeMode;
use crate::probe::own_container;

/// The settings of a run in this process.
pub fn probe_settings(mode: ProbeMode) -> ProbeSettings {
    let own_container_ids = own_container::candidate_ids(&container::traces()).into();
    ProbeSettings { mode, own_container_ids, ..ProbeSettings::default() }
}
