//! An engine in this process that answers as a recording says, with at most one fault.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use runner_lite::executor::shutdown::{ShutdownSender, Signal};
use runner_lite::transport::connector::{Connector, MemoryListener};
use runner_lite::transport::endpoint::Endpoint;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::exchange::{end_of_head, registry_auth, request_line};
use crate::fault::{Fault, FaultKind};
use crate::life::{Release, inspection, life, release};
use crate::recording::{RecordedExchange, Recording};

/// What has happened on the connections so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// All requests, in their order.
    pub(crate) requests: Vec<ReceivedRequest>,
    /// By exchange: the number of its request, if that has arrived.
    pub(crate) numbers: Vec<Option<usize>>,
    /// By exchange: the bytes of the answer that were sent.
    pub(crate) sent: Vec<usize>,
    /// By exchange: the bytes that the client has sent after a 101.
    pub(crate) input: Vec<Vec<u8>>,
    /// By exchange: whether no more of them can come.
    pub(crate) input_over: Vec<bool>,
    /// By container: the number of the last request that stopped or killed it.
    pub(crate) killed: BTreeMap<String, usize>,
}

/// A request of the client.
#[derive(Debug)]
pub(crate) struct ReceivedRequest {
    /// `DELETE /v1.41/containers/x?force=1 HTTP/1.1`.
    pub(crate) line: String,
    pub(crate) body: Option<Value>,
    /// The index of its exchange; `None` if the recording has none like it.
    pub(crate) exchange: Option<usize>,
    /// Whether a whole answer of success was sent, or 404.
    pub(crate) succeeded: bool,
}

/// A running engine.
pub(crate) struct ReplayingEngine {
    pub(crate) connector: Connector,
    progress: watch::Sender<Progress>,
    _serving: JoinSet<()>,
}

/// What all connections share.
#[derive(Clone)]
struct Server {
    recording: Arc<Recording>,
    fault: Option<Fault>,
    user: Arc<ShutdownSender>,
    progress: watch::Sender<Progress>,
}

type Connections = Arc<Mutex<JoinSet<()>>>;

impl ReplayingEngine {
    /// `user` sends the signals that a fault asks for.
    pub(crate) fn start(recording: Arc<Recording>, fault: Option<Fault>, user: Arc<ShutdownSender>) -> Self {
        let (connector, listener) = Connector::in_memory(Endpoint::Unix("/run/engine.sock".into()));
        let count = recording.exchanges.len();
        let (progress, _) = watch::channel(Progress {
            requests: Vec::new(),
            numbers: vec![None; count],
            sent: vec![0; count],
            input: vec![Vec::new(); count],
            input_over: vec![false; count],
            killed: BTreeMap::new(),
        });
        let server = Server { recording, fault, user, progress: progress.clone() };
        let mut serving = JoinSet::new();
        serving.spawn(server.serve(listener));
        Self { connector, progress, _serving: serving }
    }

    /// What has happened on the connections.
    pub(crate) fn into_progress(self) -> Progress {
        self.progress.send_replace(Progress::default())
    }
}

impl Server {
    async fn serve(self, mut listener: MemoryListener) {
        let connections = Connections::default();
        while let Some(stream) = listener.accept().await {
            let server = self.clone();
            // A client may close a connection at any time.
            connections.lock().unwrap().spawn(async move { drop(server.connection(stream).await) });
        }
    }

    async fn connection(self, stream: DuplexStream) -> io::Result<()> {
        let (mut reader, writer) = tokio::io::split(stream);
        let Some((head, body)) = read_request(&mut reader).await? else { return Ok(()) };
        let body = serde_json::from_slice(&body).ok();
        let (number, found) = self.note_request(&head, body);
        if let Some((_, Some(FaultKind::Signals(count)))) = found {
            (0..count).for_each(|_| self.user.signal(Signal::Interrupt));
        }
        match found {
            Some((index, fault)) => self.answer(number, index, fault, reader, writer).await,
            None => {
                let line = request_line(&head);
                self.answer_unrecorded(number, &line, writer).await?;
                read_to_end(&mut reader).await
            }
        }
    }

