//! Real `.gitlab-ci.yml` files of public projects, if the collection is present. Each file becomes a project; the program
//! lists its jobs and shows some of them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use runner_lite::pipeline::keywords::is_global;
use runner_lite::source::map::SourceMap;
use runner_lite::source::node::{Node, Value};
use runner_lite::source::yaml;

use super::json_answers::valid_answer;
use super::skip::skip;

/// About how many jobs of each file are shown.
const SHOWN: usize = 5;

/// Files that are rejected, and the message: GitLab rejects them too, or they include files that are missing here.
const REFUSED: [(&str, &str); 10] = [
    ("at-gmbh+at-python-template", "this is not YAML: unexpected character: `%'"),
    ("czinda+kipuka", "jobs config should contain at least one visible job"),
    ("mattermost+mattermost", "jobs config should contain at least one visible job"),
    // The file only includes files of other projects.
    ("greenbone+python-gvm", "jobs config should contain at least one visible job"),
    ("ldcorentin+aws-terratest-localstack", "jobs config should contain at least one visible job"),
    // The collection lacks other files of the same project.
    ("DataDog+dd-trace-php", "Local file `.gitlab/benchmarks.yml` does not exist!"),
    ("DataDog+dd-trace-py", "Local file `.gitlab/package.yml` does not exist!"),
    ("gitlabhq+gitlab-runner", "Local file `.gitlab/ci/_project_fork.gitlab-ci.yml` does not exist!"),
    ("tryton+tryton", "Local file `.gitlab-ci-modules.yml` does not exist!"),
    ("zammad+zammad", "Local file `.gitlab/ci/pre.yml` does not exist!"),
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_runner-lite");
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).env("RUNNER_LITE_CONFIG", "");
    let output = command.output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 2 | 3)), "{arguments:?} in {folder:?}: {output:?}");
    output
}

/// A project with one file of the collection and the files that it includes.
struct Case {
    name: String,
    folder: tempfile::TempDir,
    /// The names of the jobs in the file.
    keys: Vec<String>,
    /// The `stages` of the file.
    stages: Vec<String>,
}

impl Case {
    fn new(corpus: &Path, file: &Path) -> Self {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = tempfile::tempdir().unwrap();
        let included = corpus.join("includes").join(&name);
        if included.is_dir() {
            copy(&included, folder.path());
        }
        std::fs::copy(file, folder.path().join(".gitlab-ci.yml")).unwrap();
        let mut map = SourceMap::new();
        let file = map.add("file", String::from_utf8_lossy(&std::fs::read(file).unwrap()));
        let (documents, _) = yaml::load(&map, file);
        let stages = documents.iter().filter_map(|document| document.get("stages")).flat_map(items).collect();
        let keys = documents.iter().flat_map(keys).filter(|key| !key.starts_with('.'));
        let keys = keys.filter(|key| !is_global(key)).collect();
        Self { name, folder, keys, stages }
    }

