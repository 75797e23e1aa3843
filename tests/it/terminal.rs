//! No text of a project, an engine, an argument or a setting commands the terminal: every command, on hostile texts.

use std::process::Output;

use super::fake_engine::{host_of, serve};
use super::sandbox::{PROGRAM, Sandbox};

/// Sets a title, clears the screen, turns text around, returns to the start of the line, by C0, C1 and DEL.
const HOSTILE: &str = "\x1b]0;t\x07\x1b[2J\u{9b}31m\u{202e}\r\u{7f}";

/// [`HOSTILE`] in a double-quoted string of YAML.
const IN_YAML: &str = r"\e]0;t\a\e[2J\x9b31m\u202e\r\x7f";

/// [`HOSTILE`] in a string of JSON, and in a basic string of TOML.
const IN_JSON: &str = r"\u001b]0;t\u0007\u001b[2J\u009b31m\u202e\r\u007f";

/// [`HOSTILE`] as a message shows it.
const SHOWN: &str = r"\u{1b}]0;t\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r\u{7f}";

/// What a terminal obeys, without line breaks and tabs.
fn commands_of(text: &str) -> Vec<char> {
    let is_format =
        |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| (c.is_control() && !"\n\t".contains(*c)) || is_format(*c)).collect()
}

/// Replaces `ESC`, `YAML` and `JSON` by the hostile text as it is, in YAML, and in JSON.
fn filled(text: &str) -> String {
    text.replace("YAML", IN_YAML).replace("JSON", IN_JSON).replace("ESC", HOSTILE)
}

/// Runs the program and asserts that nothing of its output commands a terminal, and that every one of `phrases` is in
/// it, in which `ESC` stands for the hostile text as it is shown.
#[track_caller]
fn check_run(
    sandbox: &Sandbox,
    arguments: &[&str],
    environment: &[(&str, &str)],
    phrases: &[&str],
) -> String {
    let mut command = sandbox.command(PROGRAM);
    command.args(arguments.iter().map(|argument| filled(argument)));
    command.envs(environment.iter().map(|(key, value)| (*key, filled(value))));
    let Output { stdout, stderr, .. } = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    let said = format!("{stdout}{stderr}");
    assert_eq!(commands_of(&said), [], "{arguments:?}: {said:?}");
    for phrase in phrases {
        let phrase = phrase.replace("ESC", SHOWN);
        assert!(said.contains(&phrase), "{arguments:?} does not say {phrase:?}: {said}");
    }
    stdout
}

/// [`check_run`] in a project with these files.
#[track_caller]
fn check(files: &[(&str, &str)], arguments: &[&str], phrases: &[&str]) -> String {
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, filled(text))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    check_run(&Sandbox::new(&files), arguments, &[], phrases)
}

/// A job whose texts are all hostile, and an invalid one.
const PROJECT: &str = r#"
"jobYAML":
  stage: test
  image: {name: image, entrypoint: ["entryYAML"], docker: {user: "userYAML"}}
  services: [{name: redis, alias: "aliasYAML", variables: {HEALTHCHECK_TCP_PORT: "80YAML"}}]
  variables: {KEY: "valueYAML", "keyYAML": x}
  rules: [{changes: ["changedYAML"]}]
  script: ["commandYAML", "first line\nsecond line YAML"]
"invalidYAML": {image: x}
"#;

#[test]
fn commands_that_read_a_hostile_project_escape_its_texts() {
    let files = [(".gitlab-ci.yml", PROJECT)];
    check(
        &files,
        &["list", "--all"],
        &["job \"invalidESC\" is invalid", "  jobESC", "rule 1: changes changedESC"],
    );
    check(&files, &["lint"], &["jobs invalidESC config"]);
    check(&files, &["exec"], &["  jobESC\n"]);
    check(&files, &["exec", "noneESC"], &["no job named \"noneESC\"; did you mean `jobESC`?"]);
    let shown = check(
        &files,
        &["show", "jobESC"],
        &["note: `jobESC` is in the pipeline", "(rule 1: changes changedESC)"],
    );
    assert!(shown.contains(&format!("- \"command{IN_JSON}\"")), "{shown}");
    check(&files, &["show", "jobESC", "--origins"], &["# .gitlab-ci.yml:8"]);
    check(&files, &["show", "jobESC", "--script"], &["commandESC", "second line ESC"]);
    check(
        &[(".gitlab-ci.yml", "\"aYAML\": &a {script: x}\nb: {extends: \"aYAML\"}\n")],
        &["show", "b", "--origins"],
        &["# .gitlab-ci.yml:1 aESC"],
    );
}

