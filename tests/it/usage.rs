//! The help, and command lines with a mistake: the message names it, and the command line that was probably meant.

use clap::{Command, CommandFactory};
use runner_lite::cli::arguments::Args;

use super::sandbox::Sandbox;

const FILE: &str = "
default: {image: alpine}
build: {script: x}
test: {script: x, parallel: {matrix: [{A: [sun, moon]}]}}
";

/// The line that the program says about a wrong command line.
#[track_caller]
fn check(words: &[&str], expect: &str) {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    let said = sandbox.run(words);
    assert_eq!(
        (said.code, &*said.stdout, &*said.stderr),
        (2, "", &*format!("error: {expect}\n")),
        "{words:?}"
    );
}

#[test]
fn old_habits_get_the_right_command_as_an_answer() {
    check(
        &["exec", "docker", "build"],
        "`exec` takes no executor: drop `docker`, and write `runner-lite exec build`",
    );
    check(
        &["exec", "shell", "--env", "A=b", "build"],
        "`exec` takes no executor: drop `shell`, and write `runner-lite exec …`",
    );
    check(&["build"], "there is no command `build`; to run a job of that name: `runner-lite exec build`");
    check(
        &["test: [sun]", "--env", "SECRET=hunter22"],
        "there is no command `test: [sun]`; to run a job of that name: `runner-lite exec 'test: [sun]' …`",
    );
    check(&["run", "build"], "there is no command `run`; did you mean `runner-lite exec build`?");
    check(&["docker", "build"], "there is no command `docker`; did you mean `runner-lite exec build`?");
    check(
        &["exec", "help"],
        "no job named \"help\"; `runner-lite help COMMAND` prints the help of a command",
    );
    check(&["version"], "there is no command `version`; did you mean `runner-lite --version`?");
    check(&["exec", "-e", "A=b", "build"], "`exec` has no option `-e`; write `--variable KEY=VALUE`");
    check(
        &["exec", "--dry-run"],
        "`exec` has no option `--dry-run`; `runner-lite show JOB` shows what would run",
    );
}

#[test]
fn help_is_a_command_and_takes_a_command() {
    let sandbox = Sandbox::new(&[]);
    assert_eq!(sandbox.run(&["help"]).answer(), sandbox.run(&["--help"]).answer());
    assert_eq!(sandbox.run(&["help", "exec"]).answer(), sandbox.run(&["exec", "--help"]).answer());
    check(&["help", "exce"], "there is no command `exce`; did you mean `runner-lite help exec`?");
}

#[test]
fn an_unknown_option_suggests_only_what_was_probably_meant() {
    for option in ["--watch", "--all", "--follow", "--stage"] {
        let expect = format!("`exec` has no option `{option}`; `runner-lite exec --help` lists the options");
        check(&["exec", option], &expect);
        check(&["exec", "build", option], &expect);
    }
    for (option, meant) in [
        ("--image", "--docker-image"),
        ("--privileged", "--docker-privileged"),
        ("--docker-privleged", "--docker-privileged"),
        ("--pull", "--pull-policy"),
        ("--var", "--variable"),
        ("--time-out", "--timeout"),
    ] {
        check(&["exec", option], &format!("`exec` has no option `{option}`; did you mean `{meant}`?"));
    }
    check(
        &["--all"],
        "there is no option `--all` before the command; `runner-lite --help` lists the options",
    );
    check(
        &["runs", "list", "--watch"],
        "`runs list` has no option `--watch`; `runner-lite runs list --help` lists the options",
    );
}

#[test]
fn an_unknown_command_suggests_a_similar_one() {
    check(&["lists"], "there is no command `lists`; did you mean `runner-lite list`?");
    check(
        &["artifacts", "gte", "build"],
        "there is no command `gte`; did you mean `runner-lite artifacts get build`?",
    );
    check(&["rnu", "build"], "there is no command `rnu`; `runner-lite --help` lists the commands");
    check(&["cache", "drop"], "there is no command `drop`; `runner-lite cache --help` lists the commands");
}

#[test]
fn an_argument_too_many_is_named_with_what_was_probably_meant() {
    check(
        &["exec", "build", "test"],
        "unexpected argument `test`; `exec` runs one job, and with `--needs` those before it",
    );
    check(&["list", "build"], "unexpected argument `build`; `runner-lite show build` shows a single job");
    check(
        &["exec", "build", "--needs", "missing"],
        "the value of `--needs` follows `=`: write `--needs=missing`",
    );
    check(
        &["exec", "build", "--docker-privileged", "true"],
        "the value of `--docker-privileged` follows `=`: write `--docker-privileged=true`",
    );
    check(
        &["logs", "build", "test"],
        "unexpected argument `test`; `runner-lite logs --help` lists the arguments",
    );
}

