//! The Engine client over in-memory connections, with a paused clock: waits and their limits without waiting.

use std::time::Duration;

use bytes::Bytes;
use runner_lite::engine::Engine;
use runner_lite::engine::container::wait::WaitCondition;
use runner_lite::engine::name::Name;
use runner_lite::error_chain::chain;
use runner_lite::transport::connector::{Connector, MemoryListener};
use runner_lite::transport::endpoint::Endpoint;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

const PONG: &[u8] = b"HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nContent-Length: 2\r\n\r\nOK";

fn in_memory() -> (Connector, MemoryListener) {
    Connector::in_memory(Endpoint::Unix("/run/engine.sock".into()))
}

/// Accepts the next connection and reads the head of its request.
async fn accept(listener: &mut MemoryListener) -> DuplexStream {
    let mut stream = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut head).await.unwrap() > 0);
    }
    stream
}

/// An engine that answers the ping, and the listener for what follows.
async fn connected() -> (Engine, MemoryListener) {
    let (connector, mut listener) = in_memory();
    let answer = async {
        accept(&mut listener).await.write_all(PONG).await.unwrap();
    };
    let (engine, ()) = tokio::join!(Engine::connect(connector, None), answer);
    (engine.unwrap(), listener)
}

#[tokio::test(start_paused = true)]
async fn a_silent_engine_is_given_up_after_a_minute() {
    let (connector, mut listener) = in_memory();
    let started = Instant::now();
    let silent = async {
        let _stream = accept(&mut listener).await;
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        connected = Engine::connect(connector, None) => connected.err().unwrap(),
        () = silent => unreachable!("a pending future does not end"),
    };
    assert_eq!(started.elapsed(), Duration::from_secs(60));
    let expect = "cannot reach the engine at `unix:///run/engine.sock`: \
                  no answer after 60 s while waiting for the answer";
    assert_eq!(chain(&error), expect);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_container_has_no_limit() {
    let (engine, mut listener) = connected().await;
    let name = Name::new("x");
    let waiting = async {
        let wait = engine.container_wait(&name, WaitCondition::NextExit).await.unwrap();
        wait.exit().await.unwrap().status_code
    };
    let serving = async {
        let mut stream = accept(&mut listener).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
        stream.write_all(br#"{"StatusCode":7}"#).await.unwrap();
        stream
    };
    let (code, _stream) = tokio::join!(waiting, serving);
    assert_eq!(code, 7);
}

/// Uploads pieces of an archive, one every `pause`, to an engine that `serve` stands for, which gets the stream after the
/// head of the request. Returns the error and the time that it took.
async fn upload<S>(
    pause: Duration,
    count: usize,
    serve: impl FnOnce(DuplexStream) -> S,
) -> (Option<String>, Duration)
where
    S: Future<Output = DuplexStream>,
{
    let (engine, mut listener) = connected().await;
    let (sender, pieces) = mpsc::channel(1);
    let (started, name) = (Instant::now(), Name::new("x"));
    let sending = async {
        for _ in 0..count {
            tokio::time::sleep(pause).await;
            if sender.send(Ok(Bytes::from_static(&[b'x'; 128 * 1024]))).await.is_err() {
                return;
            }
        }
        drop(sender);
    };
    let uploading = async {
        let result = engine.container_put_archive(&name, "/", pieces).await;
        (result.err().map(|error| chain(&error)), started.elapsed())
    };
    let serving = async { serve(accept(&mut listener).await).await };
    let (ended, (), _stream) = tokio::join!(uploading, sending, serving);
    ended
}

#[tokio::test(start_paused = true)]
async fn an_upload_may_take_as_long_as_it_makes_progress() {
    // The sender is slower than the limit for silence, which is the engine's.
    let (error, took) = upload(Duration::from_secs(300), 4, async |mut stream| {
        let mut bytes = vec![0; 4 * 128 * 1024];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream
    })
    .await;
    assert_eq!((error, took.as_secs()), (None, 1200));
    // The engine takes a piece every minute.
    let (error, took) = upload(Duration::ZERO, 40, async |mut stream| {
        let mut bytes = vec![0; 128 * 1024];
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(60)).await;
            stream.read_exact(&mut bytes).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        stream
    })
    .await;
    assert_eq!((error, took.as_secs()), (None, 2400));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_takes_no_more_of_an_upload_is_given_up() {
    let (error, took) = upload(Duration::ZERO, 40, async |stream| stream).await;
    let expect = "cannot copy files into container `x`: no answer after 120 s while sending the request";
    assert_eq!((error.as_deref(), took.as_secs()), (Some(expect), 120));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_answer_a_complete_upload_is_given_up() {
    let (error, took) = upload(Duration::from_secs(200), 2, async |mut stream| {
        let mut bytes = vec![0; 2 * 128 * 1024];
        stream.read_exact(&mut bytes).await.unwrap();
        stream
    })
    .await;
    let expect = "cannot copy files into container `x`: no answer after 120 s while waiting for the answer";
    assert_eq!((error.as_deref(), took.as_secs()), (Some(expect), 520));
}

#[tokio::test(start_paused = true)]
async fn input_is_half_closed_and_early_and_late_output_arrives() {
    let (engine, mut listener) = connected().await;
    let name = Name::new("x");
    let attaching = async {
        let mut attached = engine.container_attach(&name).await.unwrap();
        attached.input.write(b"script").await.unwrap();
        attached.input.close().await.unwrap();
        let mut output = Vec::new();
        while let Some(piece) = attached.output.next().await.unwrap() {
            output.push(piece.bytes);
        }
        output
    };
    let serving = async {
        let mut stream = accept(&mut listener).await;
        let early =
            b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\x01\0\0\0\0\0\0\x05early";
        stream.write_all(early).await.unwrap();
        let mut input = Vec::new();
        stream.read_to_end(&mut input).await.unwrap();
        stream.write_all(b"\x01\0\0\0\0\0\0\x04late").await.unwrap();
        input
    };
    let (output, input) =
        timeout(Duration::from_secs(5), async { tokio::join!(attaching, serving) }).await.unwrap();
    assert_eq!(input, b"script");
    assert_eq!(output, ["early", "late"]);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_gone_is_named_by_its_endpoint() {
    let (engine, listener) = connected().await;
    drop(listener);
    let error = engine.info().await.unwrap_err();
    let expect = "cannot ask about `the engine`: nothing listens on `/run/engine.sock`; \
                  start Docker";
    assert_eq!(chain(&error), expect);
}
