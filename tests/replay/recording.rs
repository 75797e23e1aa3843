//! A recorded job: its exchanges, and what each piece of an answer waited for.
//!
//! Most answers depend on their request alone. Answers about the life of a container (its exit, its output) come when
//! something has happened to that container: a replay sends each piece of them only after the requests and the input
//! for the same container that came between the request and the piece in the recording.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::exchange::{Exchange, end_of_head, load_exchanges};
use crate::jobs;

pub(crate) const ENGINES: [&str; 4] =
    ["engine-20.10-api1.41", "engine-26.1-api1.45", "engine-28.5-api1.51", "engine-podman-5.8-api1.44"];

/// The kinds of exchanges whose answers are about the life of a container.
const LIFE: [&str; 3] = ["POST-containers-wait", "POST-containers-attach", "POST-exec-start"];

/// A job that an engine ran.
pub(crate) struct Recording {
    pub(crate) engine: &'static str,
    pub(crate) job: &'static str,
    pub(crate) exchanges: Vec<RecordedExchange>,
}

/// A request and the answer to it.
pub(crate) struct RecordedExchange {
    pub(crate) request: Exchange,
    /// The container that it is about, if it is about one.
    pub(crate) container: Option<String>,
    /// The whole answer: the head, the body, and the stream after a 101.
    pub(crate) answer: Vec<u8>,
    /// The pieces of the answer that waited for something; the rest is sent at once.
    pub(crate) pieces: Vec<Piece>,
    /// Whether the engine ended the connection; otherwise it waited for the client to do so.
    pub(crate) ends: bool,
}

/// A piece of an answer.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The position of its end in the answer.
    pub(crate) end: usize,
    /// What happened before the engine sent it.
    pub(crate) after: Vec<Cause>,
}

/// Something that happens to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The request of this exchange has arrived.
    Request(usize),
    /// The client has sent so many bytes after the 101 of this exchange.
    Input(usize, usize),
}

/// A line of the file `timeline`.
enum Moment {
    Request,
    Answer(usize),
    Input(usize),
    AnswerEnd,
    ClientEnd,
}

impl Recording {
    /// Loads the recording of a job.
    pub(crate) fn load(engine: &'static str, job: &'static str) -> Self {
        let folder = fixtures().join(engine).join(job);
        let requests = load_exchanges(&folder);
        let timeline = fs::read_to_string(folder.join("timeline")).unwrap();
        // A connection that the client closed without a request has a number and is no exchange.
        let numbers: Vec<&str> = requests.iter().map(|request| &request.name[..3]).collect();
        let index = |number: &str| numbers.iter().position(|other| *other == number);
        let moments: Vec<(usize, Moment)> =
            timeline.lines().filter_map(|line| Some((index(&line[..3])?, moment(line)))).collect();
        let containers = containers(&requests);
        let exchanges = (requests.into_iter().enumerate())
            .map(|(index, request)| recorded(index, request, &moments, &containers))
            .collect();
        Self { engine, job, exchanges }
    }

    /// All recordings.
    pub(crate) fn all() -> Vec<Self> {
        ENGINES.iter().flat_map(|engine| jobs::NAMES.iter().map(|job| Self::load(engine, job))).collect()
    }

    /// The recordings of one engine.
    pub(crate) fn of_engine(engine: &str) -> Vec<Self> {
        let engine = ENGINES.into_iter().find(|known| *known == engine).unwrap();
        jobs::NAMES.iter().map(|job| Self::load(engine, job)).collect()
    }
}

impl RecordedExchange {
    /// `POST-containers-attach`.
    pub(crate) fn kind(&self) -> &str {
        self.request.name.split_once('-').unwrap().1
    }

    /// The length of the answer's head.
    pub(crate) fn head_bytes(&self) -> usize {
        end_of_head(&self.answer).unwrap_or(self.answer.len())
    }

    /// Whether the connection becomes a stream in both directions.
    pub(crate) fn is_upgraded(&self) -> bool {
        self.request.raw.is_some()
    }
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("proto-fixtures")
}

fn recorded(
    index: usize,
    request: Exchange,
    moments: &[(usize, Moment)],
    containers: &[Option<String>],
) -> RecordedExchange {
    let answer = [request.head.as_slice(), request.raw.as_deref().unwrap_or_default()].concat();
    let of_this = |moment: &(usize, Moment)| moment.0 == index;
    let position = |wanted: fn(&Moment) -> bool| {
        moments.iter().position(|moment| of_this(moment) && wanted(&moment.1)).unwrap_or(usize::MAX)
    };
    let answer_end = position(|moment| matches!(moment, Moment::AnswerEnd));
    let client_end = position(|moment| matches!(moment, Moment::ClientEnd));
    let ends = if request.raw.is_some() { answer_end != usize::MAX } else { answer_end < client_end };
    let is_about_life = LIFE.iter().any(|kind| request.name.ends_with(kind));
    let pieces = if is_about_life { pieces(index, moments, containers) } else { Vec::new() };
    RecordedExchange { request, container: containers[index].clone(), answer, pieces, ends }
}

/// The pieces of an answer, each with everything that had happened to the same container since the request.
fn pieces(index: usize, moments: &[(usize, Moment)], containers: &[Option<String>]) -> Vec<Piece> {
    let mut causes = Vec::new();
    let mut pieces = Vec::new();
    let asked = moments.iter().position(|(other, _)| *other == index).unwrap_or_default();
    let same = |(other, _): &&(usize, Moment)| containers[*other] == containers[index];
    for (other, moment) in moments[asked..].iter().filter(same) {
        match moment {
            Moment::Request => causes.push(Cause::Request(*other)),
            Moment::Input(bytes) => causes.push(Cause::Input(*other, *bytes)),
            Moment::Answer(end) if *other == index => {
                pieces.push(Piece { end: *end, after: causes.clone() });
            }
            Moment::Answer(_) | Moment::AnswerEnd | Moment::ClientEnd => {}
        }
    }
    pieces
}

/// The container that each exchange is about, if it is about one.
fn containers(requests: &[Exchange]) -> Vec<Option<String>> {
    let mut of_exec = BTreeMap::new();
    let container = |request: &Exchange, of_exec: &mut BTreeMap<String, String>| {
        let mut parts = target(&request.line).split('/').skip(2);
        match (parts.next()?, parts.next()?, parts.next()) {
            ("containers", "create", None) => None,
            ("containers", name, action) => {
                if action == Some("exec") {
                    let body = &request.head[end_of_head(&request.head)?..];
                    let start = body.iter().position(|byte| *byte == b'{')?;
                    let mut values =
                        serde_json::Deserializer::from_slice(&body[start..]).into_iter::<Value>();
                    let id = values.next()?.ok()?["Id"].as_str()?.to_owned();
                    of_exec.insert(id, name.to_owned());
                }
                Some(name.to_owned())
            }
            ("exec", id, _) => of_exec.get(id).cloned(),
            _ => None,
        }
    };
    requests.iter().map(|request| container(request, &mut of_exec)).collect()
}

/// `/v1.41/containers/x/wait` of a request line.
fn target(line: &str) -> &str {
    line.split(' ').nth(1).and_then(|target| target.split('?').next()).unwrap_or_default()
}

fn moment(line: &str) -> Moment {
    let words: Vec<&str> = line.split(' ').collect();
    let count = || words[2].parse().unwrap();
    match words[1] {
        "request" => Moment::Request,
        "answer" => Moment::Answer(count()),
        "input" => Moment::Input(count()),
        "answer-end" => Moment::AnswerEnd,
        "client-end" => Moment::ClientEnd,
        other => panic!("`{other}` in a timeline"),
    }
}
