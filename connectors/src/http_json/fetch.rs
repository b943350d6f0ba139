//! Fetching a table into a file.

use std::hash::Hasher;
use std::io::{BufWriter, Write};
use std::path::Path;

use url::Url;

use super::json::Json;
use super::paging::{Page, Paging};
use crate::store::Fnv;
use crate::web::{Client, Visited};
use crate::{Error, Result};

/// What was fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fetched {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// Of the rows in their order.
    pub(super) hash: u64,
}

/// Writes the rows of a table to a file, one per line.
///
/// # Errors
/// The service does not answer, or not with rows; the file cannot be written.
pub(super) async fn fetch(
    client: &Client,
    url: &Url,
    rows_at: Option<&str>,
    paging: &Paging,
    path: &Path,
) -> Result<Fetched> {
    let failed = |e: std::io::Error| Error::new(format!("what was fetched cannot be kept: {e}"));
    let mut file = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let mut fetched = Fetched { rows: 0, bytes: 0, hash: 0 };
    let (mut hash, mut pages) = (Fnv::new(), 0);
    let mut next = Some(paging.first(url));
    let mut visited = Visited::default();
    while let Some(url) = next {
        visited.visit(&url)?;
        let accept = "application/json, application/x-ndjson".to_owned();
        let sent = client.get(&url, &[("accept", accept)]).await?;
        let answer = Answer::read(&sent.body, rows_at)?;
        if sent.body.is_empty() && (pages > 0 || rows_at.is_some()) && !paging.ends_with_nothing() {
            return Err(Error::new("a page has nothing in it, so that the rows are not all")
                .hint("try again later; nothing of the pages before is kept"));
        }
        let rows = answer.rows(rows_at)?;
        for row in rows {
            let mut line = match row {
                Json::Object(_) => serde_json::to_vec(row),
                value => serde_json::to_vec(&Json::Object(vec![("value".to_owned(), value.clone())])),
            }
            .map_err(|e| failed(e.into()))?;
            line.push(b'\n');
            hash.write(&line);
            file.write_all(&line).map_err(failed)?;
            fetched.bytes += line.len() as u64;
        }
        pages += 1;
        fetched.rows += rows.len() as u64;
        next = paging.next(&Page {
            url: &url,
            headers: &sent.headers,
            document: answer.document(),
            rows: rows.len() as u64,
            pages,
            all_rows: fetched.rows,
        })?;
    }
    file.flush().map_err(failed)?;
    fetched.hash = hash.finish();
    Ok(fetched)
}

/// What a service answers.
enum Answer {
    /// One document that has the rows in it.
    Document(Json),
    /// A row per line.
    Lines(Vec<Json>),
}

impl Answer {
    fn read(body: &[u8], at: Option<&str>) -> Result<Self> {
        match serde_json::from_slice(body) {
            // A row per line, and one line.
            Ok(row @ Json::Object(_)) if at.is_none() && lists(&row).is_empty() => Ok(Self::Lines(vec![row])),
            Ok(document) => Ok(Self::Document(document)),
            Err(error) => {
                let lines = serde_json::Deserializer::from_slice(body).into_iter::<Json>();
                let rows = lines.collect::<Result<_, _>>().map_err(|_| {
                    Error::new(format!("the answer is neither JSON nor NDJSON: {error}"))
                        .hint("check the url")
                })?;
                Ok(Self::Lines(rows))
            }
        }
    }

    fn document(&self) -> Option<&Json> {
        match self {
            Self::Document(document) => Some(document),
            Self::Lines(_) => None,
        }
    }

    fn rows(&self, at: Option<&str>) -> Result<&[Json]> {
        let document = match self {
            Self::Lines(rows) => match at.filter(|_| !rows.is_empty()) {
                None => return Ok(rows),
                Some(at) => {
                    return Err(Error::new(format!("the answer has a row per line, and no list at {at}"))
                        .hint("take the option rows out"));
                }
            },
            Self::Document(document) => document,
        };
        match document.pointer(at.unwrap_or_default()) {
            Some(Json::List(rows)) => Ok(rows),
            // The last page of some services.
            Some(Json::Null) if at.is_some() => Ok(&[]),
            _ => Err(Error::new(match at {
                Some(at) => format!("the answer has no list at {at}"),
                None => "the answer is no list".to_owned(),
            })
            .hint(match lists(document) {
                lists if lists.is_empty() => "check the url".to_owned(),
                lists => format!(
                    "say where the rows are by the option rows; there are lists at {}",
                    lists.join(", ")
                ),
            })),
        }
    }
}

/// Where a document has lists of objects, two levels deep.
fn lists(document: &Json) -> Vec<String> {
    let is_list = |value: &Json| match value {
        Json::List(rows) => rows.iter().any(|row| matches!(row, Json::Object(_))),
        _ => false,
    };
    let mut found = Vec::new();
    for (name, value) in document.fields() {
        if is_list(value) {
            found.push(format!("/{name}"));
        }
        for (inner, value) in value.fields() {
            if is_list(value) {
                found.push(format!("/{name}/{inner}"));
            }
        }
    }
    found
}