    /// Finds the exchange of a request: the first like it that has not been played, or else the last, because a client
    /// may repeat a request. A fault happens once.
    fn note_request(&self, head: &[u8], body: Option<Value>) -> (usize, Option<(usize, Option<FaultKind>)>) {
        let (line, auth) = (request_line(head), registry_auth(head));
        let mut result = (0, None);
        self.progress.send_modify(|progress| {
            let is_like = |exchange: &RecordedExchange| {
                exchange.request.line == line
                    && exchange.request.auth == auth
                    && exchange.request.body == body
            };
            let mut like = (0..self.recording.exchanges.len())
                .filter(|index| is_like(&self.recording.exchanges[*index]));
            let (first, last) =
                (like.clone().find(|index| progress.numbers[*index].is_none()), like.next_back());
            let fault = first.and_then(|first| self.fault.filter(|fault| fault.exchange == first));
            let exchange = first.or(last);
            let number = progress.requests.len();
            if let Some(index) = exchange {
                progress.numbers[index].get_or_insert(number);
            }
            if let Some(container) = killed(&line) {
                progress.killed.insert(container.to_owned(), number);
            }
            result = (number, exchange.map(|index| (index, fault.map(|fault| fault.kind))));
            progress.requests.push(ReceivedRequest { line, body, exchange, succeeded: false });
        });
        result
    }

    async fn answer(
        &self,
        number: usize,
        index: usize,
        fault: Option<FaultKind>,
        mut reader: ReadHalf<DuplexStream>,
        mut writer: WriteHalf<DuplexStream>,
    ) -> io::Result<()> {
        let exchange = &self.recording.exchanges[index];
        let answer = async {
            match fault {
                Some(FaultKind::Status(status)) => {
                    writer.write_all(&refusal(status)).await?;
                    self.note_success(number, status);
                    return std::future::pending().await;
                }
                Some(FaultKind::Cut(at)) => {
                    self.send(index, at, &mut writer).await?;
                    return writer.shutdown().await;
                }
                Some(FaultKind::Reset(at)) => {
                    self.send(index, at, &mut writer).await?;
                    self.note_end_of_input(index);
                    return Ok(());
                }
                Some(FaultKind::Stall(at)) => {
                    self.send(index, at, &mut writer).await?;
                    return std::future::pending().await;
                }
                Some(FaultKind::InputLost(_) | FaultKind::Signals(_)) | None => {}
            }
            self.send(index, exchange.answer.len(), &mut writer).await?;
            self.note_success(number, status(&exchange.answer));
            if exchange.ends {
                return writer.shutdown().await;
            }
            std::future::pending().await
        };
        let input_max = match fault {
            Some(FaultKind::InputLost(at)) => Some(at),
            _ => None,
        };
        let input = self.read_input(index, input_max, &mut reader);
        match (fault, exchange.is_upgraded()) {
            // Both halves are dropped.
            (Some(FaultKind::Reset(_)), _) => tokio::select! {
                answered = answer => answered,
                never = async { input.await?; std::future::pending().await } => never,
            },
            (Some(FaultKind::InputLost(_)), _) => tokio::select! {
                ended = input => ended,
                never = async { answer.await?; std::future::pending().await } => never,
            },
            // The end of the input is not the end of the output.
            (_, true) => tokio::try_join!(answer, input).map(drop),
            (_, false) => tokio::select! {
                ended = input => ended,
                never = async { answer.await?; std::future::pending().await } => never,
            },
        }
    }

    /// Sends the first `end` bytes of an answer, each piece after what it waited for.
    async fn send(&self, index: usize, end: usize, writer: &mut WriteHalf<DuplexStream>) -> io::Result<()> {
        let exchange = &self.recording.exchanges[index];
        let mut at = 0;
        let mut progress = self.progress.subscribe();
        for piece in &exchange.pieces {
            if at >= end {
                break;
            }
            let of_now = |progress: &Progress| release(&self.recording, progress, index, piece);
            let released = progress.wait_for(|now| of_now(now).is_some()).await;
            let release = released.map(|now| of_now(&now)).map_err(io::Error::other)?;
            if let Some(Release::Otherwise(code)) = release {
                return self.end_otherwise(index, at, code, writer).await;
            }
            self.write(index, at..piece.end.min(end), writer).await?;
            at = piece.end.min(end);
        }
        self.write(index, at..end, writer).await
    }

