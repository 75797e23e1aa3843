use std::sync::Mutex as TestMutex;

use bytes::Bytes;
use tokio::time::Instant;

use super::*;
use crate::engine::stream::stdcopy::Channel;
use crate::executor::event_channel::{EventReceiver, channel};
use crate::executor::testing::{engine_deciding, image, plan};
use crate::plan::job_plan::{ContainerSettings, LogPlan};

const STORED: bool = true;

fn service(alias: &str) -> ServicePlan {
    ServicePlan {
        image: image("redis:7"),
        name: "redis".to_owned(),
        version: "7".to_owned(),
        index: 0,
        aliases: vec!["redis".to_owned(), alias.to_owned()],
        network_aliases: Vec::new(),
        command: None,
        variables: Vec::new(),
        settings: ContainerSettings::default(),
    }
}

/// A frame of standard output with this text.
fn frame(text: &str) -> String {
    format!("\u{1}\0\0\0\0\0\0{}{text}", char::from(u8::try_from(text.len()).unwrap()))
}

/// The answer that the engine begins with these frames.
fn answer(frames: &str, is_endless: bool) -> String {
    let length = frames.len();
    let end = if is_endless { "" } else { "0\r\n\r\n" };
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{frames}\r\n{end}")
}

/// What is asked of an engine for a service that has been started, and what is told of its output. The streams end after the
/// engine has given `answer`, and `took` some time.
async fn followed(
    logs: ServiceLogs,
    answer: String,
    end: ServicesEnd,
) -> (Vec<String>, Vec<ServiceOutput>, Duration) {
    let asked = Arc::new(TestMutex::new(Vec::new()));
    let lines = Arc::clone(&asked);
    let (engine, _serving) = engine_deciding(None, move |line| {
        lines.lock().unwrap().push(line);
        std::future::ready(answer.clone())
    })
    .await;
    let (events, receiver) = channel();
    logs.follow((1, &service("db")), &Name::new("c"), &engine, &events);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    logs.end(end).await;
    drop(events);
    let asked = asked.lock().unwrap().clone();
    (asked, outputs(receiver).await, began.elapsed())
}

async fn outputs(mut receiver: EventReceiver) -> Vec<ServiceOutput> {
    let mut outputs = Vec::new();
    while let Some(event) = receiver.next().await {
        match event.kind {
            EventKind::ServiceOutput(output) => outputs.push(output),
            kind => panic!("{kind:?}"),
        }
    }
    outputs
}

fn logs(debug_services: bool, logs: ServiceLogUse, is_stored: bool) -> ServiceLogs {
    let log = LogPlan { debug_services, ..LogPlan::default() };
    let plan = JobPlan { log, ..plan() };
    ServiceLogs::new(&plan, ServiceSettings { logs, ..ServiceSettings::default() }, is_stored)
}

#[tokio::test(start_paused = true)]
async fn the_output_of_a_service_is_asked_for_only_if_somebody_wants_it() {
    use ServiceLogUse::{Always, AsJobAsks};
    let displays = [
        (logs(false, AsJobAsks, false), None),
        (logs(false, AsJobAsks, STORED), Some(ServiceLogDisplay::Hidden)),
        (logs(true, AsJobAsks, false), Some(ServiceLogDisplay::Shown)),
        (logs(true, AsJobAsks, STORED), Some(ServiceLogDisplay::Shown)),
        (logs(false, Always, false), Some(ServiceLogDisplay::Shown)),
    ];
    for (logs, display) in displays {
        let (asked, outputs, _) = followed(logs, answer("", false), ServicesEnd::Removed).await;
        let request = "GET /v1.51/containers/c/logs?stdout=1&stderr=1&follow=1&timestamps=1";
        assert_eq!(asked, vec![request; usize::from(display.is_some())]);
        assert_eq!(outputs.first().map(|output| output.service.display), display);
    }
}

#[tokio::test(start_paused = true)]
async fn the_output_of_a_service_is_told_with_its_host_names_up_to_its_end() {
    let frames = frame("t1 one\n") + &frame("t2 two\n");
    let (_, outputs, took) =
        followed(logs(true, ServiceLogUse::AsJobAsks, false), answer(&frames, false), ServicesEnd::Removed)
            .await;
    let told: Vec<_> = outputs.iter().map(|output| &output.piece).collect();
    let bytes = |text: &'static str| {
        let (channel, bytes) = (Channel::Stdout, Bytes::from_static(text.as_bytes()));
        ServiceOutputPiece::Bytes { channel, bytes }
    };
    assert_eq!(told, [&bytes("t1 one\n"), &bytes("t2 two\n"), &ServiceOutputPiece::End { error: None }]);
    assert_eq!(
        (outputs[0].service.position, &*outputs[0].service.names),
        (1, &["redis".to_owned(), "db".to_owned()][..])
    );
    assert_eq!(took, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_end_is_given_up_soon_and_at_once_if_its_service_is_kept() {
    let stalled = || answer(&frame("t1 one\n"), true);
    for (end, expect) in [(ServicesEnd::Removed, ENDS_WITHIN), (ServicesEnd::Kept, Duration::ZERO)] {
        let logs = logs(true, ServiceLogUse::AsJobAsks, false);
        let (_, outputs, took) = followed(logs, stalled(), end).await;
        assert_eq!((outputs.len(), took), (1, expect));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_ends_with_its_error() {
    let refused =
        crate::executor::testing::refusal(501, "configured logging driver does not support reading");
    let (_, outputs, _) =
        followed(logs(true, ServiceLogUse::AsJobAsks, false), refused, ServicesEnd::Removed).await;
    let [ServiceOutput { piece: ServiceOutputPiece::End { error: Some(error) }, .. }] = &*outputs else {
        panic!("{outputs:?}")
    };
    assert!(error.contains("cannot read the log of container `c`"), "{error}");
    assert!(error.contains("does not support reading"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_takes_nothing_does_not_delay_the_end() {
    let answer = answer(&frame("t1 line\n").repeat(100), false);
    let (engine, _serving) = engine_deciding(None, move |_| std::future::ready(answer.clone())).await;
    let (events, receiver) = channel();
    let logs = logs(true, ServiceLogUse::AsJobAsks, false);
    logs.follow((0, &service("db")), &Name::new("c"), &engine, &events);
    tokio::time::sleep(Duration::from_secs(9)).await;
    let began = Instant::now();
    logs.end(ServicesEnd::Removed).await;
    assert_eq!(began.elapsed(), ENDS_WITHIN);
    drop(events);
    assert_eq!(outputs(receiver).await.len(), crate::executor::event_channel::EVENTS_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_silent_at_first_is_waited_for_if_the_engine_answers_with_the_first_line() {
    const SILENT: Duration = Duration::from_secs(300);
    let answer = answer(&frame("t first\n"), true);
    let (engine, _serving) = engine_deciding(None, move |_| {
        let answer = answer.clone();
        async move {
            tokio::time::sleep(SILENT).await;
            answer
        }
    })
    .await;
    let (events, receiver) = channel();
    let logs = logs(true, ServiceLogUse::AsJobAsks, STORED);
    logs.follow((1, &service("db")), &Name::new("c"), &engine, &events);
    tokio::time::sleep(SILENT.saturating_add(Duration::from_secs(1))).await;
    logs.end(ServicesEnd::Kept).await;
    drop(events);
    let pieces: Vec<ServiceOutputPiece> = outputs(receiver).await.into_iter().map(|it| it.piece).collect();
    let bytes = Bytes::from_static(b"t first\n");
    assert_eq!(pieces, [ServiceOutputPiece::Bytes { channel: Channel::Stdout, bytes }]);
}
