//! Changes by delta links (OData 4.01 part 1, section 11.3): a service that is asked to track changes ends the rows of a
//! table with a link that leads to what has changed since, which ends with such a link again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::streaming::PartitionStream;
use serde_json::{Map, Value};
use url::Url;

use super::decode::Page;
use super::pages::Pages;
use crate::changes::{DELETED, Next, Position, SEQUENCE};
use crate::database::table::{Compare, RemoteColumn, RemoteTable};
use crate::percent::decoded;
use crate::{Changes, Error, Result};

/// Reads what pages say of changes.
#[derive(Debug, Clone)]
pub(super) struct Track {
    key: Vec<String>,
    /// Whether pages tell what changed, and not all rows.
    changed: bool,
    position: Position,
    /// How many rows there were on the pages before.
    rows: Arc<AtomicI64>,
}

/// All rows of a table, or what has changed since a link if the service still knows it.
///
/// # Errors
/// The service cannot be reached or refuses.
pub(super) async fn changes(
    table: &RemoteTable,
    mut pages: Pages,
    first: Url,
    since: Option<Url>,
) -> Result<Changes> {
    let position = Position::default();
    let key = table.description.primary_key.clone();
    let track =
        |changed| Track { key: key.clone(), changed, position: position.clone(), rows: Arc::default() };
    let mut begin = (first, None);
    pages.track = Some(track(false));
    if let Some(link) = since
        && let Some(answer) = pages.client.get_unless_gone(&link, &pages.headers).await?
    {
        pages.track = Some(track(true));
        (pages.columns, pages.schema) = marked(&pages);
        begin = (link, Some(Page::read(&answer.body)?));
    }
    let all = begin.1.is_none();
    let rows: Arc<dyn PartitionStream> = Arc::new(Rows { pages, begin });
    let rows = StreamingTable::try_new(Arc::clone(rows.schema()), vec![rows]);
    let rows = rows.map_err(|e| Error::new(e.to_string()))?;
    Ok(Changes {
        key,
        key_is_sure: true,
        all,
        rows: Arc::new(rows),
        filter: None,
        next: Next::Told(position),
    })
}

/// The columns with those that say what happened to a row. A row that is gone has its key only.
fn marked(pages: &Pages) -> (Vec<RemoteColumn>, SchemaRef) {
    let mark = |name: &str, data_type| RemoteColumn {
        name: name.to_owned(),
        data_type,
        nullable: false,
        read: name.to_owned(),
        compare: Compare::Nulls,
        wire: 0,
    };
    let marks = [mark(DELETED, DataType::Boolean), mark(SEQUENCE, DataType::Int64)];
    let columns: Vec<_> = pages.columns.iter().cloned().chain(marks).collect();
    let field = |c: &RemoteColumn| Field::new(&c.name, c.data_type.clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    (columns, Arc::new(schema))
}

impl Track {
    /// The rows of a page.
    ///
    /// # Errors
    /// The last page does not tell where to go on, or a row does not tell which it is.
    pub(super) fn page(&self, page: Page, last: bool) -> Result<Vec<Map<String, Value>>> {
        match page.delta {
            Some(link) => self.position.tell(link),
            None if last => {
                return Err(Error::new("the service keeps no books of changes, for it sends no delta link")
                    .hint("take the option track_changes out, or set the table up for it at the service"));
            }
            None => {}
        }
        if !self.changed {
            return Ok(page.value);
        }
        page.value.into_iter().map(|row| self.row(row)).collect()
    }

    fn row(&self, mut row: Map<String, Value>) -> Result<Map<String, Value>> {
        // `@removed` is what 4.01 says, a context that ends so what 4.0 says.
        let context = row.get("@odata.context").or_else(|| row.get("@context")).and_then(Value::as_str);
        let gone_entity = context.is_some_and(|context| context.ends_with("/$deletedEntity"));
        let gone = gone_entity || row.contains_key("@removed") || row.contains_key("@odata.removed");
        // Of an entity that is gone, `id` is the address, whatever the columns are called.
        if gone_entity || gone && !self.key.iter().all(|column| row.contains_key(column)) {
            let id = ["id", "@odata.id", "@id"].iter().find_map(|name| row.get(*name)?.as_str());
            let key = id.and_then(|id| key_of(id, &self.key)).ok_or_else(|| {
                Error::new("the service tells of a row that is gone, but not which")
                    .hint("take the option track_changes out")
            })?;
            row = key;
        }
        row.insert(DELETED.to_owned(), Value::Bool(gone));
        row.insert(SEQUENCE.to_owned(), Value::from(self.rows.fetch_add(1, Ordering::Relaxed)));
        Ok(row)
    }
}

/// The key that the address of a row names, as `contacts(7)`, `lines(order=7,line='a')`, or the key alone.
fn key_of(id: &str, columns: &[String]) -> Option<Map<String, Value>> {
    let inside = match id.split_once('(') {
        Some((_, rest)) => rest.strip_suffix(')')?,
        None => id,
    };
    let value = |text: &str| {
        let text = text.trim();
        let quoted = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let plain = quoted.map_or_else(|| text.to_owned(), |text| text.replace("''", "'"));
        Value::String(decoded(&plain).unwrap_or(plain))
    };
    if let [column] = columns {
        let alone = inside.strip_prefix(&format!("{column}=")).unwrap_or(inside);
        return Some([(column.clone(), value(alone))].into_iter().collect());
    }
    let parts = split(inside);
    let found = columns.iter().map(|column| {
        let part = parts.iter().find_map(|part| part.trim().strip_prefix(column.as_str())?.strip_prefix('='));
        Some((column.clone(), value(part?)))
    });
    found.collect()
}

/// The parts between commas that are not in quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b',' if !quoted => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The rows as a table.
#[derive(Debug)]
struct Rows {
    pages: Pages,
    begin: (Url, Option<Page>),
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.pages.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pages = self.pages.clone();
        match self.begin.clone() {
            (url, None) => pages.from(url),
            (url, Some(page)) => pages.after(url, page),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(id: &str, columns: &[&str]) -> Option<Value> {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        key_of(id, &columns).map(Value::Object)
    }

    #[test]
    fn the_address_of_a_row_names_its_key() {
        assert_eq!(key("contacts(7)", &["id"]), Some(json!({"id": "7"})));
        assert_eq!(
            key("https://a/b/people('O''Neil%20(x)')", &["name"]),
            Some(json!({"name": "O'Neil (x)"}))
        );
        assert_eq!(
            key("2e451703-c646-e711-80e4-000000000000", &["contactid"]),
            Some(json!({"contactid": "2e451703-c646-e711-80e4-000000000000"}))
        );
        assert_eq!(
            key("lines(line='a,b',order=7)", &["order", "line"]),
            Some(json!({"order": "7", "line": "a,b"}))
        );
        assert_eq!(key("lines(7)", &["order", "line"]), None);
    }
}
