use super::*;
use crate::runner_config::{TomlDocument, load_runner};
use crate::secret::Secret;

/// MD5 of `/cache`, `/builds` and `/volume`, from GitLab Runner's own tests.
const CACHE: &str = "3c3f060a0374fc8bc39395164f415a70";
const BUILDS: &str = "c33bcaa1fd2c77edfc3893b41966cea8";
const VOLUME: &str = "14331bf18c8e434c4b3f48a8c5cc79aa";

fn config(docker: &str) -> RunnerConfig {
    let text = format!("[[runners]]\n[runners.docker]\n{docker}");
    let reading = load_runner(&TomlDocument::parse(&text).unwrap(), None, &[]).unwrap();
    assert_eq!(reading.problems, []);
    reading.config
}

fn volumes(docker: &str, strategy: GitStrategy, is_protected: bool) -> Result<Vec<VolumePlan>, String> {
    let config = config(docker);
    let builds_dir = builds_dir(&config).unwrap();
    let variables = Lookup::new([("V", "some")].into_iter());
    let project_dir =
        format!("{builds_dir}{}/g/p", shared_prefix(&config, &builds_dir, &SlotStore::Unopened, Slot::FIRST));
    let volumes = VolumePlanner {
        config: &config,
        builds_dir: &builds_dir,
        project_dir: &project_dir,
        strategy,
        project: "https://example.com/g/p",
        is_protected,
        slots: &SlotStore::Unopened,
        slot: Slot::FIRST,
        variables: &variables,
    };
    volumes.plan().map_err(|problem| problem.message)
}

/// Checks each volume as `path is kind`; the names of persistent volumes without the owner's hash.
#[track_caller]
fn check(docker: &str, strategy: GitStrategy, expect: &[&str]) {
    let shown = |volume: VolumePlan| match volume.source {
        VolumeSource::Configured { source, options } => {
            format!("{} is {source} {}", volume.destination, options.join(","))
        }
        VolumeSource::Persistent { name } => {
            let (owner, hash) = name.split_once("-cache-").unwrap();
            let hex = owner.strip_prefix("runner-").unwrap();
            assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            format!("{} is persistent {hash}", volume.destination)
        }
        VolumeSource::Temporary { hash } => format!("{} is temporary {hash}", volume.destination),
    };
    let found: Vec<_> = volumes(docker, strategy, false).unwrap().into_iter().map(shown).collect();
    assert_eq!(found, expect, "{docker}");
}

#[test]
fn a_path_alone_is_a_persistent_volume_and_a_source_stays() {
    let docker = "volumes = [\"/cache\", \"/host:/in:ro\", \"named:/data/$V\", \"/volume:rw\"]";
    check(
        docker,
        GitStrategy::Clone,
        &[
            &format!("/cache is persistent {CACHE}"),
            "/in is /host ro",
            "/data/some is named ",
            &format!("/volume is persistent {VOLUME}"),
            &format!("/builds is temporary {BUILDS}"),
        ],
    );
}

#[test]
fn the_strategy_decides_whether_the_builds_directory_is_persistent() {
    let builds = format!("/builds is temporary {BUILDS}");
    for strategy in [GitStrategy::Clone, GitStrategy::None, GitStrategy::Empty] {
        check("", strategy, &[&builds]);
    }
    let temporary = format!("/builds/g/p.tmp is temporary {}", md5_hex("/builds/g/p.tmp"));
    check("", GitStrategy::Fetch, &[&format!("/builds is persistent {BUILDS}"), &temporary]);
    check("disable_cache = true", GitStrategy::Fetch, &[&builds]);
}

#[test]
fn a_configured_volume_can_contain_the_builds_directory() {
    let temporary =
        |project: &str| format!("{project}.tmp is temporary {}", md5_hex(&format!("{project}.tmp")));
    let (of_kept, of_given) = (temporary("/builds/g/p"), temporary("/builds/0/g/p"));
    check(
        "volumes = [\"/builds\"]",
        GitStrategy::Clone,
        &[&format!("/builds is persistent {BUILDS}"), &of_kept],
    );
    check("volumes = [\"/srv:/builds\"]", GitStrategy::Clone, &["/builds is /srv ", &of_given]);
}

#[test]
fn disable_cache_and_cache_dir_change_the_source_of_a_path_alone() {
    let builds = format!("/builds is temporary {BUILDS}");
    check(
        "volumes = [\"/cache\"]\ndisable_cache = true",
        GitStrategy::Clone,
        &[&format!("/cache is temporary {CACHE}"), &builds],
    );
    let found =
        volumes("volumes = [\"/cache\"]\ncache_dir = \"/var/caches/\"", GitStrategy::Clone, false).unwrap();
    let VolumeSource::Configured { source, .. } = &found[0].source else { panic!("{found:?}") };
    assert!(source.starts_with("/var/caches/runner-") && source.ends_with(&format!("/{CACHE}")), "{source}");
}

