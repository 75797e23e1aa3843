//! The computed examples of the specification, and lines of the table that these leave out.

use super::*;
use crate::schedule::testing::job_status;

/// The statuses of a set as stages and as needs; ` !` stands for a warning.
fn statuses(set: &str) -> [String; 2] {
    let jobs: Vec<CountedState> = set.split_whitespace().map(job_status).collect();
    [status_of_stages(jobs.clone()), status_of_needs(jobs)]
        .map(|status| format!("{}{}", status.state, if status.has_warnings { " !" } else { "" }))
}

#[track_caller]
fn check(set: &str, of_stages: &str, of_needs: &str) {
    assert_eq!(statuses(set), [of_stages, of_needs], "{set}");
}

#[test]
fn the_examples_of_the_specification_hold() {
    check("failed?", "success !", "success !");
    check("manual?", "skipped", "skipped");
    check("manual", "manual", "manual");
    check("success manual?", "success", "skipped");
    check("success manual", "manual", "manual");
    check("failed manual", "manual", "manual");
    check("failed manual?", "failed", "skipped");
    check("failed scheduled", "scheduled", "scheduled");
    check("failed skipped", "failed", "skipped");
    check("failed created", "running", "running");
    check("failed running", "running", "running");
    check("canceled success", "canceled", "canceled");
    check("canceled failed", "failed", "failed");
    check("canceled?", "success !", "success !");
    check("skipped success", "success", "skipped");
    check("", "success", "success");
}

#[test]
fn every_line_of_the_table_has_its_result() {
    check("skipped manual?", "skipped", "skipped");
    check("success failed? manual? skipped", "success !", "skipped !");
    check("created failed?", "created !", "created !");
    check("created", "created", "created");
    check("created success", "running", "running");
    check("canceled success failed?", "canceled !", "canceled !");
    check("canceled skipped", "canceled", "skipped");
    check("pending created skipped", "pending", "skipped");
    check("pending created failed?", "pending !", "pending !");
    check("pending success", "running", "running");
    check("running created", "running", "running");
    check("waiting_for_resource manual", "waiting_for_resource", "waiting_for_resource");
    check("manual scheduled failed", "manual", "manual");
    check("scheduled created", "scheduled", "scheduled");
    check("manual created", "manual", "manual");
    check("failed success", "failed", "failed");
}
