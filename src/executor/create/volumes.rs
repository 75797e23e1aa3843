//! Volumes, which are created before the containers that mount them.

use crate::engine::product::Maker;
use crate::engine::volume::create::VolumeConfig;
use crate::executor::cleanup::ledger::Object;
use crate::executor::job_context::JobContext;
use crate::executor::outcome::Failure;

/// Creates persistent volumes so that they get labels, and records temporary ones, which the first container that
/// mounts them creates. Podman 5 gives those no labels, so on Podman they are created here as well.
pub async fn create_volumes(context: &JobContext) -> Result<(), Failure> {
    let driver = &context.plan.volume_driver;
    for volume in &context.plan.volumes {
        let Some(name) = context.names.volume(&volume.source) else { continue };
        let config = VolumeConfig {
            name: name.clone(),
            labels: context.names.volume_labels(volume),
            driver: driver.name.clone(),
            driver_opts: driver.options.clone(),
        };
        if !volume.is_temporary() {
            context.engine.volume_create(&config).await?;
        } else if context.engine.product().maker == Maker::Podman {
            context.ledger.create(Object::Volume(name), context.engine.volume_create(&config)).await?;
        } else {
            context.ledger.record(Object::Volume(name));
        }
    }
    Ok(())
}
