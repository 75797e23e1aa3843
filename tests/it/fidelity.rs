//! `docs/fidelity.md` is made of its rows, and every row names a test that exists.

use std::collections::BTreeSet;

use crate::documents::test_exists;
use crate::fidelity_rows::{Row, State, fidelity};

/// The tests of GitLab Runner's `docker_command_integration_test.go` (19.4) that have a row.
const GO_TESTS: usize = 63;

#[test]
fn the_page_is_generated_from_the_rows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fidelity.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == fidelity().markdown(),
        "docs/fidelity.md is old: cargo run --example fidelity-page > docs/fidelity.md"
    );
}

#[test]
fn every_row_names_tests_that_exist_unless_what_it_says_is_missing() {
    let fidelity = fidelity();
    let unknown: Vec<_> = fidelity.tests().filter(|test| !test_exists(test)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    let rows: Vec<&Row> = fidelity.sections.iter().flat_map(|section| &section.rows).collect();
    let untested = rows.iter().filter(|row| row.tests.is_empty() && row.state != State::Missing);
    assert_eq!(untested.map(|row| &row.gitlab).collect::<Vec<_>>(), Vec::<&String>::new());
    for row in rows {
        let says_what = row.state == State::Same || !row.here.is_empty();
        let says_why = row.state != State::Different || !row.why.is_empty();
        assert!(says_what && says_why, "{row:?}");
    }
}

#[test]
fn every_go_test_has_one_row() {
    let fidelity = fidelity();
    let rows = fidelity.sections.iter().flat_map(|section| &section.rows);
    let names: Vec<&str> = rows.filter_map(|row| row.go.as_deref()).flat_map(|go| go.split(", ")).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!((names.len(), unique.len()), (GO_TESTS, GO_TESTS));
}
