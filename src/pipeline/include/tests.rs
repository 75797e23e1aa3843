use super::testing::{TestProject, messages, pairs, texts};
use super::{ForeignInclude, mention_missing_includes};
use crate::pipeline::{Pipeline, foreign_includes};
use crate::source::diagnostic::{Code, Diagnostic};
use crate::source::map::SourceMap;

fn load_with_files(text: &str, files: &[(&'static str, &str)]) -> (Option<Pipeline>, Vec<String>) {
    let (pipeline, found, map) = TestProject { files: pairs(files), ..TestProject::default() }.load(text);
    (pipeline, messages(&found, &map))
}

/// Asserts the jobs of a pipeline and their scripts.
#[track_caller]
fn check(text: &str, files: &[(&'static str, &str)], expect: &[&str]) {
    let (pipeline, found) = load_with_files(text, files);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{text}: {found:?}"));
    assert_eq!(found, Vec::<String>::new(), "{text}");
    let jobs: Vec<_> =
        pipeline.jobs.iter().map(|(name, job)| format!("{name}: {}", texts(&job.script).join(","))).collect();
    assert_eq!(jobs, expect, "{text}");
}

#[track_caller]
fn check_error(text: &str, files: &[(&'static str, &str)], expect: &str) {
    let (pipeline, found) = load_with_files(text, files);
    assert!(pipeline.is_none(), "{text}");
    assert_eq!(found, [expect], "{text}");
}

const A: (&str, &str) = ("ci/a.yml", "a: {script: [one, two], variables: {X: a}}\n.t: {script: t}");
const B: (&str, &str) = ("b.yaml", "include: /ci/a.yml\nb: {extends: .t}");

#[test]
fn a_file_overrides_the_local_files_that_it_includes() {
    check("include: ci/a.yml\na: {script: own}", &[A], &["a: own"]);
    check("include: [{local: /ci/a.yml}]\nc: {extends: .t}", &[A], &["a: one,two", "c: t"]);
    check("include: {local: b.yaml}", &[A, B], &["a: one,two", "b: t"]);
    check(
        "include: [ci/a.yml, other.yml]\nz: {script: z}",
        &[A, ("other.yml", "a: {script: last}")],
        &["a: last", "z: z"],
    );
}

#[test]
fn a_pattern_may_match_no_file() {
    check("include: '**.y*ml'", &[A, B], &["a: one,two", "b: t"]);
    check("include: none/*.yml\nz: {script: z}", &[A], &["z: z"]);
}

#[test]
fn two_stars_and_a_slash_need_a_folder() {
    check("include: '**/*.y*ml'", &[A, B], &["a: one,two"]);
    check("include: ci/**/*.yml\nz: {script: z}", &[A], &["z: z"]);
    let below = ("ci/x/b.yml", "b: {script: b}");
    check("include: ci/**/*.yml", &[A, below], &["b: b"]);
}

#[test]
fn a_local_path_is_written_as_git_writes_it() {
    for path in ["./b.yaml", "ci/./a.yml", "ci//a.yml", "ci/../b.yaml", "../b.yaml"] {
        let expect = format!(".gitlab-ci.yml: Local file `{path}` does not exist!");
        check_error(&format!("include: {path}"), &[A, B], &expect);
    }
}

#[test]
fn files_that_cannot_be_included_are_reported_with_gitlabs_messages() {
    let at = ".gitlab-ci.yml: ";
    check_error("include: x.yml", &[], &format!("{at}Local file `x.yml` does not exist!"));
    check_error("include: x.yml", &[("x.yml", " ")], &format!("{at}Local file `x.yml` is empty!"));
    check_error(
        "include: x.txt",
        &[("x.txt", "a")],
        &format!("{at}Included file `x.txt` does not have YAML extension!"),
    );
    check_error(
        "include: x.yml",
        &[("x.yml", "[a]")],
        "x.yml: Included file `x.yml` does not have valid YAML syntax!",
    );
    let circle = ("x.yml", "include: x.yml");
    check_error("include: x.yml", &[circle], "x.yml: Maximum of 150 nested includes are allowed!");
}

#[test]
fn an_include_that_needs_a_network_is_a_warning() {
    let text = "include: [{project: g/p, file: x.yml}, 'https://h/x.yml', {template: T.yml}]\nz: {script: z}";
    let (pipeline, found) = load_with_files(text, &[]);
    assert_eq!(pipeline.unwrap().jobs.len(), 1);
    let expect = ["project: g/p (x.yml)", "remote: https://h/x.yml", "template: T.yml"];
    let expect = expect.map(|what| format!(".gitlab-ci.yml: `{what}` needs a network and is not included"));
    assert_eq!(found, expect);
}

#[test]
fn a_job_that_extends_an_entry_of_a_missing_include_names_the_include() {
    let (pipeline, _) =
        load_with_files("include: {template: T.yml}\nt: {extends: .far-away}\nz: {script: z}", &[]);
    let problem = pipeline.unwrap().broken.get("t").unwrap().iter().next().unwrap().clone();
    assert_eq!(problem.message, "t: unknown keys in `extends` (.far-away)");
    assert_eq!(problem.help.unwrap(), "it may come from `template: T.yml`, which is not included");
}

#[test]
fn a_file_without_jobs_names_its_missing_includes() {
    let (_, found, _) = TestProject::default().load("include: {template: T.yml}");
    let problem = found.iter().last().unwrap();
    assert_eq!(problem.message, "jobs config should contain at least one visible job");
    assert_eq!(problem.help.as_deref(), Some("it may come from `template: T.yml`, which is not included"));
}

#[test]
fn all_invalid_includes_are_reported_at_once() {
    let (pipeline, found) =
        load_with_files("include: [x.yml, y.txt, {local: a, remote: b}, {}]\nz: {script: []}", &[]);
    assert!(pipeline.is_none());
    let expect = [
        "Local file `x.yml` does not exist!",
        "Included file `y.txt` does not have YAML extension!",
        "Each include must use only one of: `local`, `project`, `remote`, `template`, `component`, `artifact`",
        "include config does not have a valid subkey for include",
    ];
    assert_eq!(found, expect.map(|message| format!(".gitlab-ci.yml: {message}")));
}

/// Asserts whether an include of `x.yml` with these rules is included.
#[track_caller]
fn check_rules(rules: &str, expect: bool) {
    let project = TestProject {
        files: pairs(&[("x.yml", "x: {script: x}")]),
        variables: pairs(&[("BRANCH", "main")]),
        ..TestProject::default()
    };
    let text = format!("include: [{{local: x.yml, rules: {rules}}}]\nz: {{script: z}}");
    let (pipeline, found, map) = project.load(&text);
    let pipeline = pipeline.unwrap_or_else(|| panic!("{rules}: {:?}", messages(&found, &map)));
    assert_eq!(pipeline.jobs.contains_key("x"), expect, "{rules}");
}

#[test]
fn rules_decide_whether_a_file_is_included() {
    check_rules("[{if: $BRANCH == \"main\"}]", true);
    check_rules("[{if: $BRANCH == \"other\"}]", false);
    check_rules("[{if: $BRANCH == \"main\", when: never}, {when: always}]", false);
    check_rules("[{if: $OTHER, when: never}, {when: always}]", true);
    check_rules("[{exists: [x.yml]}]", true);
    check_rules("[{exists: [y.yml]}]", false);
    check_rules("[{changes: ['*.md']}]", true);
    check_rules("[{changes: ['*.rs']}]", false);
}

#[test]
fn includes_can_use_only_variables_that_exist_before_the_file_is_loaded() {
    let project = TestProject {
        files: pairs(&[("ci/main.yml", "x: {script: x}")]),
        variables: pairs(&[("BRANCH", "main")]),
        ..TestProject::default()
    };
    assert!(project.load("include: ci/$BRANCH.yml").0.is_some());
    let (_, found, map) = project.load("variables: {NAME: main}\ninclude: ci/$NAME.yml");
    assert_eq!(messages(&found, &map), [".gitlab-ci.yml: Local file `ci/$NAME.yml` does not exist!"]);
}

/// Asserts the scripts of an include that is read from vendored copies.
#[track_caller]
fn check_copies(include: &str, copies: &[(&'static str, &str)], expect: &[&str]) {
    let project = TestProject { copies: pairs(copies), ..TestProject::default() };
    let (pipeline, found, map) = project.load(&format!("include: {include}"));
    let pipeline = pipeline.unwrap_or_else(|| panic!("{include}: {:?}", messages(&found, &map)));
    let scripts: Vec<_> = pipeline.jobs.values().flat_map(|job| texts(&job.script)).collect();
    assert_eq!(scripts, expect, "{include}");
}

#[test]
fn files_from_elsewhere_are_read_from_vendored_copies() {
    let job = "x: {script: x}";
    check_copies("{project: g/p, file: /a/x.yml}", &[("g/p/a/x.yml", job)], &["x"]);
    check_copies("{project: g/p, file: x.yml, ref: v1}", &[("g/p@v1/x.yml", job)], &["x"]);
    check_copies("{project: g/p, file: x.yml, ref: v1}", &[("g/p/x.yml", job)], &["x"]);
    check_copies(
        "{project: g/p, file: [x.yml, y.yml]}",
        &[("g/p/x.yml", job), ("g/p/y.yml", "y: {script: y}")],
        &["x", "y"],
    );
    check_copies("'https://u:secret@h.org/a/x.yml'", &[("h.org/a/x.yml", job)], &["x"]);
    check_copies("{template: X.gitlab-ci.yml}", &[("templates/X.gitlab-ci.yml", job)], &["x"]);
    let component = "{component: h/g/p/c@1.0}";
    check_copies(component, &[("h/g/p@1.0/templates/c.yml", job)], &["x"]);
    check_copies(component, &[("h/g/p@1.0/templates/c/template.yml", job)], &["x"]);
}

#[test]
fn local_includes_of_a_vendored_file_are_in_the_same_project() {
    let outer = ("g/p@v1/x.yml", "include: /y.yml");
    check_copies(
        "{project: g/p, file: x.yml, ref: v1}",
        &[outer, ("g/p@v1/y.yml", "y: {script: y}")],
        &["y"],
    );
    let project = TestProject { copies: pairs(&[("h/x.yml", "include: y.yml")]), ..TestProject::default() };
    let (_, found, map) = project.load("include: 'https://h/x.yml'");
    assert_eq!(
        messages(&found, &map)[0],
        "h/x.yml: Local file `y.yml` does not have project!".replace("h/x", "https://h/x")
    );
}

#[test]
fn a_warning_does_not_show_the_credentials_of_a_url() {
    let (_, found) = load_with_files("include: 'https://u:secret@h/x.yml'\nz: {script: z}", &[]);
    assert_eq!(found, [".gitlab-ci.yml: `remote: https://h/x.yml` needs a network and is not included"]);
}

#[test]
fn a_job_without_a_script_names_the_missing_include() {
    let (pipeline, _) = load_with_files("include: {template: T.yml}\nsast: {needs: []}\nz: {script: z}", &[]);
    let problem = pipeline.unwrap().broken["sast"].iter().next().unwrap().clone();
    assert_eq!(problem.message, "jobs sast config should implement the script:, run:, or trigger: keyword");
    assert_eq!(problem.help.as_deref(), Some("it may come from `template: T.yml`, which is not included"));
}

#[test]
fn help_texts_name_at_most_three_includes_and_keep_a_suggestion() {
    let missing_includes: Vec<String> = (1..=5).map(|n| format!("template: {n}")).collect();
    let problem = || Diagnostic::error(Code::InvalidConfig, "x");
    let advised = |count: usize| mention_missing_includes(problem(), &missing_includes[..count]).help;
    assert_eq!(advised(0), None);
    let two = "it may come from one of `template: 1`, `template: 2`, which are not included";
    assert_eq!(advised(2).as_deref(), Some(two));
    assert!(advised(5).unwrap().ends_with("`template: 3` and 2 more, which are not included"));
    let both = mention_missing_includes(problem().help("did you mean `y`?"), &missing_includes[..1]).help;
    let expect = "it may come from `template: 1`, which is not included. If not, did you mean `y`?";
    assert_eq!(both.as_deref(), Some(expect));
    let fetched = mention_missing_includes(problem(), &["project: g/p (a.yml)".to_owned()]).help;
    let expect = "it may come from `project: g/p (a.yml)`, which is not included (`runner-lite include fetch` makes copies)";
    assert_eq!(fetched.as_deref(), Some(expect));
}

#[test]
fn files_from_elsewhere_are_listed_with_those_that_copies_include() {
    let project = TestProject {
        copies: pairs(&[("g/p@v1/a.yml", "include: [/b.yml, {project: g/q, file: c.yml}]\na: {script: x}")]),
        ..TestProject::default()
    };
    let mut map = SourceMap::new();
    let text = "include: [{project: g/p, ref: v1, file: /a.yml}, {component: h/g/c/x@1}, {template: T.yml}, own.yml]";
    let file = map.add(".gitlab-ci.yml", text);
    let (found, _) = foreign_includes(&mut map, file, &project);
    let shown: Vec<String> = found
        .iter()
        .map(|include| match include {
            ForeignInclude::File { project, paths } => {
                format!("{}: {}", project.folder(), paths.join(" or "))
            }
            ForeignInclude::Remote { copy, .. } | ForeignInclude::Template { copy, .. } => copy.clone(),
        })
        .collect();
    let expect = [
        "g/p@v1: a.yml",
        "g/p@v1: b.yml",
        "g/q: c.yml",
        "h/g/c@1: templates/x.yml or templates/x/template.yml",
        "templates/T.yml",
    ];
    assert_eq!(shown, expect);
}

#[test]
fn all_files_together_have_a_limit_of_bytes_which_is_reported_once() {
    let padding = format!("#{}\n", "x".repeat(2_000_000));
    let (pipeline, found) = load_with_files(
        &format!("include: [{}]\nz: {{script: z}}", ["/a.yml"; 20].join(", ")),
        &[("a.yml", &padding)],
    );
    assert!(pipeline.is_none());
    assert_eq!(
        found.last().unwrap(),
        "a.yml: the pipeline file and its includes have more than 16 MiB together"
    );
    assert_eq!(found.iter().filter(|found| found.contains("together")).count(), 1);
}

#[test]
fn all_files_together_have_a_limit_of_values_in_which_aliases_count() {
    let list = vec!["a"; 10_000].join(",");
    let file = format!(".a: &a [{list}]\n.b: [{}]\n", ["*a"; 8].join(", "));
    let (pipeline, found) = load_with_files(
        &format!("include: [{}]\nz: {{script: z}}", ["/a.yml"; 20].join(", ")),
        &[("a.yml", &file)],
    );
    assert!(pipeline.is_none());
    assert_eq!(found, ["a.yml: the pipeline file and its includes have more than 1000000 values together"]);
}

#[test]
fn a_file_that_gitlab_reads_by_default_is_read() {
    let padding = "x".repeat(2 * 1024 * 1024 - 20);
    check("include: a.yml", &[("a.yml", &format!("a: {{script: x}}\n#{padding}"))], &["a: x"]);
    let (_, found) =
        load_with_files("include: a.yml", &[("a.yml", &format!("a: {{script: x}}\n#{padding}xxxxxxxx"))]);
    assert_eq!(
        found[0],
        "a.yml: the file is larger than 2097152 bytes, the most that GitLab reads by default"
    );
}
