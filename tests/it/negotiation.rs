//! The negotiation of an API version with synthetic engines: recordings of Docker 28.5 with other versions.

use std::path::Path;
use std::time::Duration;

use runner_lite::engine::Engine;
use tokio::time::timeout;

use crate::replay::{Server, VersionRange, load_exchanges};
use crate::scenarios;

/// How long a scenario may take; they take milliseconds.
const SCENARIO_WITHIN: Duration = Duration::from_secs(5);

/// The recorded engine, and its newest version.
const RECORDED: (&str, &str) = ("engine-28.5-api1.51", "1.51");

/// Runs a container on an engine of these `versions`, with the version `spoken` in every path.
async fn check(versions: VersionRange, spoken: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-fixtures").join(RECORDED.0);
    let recorded = load_exchanges(&folder.join("container-life"));
    let exchanges = recorded.iter().map(|exchange| exchange.of_version(RECORDED.1, spoken, versions.newest));
    let server = Server::speaking(exchanges.collect(), versions);
    let play = async {
        let engine = Engine::connect(server.connector(), None).await.unwrap();
        assert_eq!(engine.version().to_string(), spoken);
        scenarios::run_scenario("container-life", &engine).await;
    };
    timeout(SCENARIO_WITHIN, play).await.unwrap();
    server.assert_all_answered().await;
}

#[tokio::test]
async fn version_1_51_is_used_with_an_engine_from_1_44_to_1_52() {
    // Docker 29.0 supports a newer version than was tested, so the newest tested one is used.
    check(VersionRange { oldest: "1.44", newest: "1.52" }, "1.51").await;
    check(VersionRange { oldest: "1.44", newest: "1.44" }, "1.44").await;
}

#[tokio::test]
async fn version_1_41_is_used_with_an_engine_whose_newest_it_is() {
    check(VersionRange { oldest: "1.12", newest: "1.41" }, "1.41").await;
}

#[tokio::test]
async fn a_version_newer_than_the_tested_ones_is_not_used() {
    check(VersionRange { oldest: "1.40", newest: "1.60" }, "1.51").await;
}
