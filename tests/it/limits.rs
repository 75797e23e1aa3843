//! The table of limits in ARCHITECTURE.md has every limit of the code with its value, and no other.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use crate::rust_code::{source_files, tokens, without_test_files, without_tests};

/// The value of a limit: milliseconds for durations, else the number itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Durations(Vec<u128>),
    Number(u128),
}

/// Limits by file and name.
type Limits = BTreeMap<(String, String), Value>;

/// A constant: its name, its type, and the range of its value's tokens.
struct Constant<'t> {
    name: &'t str,
    kind: Vec<&'t str>,
    value: Range<usize>,
}

fn constants<'t>(code: &[&'t str]) -> Vec<Constant<'t>> {
    let (mut constants, mut at) = (Vec::new(), 0);
    while let Some(found) = code[at..].iter().position(|token| *token == "const") {
        at += found + 1;
        let [name, ":", ..] = code[at..] else { continue };
        let Some(equals) = code[at..].iter().position(|token| ["=", "{", "}", "fn"].contains(token)) else {
            continue;
        };
        if code[at + equals] == "=" {
            let start = at + equals + 1;
            let value = start..start + end_of_expression(&code[start..]);
            constants.push(Constant { name, kind: code[at + 2..at + equals].to_vec(), value });
        }
    }
    constants
}

/// Adds the limits of a file: constants of the type `Duration`, or several of it, and numbers whose name ends in `_MAX`.
fn add_limits(path: &str, code: &[&str], limits: &mut Limits) {
    for Constant { name, kind, value } in constants(code) {
        let expression = &code[value];
        let is_number =
            ["usize", "u8", "u16", "u32", "u64", "i64", "f64"].iter().any(|number| kind == [*number]);
        let value = if kind.contains(&"Duration") {
            Some(Value::Durations(durations(expression)))
        } else if is_number && name.ends_with("_MAX") {
            Some(Value::Number(product(expression)))
        } else {
            None
        };
        limits.extend(value.map(|value| ((path.to_owned(), name.to_owned()), value)));
    }
}

/// The number of tokens up to the semicolon that stands in no bracket.
fn end_of_expression(tokens: &[&str]) -> usize {
    let mut depth = 0;
    let end = tokens.iter().position(|token| {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && *token == ";"
    });
    end.unwrap()
}

/// `Duration::from_secs(…)` and the like, each of them, in milliseconds.
fn durations(expression: &[&str]) -> Vec<u128> {
    let calls = expression.split(|token| *token == "Duration").skip(1);
    let duration = |call: &[&str]| {
        let ["::", unit, "(", number @ ..] = call else { panic!("{expression:?} is no literal duration") };
        let close = number.iter().position(|token| *token == ")").unwrap();
        let factor = match *unit {
            "from_secs" => 1000,
            "from_millis" => 1,
            _ => panic!("unit of {expression:?}"),
        };
        product(&number[..close]) * factor
    };
    calls.map(duration).collect()
}

/// `16 * 1024`, `64 << 10`, `1_000`, `2.0`.
fn product(expression: &[&str]) -> u128 {
    let text = expression.concat().replace('_', "");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if let Some((number, shift)) = text.split_once("<<") {
        return number.parse::<u128>().unwrap() << shift.parse::<u32>().unwrap();
    }
    let factor = |factor: &str| factor.parse::<u128>().unwrap_or_else(|_| panic!("{text} is no product"));
    text.split('*').map(factor).product()
}

/// The limits of the code, without tests.
fn limits_of_the_code() -> Limits {
    let mut limits = Limits::new();
    for file in without_test_files(source_files()) {
        add_limits(&file.path, &without_tests(&tokens(&file.text)), &mut limits);
    }
    limits
}

/// The limits of a table whose rows are `` | `file` | `NAME` value: meaning; `NAME` value: meaning | ``.
fn limits_of_the_table(document: &str) -> Limits {
    let section = document.split("\n## Limits\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut limits = Limits::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let [_, file, cell, _] = row.split('|').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let file = file.trim().trim_matches('`');
        for entry in cell.split("; `") {
            let entry = entry.trim().trim_start_matches('`');
            let (name, rest) = entry.split_once("` ").unwrap_or_else(|| panic!("{entry}"));
            let (value, meaning) = rest.split_once(": ").unwrap_or_else(|| panic!("{entry}"));
            assert!(!meaning.is_empty(), "{entry}");
            let key = (file.to_owned(), name.to_owned());
            assert_eq!(limits.insert(key, written(value)), None, "{entry} stands there twice");
        }
    }
    limits
}

/// `60 s`, `2 s and 4 s`, `16 MiB`, `1,000`.
fn written(value: &str) -> Value {
    let part = |part: &str| {
        let (number, unit) = part.split_once(' ').unwrap_or((part, ""));
        let number: u128 = number.replace(',', "").parse().unwrap_or_else(|_| panic!("{value}"));
        let (factor, is_duration) = match unit {
            "ms" => (1, true),
            "s" => (1000, true),
            "min" => (60_000, true),
            "h" => (3_600_000, true),
            "days" => (86_400_000, true),
            "" | "bytes" => (1, false),
            "KiB" => (1 << 10, false),
            "MiB" => (1 << 20, false),
            "GiB" => (1 << 30, false),
            _ => panic!("unit of {value}"),
        };
        (number * factor, is_duration)
    };
    let parts: Vec<(u128, bool)> = value.split(" and ").map(part).collect();
    match parts[..] {
        [(number, false)] => Value::Number(number),
        _ => {
            assert!(parts.iter().all(|(_, is_duration)| *is_duration), "{value}");
            Value::Durations(parts.into_iter().map(|(number, _)| number).collect())
        }
    }
}

