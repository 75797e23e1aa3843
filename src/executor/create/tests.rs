//! Jobs in different slots, whose objects are on the engine at the same time.

use std::collections::BTreeSet;

use super::containers::Containers;
use super::delivery::Delivery;
use super::names::{Names, ObjectKind, is_of_a_run, run_of};
use crate::plan::identity::JobIdentity;
use crate::plan::job_plan::{JobPlan, Slot, VolumeSource};
use crate::plan::testing::Case;
use crate::runner_config::{TomlDocument, load_runner};

/// With everything that a job can have created: a network, two services, a hook, a persistent and a temporary volume.
const CONFIG: &str = r#"
[[runners]]
pre_get_sources_script = "true"
[runners.feature_flags]
FF_NETWORK_PER_BUILD = true
[runners.docker]
volumes = ["/cache"]
"#;

/// The plan of a job of the pipeline 7 in the slot with that number.
fn plan(slot: usize) -> JobPlan {
    let mut case = Case::new().service("redis:7", "").service("mysql:8", "db");
    case.facts.runner = load_runner(&TomlDocument::parse(CONFIG).unwrap(), None, &[]).unwrap().config;
    let number = u64::try_from(slot).unwrap() + 1;
    case.plan_as(JobIdentity::new(7, number, Slot::new(slot))).0.unwrap()
}

/// The name of every object that a run with this random number creates, and the host names of its containers.
fn names(plan: &JobPlan, number: u64) -> BTreeSet<String> {
    let names = Names::of_run(plan, number);
    let containers = Containers { plan, names: &names };
    let image = || "sha256:0".to_owned();
    let mut created = vec![
        containers.build(image(), Vec::new(), Delivery::Upload),
        containers.hook(image(), Vec::new()),
        containers.predefined(image()),
    ];
    for service in &plan.services {
        let service = containers.service(service, image());
        created.push(containers.prober(&service.name, image(), Vec::new()));
        created.push(service);
    }
    let mut all: BTreeSet<String> = created.iter().map(|container| container.name.to_string()).collect();
    all.extend(created.iter().filter_map(|container| container.config.hostname.clone()));
    for container in &created {
        all.extend(container.config.host_config.mounts.iter().map(|mount| mount.source.clone()));
    }
    all.extend(containers.network().map(|network| network.name.to_string()));
    all.extend(
        plan.volumes.iter().filter_map(|volume| names.volume(&volume.source)).map(|name| name.to_string()),
    );
    all
}

#[test]
fn jobs_in_different_slots_share_no_name() {
    let plans = [plan(0), plan(1)];
    let [first, second] = [names(&plans[0], 1), names(&plans[1], 1)];
    // Build, hook, predefined, two services and their probers, the host name, the network, two volumes.
    assert_eq!((first.len(), second.len()), (11, 11), "{first:?}");
    assert_eq!(first.intersection(&second).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn runs_in_the_same_slot_share_nothing_but_the_host_name_and_persistent_volumes() {
    let plan = plan(1);
    let [first, second] = [names(&plan, 1), names(&plan, 2)];
    let shared: Vec<&String> = first.intersection(&second).collect();
    let persistent = plan.volumes.iter().find_map(|volume| match &volume.source {
        VolumeSource::Persistent { name } => Some(name),
        _ => None,
    });
    let mut expect = vec![persistent.unwrap().as_str(), "runner-lite-project-1-concurrent-1"];
    expect.sort_unstable();
    assert_eq!(shared, expect);
}

#[test]
fn names_of_runs_are_told_from_other_names() {
    let plan = plan(1);
    let persistent = plan.volumes.iter().find_map(|volume| match &volume.source {
        VolumeSource::Persistent { name } => Some(name.clone()),
        _ => None,
    });
    let others = ["runner-lite-project-1-concurrent-1".to_owned(), persistent.unwrap()];
    for name in names(&plan, 0xfe) {
        assert_eq!(is_of_a_run(&name), !others.contains(&name), "{name}");
        let run = "runner-lite-project-1-concurrent-1-00000000000000fe";
        assert_eq!(run_of(&name), (!others.contains(&name)).then_some(run), "{name}");
    }
    assert!(is_of_a_run("runner-lite-doctor-00000000000000fe"));
    for name in [
        "",
        "mine",
        "runner-lite-doctor-mine",
        "runner-lite-project-1-concurrent-1-00000000000000fe",
        "runner-lite-project-1-concurrent-x-00000000000000fe-build",
        "runner-lite-project-1-concurrent-1-mine-build",
    ] {
        assert!(!is_of_a_run(name), "{name}");
    }
}

#[test]
fn labels_tell_the_jobs_of_a_pipeline_apart() {
    let labels = |slot| {
        let plan = plan(slot);
        let names = Names::of_run(&plan, 1);
        let labels = names.network_labels();
        ["job.id", "pipeline.id"].map(|key| labels[&format!("com.gitlab.gitlab-runner.{key}")].clone())
    };
    assert_eq!(labels(0), ["7001", "1"]);
    assert_eq!(labels(1), ["7002", "1"]);
}

#[test]
fn all_objects_of_a_kept_job_say_so_but_persistent_volumes() {
    let plan = plan(0);
    let names = Names::of_kept_job(&plan);
    let key = "com.gitlab.gitlab-runner.kept";
    assert!(names.are_of_kept_job() && !Names::new(&plan).are_of_kept_job());
    assert!(names.network_labels().contains_key(key) && names.labels(ObjectKind::Build).contains_key(key));
    for volume in &plan.volumes {
        assert_eq!(names.volume_labels(volume).contains_key(key), volume.is_temporary(), "{volume:?}");
    }
}
