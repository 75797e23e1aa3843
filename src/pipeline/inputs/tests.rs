use super::*;
use crate::pipeline::include::testing::{TestProject, messages, pairs, texts};

/// The script of the job `t` in a file that declares these inputs and is given these arguments.
fn script(inputs: &str, given: &str, script: &str) -> Result<Vec<String>, Vec<String>> {
    let file = format!("spec:\n  inputs: {inputs}\n---\nt:\n  script: {script}\n");
    let project = TestProject {
        files: pairs(&[("x.yml", &file)]),
        variables: pairs(&[("WHO", "world")]),
        ..TestProject::default()
    };
    let (pipeline, found, map) = project.load(&format!("include: {{local: x.yml, inputs: {given}}}"));
    let broken = |pipeline: &crate::pipeline::Pipeline| {
        pipeline.broken.values().flat_map(|found| messages(found, &map)).collect::<Vec<_>>()
    };
    match pipeline {
        Some(pipeline) => {
            pipeline.jobs.get("t").map(|job| texts(&job.script)).ok_or_else(|| broken(&pipeline))
        }
        None => Err(messages(&found, &map)),
    }
}

#[track_caller]
fn check(inputs: &str, given: &str, written: &str, expect: &[&str]) {
    assert_eq!(script(inputs, given, written).as_deref(), Ok(&expect.map_to_owned()[..]), "{inputs} {given}");
}

#[track_caller]
fn check_error(inputs: &str, given: &str, written: &str, expect: &str) {
    let found = script(inputs, given, written).unwrap_err();
    assert!(found.iter().any(|found| found == expect), "{inputs} {given}: {found:?}");
}

trait MapToOwned {
    fn map_to_owned(&self) -> Vec<String>;
}

