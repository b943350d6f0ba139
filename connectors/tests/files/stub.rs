//! A server on this machine that speaks as much of S3 and HTTP as reading needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Objects by path, as `/bucket/key`.
type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub(crate) struct Stub {
    pub(crate) address: String,
    objects: Objects,
    /// The method and path of each request.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Serves until the test ends. Requests must be signed with `key` when one is given.
    pub(crate) fn new(objects: &[(&str, &[u8])], key: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let objects = objects.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
        let objects: Objects = Arc::new(Mutex::new(objects));
        let requests = Arc::new(Mutex::new(vec![]));
        let stub = Self { address, objects: Arc::clone(&objects), requests: Arc::clone(&requests) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (objects, requests) = (Arc::clone(&objects), Arc::clone(&requests));
                std::thread::spawn(move || serve(stream, &objects, &requests, key));
            }
        });
        stub
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.objects.lock().unwrap().insert(path.to_owned(), bytes.to_vec());
    }
}

fn serve(mut stream: TcpStream, objects: &Objects, requests: &Mutex<Vec<String>>, key: Option<&str>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let headers: Vec<String> =
        lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    let header = |name: &str| {
        let line = headers.iter().find_map(|line| line.strip_prefix(&format!("{name}:")))?;
        Some(line.trim().to_owned())
    };
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = &path.replace("%3D", "=");
    requests.lock().unwrap().push(format!("{method} {path}"));
    let signed = key.is_none_or(|key| {
        header("authorization").is_some_and(|value| value.contains(&format!("credential={key}/")))
    });
    let objects = objects.lock().unwrap();
    let (status, extra, body) = if !signed {
        ("403 Forbidden", String::new(), b"<Error><Code>InvalidAccessKeyId</Code></Error>".to_vec())
    } else if query.contains("list-type=2") {
        ("200 OK", String::new(), list(&objects, path, query).into_bytes())
    } else {
        match objects.get(path.as_str()) {
            None => ("404 Not Found", String::new(), b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            Some(bytes) if header("if-match").is_some_and(|tag| tag != etag(bytes)) => {
                ("412 Precondition Failed", String::new(), bytes[..0].to_vec())
            }
            Some(bytes) => object(bytes, header("range")),
        }
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{extra}\r\n");
    let _ = stream.write_all(head.as_bytes());
    if method != "HEAD" {
        let _ = stream.write_all(&body);
    }
}

fn object(bytes: &[u8], range: Option<String>) -> (&'static str, String, Vec<u8>) {
    let common = format!("ETag: {}\r\nLast-Modified: Wed, 31 Jan 2024 10:00:00 GMT\r\n", etag(bytes));
    let Some(range) = range else { return ("200 OK", common, bytes.to_vec()) };
    let (start, end) = range.trim_start_matches("bytes=").split_once('-').unwrap();
    let total = bytes.len();
    let (start, end) = match start {
        "" => (total - end.parse::<usize>().unwrap().min(total), total),
        _ => (start.parse().unwrap(), end.parse::<usize>().map_or(total, |end| (end + 1).min(total))),
    };
    let header = format!("{common}Content-Range: bytes {start}-{}/{total}\r\n", end - 1);
    ("206 Partial Content", header, bytes[start..end].to_vec())
}

fn list(objects: &BTreeMap<String, Vec<u8>>, path: &str, query: &str) -> String {
    let bucket = format!("{}/", path.trim_end_matches('/'));
    let parameter = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().replace("%2F", "/")
    };
    let prefix = format!("{bucket}{}", parameter("prefix"));
    let after = format!("{bucket}{}", parameter("start-after"));
    let delimited = query.contains("delimiter=");
    let mut folders = std::collections::BTreeSet::new();
    let listed = objects.iter().filter(|(path, _)| path.starts_with(&prefix) && **path > after);
    let listed = listed.map(|(path, bytes)| {
        if delimited && let Some((folder, _)) = path[prefix.len()..].split_once('/') {
            folders.insert(format!("{}{folder}/", &prefix[bucket.len()..]));
            return String::new();
        }
        format!(
            "<Contents><Key>{}</Key><Size>{}</Size><ETag>{}</ETag>\
             <LastModified>2024-01-31T10:00:00.000Z</LastModified></Contents>",
            &path[bucket.len()..],
            bytes.len(),
            etag(bytes).replace('"', "&quot;")
        )
    });
    let listed: String = listed.collect();
    let prefix = |folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>");
    let folders: String = folders.into_iter().map(prefix).collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{listed}{folders}</ListBucketResult>")
}

fn etag(bytes: &[u8]) -> String {
    let sum = bytes.iter().fold(7u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    format!("\"{sum:x}\"")
}
