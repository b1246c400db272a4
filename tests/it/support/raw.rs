//! A server that answers with bytes as they are: for what no well-behaved service sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What a raw server was asked: everything up to the end of the body.
pub(crate) struct Asked {
    /// The path with its query.
    pub(crate) target: String,
    /// All of it.
    pub(crate) text: String,
}

/// The pieces of an answer, each written on its own, so that they arrive one by one.
pub(crate) type Pieces = Vec<Vec<u8>>;

/// Serve every connection with `answer` until the process ends; returns the address as `http://…`.
pub(crate) fn serve(answer: impl Fn(&Asked) -> Pieces + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || converse(stream, &*answer));
        }
    });
    url
}

/// One request and its answer; then the connection ends, which also ends the body.
fn converse(mut stream: TcpStream, answer: &dyn Fn(&Asked) -> Pieces) {
    let _ = stream.set_nodelay(true);
    let Some(asked) = read(&mut stream) else { return };
    let pieces = answer(&asked);
    let many = pieces.len() > 1;
    for piece in pieces {
        if stream.write_all(&piece).is_err() {
            return;
        }
        if many {
            // So that the other side reads the pieces one by one.
            thread::sleep(Duration::from_millis(1));
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
    // A connection that is closed with input unread is reset, and the answer with it.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = stream.read(&mut [0; 512]);
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            let target = head.split(' ').nth(1)?.to_owned();
            return Some(Asked { target, text });
        }
    }
}

/// An answer with this status line, these headers and this body, in one piece.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &str) -> Pieces {
    let mut out = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
    for (name, value) in headers {
        out.extend([name, ": ", value, "\r\n"]);
    }
    vec![format!("{out}\r\n{body}").into_bytes()]
}