impl MapToOwned for [&str] {
    fn map_to_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn a_block_is_replaced_by_the_value_of_its_input() {
    check("{a: }", "{a: hello}", "echo $[[ inputs.a ]] $[[inputs.a]]", &["echo hello hello"]);
    check("{a: {default: x}}", "{}", "echo $[[ inputs.a ]]", &["echo x"]);
    check("{a: {default: x}}", "{a: y}", "echo $[[ inputs.a ]]", &["echo y"]);
    check("{a: {default: ''}}", "{}", "echo [$[[ inputs.a ]]]", &["echo []"]);
    check("{a: {type: number}}", "{a: 1.5}", "echo $[[ inputs.a ]]", &["echo 1.5"]);
    check("{a: {type: boolean}}", "{a: yes}", "echo $[[ inputs.a ]]", &["echo true"]);
    check("{a: {type: array}}", "{a: [x, 1]}", "echo '$[[ inputs.a ]]'", &["echo '[\"x\",1]'"]);
}

#[test]
fn a_block_that_is_a_whole_value_may_become_a_list() {
    check("{a: {type: array}}", "{a: [one, two]}", "$[[ inputs.a ]]", &["one", "two"]);
    check("{a: {type: array}}", "{a: [one, two]}", "[$[[ inputs.a ]], three]", &["one", "two", "three"]);
}

#[test]
fn inputs_can_name_jobs_and_keys() {
    let file = "spec: {inputs: {stage: {default: test}}}\n---\n\"$[[ inputs.stage ]]-job\":\n  stage: $[[ inputs.stage ]]\n  script: make\n";
    let (pipeline, found, map) = TestProject::default().load(file);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    assert_eq!(pipeline.jobs.get("test-job").map(|job| &*job.stage), Some("test"));
}

#[test]
fn functions_are_applied_from_left_to_right() {
    check("{a: }", "{a: hello $WHO}", "echo $[[ inputs.a | expand_vars ]]", &["echo hello world"]);
    check("{a: }", "{a: abcdef}", "echo $[[ inputs.a | truncate(1,3) ]]", &["echo bcd"]);
    check("{a: }", "{a: \"it's\"}", "echo $[[ inputs.a | posix_escape ]]", &["echo it\\'s"]);
    check("{a: }", "{a: x $WHO}", "echo $[[ inputs.a | expand_vars | truncate( 2 , 2 ) ]]", &["echo wo"]);
}

#[test]
fn text_that_is_not_a_block_stays() {
    check(
        "{a: }",
        "{a: x}",
        "echo '$[[ matrix.A ]]' '$[[ ]]' '$[[x'",
        &["echo '$[[ matrix.A ]]' '$[[ ]]' '$[[x'"],
    );
    assert_eq!(TestProject::default().load("t: {script: 'echo $[[ inputs.a ]]'}").0.unwrap().jobs.len(), 1);
}

#[test]
fn errors_have_gitlabs_messages_and_name_their_file() {
    let (main, file) = (".gitlab-ci.yml: ", "x.yml: ");
    let is = |place: &str, text: &str| format!("{place}{text}");
    check_error("{a: }", "{}", "x", &is(main, "`a` input: required value has not been provided"));
    check_error("{a: }", "{a: }", "x", &is(main, "`a` input: required value has not been provided"));
    check_error("{a: {default: 1}}", "{b: 1}", "x", &is(main, "unknown input arguments: b"));
    check_error("{a: {type: number}}", "{a: x}", "x", &is(main, "`a` input: provided value is not a number"));
    check_error("{a: {type: array}}", "{a: x}", "x", &is(main, "`a` input: provided value is not an array"));
    check_error(
        "{a: {type: boolean}}",
        "{a: 1}",
        "x",
        &is(main, "`a` input: provided value is not a boolean"),
    );
    check_error(
        "{a: {type: boolean, default: x}}",
        "{}",
        "x",
        &is(file, "`a` input: default value is not a boolean"),
    );
    check_error(
        "{a: {options: [x, y]}}",
        "{a: z}",
        "x",
        &is(main, "`a` input: `z` cannot be used because it is not in the list of allowed options: x, y"),
    );
    check_error(
        "{a: {regex: '^v\\d'}}",
        "{a: z}",
        "x",
        &is(main, "`a` input: provided value does not match required RegEx pattern"),
    );
    check_error("{a: {regex: '('}}", "{a: z}", "x", &is(file, "`a` input: invalid regular expression"));
    check_error(
        "{a: {type: text}}",
        "{a: z}",
        "x",
        &is(file, "unknown input specification for `a` (valid types: array, boolean, number, string)"),
    );
    check_error(
        "{a: {defalt: z}}",
        "{a: z}",
        "x",
        &is(file, "header:spec:inputs:a config contains unknown keys: defalt"),
    );
    check_error("{a: }", "{a: z}", "$[[ inputs.b ]]", &is(file, "unknown interpolation key: `b`"));
    check_error("{a: }", "{a: z}", "$[[ vars.a ]]", &is(file, "unknown interpolation key: `vars`"));
    check_error("{a: }", "{a: z}", "$[[ inputs ]]", &is(file, "invalid interpolation access pattern"));
    check_error(
        "{a: }",
        "{a: z}",
        "$[[ inputs.a | upcase ]]",
        &is(
            file,
            "no function matching `upcase`: check that the function name, arguments, and types are correct",
        ),
    );
    check_error(
        "{a: }",
        "{a: z}",
        "$[[ inputs.a | expand_vars | expand_vars | expand_vars | expand_vars ]]",
        &is(file, "too many functions in interpolation block"),
    );
    check_error(
        "{a: {type: number}}",
        "{a: 1}",
        "$[[ inputs.a | expand_vars ]]",
        &is(file, "invalid input type: expand_vars can only be used with string inputs"),
    );
}

#[test]
fn inputs_for_a_file_without_a_header_are_rejected() {
    let project = TestProject { files: pairs(&[("x.yml", "t: {script: x}")]), ..TestProject::default() };
    let (_, found, map) = project.load("include: {local: x.yml, inputs: {a: 1}}");
    let expect = "Given inputs not defined in the `spec` section of the included configuration file";
    assert_eq!(messages(&found, &map)[0], format!(".gitlab-ci.yml: {expect}"));
}

#[test]
fn spans_refer_to_the_file_before_inputs_are_filled_in() {
    let text =
        "spec: {inputs: {a: {default: a long value}}}\n---\nt:\n  script: $[[ inputs.a ]]\n  nonsense: 1\n";
    let (pipeline, _, map) = TestProject::default().load(text);
    let problem = pipeline.unwrap().broken.get("t").unwrap().iter().next().unwrap().clone();
    assert_eq!(map.snippet(problem.labels[0].span), "nonsense");
}

#[test]
fn the_command_line_sets_inputs_of_the_main_file() {
    let given =
        |name: &str, value: &str| InputArgument { name: name.to_owned(), value: value.into(), span: None };
    let project =
        TestProject { inputs: vec![given("a", "[\"x\", \"y\"]"), given("n", "2")], ..TestProject::default() };
    let text = "spec: {inputs: {a: {type: array}, n: {type: number}}}\n---\nt:\n  script: $[[ inputs.a ]]\n  parallel: $[[ inputs.n ]]\n";
    let (pipeline, found, map) = project.load(text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{:?}", messages(&found, &map)));
    assert_eq!(
        pipeline.jobs.get("t 1/2").map(|job| texts(&job.script)),
        Some(vec!["x".to_owned(), "y".to_owned()])
    );
}

#[test]
fn inputs_do_not_make_a_file_larger_than_gitlab_reads() {
    let value = "x".repeat(100_000);
    let blocks = "$[[ inputs.a ]]".repeat(100);
    check_error("{a: }", &format!("{{a: {value}}}"), &blocks, "x.yml: inputs make the file too large");
}
