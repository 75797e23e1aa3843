//! From where services are probed.

/// `--probe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProbeMode {
    /// From this process; where it cannot reach the services, from a container beside them.
    #[default]
    Auto,
    /// From this process alone.
    Direct,
    /// From a container on the job's network.
    Inside,
    /// Not at all: the job begins as soon as its services have been started.
    Off,
}
