//! Runs the program in a folder of its own.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::engine;

/// The longest time that a run may take. Waiting for a service that never opens its port takes 30 s.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);

/// How many lines of a log a failed assertion repeats at its start.
const REASONS_MAX: usize = 20;

/// The exit code, the output and the cost of one run of the program.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) elapsed: Duration,
    pub(crate) peak_memory_kib: u64,
}

impl Outcome {
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Asserts that the exit code is `code` and that the log contains all of `texts`.
    pub(crate) fn assert(&self, code: i32, texts: &[&str]) {
        let log = self.log();
        assert_eq!(self.code, code, "{}{log}", self.reasons());
        for text in texts {
            assert!(log.contains(text), "{text:?} is not in the log:\n{}{log}", self.reasons());
        }
    }

    /// What tells best why a run has ended otherwise than expected. It comes first, because readers of long test logs
    /// see their beginnings.
    fn reasons(&self) -> String {
        let is_reason =
            |line: &&str| ["ERROR", "WARNING", "error", "failed"].iter().any(|word| line.contains(word));
        let lines: Vec<String> =
            self.log().lines().filter(is_reason).take(REASONS_MAX).map(str::to_owned).collect();
        format!("{}\n{}\nThe whole log:\n", self.stderr, lines.join("\n"))
    }
}

/// Runs job `name` of `yaml` in a new folder, and asserts that nothing of it is left on the engine.
pub(crate) fn run_job(name: &str, yaml: &str) -> Outcome {
    run_job_with(name, yaml, &[])
}

/// Like [`run_job`], with more arguments.
pub(crate) fn run_job_with(name: &str, yaml: &str, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    run_job_in(folder.path(), name, arguments)
}

/// Runs job `name` in an existing folder, and asserts that nothing of it is left on the engine.
pub(crate) fn run_job_in(folder: &Path, name: &str, arguments: &[&str]) -> Outcome {
    let outcome = wait_with_output(start_job(folder, name, arguments), |_| {});
    engine::assert_nothing_left_of(name);
    outcome
}

/// Like [`run_job_with`], in a network namespace without interfaces: the program reaches the engine's socket, but no
/// container.
pub(crate) fn run_job_without_network(name: &str, yaml: &str, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), yaml).unwrap();
    let mut unshare = Command::new("unshare");
    keep_store_apart(unshare.args(["--map-root-user", "--net"]).arg(binary()));
    let outcome =
        wait_with_output(spawn(unshare, folder.path(), &[&["exec", name], arguments].concat()), |_| {});
    engine::assert_nothing_left_of(name);
    outcome
}

/// Starts the program on job `name`; [`wait_with_output`] collects its result.
pub(crate) fn start_job(folder: &Path, name: &str, arguments: &[&str]) -> Child {
    spawn(program(), folder, &[&["exec", name], arguments].concat())
}

/// A command for the program, still without arguments and without a folder.
pub(crate) fn program() -> Command {
    let mut command = with_default_signals();
    keep_store_apart(command.arg(binary()));
    command
}

/// Gives a run of the program the store of this test process instead of the developer's own. Two runs share what they
/// store only if they run in one project.
fn keep_store_apart(command: &mut Command) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
        for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
            let process =
                entry.file_name().to_str().and_then(|name| name.strip_prefix("live-")?.parse().ok());
            if process.is_some_and(|process: u32| !Path::new(&format!("/proc/{process}")).exists()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        all.join(format!("live-{}", std::process::id()))
    });
    command.env("RUNNER_LITE_STATE_DIR", folder.join("state"));
    command.env("RUNNER_LITE_CACHE_DIR", folder.join("cache"));
}

/// A command that runs another one, which ignores no signal: the tests themselves may run in the background or below
/// `nohup`, and the program leaves signals ignored that are ignored at its start.
pub(crate) fn with_default_signals() -> Command {
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT,QUIT,TERM");
    command
}

/// The program's file: that of `RUNNER_LITE_BIN` (the static binary), or else the one built with the tests.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("RUNNER_LITE_BIN").map_or(env!("CARGO_BIN_EXE_runner-lite").into(), PathBuf::from)
}

/// Starts `program` in `folder` with pipes for its output.
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

/// Reads all output and waits for the exit. `on_output` gets the whole output each time there is more.
pub(crate) fn wait_with_output(mut child: Child, mut on_output: impl FnMut(&[u8])) -> Outcome {
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
        peak = peak.max(peak_memory_kib(child.id()));
        if length == 0 {
            break;
        }
        stdout.extend_from_slice(&piece[..length]);
        on_output(&stdout);
        assert!(
            started.elapsed() < RUN_TIME_MAX,
            "the program still runs after {RUN_TIME_MAX:?}: {}",
            String::from_utf8_lossy(&stdout)
        );
    }
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Outcome {
        code,
        stdout,
        stderr: stderr.join().unwrap(),
        elapsed: started.elapsed(),
        peak_memory_kib: peak,
    }
}

fn peak_memory_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
