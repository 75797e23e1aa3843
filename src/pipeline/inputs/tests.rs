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

#[test]
fn a_text_is_split_into_a_list() {
    check("{a: }", "{a: 'one, two,,three '}", "$[[ inputs.a | split(',') ]]", &["one", "two", "three"]);
    check("{a: }", "{a: \"x  y\\tz\"}", "$[[ inputs.a | split(' ') ]]", &["x", "y", "z"]);
    check("{a: }", "{a: x $WHO}", "$[[ inputs.a | expand_vars | split(' ') ]]", &["x", "world"]);
    let failed = |text: &str| format!("x.yml: {text}");
    check_error(
        "{a: }",
        "{a: x}",
        "$[[ inputs.a | split('') ]]",
        &failed("invalid argument: separator cannot be empty"),
    );
    check_error(
        "{a: {type: number}}",
        "{a: 1}",
        "$[[ inputs.a | split(',') ]]",
        &failed("invalid input type: split can only be used with string inputs"),
    );
    check_error(
        "{a: }",
        "{a: x}",
        "$[[ inputs.a | split(,) ]]",
        &failed(
            "no function matching `split(,)`: check that the function name, arguments, and types are correct",
        ),
    );
}

#[test]
fn posix_quote_is_another_name_of_posix_escape() {
    check("{a: }", "{a: \"it's $1\"}", "echo $[[ inputs.a | posix_quote ]]", &["echo it\\'s\\ \\$1"]);
}

#[test]
fn items_and_keys_of_an_array_can_be_named() {
    let given = "{a: [[x, y], {host: h, ports: [1, 2]}]}";
    check("{a: {type: array}}", given, "echo $[[ inputs.a[0][1] ]]", &["echo y"]);
    check(
        "{a: {type: array}}",
        given,
        "echo $[[ inputs.a[1].host ]] $[[ inputs.a[1].ports[1] ]]",
        &["echo h 2"],
    );
    check("{a: {type: array}}", given, "$[[ inputs.a[0] ]]", &["x", "y"]);
    let failed = |text: &str| format!("x.yml: {text}");
    check_error(
        "{a: {type: array}}",
        given,
        "$[[ inputs.a[2] ]]",
        &failed("invalid interpolation access: `a[2]` has no item 2"),
    );
    check_error(
        "{a: {type: array}}",
        given,
        "$[[ inputs.a[-1] ]]",
        &failed("unknown interpolation key: `a[-1]`"),
    );
    check_error(
        "{a: {type: array}}",
        given,
        "$[[ inputs.a[1].port ]]",
        &failed("unknown interpolation key: `port`"),
    );
}

/// An input `size` that depends on `cloud` and `big`.
const RULES: &str = r#"{cloud: {default: aws, options: [aws, gcp, other]}, big: {type: boolean, default: false},
    size: {rules: [{if: "$[[ inputs.cloud ]] == 'aws' && $[[ inputs.big ]] == true", options: [xl, xxl], default: xl},
    {if: "$[[ inputs.cloud ]] == 'aws'", options: [s, m], default: s}, {if: '$[[inputs.cloud]] == "gcp"', default: e2},
    {options: [tiny]}]}}"#;

#[test]
fn the_first_rule_that_matches_has_options_and_default() {
    let size = "echo $[[ inputs.size ]]";
    check(RULES, "{}", size, &["echo s"]);
    check(RULES, "{size: m}", size, &["echo m"]);
    check(RULES, "{big: true}", size, &["echo xl"]);
    check(RULES, "{big: true, size: xxl}", size, &["echo xxl"]);
    check(RULES, "{cloud: gcp}", size, &["echo e2"]);
    check(RULES, "{cloud: gcp, size: any}", size, &["echo any"]);
    check(RULES, "{cloud: other, size: tiny}", size, &["echo tiny"]);
    let refused = ".gitlab-ci.yml: `size` input: `xl` cannot be used because it is not in the list of allowed options: s, m";
    check_error(RULES, "{size: xl}", size, refused);
}

#[test]
fn without_a_matching_rule_an_input_is_empty_or_required() {
    let optional = "{a: {default: x}, b: {rules: [{if: \"$[[ inputs.a ]] == 'y'\", default: null}]}}";
    check(optional, "{}", "echo [$[[ inputs.b ]]]", &["echo []"]);
    check(optional, "{a: y, b: z}", "echo [$[[ inputs.b ]]]", &["echo [z]"]);
    let required = "{a: {default: x}, b: {rules: [{if: \"$[[ inputs.a ]] == 'y'\", options: [z]}]}}";
    let missing = ".gitlab-ci.yml: `b` input: required value has not been provided";
    check_error(required, "{}", "echo $[[ inputs.b ]]", missing);
}

#[test]
fn rules_of_inputs_are_checked_as_gitlab_checks_them() {
    let path = "x.yml: header:spec:inputs:a";
    for (rules, expect) in [
        ("x", ":rules config should be an array"),
        ("[x]", ":rules:rule config should be a hash"),
        (
            "[{if: \"$[[ inputs.b ]] == 'x'\"}]",
            ":rules:rule config rule with 'if' must define 'options' or 'default'",
        ),
        ("[{default: x}]", ":rules:rule config fallback rule must define 'options'"),
        ("[{if: x, options: [a]}]", ":rules:rule if invalid expression syntax"),
        ("[{options: [a], regex: x}]", ":rules:rule config contains unknown keys: regex"),
        (
            "[{if: \"$[[ inputs.c ]] == 'x'\", options: [a]}]",
            " config rule[0] references undefined inputs: c",
        ),
        ("[{if: \"$[[ inputs.a ]] == 'x'\", options: [a]}]", " config circular dependency detected"),
        ("[{if: \"$[[ inputs.d ]] == 'x'\", options: [a]}]", " config circular dependency detected"),
    ] {
        let inputs = format!(
            "{{a: {{rules: {rules}}}, b: {{default: x}}, d: {{rules: [{{if: \"$[[ inputs.a ]] == 'x'\", options: [y]}}]}}}}"
        );
        check_error(&inputs, "{a: x, d: y}", "x", &format!("{path}{expect}"));
    }
}
