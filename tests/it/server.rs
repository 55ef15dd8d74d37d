//! A server that answers each request with bytes of the test's own, and remembers what was asked.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A server for as long as the test runs.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the n-th request (from 0) with what `respond` writes; the connection is closed then.
    pub(crate) fn start(respond: impl Fn(usize, &str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (kept, respond) = (heads.clone(), Arc::new(respond));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, respond) = (Arc::clone(&kept), Arc::clone(&respond));
                thread::spawn(move || {
                    let mut stream = stream;
                    let Some(head) = read_head(&mut stream) else { return };
                    let number = {
                        let mut heads = kept.lock().unwrap();
                        heads.push(head.clone());
                        heads.len() - 1
                    };
                    respond(number, &head, &mut stream);
                });
            }
        });
        Self { url, heads }
    }

    /// Every answer the same text.
    pub(crate) fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::start(move |_, _, stream| drop(stream.write_all(answer.as_bytes())))
    }

    /// Heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Everything before the body.
fn read_head(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// An answer with a JSON body and whatever headers.
pub(crate) fn json(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

/// The last page of an empty list.
pub(crate) fn no_profiles() -> String {
    json("200 OK", "", r#"{"data":[],"cursor":{"url":"","has_more":false,"next":""}}"#)
}
