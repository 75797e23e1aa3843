//! Running the program in a folder of its own.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::leftovers;

/// No test's job takes longer; a service that never opens its port takes 30 s.
const LIMIT: Duration = Duration::from_secs(120);

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
    /// Resident memory at its peak, in KiB.
    pub(crate) peak: u64,
}

impl Outcome {
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Fails unless the exit code is `code` and the log has every one of `texts`.
    pub(crate) fn assert(&self, code: i32, texts: &[&str]) {
        let log = self.log();
        assert_eq!(self.code, code, "{log}\n{}", self.stderr);
        for text in texts {
            assert!(log.contains(text), "{text:?} is not in the log:\n{log}\n{}", self.stderr);
        }
    }
}

/// Runs job `name` of `yaml` in an empty folder, and asks the engine that nothing is left of it.
pub(crate) fn job(name: &str, yaml: &str) -> Outcome {
    job_with(name, yaml, &[])
}

/// The same with further arguments.
pub(crate) fn job_with(name: &str, yaml: &str, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    job_in(folder.path(), name, arguments)
}

/// The same in a folder that is there.
pub(crate) fn job_in(folder: &Path, name: &str, arguments: &[&str]) -> Outcome {
    let outcome = finish(start(folder, name, arguments), |_| {});
    leftovers::assert_none(name);
    outcome
}

/// The same where no network reaches: the engine answers on its socket, its containers do not answer.
pub(crate) fn job_without_network(name: &str, yaml: &str) -> Outcome {
    job_without_network_with(name, yaml, &[])
}

/// The same with further arguments.
pub(crate) fn job_without_network_with(name: &str, yaml: &str, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--net"]).arg(binary());
    let outcome = finish(spawn(unshare, folder.path(), &[&["exec", name], arguments].concat()), |_| {});
    leftovers::assert_none(name);
    outcome
}

/// Starts the program; what becomes of it is for [`finish`] to say.
pub(crate) fn start(folder: &Path, name: &str, arguments: &[&str]) -> Child {
    spawn(program(), folder, &[&["exec", name], arguments].concat())
}

/// The program, with neither arguments nor a folder yet.
pub(crate) fn program() -> Command {
    Command::new(binary())
}

/// Its file: what `RUNNER_LITE_BIN` names (the static binary), else the one that was built with the tests.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("RUNNER_LITE_BIN").map_or(env!("CARGO_BIN_EXE_runner-lite").into(), PathBuf::from)
}

/// Starts `program` there, with its output caught.
pub(crate) fn spawn(mut program: Command, folder: &Path, arguments: &[&str]) -> Child {
    program
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env("RUNNER_LITE_CONFIG", "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads everything and waits. `seen` is shown all output so far, each time there is more.
pub(crate) fn finish(mut child: Child, mut seen: impl FnMut(&[u8])) -> Outcome {
    let started = Instant::now();
    let mut errors = child.stderr.take().unwrap();
    let stderr = std::thread::spawn(move || {
        let mut text = Vec::new();
        errors.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    let (mut output, mut stdout, mut piece) = (child.stdout.take().unwrap(), Vec::new(), vec![0; 1 << 16]);
    let mut peak = 0;
    loop {
        let length = output.read(&mut piece).unwrap();
        peak = peak.max(resident(child.id()));
        if length == 0 {
            break;
        }
        stdout.extend_from_slice(&piece[..length]);
        seen(&stdout);
        assert!(started.elapsed() < LIMIT, "still running: {}", String::from_utf8_lossy(&stdout));
    }
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Outcome { code, stdout, stderr: stderr.join().unwrap(), elapsed: started.elapsed(), peak }
}

fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
