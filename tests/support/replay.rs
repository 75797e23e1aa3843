//! A replay server: it answers over a unix socket or in memory with recorded or hand-written bytes, split or cut off on
//! demand.
//!
//! Invariant: it never hangs. Every read and write has the limit below, so that a broken client fails a test instead of
//! stopping it.

#[path = "exchange.rs"]
mod exchange;
#[path = "versions.rs"]
mod versions;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use runner_lite::transport::connector::{Connector, MemoryListener};
use runner_lite::transport::endpoint::Endpoint;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet, yield_now};
use tokio::time::timeout;

pub(crate) use exchange::{Exchange, load_exchanges, registry_auth};
use exchange::{end_of_head, ends_with_connection, request_line};
pub(crate) use versions::VersionRange;

/// How long the client may take to send or read the next bytes; it runs in the same process.
const IO_WITHIN: Duration = Duration::from_secs(5);

/// The largest request head that the server reads.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// The kind of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    UnixSocket,
    /// Pipes in the test's own runtime, whose clock can be paused.
    Memory,
}

/// How a response is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// One write for the response, and another for the stream after a 101.
    Whole,
    /// This number of bytes per write. The client may still read several pieces at once.
    Pieces(usize),
    /// One write for a 101 and the whole stream after it.
    HeadWithFrames,
}

/// The point at which a response is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Index of the exchange.
    pub(crate) exchange: usize,
    /// The number of bytes after which the connection is closed.
    pub(crate) at: usize,
}

