//! Only `report/` writes to standard output and standard error.

use crate::rust_code::{source_files, tokens, without_test_files, without_tests};

/// Questions whether a stream is a terminal, which write nothing.
const TERMINAL_QUESTIONS: [&[&str]; 4] = [
    &["io", "::", "stdout", "(", ")", ".", "is_terminal", "(", ")"],
    &["io", "::", "stderr", "(", ")", ".", "is_terminal", "(", ")"],
    &["is_terminal", "(", "&", "io", "::", "stdout", "(", ")", ")"],
    &["is_terminal", "(", "&", "io", "::", "stderr", "(", ")", ")"],
];

/// What writes to a standard stream, or gives access to it: std's functions and macros, and clap's errors.
const WRITERS: [&[&str]; 9] = [
    &["::", "stdout"],
    &["::", "stderr"],
    &["stdout", "(", ")"],
    &["stderr", "(", ")"],
    &["print", "!"],
    &["println", "!"],
    &["eprint", "!"],
    &["eprintln", "!"],
    &[".", "print", "(", ")"],
];

/// What in a file gives access to the standard streams, without its tests.
fn writers(text: &str) -> Vec<String> {
    let code = without_tests(&tokens(text));
    let (mut found, mut rest) = (Vec::new(), &code[..]);
    while !rest.is_empty() {
        let question = TERMINAL_QUESTIONS.iter().find(|question| rest.starts_with(question));
        let writer = WRITERS.iter().find(|writer| rest.starts_with(writer));
        found.extend(writer.filter(|_| question.is_none()).map(|writer| writer.concat()));
        rest = &rest[question.or(writer).map_or(1, |pattern| pattern.len())..];
    }
    found
}

#[test]
fn only_report_writes_to_the_standard_streams() {
    let files = without_test_files(source_files());
    let (report, others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file.path.starts_with("report/"));
    let of_others = others.iter().flat_map(|file| {
        let path = &file.path;
        writers(&file.text).into_iter().map(move |writer| format!("{path}: {writer}"))
    });
    assert_eq!(of_others.collect::<Vec<_>>(), Vec::<String>::new());
    let of_report = report.iter().filter(|file| !writers(&file.text).is_empty());
    let paths: Vec<&str> = of_report.map(|file| &*file.path).collect();
    assert_eq!(paths, ["report/console.rs"]);
}

#[test]
fn only_the_log_and_the_renderer_write_text_that_is_not_escaped() {
    let files = without_test_files(source_files());
    let users = |call: &[&str]| -> Vec<String> {
        let calls =
            |text: &str| without_tests(&tokens(text)).windows(call.len()).any(|window| window == call);
        files.iter().filter(|file| calls(&file.text)).map(|file| file.path.clone()).collect()
    };
    // A job's output passes as it is.
    assert_eq!(users(&["console", "::", "standard_output"]), ["report/log_streams.rs"]);
    // Live lines move the cursor.
    assert_eq!(
        users(&["console", "::", "standard_error"]),
        ["report/live_terminal.rs", "report/log_streams.rs"]
    );
    // The renderer of diagnostics colours texts that were escaped before.
    assert_eq!(users(&["TerminalText", "::", "rendered"]), ["report/diagnostic.rs"]);
}

#[test]
fn every_way_to_the_standard_streams_is_found_in_code_and_not_in_tests() {
    let check = |text: &str, expect: &[&str]| assert_eq!(writers(text), expect, "{text}");
    check("fn f() { let _ = writeln!(io::stdout(), \"a\"); }", &["::stdout"]);
    check("use std::io::stderr; fn f() { stderr().lock() }", &["::stderr", "stderr()"]);
    check(
        "fn f() { print!(); println!(); eprint!(); eprintln!() }",
        &["print!", "println!", "eprint!", "eprintln!"],
    );
    check("fn f(error: clap::Error) { let _ = error.print(); }", &[".print()"]);
    check("fn f() { io::stdout().is_terminal() || IsTerminal::is_terminal(&io::stderr()) }", &[]);
    check("fn f() { io::stdout().is_terminal(); io::stdout().flush() }", &["::stdout"]);
    check("// println!\nfn f() { command.stdout(Stdio::piped()); child.stderr.take() }", &[]);
    check("#[cfg(test)]\nmod tests { fn f() { println!() } }", &[]);
}
