//! What is said of the objects that `--keep` leaves on the engine: which there are, and the commands for them.

use super::shell_word::quoted;
use super::terminal_text::TerminalText;
use crate::executor::kept_objects::KeptObjects;

/// The lines about the objects.
pub(super) fn kept_text(kept: &KeptObjects) -> TerminalText {
    // A host of another engine stands in each command, because it may come from an option.
    let host = kept.host.as_deref().map(quoted);
    let docker = host.as_ref().map_or("docker".to_owned(), |host| format!("docker -H {host}"));
    let clean =
        host.map_or("runner-lite clean".to_owned(), |host| format!("runner-lite clean --host {host}"));
    let mut lines = vec!["Kept on the engine (--keep):".to_owned()];
    lines.extend(kept.objects.iter().map(|object| format!("  {}", object.description())));
    lines.push("Inspect them:".to_owned());
    if let Some(build) = &kept.build {
        let dir = quoted(&kept.project_dir);
        // The container's command waits for its input, so that the container runs until it is stopped.
        lines.push(format!("  {docker} start {build} && {docker} exec -it -w {dir} {build} sh"));
        lines.push(format!("  {docker} cp {build}:{dir} ."));
        lines.push(format!("  {docker} diff {build}"));
    }
    lines.extend(kept.services.iter().map(|service| format!("  {docker} logs {service}")));
    lines.extend(kept.services.iter().map(|service| format!("  {docker} exec -it {service} sh")));
    lines.push("Remove them:".to_owned());
    lines.push(format!("  {clean} {}", kept.run));
    lines.join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::name::Name;
    use crate::executor::cleanup::ledger::Object;

    #[test]
    fn the_objects_are_named_with_the_commands_for_them() {
        let container = |name: &str| Object::Container(Name::new(name));
        let kept = KeptObjects {
            host: None,
            run: "run".to_owned(),
            build: Some(Name::new("run-build")),
            project_dir: "/builds/a b".to_owned(),
            services: vec![Name::new("run-redis-0")],
            objects: vec![
                container("run-build"),
                container("run-redis-0"),
                Object::Network(Name::new("run-network")),
                Object::Volume(Name::new("run-cache-0")),
            ],
        };
        insta::assert_snapshot!(kept_text(&kept).as_str(), @r"
        Kept on the engine (--keep):
          container run-build
          container run-redis-0
          network run-network
          volume run-cache-0
        Inspect them:
          docker start run-build && docker exec -it -w '/builds/a b' run-build sh
          docker cp run-build:'/builds/a b' .
          docker diff run-build
          docker logs run-redis-0
          docker exec -it run-redis-0 sh
        Remove them:
          runner-lite clean run
        ");
        let kept = KeptObjects { host: Some("unix:///run/an engine.sock".to_owned()), build: None, ..kept };
        let text = kept_text(&kept);
        let (_, commands) = text.as_str().split_once("Inspect them:\n").unwrap();
        insta::assert_snapshot!(commands, @r"
          docker -H 'unix:///run/an engine.sock' logs run-redis-0
          docker -H 'unix:///run/an engine.sock' exec -it run-redis-0 sh
        Remove them:
          runner-lite clean --host 'unix:///run/an engine.sock' run
        ");
    }
}
