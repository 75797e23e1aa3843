//! `inputs` of a job.

use crate::pipeline::include::testing::{TestProject, messages, texts};
use crate::pipeline::job::Job;

/// The job `t` of a file, or what is wrong with it.
fn job(text: &str) -> Result<Job, Vec<String>> {
    let (pipeline, found, map) = TestProject::default().load(text);
    let mut pipeline = pipeline.ok_or_else(|| messages(&found, &map))?;
    match pipeline.broken.get("t") {
        Some(found) => Err(messages(found, &map)),
        None => Ok(pipeline.jobs.swap_remove("t").unwrap()),
    }
}

#[test]
fn defaults_are_filled_in_where_gitlab_fills_them_in() {
    let job = job(r#"
default: {after_script: ['echo ${{ job.inputs.env }}']}
t:
  inputs:
    env: {default: staging, options: [staging, production]}
    count: {type: number, default: 3}
    debug: {type: boolean, default: false}
    list: {type: array, default: [a, 1]}
  image: app:${{job.inputs.env}}
  services: ['db:${{ job.inputs.count }}']
  variables: {RAW: '${{ job.inputs.env }}'}
  script:
    - make ${{ job.inputs.env }} ${{ job.inputs.count }} ${{ job.inputs.debug }} '${{ job.inputs.list }}'
    - echo \${{ job.inputs.env }} ${HOME}
  artifacts: {paths: ['out/${{ job.inputs.env }}']}
  cache: {key: 'k-${{ job.inputs.count }}', paths: [c]}
"#)
    .unwrap();
    assert_eq!(
        texts(&job.script),
        ["make staging 3 false '[\"a\",1]'", "echo ${{ job.inputs.env }} ${HOME}"]
    );
    assert_eq!(texts(&job.after_script), ["echo staging"]);
    assert_eq!(job.image.unwrap().name.value, "app:staging");
    assert_eq!(job.services[0].image.name.value, "db:3");
    assert_eq!(job.artifacts.paths, ["out/staging"]);
    assert_eq!(job.variables[0].value, "${{ job.inputs.env }}", "variables are no place for them");
}

#[test]
fn a_job_without_inputs_keeps_its_texts() {
    let job = job("t: {script: ['echo ${{ job.inputs.env }}']}").unwrap();
    assert_eq!(texts(&job.script), ["echo ${{ job.inputs.env }}"]);
}

#[test]
fn mistakes_in_inputs_of_a_job_are_told() {
    let at = ".gitlab-ci.yml: jobs:t:inputs";
    for (inputs, script, expect) in [
        ("[a]", "x", format!("{at} config should be a hash")),
        ("{a: {type: string}}", "x", format!("{at}:a base must have a default value")),
        ("{a: }", "x", format!("{at}:a base must have a default value")),
        ("{a: {default: x, rules: []}}", "x", format!("{at}:a config contains unknown keys: rules")),
        ("{a: {default: x, type: number}}", "x", format!("{at}:a `a` input: default value is not a number")),
        (
            "{a: {default: x, options: [y]}}",
            "x",
            format!(
                "{at}:a `a` input: `x` cannot be used because it is not in the list of allowed options: y"
            ),
        ),
        (
            "{a: {default: x, regex: ^y}}",
            "x",
            format!("{at}:a `a` input: default value does not match required RegEx pattern"),
        ),
        (
            "{a: {default: x}}",
            "${{ job.inputs.b }}",
            ".gitlab-ci.yml: unknown input of the job: `b`".to_owned(),
        ),
        (
            "{a: {default: x}}",
            "${{ 1 + 2 }}",
            ".gitlab-ci.yml: the expression `${{ 1 + 2 }}` is not supported here".to_owned(),
        ),
    ] {
        let found = job(&format!("t: {{inputs: {inputs}, script: ['{script}']}}")).unwrap_err();
        assert_eq!(found, [expect], "{inputs} {script}");
    }
}

#[test]
fn values_of_inputs_do_not_make_a_job_larger_than_a_file() {
    let (value, blocks) = ("x".repeat(100_000), "${{ job.inputs.a }}".repeat(30));
    let found =
        job(&format!("t: {{inputs: {{a: {{default: {value}}}}}, script: ['{blocks}']}}")).unwrap_err();
    assert_eq!(found, [".gitlab-ci.yml: inputs make the job too large"]);
}