/// The source of the answers.
enum Answers {
    Recorded {
        exchanges: Vec<Exchange>,
        delivery: Delivery,
        cut: Option<Cut>,
        versions: Option<VersionRange>,
    },
    Written(Vec<(&'static str, Vec<u8>)>),
}

/// The indices of the answered exchanges, and the requests that differ from the recording.
#[derive(Default)]
struct ReplayLog {
    answered: Vec<usize>,
    mismatches: Vec<String>,
}

/// A connection, over either wire.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

enum Listener {
    UnixSocket { listener: UnixListener, _folder: tempfile::TempDir },
    Memory(MemoryListener),
}

impl Listener {
    fn start(wire: Wire) -> (Connector, Self) {
        match wire {
            Wire::UnixSocket => {
                let folder = tempfile::tempdir().unwrap();
                let socket = folder.path().join("engine.sock");
                let listener = UnixListener::bind(&socket).unwrap();
                (Connector::new(Endpoint::Unix(socket)), Self::UnixSocket { listener, _folder: folder })
            }
            Wire::Memory => {
                let (connector, listener) = Connector::in_memory(Endpoint::Unix("/in/memory.sock".into()));
                (connector, Self::Memory(listener))
            }
        }
    }

    async fn accept(&mut self) -> Option<Box<dyn Connection>> {
        match self {
            Self::UnixSocket { listener, .. } => Some(Box::new(listener.accept().await.unwrap().0)),
            Self::Memory(listener) => Some(Box::new(listener.accept().await?)),
        }
    }
}

/// A running server, in the runtime of the test.
pub(crate) struct Server {
    connector: Connector,
    log: Arc<Mutex<ReplayLog>>,
    exchanges: usize,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server that replays exchanges. A request gets the answer of the first unanswered exchange with the same
    /// request line, the same credentials and, if both are JSON, the same body.
    pub(crate) fn replaying(
        wire: Wire,
        exchanges: Vec<Exchange>,
        delivery: Delivery,
        cut: Option<Cut>,
    ) -> Self {
        Self::start(wire, Answers::Recorded { exchanges, delivery, cut, versions: None })
    }

    /// Synthetic: starts a server that replays exchanges and refuses other API versions with Docker's message.
    pub(crate) fn speaking(exchanges: Vec<Exchange>, versions: VersionRange) -> Self {
        let (delivery, cut, versions) = (Delivery::Whole, None, Some(versions));
        Self::start(Wire::UnixSocket, Answers::Recorded { exchanges, delivery, cut, versions })
    }

    /// Starts a server that reads the head of a request, answers with the bytes of the first entry whose text is a prefix
    /// of the request line, and closes the connection without reading the body.
    pub(crate) fn answering(answers: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(Wire::UnixSocket, Answers::Written(answers))
    }

    fn start(wire: Wire, answers: Answers) -> Self {
        let (connector, listener) = Listener::start(wire);
        let exchanges = match &answers {
            Answers::Recorded { exchanges, .. } => exchanges.len(),
            Answers::Written(_) => 0,
        };
        let (stop, stopped) = oneshot::channel();
        let log = Arc::new(Mutex::new(ReplayLog::default()));
        let serving = tokio::spawn(serve(listener, Arc::new(answers), Arc::clone(&log), stopped));
        Self { connector, log, exchanges, stop, serving }
    }

    /// A connector to the server.
    pub(crate) fn connector(&self) -> Connector {
        self.connector.clone()
    }

    /// Waits for the connections to end and asserts that every exchange was answered and every request was as recorded.
    pub(crate) async fn assert_all_answered(self) {
        let (log, exchanges) = (Arc::clone(&self.log), self.exchanges);
        self.shut_down().await;
        let log = log.lock().unwrap();
        assert_eq!(log.mismatches, Vec::<String>::new());
        assert_eq!(log.answered.len(), exchanges, "answered: {:?}", log.answered);
    }

    /// Waits for the connections to end.
    pub(crate) async fn shut_down(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

async fn serve(
    mut listener: Listener,
    answers: Arc<Answers>,
    log: Arc<Mutex<ReplayLog>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(stream) = listener.accept() => {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                connections.spawn(async move {
                    // The fault tests are about clients that close early.
                    let _ = serve_connection(stream, &answers, &log).await;
                });
            }
            _ = &mut stopped => break,
        }
    }
    connections.join_all().await;
}

async fn serve_connection(
    mut stream: Box<dyn Connection>,
    answers: &Answers,
    log: &Mutex<ReplayLog>,
) -> io::Result<()> {
    match answers {
        Answers::Written(entries) => {
            let (head, _) = read_head(&mut stream).await?;
            let line = request_line(&head);
            let fitting = entries.iter().find(|(prefix, _)| line.starts_with(prefix));
            write(&mut stream, fitting.map_or(b"HTTP/1.1 500 Not Written\r\n\r\n", |(_, bytes)| bytes)).await
        }
        Answers::Recorded { exchanges, delivery, cut, versions } => {
            let request = read_request(&mut stream).await?;
            if let Some(refusal) = versions.and_then(|versions| versions.refusal(&request.line)) {
                return write(&mut stream, refusal.as_bytes()).await;
            }
            let Some((index, exchange)) = match_exchange(exchanges, &request, log) else {
                return write(&mut stream, b"HTTP/1.1 500 Not Recorded\r\nContent-Length: 0\r\n\r\n").await;
            };
            match cut.filter(|cut| cut.exchange == index) {
                Some(cut) => send_cut_answer(&mut stream, exchange, cut.at).await,
                None => send_answer(&mut stream, exchange, *delivery, log).await,
            }
        }
    }
}

fn match_exchange<'a>(
    exchanges: &'a [Exchange],
    RecordedRequest { line, auth, body }: &RecordedRequest,
    log: &Mutex<ReplayLog>,
) -> Option<(usize, &'a Exchange)> {
    let same_body = |other: &Option<Value>| body.is_none() || other.is_none() || body == other;
    let mut log = log.lock().unwrap();
    let found = exchanges.iter().enumerate().find(|(index, exchange)| {
        !log.answered.contains(index)
            && exchange.line == *line
            && exchange.auth == *auth
            && same_body(&exchange.body)
    });
    match found {
        Some((index, _)) => log.answered.push(index),
        None => log.mismatches.push(format!("not recorded: {line} {body:?}")),
    }
    found
}

async fn send_answer(
    stream: &mut impl Connection,
    exchange: &Exchange,
    delivery: Delivery,
    log: &Mutex<ReplayLog>,
) -> io::Result<()> {
    let raw = exchange.raw.as_deref().unwrap_or_default();
    match delivery {
        Delivery::Whole => {
            write(stream, &exchange.head).await?;
            write(stream, raw).await?;
        }
        Delivery::HeadWithFrames => write(stream, &[&exchange.head, raw].concat()).await?,
        Delivery::Pieces(bytes) => {
            for piece in exchange.head.chunks(bytes).chain(raw.chunks(bytes)) {
                write(stream, piece).await?;
                yield_now().await;
            }
        }
    }
    if exchange.raw.is_some() || ends_with_connection(&exchange.head) {
        stream.shutdown().await?;
    }
    // An engine keeps every other connection open; the client uses it once and closes it.
    let mut rest = Vec::new();
    while read_more(stream, &mut rest).await? {}
    if exchange.stdin.as_ref().is_some_and(|stdin| *stdin != rest) {
        let mismatch = format!("{}: stdin was {:?}", exchange.name, String::from_utf8_lossy(&rest));
        log.lock().unwrap().mismatches.push(mismatch);
    }
    Ok(())
}

async fn send_cut_answer(stream: &mut impl Connection, exchange: &Exchange, at: usize) -> io::Result<()> {
    let whole = [exchange.head.as_slice(), exchange.raw.as_deref().unwrap_or_default()].concat();
    write(stream, whole.get(..at).unwrap_or(&whole)).await?;
    stream.shutdown().await
}

/// Reads the head of a request, and the beginning of the body that arrived with it.
async fn read_head(stream: &mut impl Connection) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        if let Some(end) = end_of_head(&head) {
            let body = head.split_off(end);
            return Ok((head, body));
        }
        if !read_more(stream, &mut head).await? || head.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The parts of a request by which the server finds its exchange.
struct RecordedRequest {
    line: String,
    auth: Option<Value>,
    body: Option<Value>,
}

/// Reads a whole request.
async fn read_request(stream: &mut impl Connection) -> io::Result<RecordedRequest> {
    let (head, mut body) = read_head(stream).await?;
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let length: usize = header("content-length:").map_or(0, |length| length.parse().unwrap());
    let chunked = header("transfer-encoding:") == Some("chunked");
    while body.len() < length || (chunked && !body.ends_with(b"\r\n0\r\n\r\n")) {
        if !read_more(stream, &mut body).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(RecordedRequest {
        line: request_line(&head),
        auth: registry_auth(&head),
        body: serde_json::from_slice(&body).ok(),
    })
}

/// Appends the next bytes to `buffer`; `false` at the end of the stream.
async fn read_more(stream: &mut impl Connection, buffer: &mut Vec<u8>) -> io::Result<bool> {
    Ok(timeout(IO_WITHIN, stream.read_buf(buffer)).await?? > 0)
}

async fn write(stream: &mut impl Connection, bytes: &[u8]) -> io::Result<()> {
    timeout(IO_WITHIN, stream.write_all(bytes)).await?
}