/// What one has and the other lacks, a line each.
fn differences(code: &Limits, table: &Limits) -> Vec<String> {
    let missing = |here: &Limits, there: &Limits, place: &str| -> Vec<String> {
        let differs = |(key, value): &(&(String, String), &Value)| there.get(*key) != Some(*value);
        let line =
            |((file, name), value): (&(String, String), &Value)| format!("{place}: {file} {name} {value:?}");
        here.iter().filter(differs).map(line).collect()
    };
    [missing(code, table, "code"), missing(table, code, "table")].concat()
}

#[test]
fn the_table_has_every_limit_of_the_code_with_its_value() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let table = limits_of_the_table(&std::fs::read_to_string(path).unwrap());
    let code = limits_of_the_code();
    assert!(code.len() > 70, "only {} limits found in the code", code.len());
    let differences = differences(&code, &table);
    assert!(differences.is_empty(), "ARCHITECTURE.md's table of limits differs:\n{}", differences.join("\n"));
}

/// Literal durations outside of constants, which have no name and no row.
fn nameless_durations(code: &[&str]) -> usize {
    let constants = constants(code);
    let is_literal = |at: &usize| {
        let number = code.get(at + 4).is_some_and(|token| token.starts_with(|c: char| c.is_ascii_digit()));
        code[*at..].starts_with(&["Duration", "::"]) && code.get(at + 3) == Some(&"(") && number
    };
    let literals = (0..code.len()).filter(is_literal);
    literals.filter(|at| !constants.iter().any(|constant| constant.value.contains(at))).count()
}

#[test]
fn every_literal_duration_is_a_constant() {
    for file in without_test_files(source_files()) {
        let code = without_tests(&tokens(&file.text));
        assert_eq!(nameless_durations(&code), 0, "{} has a duration without a name", file.path);
    }
}

mod tests {
    use super::*;

    #[test]
    fn durations_and_maxima_are_limits_and_other_constants_are_not() {
        let text = "pub const A: Duration = Duration::from_secs(2 * 60); const B_MAX: usize = 64 << 10; const C: u8 = 1;
                    const D: [Duration; 2] = [Duration::from_secs(2), Duration::from_millis(5)]; const E_MAX: &str = \"\";
                    fn f() { const F_MAX: f64 = 1_000.0; } #[cfg(test)] const G_MAX: u8 = 1;";
        let mut limits = Limits::new();
        add_limits("a.rs", &without_tests(&tokens(text)), &mut limits);
        let expect = [
            ("A", Value::Durations(vec![120_000])),
            ("B_MAX", Value::Number(65_536)),
            ("D", Value::Durations(vec![2000, 5])),
            ("F_MAX", Value::Number(1000)),
        ];
        let expect = expect.map(|(name, value)| (("a.rs".to_owned(), name.to_owned()), value));
        assert_eq!(limits, Limits::from(expect));
    }

    #[track_caller]
    fn check_differences(row: &str, expect: &[&str]) {
        let code = [(("a.rs".to_owned(), "A".to_owned()), Value::Durations(vec![2000]))];
        let table = limits_of_the_table(&format!(
            "x\n## Limits\n\n| Where | Limits |\n| --- | --- |\n{row}\n## Next\n"
        ));
        assert_eq!(differences(&Limits::from(code), &table), expect);
    }

    #[test]
    fn a_missing_row_a_wrong_value_and_a_limit_that_is_gone_are_found() {
        check_differences("| `a.rs` | `A` 2 s: a wait |", &[]);
        check_differences("", &["code: a.rs A Durations([2000])"]);
        let wrong = ["code: a.rs A Durations([2000])", "table: a.rs A Durations([3000])"];
        check_differences("| `a.rs` | `A` 3 s: a wait |", &wrong);
        check_differences(
            "| `a.rs` | `A` 2 s: a wait; `B_MAX` 4 KiB: x |",
            &["table: a.rs B_MAX Number(4096)"],
        );
        check_differences("| `a.rs` | `A` 2,000: a wait |", &[wrong[0], "table: a.rs A Number(2000)"]);
    }

    #[test]
    fn a_duration_without_a_name_is_found() {
        let count = |text: &str| nameless_durations(&tokens(text));
        assert_eq!(count("fn f() { sleep(Duration::from_secs(5)) }"), 1);
        assert_eq!(count("const A: Duration = Duration::from_secs(5); fn f() { sleep(A) }"), 0);
        assert_eq!(count("const A: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(6)];"), 0);
        assert_eq!(count("fn f(n: u64) { Duration::from_secs(n) }"), 0);
    }
}
