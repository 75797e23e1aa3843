//! Leaves the objects of a job on the engine, as the user has asked with `--keep`.

use std::sync::Arc;

use crate::engine::name::Name;
use crate::executor::cleanup::ledger::Object;
use crate::executor::event::EventKind;
use crate::executor::job_context::JobContext;
use crate::executor::kept_objects::KeptObjects;

/// Leaves the container of the job, those of its services, its network and its volumes on the engine, and tells the user
/// of them. Containers of this program's own are removed as usual. Without `--keep` nothing is done.
pub(super) async fn keep(context: &JobContext) {
    let (plan, names) = (&context.plan, &context.names);
    if !names.are_of_kept_job() {
        return;
    }
    let build = names.build();
    let services: Vec<Name> = plan.services.iter().map(|service| names.service(service)).collect();
    let objects = context.ledger.keep(|object| match object {
        Object::Container(name) => *name == build || services.contains(name),
        Object::Network(_) | Object::Volume(_) => true,
        // The container of this process must not stay in a network of the job.
        Object::Membership { .. } => false,
    });
    if objects.is_empty() {
        return;
    }
    let is_left = |name: &Name| objects.contains(&Object::Container(name.clone()));
    let build = Some(build).filter(is_left);
    if let Some(build) = &build {
        // Processes of a script that was given up must not go on. A failure changes nothing: the container stays.
        tokio::select! {
            _ = context.engine.container_stop(build, std::time::Duration::ZERO) => {}
            () = context.shutdown.abandoned() => {}
        }
    }
    let services = services.into_iter().filter(is_left).collect();
    let (run, project_dir) = (names.run().to_owned(), plan.project_dir.clone());
    let endpoint = context.engine.endpoint();
    context.events.send(EventKind::Kept(Arc::new(KeptObjects {
        host: (!endpoint.is_default()).then(|| endpoint.to_string()),
        run,
        build,
        project_dir,
        services,
        objects,
    })));
}
