//! Large pipeline files: what the program takes for them is bounded.

use std::process::Command;
use std::time::{Duration, Instant};

use super::sandbox::{PROGRAM, Sandbox};

/// The memory that reading a pipeline may take, in KiB, whatever it includes.
const MEMORY_KIB: usize = 512 * 1024;

/// The time for rules with expensive patterns; this test runs a program that is not optimized, beside others.
const RULES_WITHIN: Duration = Duration::from_secs(20);

/// Lists the jobs with so much memory; the program is ended by a signal if it needs more.
fn list(sandbox: &Sandbox) -> (Option<i32>, String) {
    let limited = format!("ulimit -v {MEMORY_KIB} && exec {PROGRAM} list");
    let mut command: Command = sandbox.command("sh");
    let said = command.args(["-c", &limited]).output().unwrap();
    (said.status.code(), String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned())
}

#[test]
fn many_large_includes_take_a_bounded_memory() {
    let many_values = format!(".a: [{}]\n", ["a"].repeat(500_000).join(","));
    let many_lines = "\n".repeat(1_000_000) + ".a: x\n";
    let many_jobs: String = (0..40_000).map(|n| format!("j{n}: {{script: x}}\n")).collect();
    for content in [many_values, many_lines, many_jobs] {
        let sandbox = Sandbox::new(&[(".gitlab-ci.yml", "include: 'ci/*.yml'\nz: {script: z}\n")]);
        for number in 0..149 {
            sandbox.write(&format!("ci/{number}.yml"), &content);
        }
        let (code, text) = list(&sandbox);
        let start: String = text.chars().take(300).collect();
        assert_eq!(code, Some(3), "{start}");
        assert!(text.contains("the pipeline file and its includes have more than"), "{start}");
    }
}

#[test]
fn many_rules_with_expensive_patterns_end_soon() {
    let value = "abc".repeat(1667);
    let rules = "\n    - if: $X =~ /^(a|b|c){0,500}z/".repeat(2000);
    let file = format!("variables: {{X: {value}}}\nt:\n  script: x\n  rules:{rules}\n");
    let sandbox = Sandbox::new(&[(".gitlab-ci.yml", &file)]);
    let begin = Instant::now();
    let said = sandbox.run(&["lint"]);
    assert!(begin.elapsed() < RULES_WITHIN, "{:?}", begin.elapsed());
    assert_eq!(said.code, 3);
    assert!(said.stdout.contains("the pattern is too large when its repetitions are written out"));
}

#[test]
fn a_cell_of_any_width_is_listed() {
    let wide = "w".repeat(70_000);
    let file = format!(
        "# {wide}\na:\n  script: x\n  stage: build\n  rules: [{{if: $CI == \"true\" || $A == \"{wide}\"}}]\n\
         b: {{script: x, needs: [a], environment: {{name: production}}}}\n"
    );
    let sandbox = Sandbox::repository(&[(".gitlab-ci.yml", &file)]);
    for command in [&["list"][..], &["list", "--all"], &["pipeline", "--dry-run"]] {
        let said = sandbox.run(command);
        assert_eq!(said.code, 0, "{command:?}: {}", said.stderr);
        assert!(said.stdout.contains("needs") || said.stdout.contains("b"), "{command:?}");
    }
    let listed = sandbox.run(&["list"]);
    assert!(listed.stdout.contains(&wide), "nothing is cut without a terminal");
    let widest = listed.stdout.lines().map(str::len).max().unwrap();
    assert!(widest < 3 * wide.len(), "the longest line has {widest} bytes");
}
