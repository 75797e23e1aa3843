//! The program `runner-lite collect`, as it runs in a container.

use std::convert::Infallible;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use runner_lite::collect::answer::{ArchiveEnd, Finding, SelectedFiles};
use runner_lite::collect::reader::{AnswerEntry, AnswerSink, read_answer};
use runner_lite::collect::request::{ArchiveRequest, CollectRequest};

#[derive(Default)]
struct Received {
    findings: Vec<Finding>,
    files: Vec<(PathBuf, Vec<u8>)>,
    archives: u32,
}

impl AnswerSink for Received {
    type Error = Infallible;

    fn selection(&mut self, _: u32, selected: SelectedFiles) -> Result<(), Infallible> {
        self.findings.extend(selected.findings);
        Ok(())
    }

    fn entry(&mut self, _: u32, entry: AnswerEntry<'_>, content: &mut dyn Read) -> Result<(), Infallible> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        self.files.push((entry.path.to_owned(), bytes));
        Ok(())
    }

    fn end(&mut self, _: u32, end: ArchiveEnd) -> Result<(), Infallible> {
        assert_eq!(end.exceeded, None);
        self.archives += 1;
        Ok(())
    }
}

fn run(request: &Path, stdout: Stdio) -> Output {
    let program = env!("CARGO_BIN_EXE_runner-lite");
    let child =
        Command::new(program).arg("collect").arg(request).stdout(stdout).stderr(Stdio::piped()).spawn();
    child.unwrap().wait_with_output().unwrap()
}

/// A project, and a request for what `paths` finds in it.
fn request(folder: &Path, paths: &[&str]) -> PathBuf {
    let project = folder.join("p");
    fs::create_dir_all(project.join("out-x")).unwrap();
    fs::write(project.join("out-x/file"), "content").unwrap();
    let environment_file = folder.join("environment");
    fs::write(&environment_file, "ARCH=x\n").unwrap();
    let archive = |id, paths: &[&str]| ArchiveRequest {
        id,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        bytes_max: 100,
        ..ArchiveRequest::default()
    };
    let request = CollectRequest {
        project_dir: project.to_str().unwrap().to_owned(),
        archives: vec![archive(4, paths), archive(2, &["none"])],
        environment: vec![("ARCH".into(), "other".into())],
        environment_file: environment_file.to_str().unwrap().to_owned(),
        delivered: None,
    };
    let path = folder.join("request.json");
    fs::write(&path, serde_json::to_vec(&request).unwrap()).unwrap();
    path
}

#[test]
fn the_program_writes_an_answer_that_the_host_reads() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&request(folder.path(), &["out-$ARCH/*"]), Stdio::piped());
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let mut received = Received::default();
    read_answer(&output.stdout[..], &[4, 2], &mut received).unwrap();
    assert_eq!(received.files, [(PathBuf::from("out-x/file"), b"content".to_vec())]);
    let found = Finding::Matched { path: "out-x/*".into(), count: 1 };
    assert_eq!(received.findings, [found, Finding::NoMatch { path: "none".into() }]);
    assert_eq!(received.archives, 2);
}

#[test]
fn a_failure_is_an_exit_code_and_a_text_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = request(folder.path(), &["out-x"]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = run(&path, full.into());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(0));
    assert!(text.contains("cannot send what was collected: No space left on device"), "{text}");
    fs::remove_dir_all(folder.path().join("p")).unwrap();
    let output = run(&path, Stdio::piped());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("/p: No such file or directory"), "{text}");
    assert_eq!(output.stdout, b"");
    fs::write(&path, "{").unwrap();
    let output = run(&path, Stdio::piped());
    assert!(String::from_utf8_lossy(&output.stderr).contains("request.json: EOF"));
    assert_ne!(output.status.code(), Some(0));
}
