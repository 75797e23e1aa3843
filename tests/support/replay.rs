//! A replay server: answers on a unix socket with recorded or written bytes, cut and split as asked for.
//!
//! Invariant: it never hangs. Every wait has one of the limits below, so a broken client fails a test and does not
//! stop it.

#[path = "versions.rs"]
mod versions;

use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use runner_lite::transport::endpoint::Endpoint;
use serde_json::Value;

pub(crate) use versions::Versions;

/// How long the client may take to send or read the next bytes; it is in the same process.
const IO_WITHIN: Duration = Duration::from_secs(5);

/// The largest request head read.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The head, or an ordinary answer, in one write; the stream after a 101 in another.
    Whole,
    /// So many bytes a write. The client may still find several pieces waiting for it.
    Pieces(usize),
    /// A 101 and the whole stream behind it in one write.
    HeadWithFrames,
}

/// Where an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Which exchange, counted from 0.
    pub(crate) exchange: usize,
    /// After how many bytes the connection is closed.
    pub(crate) at: usize,
}

/// One recorded exchange.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// `003-POST-containers-attach`.
    pub(crate) name: String,
    line: String,
    auth: Option<Value>,
    body: Option<Value>,
    head: Vec<u8>,
    raw: Option<Vec<u8>>,
    stdin: Option<Vec<u8>>,
}

impl Exchange {
    /// Synthetic: the exchange with an engine whose newest version is `newest`, when `spoken` is spoken with it.
    pub(crate) fn of_version(&self, recorded: &str, spoken: &str, newest: &str) -> Self {
        let head = String::from_utf8_lossy(&self.head);
        Self {
            line: self.line.replacen(&format!(" /v{recorded}/"), &format!(" /v{spoken}/"), 1),
            head: head.replace(&format!("Api-Version: {recorded}"), &format!("Api-Version: {newest}")).into(),
            ..self.clone()
        }
    }

    /// How many bytes the engine sent.
    pub(crate) fn answer_bytes(&self) -> usize {
        self.head.len() + self.raw.as_ref().map_or(0, Vec::len)
    }
}

/// Reads the exchanges of a scenario's folder in their order.
pub(crate) fn load(folder: &Path) -> Vec<Exchange> {
    let mut requests: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "req"))
        .collect();
    requests.sort();
    requests.iter().map(|path| exchange(path)).collect()
}

fn exchange(path: &Path) -> Exchange {
    let request = fs::read(path).unwrap();
    let (head, body) = request.split_at(end_of_head(&request).unwrap());
    let read = |extension| fs::read(path.with_extension(extension));
    Exchange {
        name: path.file_stem().unwrap().to_string_lossy().into_owned(),
        line: request_line(head),
        auth: registry_auth(head),
        body: serde_json::from_slice(body).ok(),
        head: read("resp").unwrap(),
        raw: read("raw").ok(),
        stdin: read("stdin").ok(),
    }
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

/// A running server; ends when dropped.
pub(crate) struct Server {
    socket: PathBuf,
    _folder: tempfile::TempDir,
    journal: Arc<Mutex<Journal>>,
    exchanges: usize,
    stop: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Replays exchanges. A request is answered by the first exchange not yet played that has the same request line
    /// and, where both are JSON, the same body.
    pub(crate) fn recorded(exchanges: Vec<Exchange>, delivery: Delivery, cut: Option<Cut>) -> Self {
        Self::start(Script::Recorded { exchanges, delivery, cut, versions: None })
    }

    /// Synthetic: replays exchanges, but refuses versions that it does not speak, in Docker's words.
    pub(crate) fn of_versions(exchanges: Vec<Exchange>, versions: Versions) -> Self {
        let (delivery, cut, versions) = (Delivery::Whole, None, Some(versions));
        Self::start(Script::Recorded { exchanges, delivery, cut, versions })
    }

    /// Answers each request with the bytes beside the first prefix of its request line that fits, as soon as its head
    /// has come, and closes the connection without reading on.
    pub(crate) fn written(answers: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(Script::Written(answers))
    }

    fn start(script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let exchanges = match &script {
            Script::Recorded { exchanges, .. } => exchanges.len(),
            Script::Written(_) => 0,
        };
        let (journal, stop) = (Arc::new(Mutex::new(Journal::default())), Arc::new(AtomicBool::new(false)));
        let (log, stopped) = (Arc::clone(&journal), Arc::clone(&stop));
        let listener = thread::spawn(move || serve(&listener, &Arc::new(script), &log, &stopped));
        Self { socket, _folder: folder, journal, exchanges, stop, listener: Some(listener) }
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint::Unix(self.socket.clone())
    }

    /// Waits for the connections to end and asserts that every exchange was played as recorded.
    pub(crate) async fn finish(self) {
        let (journal, exchanges) = (Arc::clone(&self.journal), self.exchanges);
        self.end().await;
        let journal = journal.lock().unwrap();
        assert_eq!(journal.complaints, Vec::<String>::new());
        assert_eq!(journal.played.len(), exchanges, "played: {:?}", journal.played);
    }

    /// Waits for the connections to end. The client's runtime must go on meanwhile, or it cannot close its side.
    pub(crate) async fn end(self) {
        tokio::task::spawn_blocking(|| drop(self)).await.unwrap();
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener up, which then sees that it is to stop.
        let _ = UnixStream::connect(&self.socket);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.join();
    }
}

fn serve(listener: &UnixListener, script: &Arc<Script>, journal: &Arc<Mutex<Journal>>, stop: &AtomicBool) {
    let mut connections = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let (script, journal) = (Arc::clone(script), Arc::clone(journal));
        connections.push(thread::spawn(move || {
            // A client that goes away early is what the fault tests are about.
            let _ = answer(stream, &script, &journal);
        }));
    }
    for connection in connections {
        let _ = connection.join();
    }
}

