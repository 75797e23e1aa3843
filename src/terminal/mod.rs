//! The terminal of the user, given to a process in a container: raw mode, its size, and its bytes.
//!
//! The terminal is opened anew, so that nobody else's reads and writes are affected by this program's.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::net::unix::pipe;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The terminal that controls this process.
const PATH: &str = "/dev/tty";

/// The terminal in raw mode, and what to restore: a drop of [`RawTerminal`] and a panic both do it.
static CHANGED: Mutex<Option<(File, Termios)>> = Mutex::new(None);

static PANIC_HOOK: Once = Once::new();

/// Whether a person can type to this process and read what it writes.
pub fn is_present() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && File::open(PATH).is_ok()
}

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalSize {
    pub rows: u16,
    pub columns: u16,
}

/// The terminal in raw mode: each key arrives as it is typed, Ctrl-C included. The mode ends with the value.
#[derive(Debug)]
pub struct RawTerminal {
    keys: pipe::Receiver,
    screen: pipe::Sender,
}

impl RawTerminal {
    /// Opens the terminal and changes its mode.
    ///
    /// # Errors
    /// The process has no terminal, or is not allowed to change its mode.
    pub fn open() -> io::Result<Self> {
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let open = || OpenOptions::new().read(true).write(true).custom_flags(flags).open(PATH);
        // A terminal is waited for as a pipe is: nothing but its kind would be checked.
        let keys = pipe::Receiver::from_file_unchecked(open()?)?;
        let screen = pipe::Sender::from_file_unchecked(open()?)?;
        let file = open()?;
        let normal = tcgetattr(&file)?;
        let mut raw = normal.clone();
        raw.make_raw();
        PANIC_HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                before(panic);
            }));
        });
        // What is to be restored is known before there is anything to restore.
        let recorded = file.try_clone()?;
        *changed() = Some((recorded, normal));
        let terminal = Self { keys, screen };
        tcsetattr(&file, OptionalActions::Now, &raw)?;
        Ok(terminal)
    }

    /// Its size; `None` if the terminal does not tell.
    pub fn size(&self) -> Option<TerminalSize> {
        let size = tcgetwinsize(&self.screen).ok()?;
        let is_known = size.ws_row > 0 && size.ws_col > 0;
        is_known.then_some(TerminalSize { rows: size.ws_row, columns: size.ws_col })
    }

    /// Waits for bytes that the user types, and returns their number; 0 once the terminal is gone.
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.keys.readable().await?;
            match self.keys.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }

    /// Shows all of `bytes`.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn write(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.screen.writable().await?;
            match self.screen.try_write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Tells when the size of the terminal may have changed.
#[derive(Debug)]
pub struct SizeChanges(Signal);

impl SizeChanges {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses a signal handler.
    pub fn listen() -> io::Result<Self> {
        signal(SignalKind::window_change()).map(Self)
    }

    /// Returns after the next change.
    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal the mode that it had. A terminal that is gone has none.
fn restore() {
    if let Some((file, normal)) = changed().take() {
        // At once: a terminal that somebody has stopped with Ctrl-S takes no output that could be waited for.
        let _ = tcsetattr(&file, OptionalActions::Now, &normal);
    }
}

fn changed() -> MutexGuard<'static, Option<(File, Termios)>> {
    CHANGED.lock().unwrap_or_else(PoisonError::into_inner)
}
