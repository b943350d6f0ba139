//! A service of the web that answers as a test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was asked.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: String,
    headers: HashMap<String, String>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Status, further headers, body.
pub(crate) type Answer = (u16, &'static str, String);

/// The service; it answers until the test ends.
pub(crate) struct Stub {
    pub(crate) url: String,
}

impl Stub {
    /// `answer` is told how often its path was asked for.
    pub(crate) fn new(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answer, counts) = (Arc::new(answer), Arc::new(Mutex::new(HashMap::<String, usize>::new())));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, counts) = (Arc::clone(&answer), Arc::clone(&counts));
                std::thread::spawn(move || {
                    let Some(request) = read(&stream) else { return };
                    let count = {
                        let mut counts = counts.lock().unwrap();
                        let count = counts.entry(request.path.clone()).or_default();
                        *count += 1;
                        *count
                    };
                    send(&stream, answer(&request, count));
                });
            }
        });
        Self { url }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Request { path: path.to_owned(), query: query.to_owned(), body, headers })
}

fn send(mut stream: &TcpStream, (status, headers, body): Answer) {
    let reason = match status {
        200 => "OK",
        403 => "Forbidden",
        _ => "No",
    };
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
