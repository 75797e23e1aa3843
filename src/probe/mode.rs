//! Where services are probed from.

/// `--probe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProbeMode {
    /// From this process, or from a container on the job's network if this process cannot reach the services.
    #[default]
    Auto,
    /// From this process only.
    Direct,
    /// From a container on the job's network.
    Inside,
    /// Services are not probed: the job begins as soon as they have been started.
    Off,
}