#[test]
fn json_answers_about_a_hostile_project_mean_its_texts_exactly() {
    let files = [(".gitlab-ci.yml", PROJECT)];
    let job = format!("job{HOSTILE}");
    let parse = |arguments: &[&str]| -> serde_json::Value {
        let answer = check(&files, arguments, &[]);
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    };
    assert_eq!(parse(&["list", "--all", "--json"])[0]["name"], *job);
    assert_eq!(parse(&["show", "jobESC", "--json"])["name"], *job);
    assert_eq!(
        parse(&["show", "jobESC", "--json", "--origins"])["job"]["variables"]["KEY"],
        format!("value{HOSTILE}")
    );
    let script = parse(&["show", "jobESC", "--script", "--json"]);
    assert!(script["step_script"].as_str().unwrap().contains(&format!("command{HOSTILE}")), "{script}");
    assert_eq!(parse(&["show", "jobESC", "--container"])["job"], *job);
    let lint = parse(&["lint", "--json"]);
    assert!(lint[0]["message"].as_str().unwrap().contains(&format!("invalid{HOSTILE}")), "{lint}");
}

#[test]
fn the_yaml_of_a_hostile_job_is_read_as_the_same_job() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &filled(PROJECT))]);
    let arguments = |format| ["show", "jobESC", format].map(filled);
    let run =
        |format| sandbox.run(&arguments(format).each_ref().map(|argument| &**argument)).answer().to_owned();
    let (as_json, yaml) = (run("--json"), run("--origins"));
    sandbox.write(".gitlab-ci.yml", &yaml);
    assert_eq!(run("--json"), as_json, "{yaml}");
}

#[test]
fn diagnostics_escape_what_they_quote() {
    let file = |text: &'static str| [(".gitlab-ci.yml", text)];
    let service = file("t: {image: i, services: [\"bad\\e[2J\"], script: x}\n");
    check(&service, &["lint"], &[r"service `bad\u{1b}[2J` is not started", r"help: "]);
    check(&file("t: {script: x, \"keyYAML\": 1}\n"), &["lint"], &["unknown keys: keyESC"]);
    check(&file("include: [\"a.YAML\"]\n"), &["list"], &["Included file `a.ESC`"]);
    check(&file("t: {script: x, extends: \"aYAML\"}\n"), &["lint"], &["aESC"]);
    // In the lines of the file itself, which YAML lets contain C1 and formats, and ESC in comments.
    let quoted = "t:\n  scirpt: x # \u{9b}2J\u{202e}\n";
    let said = check(&file(quoted), &["lint"], &["scirpt: x # \\u{9b}2J\\u{202e}\n"]);
    assert!(said.contains("\n2 |   scirpt"), "{said}");
    let moved =
        check(&file("t: {\u{202e}: 1, scirpt: 2, script: x}\n"), &["lint"], &[r"\u{202e}: 1, scirpt: 2"]);
    let line = moved.lines().find(|line| line.contains("scirpt: 2")).unwrap();
    let column = line.find("scirpt").unwrap();
    assert!(moved.lines().any(|line| line.find("^^^^^^") == Some(column)), "{moved}");
}

