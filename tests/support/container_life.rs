//! The scenario `container-life`: the calls that the executor makes for the container of a job.

use std::io;

use runner_lite::engine::Engine;
use runner_lite::engine::container::create::Stdio;
use runner_lite::engine::container::inspect::Container;
use runner_lite::engine::container::remove::RemoveAnonymousVolumes;
use runner_lite::engine::container::wait::{Exit, WaitCondition};
use runner_lite::engine::error::EngineError;

use super::{LOG, Output, collect_output, container_config, fixture_name};

/// The standard input of the container that [`container_life`] runs.
const SCRIPT: &[u8] = b"echo out; echo err >&2; exit 42\n";

/// An error in [`container_life`].
#[derive(Debug)]
pub(crate) enum CallError {
    Engine(EngineError),
    /// Writing to standard input of the container; unlike [`EngineError`], it does not name the container.
    Input(io::Error),
}

impl From<EngineError> for CallError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// The results of [`container_life`].
#[derive(Debug)]
pub(crate) struct ContainerRun {
    output: Output,
    exit: Exit,
    container: Container,
    log: Output,
}

impl ContainerRun {
    /// Asserts that the results are those of [`SCRIPT`].
    pub(crate) fn check(&self) {
        let expect = Output { out: "out\n".to_owned(), err: "err\n".to_owned() };
        assert_eq!(self.output, expect);
        assert_eq!(self.log, expect);
        assert_eq!((self.exit.status_code, &self.exit.error), (42, &None));
        assert_eq!(self.container.state.status, "exited");
        assert_eq!(self.container.state.exit_code, 42);
        assert!(!self.container.state.running);
        let networks = self.container.network_settings.networks.as_ref().unwrap();
        assert!(networks.contains_key("bridge") || networks.contains_key("podman"), "{networks:?}");
    }
}

/// Creates, runs and removes a container with the calls that the executor makes for a job.
pub(crate) async fn container_life(engine: &Engine) -> Result<ContainerRun, CallError> {
    let name = fixture_name("life");
    engine.container_create(&name, None, &container_config(&["sh"], Stdio::ATTACHED)).await?;
    let mut attached = engine.container_attach(&name).await?;
    let wait = engine.container_wait(&name, WaitCondition::NextExit).await?;
    engine.container_start(&name).await?;
    attached.input.write(SCRIPT).await.map_err(CallError::Input)?;
    attached.input.close().await.map_err(CallError::Input)?;
    let output = collect_output(&mut attached.output).await?;
    let exit = wait.exit().await?;
    let container = engine.container_inspect(&name).await?;
    let log = collect_output(&mut engine.container_logs(&name, &LOG).await?).await?;
    engine.container_remove(&name, RemoveAnonymousVolumes::Yes).await?;
    Ok(ContainerRun { output, exit, container, log })
}
