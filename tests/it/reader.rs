//! Whatever bytes a pipeline file contains, loading it quickly returns a pipeline or diagnostics.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::load;
use runner_lite::report::diagnostic::render;
use runner_lite::report::printable::is_printable;
use runner_lite::report::style::Style;
use runner_lite::source::map::SourceMap;

/// Far more time than any input of at most 1 MiB takes in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many diagnostics of a file are rendered: a random file may have hundreds.
const RENDERED_MAX: usize = 50;

/// Loads a file, composes all its jobs, and renders all diagnostics.
fn load_and_render(text: &str) {
    let started = Instant::now();
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    for label in found.iter().flat_map(|found| &found.labels) {
        assert!(label.span.start <= label.span.end && label.span.end <= map.text(label.span.file).len());
    }
    let of_jobs =
        pipeline.iter().flat_map(|pipeline| pipeline.broken.values().flat_map(|found| found.iter()));
    for diagnostic in found.iter().chain(of_jobs).take(RENDERED_MAX) {
        let rendered = render(diagnostic, &map, Style::Plain);
        assert!(rendered.as_str().chars().all(is_printable), "{rendered:?}");
    }
    let Some(pipeline) = pipeline else {
        assert!(found.has_errors(), "nothing came of it, and nothing is said");
        return;
    };
    for job in pipeline.jobs.values().take(20) {
        pipeline.job_keywords(job).unwrap();
    }
    assert!(pipeline.broken.values().all(|found| found.has_errors()), "broken without a reason");
    assert!(started.elapsed() < PATIENCE, "{:?} for {} bytes", started.elapsed(), text.len());
}

/// A file that uses most of the language.
const FILE: &str = include_str!("../fuzz/seeds/language.yml");

const TOKENS: [&str; 40] = [
    "\r\n",
    "\u{9b}\u{202e}",
    "\"\\e[2J\"",
    "\u{7f}é",
    "a",
    "script",
    "&a",
    "*a",
    "<<",
    "!reference [.a, script]",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "  ",
    "|",
    ">",
    "\"",
    "'",
    "#",
    "$[[ inputs.a ]]",
    "extends: .a",
    "needs: [a]",
    "parallel: 200",
    "matrix",
    "null",
    "0x",
    "1e9",
    "~",
    "---\n",
    "\t",
    "é",
    "\u{feff}",
    "?",
    "!!binary",
    "2024-01-01",
    "rules: [{if: $A =~ /(/}]",
];

/// An edit of a line: delete it, repeat it, swap it with the next line, or replace a part of it.
#[derive(Debug, Clone)]
enum Edit {
    Drop,
    Double,
    Swap,
    Fill(usize, usize),
}

fn edited(edits: &[(usize, Edit)]) -> String {
    let mut lines: Vec<String> = FILE.lines().map(str::to_owned).collect();
    for (place, edit) in edits {
        let place = place % lines.len().max(1);
        let Some(line) = lines.get(place).cloned() else { continue };
        match edit {
            Edit::Drop => drop(lines.remove(place)),
            Edit::Double => lines.insert(place, line),
            Edit::Swap if place + 1 < lines.len() => lines.swap(place, place + 1),
            Edit::Swap => {}
            Edit::Fill(at, token) => {
                let at = line.char_indices().map(|(at, _)| at).nth(at % (line.chars().count() + 1));
                lines[place].insert_str(at.unwrap_or(line.len()), TOKENS[token % TOKENS.len()]);
            }
        }
    }
    lines.join("\n")
}

fn edit() -> impl Strategy<Value = Edit> {
    let fill = (0_usize..80, 0_usize..TOKENS.len()).prop_map(|(at, token)| Edit::Fill(at, token));
    prop_oneof![Just(Edit::Drop), Just(Edit::Double), Just(Edit::Swap), fill.clone(), fill]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_randomly_edited_file_is_loaded_or_rejected(
        edits in proptest::collection::vec((0_usize..200, edit()), 1..12)
    ) {
        load_and_render(&edited(&edits));
    }

    #[test]
    fn any_bytes_are_loaded_or_rejected(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        load_and_render(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn keywords_in_any_order_are_loaded_or_rejected(
        tokens in proptest::collection::vec(0_usize..TOKENS.len(), 0..60)
    ) {
        load_and_render(&tokens.iter().map(|token| TOKENS[*token]).collect::<String>());
    }
}

#[test]
fn the_file_before_editing_is_valid() {
    let mut map = SourceMap::new();
    let file = map.add("language.yml", FILE);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let messages: Vec<_> = found.iter().map(|found| &found.message).collect();
    let pipeline = pipeline.unwrap_or_else(|| panic!("{messages:?}"));
    assert!(pipeline.broken.is_empty(), "{:?}", pipeline.broken);
    assert!(pipeline.jobs.len() > 8, "{:?}", pipeline.jobs.keys());
}

#[test]
fn a_hundred_thousand_repetitions_are_loaded_or_rejected_quickly() {
    for token in [
        "[",
        "{",
        "]",
        "- ",
        "? ",
        ": ",
        "a: ",
        "&a ",
        "!a ",
        "[a, ",
        "{a: ",
        "- - ",
        "\"",
        "'",
        "|\n",
        "a\n",
        "*a ",
        "!!str ",
        "%",
        "---\n",
        "$[[ a.b ]] ",
    ] {
        load_and_render(&token.repeat(100_000));
    }
}

#[test]
fn tens_of_thousands_of_keys_are_loaded_or_rejected_quickly() {
    for (before, after) in [("[", "]"), ("{a: ", "}"), ("'", "'"), ("", ""), ("? [a, ", "]\n")] {
        let keys: String = (0..20_000).map(|n| format!("{before}{n}{after}: x\n")).collect();
        load_and_render(&keys);
        let inner: String = (0..5_000).map(|n| format!("  {before}{n}{after}: x\n")).collect();
        load_and_render(&format!("t:\n  script: x\n  variables:\n{}", inner.replace("  ", "    ")));
        load_and_render(&format!("t:\n  script: x\n{inner}"));
    }
}

#[test]
fn alias_and_template_bombs_are_rejected() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    let mut merges = ".a0: &a0 {b0: 1}\n".to_owned();
    let mut templates = ".t0: {variables: {A: 1}, script: [x, x, x, x]}\n".to_owned();
    let mut references = ".r0: {script: [x, x, x, x]}\n".to_owned();
    for level in 1..10 {
        let before = level - 1;
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 10].join(", ")));
        merges.push_str(&format!(
            ".a{level}: &a{level} {{<<: [*a{before}, *a{before}], b{level}: *a{before}}}\n"
        ));
        templates
            .push_str(&format!(".t{level}: {{extends: [.t{before}, .t{before}], before_script: [y]}}\n"));
        let inner = vec![format!("!reference [.r{before}, script]"); 10].join(", ");
        references.push_str(&format!(".r{level}: {{script: [{inner}]}}\n"));
    }
    references.push_str("job: {script: [!reference [.r9, script]]}\n");
    templates.push_str("job: {extends: [.t9, .t9], script: x}\n");
    for bomb in [laughs, merges, templates, references] {
        load_and_render(&bomb);
    }
    let matrix = vec!["a".to_owned(); 10].join(", ");
    let axes: Vec<String> = (0..10).map(|axis| format!("A{axis}: [{matrix}]")).collect();
    load_and_render(&format!("t: {{script: x, parallel: {{matrix: [{{{}}}]}}}}", axes.join(", ")));
    let wide: String = (0..20_000).map(|n| format!("j{n}: {{script: x, parallel: 200}}\n")).collect();
    load_and_render(&wide);
}