#[test]
fn an_assignment_needs_an_equals_sign_and_a_valid_name() {
    check(&["exec", "build", "--variable", "FOO"], "--variable `FOO` has no `=`; write --variable KEY=VALUE");
    check(&["list", "--input", "a"], "--input `a` has no `=`; write --input KEY=VALUE");
    check(
        &["list", "--variable-file", "A"],
        "--variable-file `A` has no `=`; write --variable-file KEY=PATH",
    );
    for name in ["FOO BAR", "FOO-BAR", "", "é", "../A"] {
        let invalid = |option| {
            format!("{option}: `{name}` is an invalid name of a variable; use letters, digits and `_` only")
        };
        check(&["list", "--variable", &format!("{name}=x")], &invalid("--variable"));
        check(&["list", "--variable-file", &format!("{name}=x")], &invalid("--variable-file"));
    }
}

/// The commands that a user sees, and the program itself.
fn commands(command: Command) -> Vec<Command> {
    let visible =
        command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    let below: Vec<Command> = visible.cloned().flat_map(commands).collect();
    [vec![command], below].concat()
}

#[test]
fn the_short_help_of_every_command_fits_a_screen_of_24_lines_with_80_columns() {
    let mut program = Args::command().term_width(80);
    program.build();
    let all = commands(program);
    assert!(all.len() > 20, "{} commands", all.len());
    for mut command in all {
        let help = command.render_help().to_string();
        assert!(help.lines().count() <= 24, "{}:\n{help}", command.get_name());
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{}:\n{help}", command.get_name());
    }
}

#[test]
fn settings_of_gitlab_runner_are_in_the_help_of_commands_that_need_an_engine_below_a_heading() {
    let sandbox = Sandbox::new(&[]);
    let help = |command, option| sandbox.run(&[command, option]).answer().to_owned();
    for command in ["list", "lint", "show", "auth", "logs", "doctor"] {
        let help = help(command, "--help").replace("[alias: --docker-host]", "");
        assert!(!help.contains("--docker-"), "{command}: {help}");
    }
    for command in ["exec", "pull"] {
        let help = help(command, "--help");
        let (before, below) =
            help.split_once("\nGitLab Runner's settings, which override those of config.toml:\n").unwrap();
        assert!(!before.contains("      --docker-"), "{command}: {before}");
        assert!(below.matches("      --docker-").count() > 50, "{command}: {below}");
    }
    assert!(help("exec", "-h").contains("--docker-image") && !help("exec", "-h").contains("--docker-memory"));
    // What is not in the help is accepted.
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    assert!(
        sandbox
            .run(&["show", "build", "--container", "--docker-memory", "1g"])
            .answer()
            .contains("1073741824")
    );
}

#[test]
fn values_of_options_say_what_they_should_be() {
    check(&["list", "--include-dir", "copies"], "--include-dir: there is no folder `copies`");
    check(
        &["exec", "build", "--docker-volumes", "./data:/data"],
        "--docker-volumes: invalid volume specification: \"./data:/data\"; write /container/path, \
         name:/container/path or /host/path:/container/path",
    );
    check(
        &["exec", "build", "--timeout", "3hourz"],
        "--timeout `3hourz` is not a duration; write seconds, or 90s, 15m, 1h30m",
    );
    check(
        &["exec", "build", "--host", "/var/run/docker.sock"],
        "--host `/var/run/docker.sock` has no scheme; did you mean `unix:///var/run/docker.sock`?",
    );
    for command in [&["exec", "build"][..], &["pipeline"]] {
        check(
            &[command, &["-i", "--events", "-"]].concat(),
            "--interactive and `--events -` both need standard output: give --events a file",
        );
    }
    check(&["list", "--color", "allways"], "`allways` is not a value of `--color`; did you mean `always`?");
    check(&["exec", "build", "--needs=al"], "`al` is not a value of `--needs`; did you mean `all`?");
    check(&["exec", "--probe"], "`--probe` needs a value; write one of: auto, direct, inside, off");
    check(&["exec", "--variable"], "`--variable` needs a value; `runner-lite exec --help` lists the options");
    check(&["logs"], "`logs` needs <JOB>; `runner-lite logs --help` lists the arguments");
    check(&["completion", "tcsh"], "`tcsh` is not a value of `completion`; write one of: bash, zsh, fish");
    check(&["show", "biuld"], "no job named \"biuld\"; did you mean `build`?");
    check(
        &["exec", "test"],
        "job \"test\" is parallel; name one of its instances:\n  test: [sun]\n  test: [moon]",
    );
}

#[test]
fn an_input_that_the_file_does_not_have_is_named_without_an_empty_frame() {
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", FILE)]);
    let said = sandbox.run(&["list", "--input", "colour=red"]);
    insta::assert_snapshot!(said.stderr, @r"
    error: Given inputs not defined in the `spec` section of the included configuration file
    help: the file has no input `colour`; to declare it, begin the file with `spec: {inputs: {colour: }}` and `---`
    ");
}