#[test]
fn persistent_volumes_differ_by_protection_project_slot_and_runner() {
    let name = |config: &RunnerConfig, project: &str, is_protected, slot| {
        let variables = Lookup::new(std::iter::empty());
        let volumes = VolumePlanner {
            config,
            builds_dir: "/builds",
            project_dir: "/builds/g/p",
            strategy: GitStrategy::Clone,
            project,
            is_protected,
            slots: &SlotStore::Unopened,
            slot: Slot::new(slot),
            variables: &variables,
        };
        match volumes.default_source("/cache") {
            VolumeSource::Persistent { name } => name,
            other => panic!("{other:?}"),
        }
    };
    let mut config = config("");
    let plain = name(&config, "a", false, 0);
    // A changed name would leave the volumes of earlier versions behind.
    assert_eq!(plain, format!("runner-f4ba569954f713b9e8c696eba7fc1cef-cache-{CACHE}"));
    assert_eq!(name(&config, "a", true, 0), format!("{plain}-protected"));
    assert_ne!(name(&config, "b", false, 0), plain);
    assert_ne!(name(&config, "a", false, 1), plain);
    config.runner.token = Some(Secret::new("glrt-x"));
    assert_ne!(name(&config, "a", false, 0), plain);
}

#[test]
fn an_invalid_path_is_an_error() {
    let error = |docker: &str| volumes(docker, GitStrategy::Clone, false).unwrap_err();
    assert_eq!(
        error("volumes = [\"/a\", \"/h:/a/\"]"),
        "adding volume: volume for container path \"/a\" is already defined"
    );
    assert_eq!(error("volumes = [\"/..\"]"), "adding volume: it needs to be at a non-root path");
    assert!(volumes("volumes = [\"/a\", \"/a/b\"]", GitStrategy::Clone, false).is_ok());
    for (path, text) in [("builds", "absolute"), ("/", "non-root"), ("/a/..", "non-root")] {
        let mut config = RunnerConfig::default();
        config.runner.builds_dir = Some(path.to_owned());
        assert!(builds_dir(&config).unwrap_err().message.contains(text), "{path}");
    }
}

#[test]
fn tokens_are_shortened_as_gitlab_runner_does() {
    for (token, short) in [
        ("glrt-t1_t9Wkyj-HGRkqQ-VWTGAr", "t9Wkyj-HG"),
        ("glrtr-t1_t9Wkyj-HGRkqQ", "t1_t9Wkyj"),
        ("t1_t9Wkyj-HGRkqQ", "t9Wkyj-HG"),
        ("GR1348941abcdefghijk", "abcdefghi"),
        ("glcbt-64_abcdefghijk", "64_abcdef"),
        ("short", "short"),
        ("", ""),
    ] {
        assert_eq!(short_token(token), short, "{token}");
    }
}

#[test]
fn a_path_is_on_the_innermost_volume_that_contains_it() {
    let volumes = volumes("volumes = [\"/a\", \"/h:/a/b\"]", GitStrategy::Clone, false).unwrap();
    let on = |path: &str| covering(&volumes, path).map(|volume| volume.destination.clone());
    assert_eq!(on("/a/b/c").as_deref(), Some("/a/b"));
    assert_eq!(on("/a/bc").as_deref(), Some("/a"));
    assert_eq!(on("/x"), None);
    assert!(is_configured_at(&volumes, "/a/b") && !is_configured_at(&volumes, "/a"));
    assert!(is_configured_at_or_below(&volumes, "/a") && !is_configured_at_or_below(&volumes, "/a/b/c"));
}

/// The source of the builds directory with `GIT_STRATEGY: fetch`, and the folder in one that runners share.
fn kept(slots: &SlotStore) -> (VolumeSource, String) {
    let (config, variables) = (config(""), Lookup::new([].into_iter()));
    let volumes = VolumePlanner {
        config: &config,
        builds_dir: "/builds",
        project_dir: "/builds/g/p",
        strategy: GitStrategy::Fetch,
        project: "https://example.com/g/p",
        is_protected: false,
        slots,
        slot: Slot::FIRST,
        variables: &variables,
    };
    let source = volumes.plan().unwrap().remove(0).source;
    let shared = self::config("volumes = [\"/host:/builds\"]");
    (source, shared_prefix(&shared, "/builds", slots, Slot::FIRST))
}

#[test]
fn jobs_of_different_stores_share_no_directory_and_without_a_store_none_is_kept() {
    let opened = |identity: &str| SlotStore::Opened(identity.to_owned());
    let (first, first_folder) = kept(&opened("0123456789abcdef"));
    let (other, other_folder) = kept(&opened("ffffffffffffffff"));
    assert!(matches!((&first, &other), (VolumeSource::Persistent { .. }, VolumeSource::Persistent { .. })));
    assert_ne!(first, other);
    assert_eq!((&*first_folder, &*other_folder), ("/01234567/0", "/ffffffff/0"));
    assert_eq!(kept(&opened("0123456789abcdef")).0, first);
    assert!(matches!(kept(&SlotStore::Missing).0, VolumeSource::Temporary { .. }));
}
