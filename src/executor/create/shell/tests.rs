use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tar::{Builder, Header};

use super::*;
use crate::executor::create::reports::{SCRIPT_RECEIVED, running_report};
use crate::executor::create::script::{Echo, step_script};
use crate::executor::testing;
use crate::plan::job_plan::ScriptItem;

/// An archive with a file `data` of the project, and the script that prints it as the last file.
fn archive(plan: &JobPlan) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    let script = step_script(plan, Echo::Silent);
    for (path, content) in [(format!("{}/data", plan.project_dir), "a line\n"), (script_path(plan), &*script)]
    {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        tar.append_data(&mut header, path.trim_start_matches('/'), content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

/// A plan for a project below `folder`, whose directories exist.
fn plan_in(folder: &Path) -> JobPlan {
    let project = folder.join("p");
    for directory in [&project, &folder.join("p.tmp")] {
        std::fs::create_dir_all(directory).unwrap();
    }
    let script = vec![ScriptItem::of_runner("cat data")];
    JobPlan { project_dir: project.display().to_string(), script, ..testing::plan() }
}

/// Runs the command of a container that can unpack files, with this input: its output, its reports, and its exit code.
fn run(plan: &JobPlan, input: &[u8], path: Option<&Path>) -> (String, String, Option<i32>) {
    let words = find_shell(plan, Delivery::Stream);
    let mut command = Command::new("/bin/sh");
    command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(path.map(|path| ("PATH", path))).env("TAR_OPTIONS", "--no-such-option");
    let mut child = command.spawn().unwrap();
    // A command that has failed reads no further.
    let _ = child.stdin.take().unwrap().write_all(input);
    let ended = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(ended.stdout), text(ended.stderr), ended.status.code())
}

/// Leaves out the reports of the script that runs.
fn before_the_script(
    (output, reports, exit_code): (String, String, Option<i32>),
) -> (String, String, Option<i32>) {
    let reports =
        reports.split_inclusive('\n').filter(|line| running_report(line.trim_end_matches('\n')).is_none());
    (output, reports.collect(), exit_code)
}

#[test]
fn the_command_unpacks_files_and_runs_the_script_which_is_gone_then() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan_in(folder.path());
    let input = [FILES_FOLLOW.as_bytes(), &archive(&plan)].concat();
    let reports = format!("{FILES_WANTED}\n{SHELL_STARTS}\n{SCRIPT_RECEIVED}\n");
    assert_eq!(before_the_script(run(&plan, &input, None)), ("a line\n".to_owned(), reports, Some(0)));
    assert!(!Path::new(&script_path(&plan)).exists());
}

#[test]
fn an_archive_that_is_cut_anywhere_runs_no_shell() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan_in(folder.path());
    let archive = archive(&plan);
    // The script is shorter than its last block, and the end of the archive follows.
    let script_end = archive.len() - 1024 - 511;
    for cut in (0..script_end).step_by(100) {
        let input = [FILES_FOLLOW.as_bytes(), &archive[..cut]].concat();
        let (output, reports, exit_code) = run(&plan, &input, None);
        assert!(reports.starts_with(&format!("{FILES_WANTED}\n{FILES_REFUSED}\n")), "{cut}: {reports}");
        assert_eq!((&*output, exit_code), ("", Some(1)), "{cut}");
    }
}

#[test]
fn without_files_the_shell_reads_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan_in(folder.path());
    std::fs::write(folder.path().join("p/data"), "there\n").unwrap();
    let reports = format!("{SHELL_STARTS}\n{SCRIPT_RECEIVED}\n");
    let input = [SCRIPT_FOLLOWS, &step_script(&plan, Echo::Silent)].concat();
    let had = before_the_script(run(&plan, input.as_bytes(), None));
    assert_eq!(had, ("there\n".to_owned(), reports, Some(0)));
}

#[test]
fn without_tar_the_command_ends_and_no_shell_reads_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan_in(folder.path());
    let input = [FILES_FOLLOW.as_bytes(), b"echo from the archive\n", &archive(&plan)].concat();
    let ended = run(&plan, &input, Some(folder.path()));
    assert_eq!(ended, (String::new(), format!("{NO_TAR}\n"), Some(1)));
}

#[test]
fn only_a_shell_without_arguments_is_a_bare_shell() {
    let kind = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        entrypoint_kind(Some(&words))
    };
    assert_eq!(kind(&["/bin/bash"]), EntrypointKind::BareShell);
    assert_eq!(kind(&["sh"]), EntrypointKind::BareShell);
    assert_eq!(kind(&["/bin/sh", "-c"]), EntrypointKind::RunsArguments);
    assert_eq!(kind(&[""]), EntrypointKind::RunsArguments);
    assert_eq!(kind(&["/usr/bin/super-sql", "run"]), EntrypointKind::RunsArguments);
    assert_eq!(entrypoint_kind(None), EntrypointKind::RunsArguments);
}

#[test]
fn the_command_that_terminates_processes_is_valid_in_every_shell() {
    let command = terminate_processes();
    for shell in ["/bin/sh", "/bin/bash"] {
        let checked = std::process::Command::new(shell).args(["-n", "-c", &command[2]]).output().unwrap();
        assert!(checked.status.success() && checked.stderr.is_empty(), "{shell}: {checked:?}");
    }
}
