//! Faults of a replaying engine, and the places in an answer where they are put.

use crate::recording::RecordedExchange;

/// What goes wrong in the answer of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The index of the exchange.
    pub(crate) exchange: usize,
    pub(crate) kind: FaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The engine ends its direction of the connection after so many bytes, and goes on reading.
    Cut(usize),
    /// The connection is lost in both directions after so many bytes.
    Reset(usize),
    /// The engine is silent after so many bytes.
    Stall(usize),
    /// The engine answers with this status and a message.
    Status(u16),
    /// The connection is lost in both directions after the engine has read so many bytes that follow a 101.
    InputLost(usize),
    /// The user sends so many signals as soon as the request has arrived.
    Signals(u32),
}

/// The ends of the lines of what the client sends after a 101, and its beginning.
pub(crate) fn input_borders(exchange: &RecordedExchange) -> Vec<usize> {
    let input = exchange.request.stdin.as_deref().unwrap_or_default();
    (0..input.len()).filter(|at| *at == 0 || input[at - 1] == b'\n').collect()
}

/// The ends of the header lines, chunks and frames of an answer, and its beginning; its end is no place for a fault.
pub(crate) fn borders(exchange: &RecordedExchange) -> Vec<usize> {
    let (answer, head) = (&exchange.answer, exchange.head_bytes());
    let mut borders = vec![0];
    borders.extend((2..=head).filter(|end| answer[..*end].ends_with(b"\r\n")));
    let chunked = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase().contains("chunked");
    if exchange.is_upgraded() {
        borders.extend(frame_borders(answer, head));
    } else if chunked {
        borders.extend(chunk_borders(answer, head));
    } else {
        borders.push(head + (answer.len() - head) / 2);
    }
    borders.dedup();
    borders.retain(|border| *border < answer.len());
    borders
}

/// As [`borders`], with only one place inside the head, whose lines a client reads together.
pub(crate) fn sparse_borders(exchange: &RecordedExchange) -> Vec<usize> {
    let head = exchange.head_bytes();
    let mut places = vec![0, head / 2];
    places.extend(borders(exchange).into_iter().filter(|border| *border >= head));
    places
}

/// The ends of the headers and the contents of frames.
fn frame_borders(answer: &[u8], mut at: usize) -> Vec<usize> {
    let mut borders = Vec::new();
    while let Some(header) = answer.get(at..at + 8) {
        let length = u32::from_be_bytes([header[4], header[5], header[6], header[7]]) as usize;
        borders.extend([at + 8, at + 8 + length]);
        at += 8 + length;
    }
    borders
}

/// The ends of the size lines, the contents and the line ends of chunks.
fn chunk_borders(answer: &[u8], mut at: usize) -> Vec<usize> {
    let mut borders = Vec::new();
    while let Some(line) = answer[at..].windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&answer[at..at + line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let content = at + line + 2;
        borders.extend([content, content + size, content + size + 2]);
        at = content + size + 2;
        if size == 0 {
            break;
        }
    }
    borders
}