    /// Ends an answer of which `at` bytes were sent, because the container has ended otherwise than in the recording.
    async fn end_otherwise(
        &self,
        index: usize,
        at: usize,
        code: i64,
        writer: &mut WriteHalf<DuplexStream>,
    ) -> io::Result<()> {
        let exchange = &self.recording.exchanges[index];
        if at < exchange.head_bytes() {
            writer.write_all(&exchange.answer[at..exchange.head_bytes()]).await?;
        }
        if exchange.kind() == "POST-containers-wait" {
            let body = format!("{{\"StatusCode\":{code}}}");
            writer.write_all(format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).as_bytes()).await?;
        }
        writer.shutdown().await
    }

    async fn write(
        &self,
        index: usize,
        range: std::ops::Range<usize>,
        writer: &mut WriteHalf<DuplexStream>,
    ) -> io::Result<()> {
        let end = range.end;
        writer.write_all(&self.recording.exchanges[index].answer[range]).await?;
        self.progress.send_modify(|progress| progress.sent[index] = end);
        Ok(())
    }

    /// Reads what the client sends after its request, until it ends or `max` bytes have arrived.
    async fn read_input(
        &self,
        index: usize,
        max: Option<usize>,
        reader: &mut ReadHalf<DuplexStream>,
    ) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let mut room = max.unwrap_or(usize::MAX);
        while room > 0 {
            let most = buffer.len().min(room);
            let count = reader.read(&mut buffer[..most]).await?;
            if count == 0 {
                break;
            }
            room -= count;
            self.progress.send_modify(|progress| progress.input[index].extend_from_slice(&buffer[..count]));
        }
        self.note_end_of_input(index);
        Ok(())
    }

    fn note_end_of_input(&self, index: usize) {
        self.progress.send_modify(|progress| progress.input_over[index] = true);
    }

    /// Synthetic: what was removed is missing, a container tells its state, and everything else is an error.
    async fn answer_unrecorded(
        &self,
        number: usize,
        line: &str,
        mut writer: WriteHalf<DuplexStream>,
    ) -> io::Result<()> {
        let inspected = line.strip_prefix("GET ").and_then(|rest| rest.split('/').nth(3));
        let life = inspected.and_then(|name| life(&self.recording, &self.progress.borrow(), name));
        let (status, answer) = match life {
            Some(life) => (200, json(200, &inspection(life))),
            None if line.starts_with("DELETE ") || line.starts_with("GET ") => (404, refusal(404)),
            None => (500, refusal(500)),
        };
        writer.write_all(&answer).await?;
        self.note_success(number, status);
        Ok(())
    }

    fn note_success(&self, number: usize, status: u16) {
        self.progress.send_modify(|progress| {
            progress.requests[number].succeeded = status < 300 || status == 404;
        });
    }
}

/// The container that a request stops or kills.
fn killed(line: &str) -> Option<&str> {
    let mut parts = line.strip_prefix("POST /")?.split(['/', '?', ' ']).skip(2);
    let container = parts.next()?;
    matches!(parts.next()?, "stop" | "kill").then_some(container)
}

/// Synthetic: an error of the engine in the form that both engines use.
fn refusal(status: u16) -> Vec<u8> {
    json(status, "{\"message\":\"refused by the replay\"}\n")
}

fn json(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn status(answer: &[u8]) -> u16 {
    let line = request_line(answer);
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

/// Reads a request with its whole body; `None` if the client closes the connection before.
async fn read_request(reader: &mut ReadHalf<DuplexStream>) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = end_of_head(&bytes) {
            break end;
        }
        if reader.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let mut body = bytes.split_off(end);
    let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let length: usize = header("content-length:").map_or(0, |length| length.parse().unwrap());
    let chunked = header("transfer-encoding:") == Some("chunked");
    while body.len() < length || (chunked && !body.ends_with(b"\r\n0\r\n\r\n")) {
        if reader.read_buf(&mut body).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some((bytes, body)))
}

async fn read_to_end(reader: &mut ReadHalf<DuplexStream>) -> io::Result<()> {
    reader.read_to_end(&mut Vec::new()).await.map(drop)
}
