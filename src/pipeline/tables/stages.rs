//! `stages` and `stage`: their order, their defaults, and their errors.

use super::{job, load_pipeline};

#[test]
fn stages_are_in_the_order_of_the_file_between_pre_and_post() {
    let default = &[".pre", "build", "test", "deploy", ".post"][..];
    for (written, expect) in [
        ("", default),
        ("stages: ~", default),
        ("stages: [a, b]", &[".pre", "a", "b", ".post"]),
        ("stages: [a, .post, .pre, b]", &[".pre", "a", "b", ".post"]),
        ("stages: [a, b, a]", &[".pre", "a", "b", ".post"]),
        ("stages: [a, [b, [c]], d]", &[".pre", "a", "b", "c", "d", ".post"]),
    ] {
        let pipeline = load_pipeline(&format!("{written}\nt: {{script: x, stage: .pre}}\n")).unwrap();
        assert_eq!(pipeline.stages, expect, "{written}");
    }
}

#[test]
fn stages_must_be_a_list_of_strings() {
    for written in ["stages: x", "stages: {a: b}", "stages: [{a: b}]", "stages: [1]"] {
        let errors = load_pipeline(&format!("{written}\nt: {{script: x, stage: .pre}}\n")).unwrap_err();
        assert_eq!(errors, ["stages config should be an array of strings"], "{written}");
    }
}

#[test]
fn a_job_is_in_an_existing_stage_by_default_test() {
    for (written, stage, expect) in [
        ("", "", Ok("test")),
        ("", "stage: deploy", Ok("deploy")),
        ("", "stage: .post", Ok(".post")),
        ("", "stage: ~", Ok("test")),
        (
            "",
            "stage: tset",
            Err(
                "t job: chosen stage tset does not exist; available stages are .pre, build, test, deploy, .post",
            ),
        ),
        (
            "stages: [a, b]",
            "",
            Err("t job: chosen stage test does not exist; available stages are .pre, a, b, .post"),
        ),
        ("stages: [a]", "stage: a", Ok("a")),
        ("", "stage: [a]", Err("jobs:t stage should be a string")),
    ] {
        let found = job(&format!("{written}\nt: {{script: x, {stage}}}\n"));
        let found = found.map(|job| job.stage).map_err(|errors| errors.join("; "));
        assert_eq!(found.as_deref().map_err(String::as_str), expect, "{written} {stage}");
    }
}
