//! Volumes that are made before the containers that have them.

use crate::engine::product::Maker;
use crate::engine::volume::create::VolumeConfig;
use crate::executor::cleanup::ledger::Object;
use crate::executor::context::Context;
use crate::executor::outcome::Failure;

/// Makes those that are kept, so that they have their labels, and writes the others down, which come to be with the
/// first container that mounts them. Podman 5 gives such a volume no labels, and so is asked for those as well.
pub async fn make(context: &Context) -> Result<(), Failure> {
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
            context.ledger.create(Object::Volume(name), async { Ok(()) }).await?;
        }
    }
    Ok(())
}
