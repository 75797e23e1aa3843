//! An engine that a test makes up, at a socket in the test's project.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use super::sandbox::Sandbox;

/// The address of the engine that [`serve`] serves in the project.
pub(crate) fn host_of(sandbox: &Sandbox) -> String {
    format!("unix://{}", sandbox.path("engine.sock").display())
}

/// Serves an engine at `engine.sock` in the project: `answer` gives status and body for the line of a request.
pub(crate) fn serve(sandbox: &Sandbox, answer: impl Fn(&str) -> (u16, String) + Send + 'static) {
    let listener = UnixListener::bind(sandbox.path("engine.sock")).unwrap();
    // The thread ends with the process of the tests.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let (status, body) = answer(head.lines().next().unwrap_or_default());
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} Status\r\nApi-Version: 1.51\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
}
