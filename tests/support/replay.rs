//! A replay server: answers over a unix socket or in memory with recorded or written bytes, cut and split as asked for.
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

pub(crate) use exchange::{Exchange, load, registry_auth};
use exchange::{end_of_head, ends_with_connection, request_line};
pub(crate) use versions::Versions;

/// How long the client may take to send or read the next bytes; it runs in the same process.
const IO_WITHIN: Duration = Duration::from_secs(5);

/// The largest request head that the server reads.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What the connections consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    UnixSocket,
    /// Pipes in the test's own runtime, whose clock can be paused.
    Memory,
}

/// How a response is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The head, or an ordinary response, in one write; the stream after a 101 in another.
    Whole,
    /// This number of bytes per write. The client may still read several pieces at once.
    Pieces(usize),
    /// A 101 and the whole stream behind it in one write.
    HeadWithFrames,
}

/// Where a response breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// The exchange, counted from 0.
    pub(crate) exchange: usize,
    /// The number of bytes after which the connection is closed.
    pub(crate) at: usize,
}

/// What the server does with a connection.
enum Script {
    Recorded { exchanges: Vec<Exchange>, delivery: Delivery, cut: Option<Cut>, versions: Option<Versions> },
    Written(Vec<(&'static str, Vec<u8>)>),
}

/// What has happened so far.
#[derive(Default)]
struct Journal {
    played: Vec<usize>,
    complaints: Vec<String>,
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
    journal: Arc<Mutex<Journal>>,
    exchanges: usize,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Replays exchanges. A request is answered by the first exchange not yet played that has the same request line
    /// and, if both are JSON, the same body.
    pub(crate) fn recorded(
        wire: Wire,
        exchanges: Vec<Exchange>,
        delivery: Delivery,
        cut: Option<Cut>,
    ) -> Self {
        Self::start(wire, Script::Recorded { exchanges, delivery, cut, versions: None })
    }

    /// Synthetic: replays exchanges, but refuses all other API versions in Docker's words.
    pub(crate) fn of_versions(exchanges: Vec<Exchange>, versions: Versions) -> Self {
        let (delivery, cut, versions) = (Delivery::Whole, None, Some(versions));
        Self::start(Wire::UnixSocket, Script::Recorded { exchanges, delivery, cut, versions })
    }

    /// Answers a request as soon as its head has arrived, with the bytes beside the first prefix that its request line
    /// has, and closes the connection without reading on.
    pub(crate) fn written(answers: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(Wire::UnixSocket, Script::Written(answers))
    }

    fn start(wire: Wire, script: Script) -> Self {
        let (connector, listener) = Listener::start(wire);
        let exchanges = match &script {
            Script::Recorded { exchanges, .. } => exchanges.len(),
            Script::Written(_) => 0,
        };
        let (stop, stopped) = oneshot::channel();
        let journal = Arc::new(Mutex::new(Journal::default()));
        let serving = tokio::spawn(serve(listener, Arc::new(script), Arc::clone(&journal), stopped));
        Self { connector, journal, exchanges, stop, serving }
    }

    /// A connector to the server.
    pub(crate) fn connector(&self) -> Connector {
        self.connector.clone()
    }

    /// Waits for the connections to end and asserts that every exchange was played as recorded.
    pub(crate) async fn finish(self) {
        let (journal, exchanges) = (Arc::clone(&self.journal), self.exchanges);
        self.end().await;
        let journal = journal.lock().unwrap();
        assert_eq!(journal.complaints, Vec::<String>::new());
        assert_eq!(journal.played.len(), exchanges, "played: {:?}", journal.played);
    }

    /// Waits for the connections to end.
    pub(crate) async fn end(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

async fn serve(
    mut listener: Listener,
    script: Arc<Script>,
    journal: Arc<Mutex<Journal>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(stream) = listener.accept() => {
                let (script, journal) = (Arc::clone(&script), Arc::clone(&journal));
                connections.spawn(async move {
                    // The fault tests are about clients that close early.
                    let _ = answer(stream, &script, &journal).await;
                });
            }
            _ = &mut stopped => break,
        }
    }
    connections.join_all().await;
}

async fn answer(
    mut stream: Box<dyn Connection>,
    script: &Script,
    journal: &Mutex<Journal>,
) -> io::Result<()> {
    match script {
        Script::Written(answers) => {
            let (head, _) = read_head(&mut stream).await?;
            let line = request_line(&head);
            let fitting = answers.iter().find(|(prefix, _)| line.starts_with(prefix));
            write(&mut stream, fitting.map_or(b"HTTP/1.1 500 Not Written\r\n\r\n", |(_, bytes)| bytes)).await
        }
        Script::Recorded { exchanges, delivery, cut, versions } => {
            let request = read_request(&mut stream).await?;
            if let Some(refusal) = versions.and_then(|versions| versions.refusal(&request.line)) {
                return write(&mut stream, refusal.as_bytes()).await;
            }
            let Some((index, exchange)) = take(exchanges, &request, journal) else {
                return write(&mut stream, b"HTTP/1.1 500 Not Recorded\r\nContent-Length: 0\r\n\r\n").await;
            };
            match cut.filter(|cut| cut.exchange == index) {
                Some(cut) => deliver_cut(&mut stream, exchange, cut.at).await,
                None => deliver(&mut stream, exchange, *delivery, journal).await,
            }
        }
    }
}

fn take<'a>(
    exchanges: &'a [Exchange],
    RecordedRequest { line, auth, body }: &RecordedRequest,
    journal: &Mutex<Journal>,
) -> Option<(usize, &'a Exchange)> {
    let same_body = |other: &Option<Value>| body.is_none() || other.is_none() || body == other;
    let mut journal = journal.lock().unwrap();
    let found = exchanges.iter().enumerate().find(|(index, exchange)| {
        !journal.played.contains(index)
            && exchange.line == *line
            && exchange.auth == *auth
            && same_body(&exchange.body)
    });
    match found {
        Some((index, _)) => journal.played.push(index),
        None => journal.complaints.push(format!("not recorded: {line} {body:?}")),
    }
    found
}

async fn deliver(
    stream: &mut impl Connection,
    exchange: &Exchange,
    delivery: Delivery,
    journal: &Mutex<Journal>,
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
        let complaint = format!("{}: stdin was {:?}", exchange.name, String::from_utf8_lossy(&rest));
        journal.lock().unwrap().complaints.push(complaint);
    }
    Ok(())
}

async fn deliver_cut(stream: &mut impl Connection, exchange: &Exchange, at: usize) -> io::Result<()> {
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

/// The parts of a request that a recording is found by.
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