    /// The wrong statements of the program about this file.
    fn check(&self) -> Vec<String> {
        let output = run(self.folder.path(), &["list", "--all", "--json"]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if let Some((_, message)) = REFUSED.iter().find(|(name, _)| *name == self.name) {
            let is_said = errors.lines().any(|line| line == format!("error: {message}"));
            return if is_said {
                Vec::new()
            } else {
                vec![format!("{}: not {message}: {errors}", self.name)]
            };
        }
        let Ok(list) = serde_json::from_slice::<serde_json::Value>(&output.stdout) else {
            return vec![format!("{}: no list: {errors}", self.name)];
        };
        valid_answer("list", &list.to_string());
        let names = list.as_array().into_iter().flatten().filter_map(|job| job["name"].as_str());
        let names: Vec<&str> = names.collect();
        let mut wrong = Vec::new();
        for key in &self.keys {
            let is_listed = names.iter().any(|name| *name == key || instance_of(name, key));
            let is_broken = errors.contains(&format!("warning: job \"{key}\" is invalid:"));
            if is_listed == is_broken {
                wrong.push(format!("{}: `{key}` is listed: {is_listed}, invalid: {is_broken}", self.name));
            }
            if is_broken {
                wrong.extend(self.unfounded(key));
            }
        }
        wrong.extend(self.wrong_plan(&list));
        // The first job, the last, and some in between.
        let some = names.iter().step_by(names.len() / SHOWN + 1).chain(names.last());
        wrong.extend(some.filter_map(|name| self.not_shown(name)));
        wrong
    }

    /// The reason why a job is broken, if that reason is not true.
    fn unfounded(&self, job: &str) -> Option<String> {
        let output = run(self.folder.path(), &["exec", job]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let of = |said: &str| format!("{}: {job}: {said}", self.name);
        if output.status.code() != Some(3) {
            return Some(of(&said));
        }
        let whole = self.texts();
        let line = |start: &str| said.lines().find(|line| line.starts_with("error") && line.contains(start));
        if let Some(line) = line("unknown keys in `extends` (") {
            let parent = line.rsplit_once('(').unwrap().1.trim_end_matches(')');
            let is_defined = whole.lines().any(|line| line.trim_end() == format!("{parent}:"));
            return is_defined.then(|| of(line));
        }
        if let Some(line) = line("chosen stage ") {
            let stage = line.split("chosen stage ").nth(1).unwrap().split(" does not").next().unwrap();
            return self.stages.iter().any(|known| known == stage).then(|| of(line));
        }
        let known = [
            "config contains unknown keys",
            "config should be a string or a nested array of strings",
            "config should implement the script:",
            "config should be a hash",
            "undefined need: ",
        ];
        let is_known = known.iter().any(|words| line(words).is_some());
        (!is_known).then(|| of(&said))
    }

    /// What is wrong with the plan of the pipeline: it has the jobs that the list has in the pipeline, or an error says why
    /// GitLab would make none.
    fn wrong_plan(&self, list: &serde_json::Value) -> Option<String> {
        let output = run(self.folder.path(), &["pipeline", "--dry-run", "--json"]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(0) {
            let is_refused =
                output.status.code() == Some(3) && errors.lines().any(|line| line.starts_with("error: "));
            return (!is_refused).then(|| format!("{}: no plan: {errors}", self.name));
        }
        let plan = valid_answer("pipeline-plan", &String::from_utf8_lossy(&output.stdout));
        let names =
            |jobs: &serde_json::Value, is_meant: &dyn Fn(&serde_json::Value) -> bool| -> Vec<String> {
                let jobs = jobs.as_array().unwrap().iter().filter(|job| is_meant(job));
                jobs.map(|job| job["name"].as_str().unwrap().to_owned()).collect()
            };
        let planned = names(&plan["jobs"], &|_| true);
        let listed = names(list, &|job| job["in_pipeline"] == true);
        (planned != listed).then(|| format!("{}: planned {planned:?}, listed {listed:?}", self.name))
    }

    fn texts(&self) -> String {
        let mut text = String::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => text.push_str(&String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap())),
                }
            }
        }
        text
    }

    fn not_shown(&self, job: &str) -> Option<String> {
        let output = run(self.folder.path(), &["show", job]);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut map = SourceMap::new();
        let file = map.add("shown", &*shown);
        let (documents, found) = yaml::load(&map, file);
        let is_shown = documents.iter().any(|document| keys(document).first().is_some_and(|key| key == job));
        let fine = output.status.success() && is_shown && !found.has_errors();
        (!fine).then(|| format!("{}: show {job}: {output:?}", self.name))
    }
}

fn keys(document: &Node) -> Vec<String> {
    match &document.value {
        Value::Mapping(pairs) => pairs.iter().map(|(key, _)| key.key_text()).collect(),
        _ => Vec::new(),
    }
}

fn items(list: &Node) -> Vec<String> {
    match &list.value {
        Value::Sequence(items) => items.iter().map(Node::key_text).collect(),
        _ => Vec::new(),
    }
}

fn instance_of(name: &str, key: &str) -> bool {
    name.strip_prefix(key).is_some_and(|rest| rest.starts_with(": [") || rest.starts_with(' '))
}

#[test]
fn every_real_file_is_listed_and_shown_or_rejected_for_a_true_reason() {
    let corpus = corpus();
    if !corpus.join("files").is_dir() {
        return skip(&format!("no collection of pipeline files in {}", corpus.display()));
    }
    let files = std::fs::read_dir(corpus.join("files")).unwrap().map(|entry| entry.unwrap().path());
    let cases: Vec<Case> = files.map(|file| Case::new(&corpus, &file)).collect();
    assert!(cases.len() > 50, "only {} files", cases.len());
    let names: HashSet<&str> = cases.iter().map(|case| &*case.name).collect();
    assert!(REFUSED.iter().all(|(name, _)| names.contains(name)), "an exception is not in the collection");
    let wrong: Vec<String> = cases.iter().flat_map(Case::check).collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