#[test]
fn errors_escape_the_arguments_that_they_quote() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    let cases: [(&[&str], &str); 14] = [
        (&["exec", "t", "--variable", "aESC"], "--variable `aESC` has no `=`"),
        (&["exec", "t", "--variable-file", "aESC"], "--variable-file `aESC`"),
        (&["exec", "t", "--input", "aESC"], "--input `aESC`"),
        (&["exec", "t", "--timeout", "aESC"], "--timeout `aESC`"),
        (&["exec", "t", "--pull-policy", "aESC"], "--pull-policy `aESC`"),
        (&["exec", "t", "--host", "unix:///aESC"], "the engine at `unix:///aESC`"),
        (&["exec", "t", "--runner", "aESC"], "--runner `aESC`"),
        (&["exec", "t", "--config", "aESC"], "cannot read `aESC`"),
        (&["exec", "t", "-f", "aESC"], "there is no `aESC`"),
        (&["exec", "t", "--aESC"], "`exec` has no option `--aESC`"),
        (&["exec", "t", "--probe", "aESC"], "`aESC` is not a value of `--probe`"),
        (&["aESC"], "there is no command `aESC`"),
        (&["man", "aESC"], "there is no command `aESC`"),
        (&["auth", "aESC"], "`aESC` is not a valid image name"),
    ];
    for (arguments, phrase) in cases {
        check_run(&sandbox, arguments, &[], &[phrase]);
    }
    let lines = check_run(&sandbox, &["exec", "a\nerror: b"], &[], &["no job named \"a\\nerror: b\""]);
    assert_eq!(lines, "");
    check_run(&sandbox, &["a\nerror: b"], &[], &["there is no command `a\\nerror: b`"]);
}

#[test]
fn settings_of_the_host_are_escaped() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    check_run(&sandbox, &["exec", "t"], &[("DOCKER_CONTEXT", "aESC")], &["the docker context `aESC`"]);
    check_run(&sandbox, &["exec", "t"], &[("DOCKER_HOST", "unix:///aESC")], &["`unix:///aESC`"]);
    sandbox.write("config.json", &filled(r#"{"credHelpers": {"r.io": "aJSON"}, "auths": {"bJSON": {}}}"#));
    let credentials = [("DOCKER_CONFIG", ".")];
    check_run(&sandbox, &["auth", "r.io/a"], &credentials, &["`docker-credential-aESC`", "- bESC  is for"]);
    check_run(
        &sandbox,
        &["auth", "r.io/a", "--json"],
        &credentials,
        &["bJSON"].map(filled).each_ref().map(|text| &**text),
    );
    check_run(&sandbox, &["doctor", "--host", "unix:///aESC"], &credentials, &["aESC"]);
    let runner = "[[runners]]\nname = \"aJSON\"\n\"bJSON\" = 1\n[runners.docker]\nimage = \"i\"\n";
    sandbox.write("config.toml", &filled(runner));
    let config = ["exec", "t", "--host", "unix:///none", "--config", "config.toml"];
    check_run(&sandbox, &config, &[], &["`bESC` is not a key of [[runners]]"]);
    check_run(&sandbox, &[&config[..], &["--runner", "c"]].concat(), &[], &["named `c`; there is `aESC`"]);
    let register = [
        "register",
        "--description",
        "aESC",
        "--executor",
        "docker",
        "--docker-image",
        "i",
        "--config",
        "new.toml",
    ];
    check_run(&sandbox, &register, &[], &["Runner \"aESC\" is added"]);
}

#[test]
fn completion_offers_no_name_that_commands_the_terminal() {
    let file = "\"aYAML\": {script: x}\n\"b\\u202e\": {script: x}\nc: {script: x, stage: \"sYAML\"}\nstages: [\"sYAML\"]\n";
    for shell in ["zsh", "fish"] {
        let answer =
            check(&[(".gitlab-ci.yml", file)], &["complete", shell, "--", "exec", ""], &["c\tstage sESC"]);
        assert_eq!(answer.lines().count(), 2, "{answer}");
    }
    let answer =
        check(&[(".gitlab-ci.yml", file)], &["complete", "bash", "--", " ", "9", "runner-lite exec "], &[]);
    assert_eq!(answer, "words\nc\n");
}

#[test]
fn errors_of_a_hostile_engine_are_escaped() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "t: {image: i, script: x}\n")]);
    serve(&sandbox, |request| match request.contains("/_ping ") {
        true => (200, String::new()),
        false => (500, filled(r#"{"message": "said JSON\nJob succeeded"}"#)),
    });
    let said = "the engine answered 500: said ESC\\nJob succeeded";
    let host = host_of(&sandbox);
    let host = ["--host", &host];
    for (arguments, phrase) in [
        (&["exec", "t", "-v"][..], said),
        (&["exec", "t", "-q"], said),
        (&["pull"], said),
        (&["clean"], said),
        (&["doctor"], said),
    ] {
        check_run(&sandbox, &[arguments, &host].concat(), &[], &[phrase]);
    }
}

#[test]
fn what_a_hostile_engine_lists_is_escaped() {
    let sandbox = Sandbox::new(&[]);
    let container = r#"[{"Id": "1", "Names": ["/aJSON"], "State": "JSON", "Status": "JSON", "Labels":
        {"com.gitlab.gitlab-runner.managed": "true", "com.gitlab.gitlab-runner.runner.id": "lite",
         "com.gitlab.gitlab-runner.job.name": "jobJSON\nNothing to remove."}}]"#;
    serve(&sandbox, |request| {
        let body = if request.contains("/_ping ") {
            String::new()
        } else if request.contains("/containers/json") {
            filled(container)
        } else if request.contains("/volumes") {
            r#"{"Volumes": []}"#.to_owned()
        } else if request.contains("/info") {
            filled(r#"{"OSType": "linux", "DockerRootDir": "/dJSON", "SystemTime": "JSON"}"#)
        } else if request.contains("/version") {
            filled(r#"{"Version": "vJSON", "ApiVersion": "1.51", "Components": []}"#)
        } else {
            "[]".to_owned()
        };
        (200, body)
    });
    let host = host_of(&sandbox);
    check_run(
        &sandbox,
        &["clean", "--all", "--dry-run", "--host", &host],
        &[],
        &["job jobESC\\nNothing to remove."],
    );
    check_run(&sandbox, &["doctor", "--host", &host], &[], &["/dESC"]);
    check_run(&sandbox, &["doctor", "--json", "--host", &host], &[], &[&format!("/d{IN_JSON}")]);
}

/// Removes the escape sequences for colours that the program writes: numbers between `ESC [` and `m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => out.push_str(rest),
            None => out.push_str(&format!("\x1b[{part}")),
        }
    }
    out
}

