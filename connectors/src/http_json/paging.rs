//! How one page leads to the next.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use super::json::Json;
use crate::database::options::positive;
use crate::{Error, Options, Result};

/// The way.
#[derive(Debug, Clone)]
pub(super) struct Paging {
    kind: Kind,
    /// A JSON pointer.
    next: Option<String>,
    parameter: String,
    size: Option<(String, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Link,
    Cursor,
    Page { first: i64 },
    Offset,
}

/// What a page was like.
pub(super) struct Page<'a> {
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    /// The whole answer, if it is one document.
    pub(super) document: Option<&'a Json>,
    pub(super) rows: u64,
    /// So many pages, and rows, have been read with this one.
    pub(super) pages: u64,
    pub(super) all_rows: u64,
}

impl Paging {
    pub(super) fn new(options: &Options) -> Result<Self> {
        let next = options.text("next").map(str::to_owned);
        let word = options.text("paging").unwrap_or("link");
        let kind = match word {
            "none" => Kind::None,
            "cursor" if next.is_none() => {
                return Err(Error::new("paging by cursor needs the option next")
                    .hint("say where the cursor is in an answer: OPTIONS (next '/meta/next')"));
            }
            "cursor" => Kind::Cursor,
            "page" => Kind::Page { first: options.integer("first_page").unwrap_or(1) },
            "offset" => Kind::Offset,
            _ => Kind::Link,
        };
        let parameter = options.text("parameter").unwrap_or(word).to_owned();
        let size = positive(options, "page_size")?;
        let size = size.map(|size| (options.text("size_parameter").unwrap_or("limit").to_owned(), size));
        Ok(Self { kind, next, parameter, size })
    }

    /// The address of the first page.
    pub(super) fn first(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if let Some((name, size)) = &self.size {
            set(&mut url, name, &size.to_string());
        }
        match self.kind {
            Kind::Page { first } => set(&mut url, &self.parameter, &first.to_string()),
            Kind::Offset => set(&mut url, &self.parameter, "0"),
            _ => {}
        }
        url
    }

    /// Whether a page without anything may be the one after the last.
    pub(super) fn ends_with_nothing(&self) -> bool {
        matches!(self.kind, Kind::Page { .. } | Kind::Offset)
    }

    /// The address of the next page; `None` after the last one.
    ///
    /// # Errors
    /// It is no address, or leads to another service: the credentials are for this one.
    pub(super) fn next(&self, page: &Page<'_>) -> Result<Option<Url>> {
        let said = || page.document.zip(self.next.as_deref()).and_then(|(document, at)| document.pointer(at));
        let last = page.rows == 0 || self.size.as_ref().is_some_and(|(_, size)| page.rows < *size);
        let numbered = |number: i64| {
            let mut url = page.url.clone();
            set(&mut url, &self.parameter, &number.to_string());
            Some(url)
        };
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let next = match self.kind {
            Kind::None => None,
            Kind::Link => {
                let said = match said() {
                    Some(Json::Text(link)) => Some(link.clone()),
                    _ => link(page.headers),
                };
                match said.filter(|link| !link.is_empty()) {
                    Some(link) => Some(
                        page.url
                            .join(&link)
                            .map_err(|e| Error::new(format!("the next page '{link}' is no address: {e}")))?,
                    ),
                    None => None,
                }
            }
            Kind::Cursor => {
                let cursor = match said() {
                    Some(Json::Text(cursor)) if !cursor.is_empty() => Some(cursor.clone()),
                    Some(Json::Number(cursor)) => Some(cursor.to_string()),
                    _ => None,
                };
                cursor.map(|cursor| {
                    let mut url = page.url.clone();
                    set(&mut url, &self.parameter, &cursor);
                    url
                })
            }
            Kind::Page { .. } | Kind::Offset if last => None,
            Kind::Page { first } => numbered(first.saturating_add(number(page.pages))),
            Kind::Offset => numbered(number(page.all_rows)),
        };
        match next {
            Some(url) if url.origin() != page.url.origin() => {
                let other = url.origin().ascii_serialization();
                Err(Error::new(format!("the next page is at another service: {other}")))
            }
            next => Ok(next),
        }
    }
}

/// Sets one parameter of a query.
fn set(url: &mut Url, name: &str, value: &str) {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != name)
        .map(|(k, v)| (k.into_owned(), v.into_owned()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
}

/// The address with `rel="next"` of a `Link` header (RFC 8288).
fn link(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).into_iter().filter_map(|value| value.to_str().ok());
    for link in values.flat_map(|value| value.split(",")) {
        let (address, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|p| matches!(p.trim(), "rel=\"next\"" | "rel=next"));
        if is_next {
            return Some(address.trim().trim_start_matches('<').to_owned());
        }
    }
    None
}
