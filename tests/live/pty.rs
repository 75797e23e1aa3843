//! The program on a pseudo-terminal, as a person has it.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::run::program;

/// How long an expected text may take to appear.
const APPEARS_WITHIN: Duration = Duration::from_secs(60);

/// A run of the program, and the side of its terminal where the keys and the screen are.
pub(crate) struct PtyRun {
    child: Child,
    terminal: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
    /// How much of what is shown has been expected.
    read: usize,
}

impl PtyRun {
    /// Starts the program in `folder`, on a terminal of 24 rows and 80 columns.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        // No process inherits this side, so that closing it hangs up.
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let path = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let terminal = File::from(controller);
        let user = || Stdio::from(File::options().read(true).write(true).open(&path).unwrap());
        // The terminal becomes the one that controls the program.
        let mut command = std::process::Command::new("setsid");
        let inner = program();
        command.args(["--ctty", "--wait"]).arg(inner.get_program()).args(inner.get_args());
        for (key, value) in inner.get_envs() {
            value.map(|value| command.env(key, value));
        }
        command.args(arguments).current_dir(folder).env("RUNNER_LITE_CONFIG", "").env("TERM", "xterm");
        let child = command.stdin(user()).stdout(user()).stderr(user()).spawn().unwrap();
        let (sender, screen) = channel();
        let mut output = terminal.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut piece = vec![0; 1 << 16];
            while let Ok(length @ 1..) = output.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let run = Self { child, terminal, screen, shown: String::new(), read: 0 };
        run.resize(24, 80);
        run
    }

    /// Waits until `text` appears behind what was expected before.
    pub(crate) fn expect(&mut self, text: &str) {
        let began = Instant::now();
        loop {
            if let Some(place) = self.shown[self.read..].find(text) {
                self.read += place + text.len();
                return;
            }
            let left = APPEARS_WITHIN.checked_sub(began.elapsed()).unwrap_or_default();
            match self.screen.recv_timeout(left) {
                Ok(piece) => self.shown.push_str(&String::from_utf8_lossy(&piece)),
                Err(_) => panic!("{text:?} does not appear behind byte {}:\n{}", self.read, self.shown),
            }
        }
    }

    /// What was shown until now.
    pub(crate) fn shown(&mut self) -> &str {
        while let Ok(piece) = self.screen.try_recv() {
            self.shown.push_str(&String::from_utf8_lossy(&piece));
        }
        &self.shown
    }

    /// Types `keys`.
    pub(crate) fn send(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.terminal, size).unwrap();
    }

    /// Whether the terminal edits lines and shows what is typed, as a shell's user expects it.
    pub(crate) fn is_in_normal_mode(&self) -> bool {
        let modes = tcgetattr(&self.terminal).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// The process of the program.
    pub(crate) fn process(&self) -> String {
        // `setsid` runs the program itself unless it leads a group of processes.
        self.child.id().to_string()
    }

    /// Closes the side of the terminal where the keys and the screen are, as a window does that is closed, once something
    /// more is shown. Returns the exit code.
    pub(crate) fn hang_up(mut self) -> i32 {
        self.screen = channel().1;
        self.terminal = File::open("/dev/null").unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Waits for the end. Returns the exit code, and all that was shown.
    pub(crate) fn end(mut self) -> (i32, String) {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        assert!(self.is_in_normal_mode(), "the mode of the terminal is not restored:\n{}", self.shown);
        while let Ok(piece) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.shown.push_str(&String::from_utf8_lossy(&piece));
        }
        (code, std::mem::take(&mut self.shown))
    }
}

impl Drop for PtyRun {
    /// A test that fails leaves no job behind.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = std::process::Command::new("kill").arg(self.process()).status();
            let _ = self.child.wait();
        }
    }
}