fn answer(mut stream: UnixStream, script: &Script, journal: &Mutex<Journal>) -> io::Result<()> {
    stream.set_read_timeout(Some(IO_WITHIN))?;
    stream.set_write_timeout(Some(IO_WITHIN))?;
    match script {
        Script::Written(answers) => {
            let (head, _) = read_head(&mut stream)?;
            let line = request_line(&head);
            let fitting = answers.iter().find(|(prefix, _)| line.starts_with(prefix));
            stream.write_all(fitting.map_or(b"HTTP/1.1 500 Not Written\r\n\r\n", |(_, bytes)| bytes))
        }
        Script::Recorded { exchanges, delivery, cut, versions } => {
            let request = read_request(&mut stream)?;
            if let Some(refusal) = versions.and_then(|versions| versions.refusal(&request.line)) {
                return stream.write_all(refusal.as_bytes());
            }
            let Some((index, exchange)) = take(exchanges, &request, journal) else {
                return stream.write_all(b"HTTP/1.1 500 Not Recorded\r\nContent-Length: 0\r\n\r\n");
            };
            match cut.filter(|cut| cut.exchange == index) {
                Some(cut) => deliver_cut(&mut stream, exchange, cut.at),
                None => deliver(&mut stream, exchange, *delivery, journal),
            }
        }
    }
}

fn take<'a>(
    exchanges: &'a [Exchange],
    Request { line, auth, body }: &Request,
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

fn deliver(
    stream: &mut UnixStream,
    exchange: &Exchange,
    delivery: Delivery,
    journal: &Mutex<Journal>,
) -> io::Result<()> {
    let raw = exchange.raw.as_deref().unwrap_or_default();
    match delivery {
        Delivery::Whole => {
            stream.write_all(&exchange.head)?;
            stream.write_all(raw)?;
        }
        Delivery::HeadWithFrames => stream.write_all(&[&exchange.head, raw].concat())?,
        Delivery::Pieces(bytes) => {
            for piece in exchange.head.chunks(bytes).chain(raw.chunks(bytes)) {
                stream.write_all(piece)?;
                thread::yield_now();
            }
        }
    }
    if exchange.raw.is_some() || ends_with_connection(&exchange.head) {
        stream.shutdown(Shutdown::Write)?;
    }
    // An engine keeps any other connection open; the client, which uses it once, closes it.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest)?;
    if exchange.stdin.as_ref().is_some_and(|stdin| *stdin != rest) {
        let complaint = format!("{}: stdin was {:?}", exchange.name, String::from_utf8_lossy(&rest));
        journal.lock().unwrap().complaints.push(complaint);
    }
    Ok(())
}

fn deliver_cut(stream: &mut UnixStream, exchange: &Exchange, at: usize) -> io::Result<()> {
    let whole = [exchange.head.as_slice(), exchange.raw.as_deref().unwrap_or_default()].concat();
    stream.write_all(whole.get(..at).unwrap_or(&whole))?;
    stream.shutdown(Shutdown::Both)
}

/// The head of a request, and what came with it of the body.
fn read_head(stream: &mut UnixStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    loop {
        if let Some(end) = end_of_head(&head) {
            let body = head.split_off(end);
            return Ok((head, body));
        }
        if !read_more(stream, &mut head)? || head.len() > HEAD_BYTES_MAX {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// What a request is told from others by.
struct Request {
    line: String,
    auth: Option<Value>,
    body: Option<Value>,
}

/// What `X-Registry-Auth` says, its secrets made unreadable as in a recording.
pub(crate) fn registry_auth(head: &[u8]) -> Option<Value> {
    let head = String::from_utf8_lossy(head);
    let header = head.lines().find_map(|line| line.strip_prefix("x-registry-auth:"))?;
    let mut auth: Value = serde_json::from_slice(&URL_SAFE.decode(header.trim()).unwrap()).unwrap();
    for (key, value) in auth.as_object_mut().unwrap() {
        if ["password", "identitytoken", "registrytoken"].contains(&&**key) {
            *value = "x".repeat(value.as_str().unwrap().len()).into();
        }
    }
    Some(auth)
}

/// A request to its end.
fn read_request(stream: &mut UnixStream) -> io::Result<Request> {
    let (head, mut body) = read_head(stream)?;
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let length: usize = header("content-length:").map_or(0, |length| length.parse().unwrap());
    let chunked = header("transfer-encoding:") == Some("chunked");
    while body.len() < length || (chunked && !body.ends_with(b"\r\n0\r\n\r\n")) {
        if !read_more(stream, &mut body)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Request {
        line: request_line(&head),
        auth: registry_auth(&head),
        body: serde_json::from_slice(&body).ok(),
    })
}

fn read_more(stream: &mut UnixStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 4096];
    let length = stream.read(&mut piece)?;
    buffer.extend_from_slice(&piece[..length]);
    Ok(length > 0)
}

/// Whether the answer's end is the connection's end: the 404 of an attach comes so.
fn ends_with_connection(answer: &[u8]) -> bool {
    let head = &answer[..end_of_head(answer).unwrap_or(answer.len())];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    !(head.contains("\r\ncontent-length:")
        || head.contains("\r\ntransfer-encoding:")
        || head.contains(" 204 "))
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|start| start + 4)
}

fn request_line(head: &[u8]) -> String {
    String::from_utf8_lossy(head).lines().next().unwrap_or_default().to_owned()
}
