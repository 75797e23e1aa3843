//! `parallel` and `parallel:matrix`: the number of instances, their names and their variables.

use super::load_pipeline;

/// Every instance as `name VARIABLE=value… index/total`, or what is wrong.
fn instances(parallel: &str) -> Vec<String> {
    let pipeline =
        match load_pipeline(&format!("job: {{script: x, variables: {{V: v}}, parallel: {parallel}}}")) {
            Ok(pipeline) => pipeline,
            Err(errors) => return errors,
        };
    let broken = pipeline.broken.values().flatten().map(|found| found.message.clone());
    let jobs = pipeline.jobs.iter().map(|(name, job)| {
        let variables = job.variables.iter().filter(|variable| variable.key != "V");
        let variables: String = variables.map(|it| format!(" {}={}", it.key, it.value)).collect();
        let place = job.instance.map(|instance| format!(" {}/{}", instance.index, instance.total));
        assert_eq!((&*job.group, &job.name.value), ("job", name));
        format!("{name}{variables}{}", place.unwrap_or_default())
    });
    broken.chain(jobs).collect()
}

#[track_caller]
fn check(parallel: &str, expect: &[&str]) {
    assert_eq!(instances(parallel), expect, "{parallel}");
}

#[test]
fn a_count_makes_numbered_instances() {
    check("3", &["job 1/3 1/3", "job 2/3 2/3", "job 3/3 3/3"]);
    check("1", &["job 1/1 1/1"]);
    check("~", &["job"]);
    assert_eq!(instances("200").len(), 200);
}

#[test]
fn a_matrix_makes_an_instance_for_each_combination() {
    check(
        "{matrix: [{A: [x, y], B: [1, 2]}]}",
        &[
            "job: [x, 1] A=x B=1 1/4",
            "job: [x, 2] A=x B=2 2/4",
            "job: [y, 1] A=y B=1 3/4",
            "job: [y, 2] A=y B=2 4/4",
        ],
    );
    // The example of GitLab's documentation.
    check(
        "{matrix: [{PROVIDER: aws, STACK: [monitoring, app1]}, {PROVIDER: [gcp, vultr], STACK: [data]}]}",
        &[
            "job: [aws, monitoring] PROVIDER=aws STACK=monitoring 1/4",
            "job: [aws, app1] PROVIDER=aws STACK=app1 2/4",
            "job: [gcp, data] PROVIDER=gcp STACK=data 3/4",
            "job: [vultr, data] PROVIDER=vultr STACK=data 4/4",
        ],
    );
    check("{matrix: [{A: x}]}", &["job: [x] A=x 1/1"]);
    check("{matrix: [{A: [x]}, {B: [y]}]}", &["job: [x] A=x 1/2", "job: [y] B=y 2/2"]);
    check("{matrix: [{A: 'x, y'}]}", &["job: [x, y] A=x, y 1/1"]);
    check(
        "{matrix: [{A: ['2.70', 2.7, 010]}]}",
        &["job: [2.70] A=2.70 1/3", "job: [2.7] A=2.7 2/3", "job: [8] A=8 3/3"],
    );
    check("{matrix: [{A: ['']}]}", &["job: [] A= 1/1"]);
    // Of two instances with the same name the later one replaces the first; the total counts both.
    check("{matrix: [{A: x}, {B: x}, {C: y}]}", &["job: [x] B=x 2/3", "job: [y] C=y 3/3"]);
}

#[test]
fn invalid_values_are_reported() {
    let axis = "jobs:job:parallel:matrix:variables config should be a hash of key value pairs, value can be an array";
    let list: Vec<String> = (0..15).map(|value| value.to_string()).collect();
    let many = format!("{{matrix: [{{A: [{0}], B: [{0}]}}]}}", list.join(", "));
    for (parallel, expect) in [
        ("0", "jobs:job:parallel config must be between 1 and 200"),
        ("201", "jobs:job:parallel config must be between 1 and 200"),
        ("x", "jobs:job:parallel should be an integer or a hash"),
        ("1.5", "jobs:job:parallel should be an integer or a hash"),
        ("[2]", "jobs:job:parallel should be an integer or a hash"),
        ("{count: 2}", "jobs:job:parallel config contains unknown keys: count"),
        ("{matrix: {A: x}}", "jobs:job:parallel:matrix config should be an array of hashes"),
        ("{matrix: [x]}", "jobs:job:parallel:matrix config should be an array of hashes"),
        ("{matrix: []}", "jobs:job:parallel:matrix config can't be blank"),
        ("{matrix: [{A: ~}]}", axis),
        ("{matrix: [{A: []}]}", axis),
        ("{matrix: [{A: [~]}]}", axis),
        ("{matrix: [{A: {b: c}}]}", axis),
        (&many, "jobs:job:parallel:matrix config generates too many jobs (maximum is 200)"),
    ] {
        assert_eq!(instances(parallel).first().map(String::as_str), Some(expect), "{parallel}");
    }
}
