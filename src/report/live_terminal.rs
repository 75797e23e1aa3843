//! The terminal that live lines are drawn on, a few columns narrower than it is.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;
use rustix::termios::{Winsize, tcgetwinsize};

use super::console;

/// Columns at the right that stay free for `^C`, which the terminal echoes behind a live line: in the next line it would
/// move the cursor away from the one that is to be removed.
const COLUMNS_FREE: u16 = 4;

/// The size of a terminal that does not tell its own.
const SIZE_USUAL: (u16, u16) = (80, 24);

/// Standard error, to which each drawing is written at once.
#[derive(Debug, Default)]
pub(super) struct LiveTerminal(Mutex<Vec<u8>>);

impl LiveTerminal {
    fn drawing(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self, count: usize, letter: char) -> io::Result<()> {
        if count == 0 { Ok(()) } else { self.write_str(&format!("\x1b[{count}{letter}")) }
    }
}

impl TermLike for LiveTerminal {
    fn width(&self) -> u16 {
        columns()
    }

    fn height(&self) -> u16 {
        size(|size| size.ws_row).unwrap_or(SIZE_USUAL.1)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.command(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.command(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.command(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.command(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.write_str("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.drawing().extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write_str("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let drawing = std::mem::take(&mut *self.drawing());
        console::standard_error().write_all(&drawing)
    }
}

/// How many columns a live line may have now.
pub(super) fn columns() -> u16 {
    size(|size| size.ws_col).unwrap_or(SIZE_USUAL.0).saturating_sub(COLUMNS_FREE)
}

fn size(part: impl Fn(Winsize) -> u16) -> Option<u16> {
    tcgetwinsize(console::standard_error()).ok().map(part).filter(|size| *size > 0)
}