#[test]
fn on_a_terminal_only_the_programs_own_colours_are_commands() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &filled(PROJECT))]);
    serve(&sandbox, |request| match request.contains("/_ping ") {
        true => (200, String::new()),
        false => (500, filled(r#"{"message": "said JSON \u001b[32m"}"#)),
    });
    let host = host_of(&sandbox);
    for (arguments, phrase) in [
        ("lint", "jobs invalidESC config"),
        (&*format!("doctor --host {host}"), r"said ESC \u{1b}[32m"),
        (&*format!("exec 'good' --host {host}"), r"said ESC \u{1b}[32m"),
    ] {
        let file = filled(PROJECT) + "good: {image: i, script: x}\n";
        sandbox.write(".gitlab-ci.yml", &file);
        let mut script = sandbox.command("script");
        script.args(["-qec", &format!("{PROGRAM} {arguments}"), "/dev/null"]).env("TERM", "xterm");
        let said = String::from_utf8(script.output().unwrap().stdout).unwrap().replace("\r\n", "\n");
        assert!(said.contains("\x1b[") && said.contains(&phrase.replace("ESC", SHOWN)), "{said:?}");
        // indicatif moves the cursor to draw and remove the live lines.
        let text = without_colours(&said).replace(LIVE_LINE_ENDS, "");
        assert_eq!(commands_of(&text), [], "{arguments}: {said:?}");
    }
}

/// What indicatif writes to remove a live line.
const LIVE_LINE_ENDS: &str = "\r\x1b[2K";
