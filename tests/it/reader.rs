//! The reader ends in a value or in diagnostics, soon, whatever bytes it is given.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use runner_lite::pipeline::include::NoFiles;
use runner_lite::pipeline::load;
use runner_lite::source::map::SourceMap;

/// Far more than any input of at most 1 MiB takes, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a file, and puts together and renders all that came of it.
fn read(text: &str) {
    let started = Instant::now();
    let mut map = SourceMap::new();
    let file = map.add(".gitlab-ci.yml", text);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    for label in found.iter().flat_map(|found| &found.labels) {
        assert!(label.span.start <= label.span.end && label.span.end <= map.text(label.span.file).len());
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

/// A file with most of the language in it.
const FILE: &str = include_str!("../fuzz/seeds/language.yml");

const TOKENS: [&str; 36] = [
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

/// What is done to a line: it is left out, written twice, changed places with the next, or cut and filled in.
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
    fn a_file_that_was_edited_at_random_is_read_or_refused(
        edits in proptest::collection::vec((0_usize..200, edit()), 1..12)
    ) {
        read(&edited(&edits));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn words_of_the_language_in_any_order_are_read_or_refused(
        tokens in proptest::collection::vec(0_usize..TOKENS.len(), 0..60)
    ) {
        read(&tokens.iter().map(|token| TOKENS[*token]).collect::<String>());
    }
}

#[test]
fn the_file_that_is_edited_is_right() {
    let mut map = SourceMap::new();
    let file = map.add("language.yml", FILE);
    let (pipeline, found) = load(&mut map, file, &NoFiles);
    let messages: Vec<_> = found.iter().map(|found| &found.message).collect();
    let pipeline = pipeline.unwrap_or_else(|| panic!("{messages:?}"));
    assert!(pipeline.broken.is_empty(), "{:?}", pipeline.broken);
    assert!(pipeline.jobs.len() > 8, "{:?}", pipeline.jobs.keys());
}

#[test]
fn a_hundred_thousand_of_anything_is_read_or_refused_soon() {
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
        read(&token.repeat(100_000));
    }
}

#[test]
fn tens_of_thousands_of_keys_of_any_type_are_read_or_refused_soon() {
    for (before, after) in [("[", "]"), ("{a: ", "}"), ("'", "'"), ("", ""), ("? [a, ", "]\n")] {
        let keys: String = (0..20_000).map(|n| format!("{before}{n}{after}: x\n")).collect();
        read(&keys);
        let inner: String = (0..5_000).map(|n| format!("  {before}{n}{after}: x\n")).collect();
        read(&format!("t:\n  script: x\n  variables:\n{}", inner.replace("  ", "    ")));
        read(&format!("t:\n  script: x\n{inner}"));
    }
}

#[test]
fn bombs_of_aliases_and_templates_are_refused() {
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
        read(&bomb);
    }
    let matrix = vec!["a".to_owned(); 10].join(", ");
    let axes: Vec<String> = (0..10).map(|axis| format!("A{axis}: [{matrix}]")).collect();
    read(&format!("t: {{script: x, parallel: {{matrix: [{{{}}}]}}}}", axes.join(", ")));
    let wide: String = (0..20_000).map(|n| format!("j{n}: {{script: x, parallel: 200}}\n")).collect();
    read(&wide);
}
