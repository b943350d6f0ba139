//! One pass over a whole file: columns, types, and the records that do not fit.

use std::borrow::Cow;
use std::collections::HashMap;

use futures::StreamExt;

use super::json::Json;
use super::lines::{Lines, Step};
use crate::files::bytes::Chunks;
use crate::files::candidates::Candidates;
use crate::files::declare::Declared;
use crate::files::examined::{Examined, FoundColumn, Node, PIECE, Piece};
use crate::files::names::{self, normalized};
use crate::files::options::TextSettings;
use crate::files::rejects::shown;
use crate::files::types::Type;
use crate::{Error, RejectedRecord, Result};

/// Reads all of a file.
///
/// # Errors
/// The file cannot be read, or is JSON but not one object per line.
pub(in crate::files) async fn examine(
    mut chunks: Chunks,
    file: &str,
    settings: &TextSettings,
    declared: &[Declared],
) -> Result<Examined> {
    let mut lines = Lines::new();
    let mut pass =
        Pass { settings, declared, columns: vec![], places: HashMap::new(), found: Examined::default() };
    let mut records = 0;
    loop {
        let position = lines.position();
        match lines.next()? {
            Step::End => return Ok(pass.finish()),
            Step::More => match chunks.next().await {
                Some(bytes) => lines.feed(&bytes?),
                None => lines.end(),
            },
            Step::Line => {
                if records == 0 && lines.line().starts_with(b"[") {
                    let error = Error::new(format!("{file} is a JSON array"));
                    return Err(error.hint("write one object per line, for instance by: jq -c '.[]'"));
                }
                let (number, line) = (records, lines.position().1 - 1);
                records += 1;
                pass.piece(position, number);
                match pass.take(lines.line()) {
                    Ok(()) => pass.found.rows += 1,
                    Err(Reject { column, value, reason }) => {
                        pass.found.rejects.push(number, || RejectedRecord {
                            location: file.to_owned(),
                            line: Some(line),
                            column,
                            value: Some(shown(&value)),
                            reason,
                        })
                    }
                }
            }
        }
    }
}

struct Pass<'a> {
    settings: &'a TextSettings,
    declared: &'a [Declared],
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    found: Examined,
}

struct Column {
    key: String,
    declared: Option<Type>,
    node: Node,
    values: u64,
    blanks: u64,
}

struct Reject {
    column: Option<String>,
    value: String,
    reason: String,
}

impl Pass<'_> {
    fn piece(&mut self, (offset, line): (u64, u64), record: u64) {
        if self.found.pieces.last().is_none_or(|piece| offset - piece.offset >= PIECE) {
            self.found.pieces.push(Piece { offset, line, record, rows: self.found.rows });
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Reject> {
        let whole = |reason: String| Reject {
            column: None,
            value: String::from_utf8_lossy(line).into_owned(),
            reason,
        };
        let text = std::str::from_utf8(line).map_err(|_| whole("not UTF-8 text".to_owned()))?;
        let json =
            serde_json::from_str(text).map_err(|error| whole(format!("not JSON: {}", cause(&error))))?;
        let Json::Object(pairs) = json else { return Err(whole("not a JSON object".to_owned())) };
        self.check(&pairs).map_err(|error| match error {
            Unfit::Twice(key) => whole(format!("the key {key} stands twice")),
            Unfit::Column(reject) => reject,
        })?;
        for (position, (key, value)) in pairs.iter().enumerate() {
            let place = match self.place(position, key) {
                Some(place) => place,
                None => self.add(key),
            };
            let column = &mut self.columns[place];
            match value {
                Json::Null => continue,
                Json::Text(text) if text.trim_ascii().is_empty() => {
                    column.blanks += 1;
                    if column.declared.is_none() {
                        column.node.scalars.get_or_insert(Candidates::NEW).observe_blank_text();
                    }
                    continue;
                }
                _ => column.values += 1,
            }
            if column.declared.is_none() || value.is_nested() {
                value.observe(&mut column.node, &self.settings.patterns, true);
            }
        }
        Ok(())
    }

    fn check(&self, pairs: &[(Cow<'_, str>, Json<'_>)]) -> Result<(), Unfit> {
        for (position, (key, value)) in pairs.iter().enumerate() {
            if pairs[..position].iter().any(|(before, _)| before == key) {
                return Err(Unfit::Twice(key.clone().into_owned()));
            }
            let declared = match self.place(position, key) {
                Some(place) => self.columns[place].declared,
                None => self.declared(key),
            };
            let Some(declared) = declared else { continue };
            let fits = match value.text() {
                Some(text) => text.trim_ascii().is_empty() || declared.fits(&text, &self.settings.patterns),
                None => !value.is_nested() || declared == Type::Text,
            };
            if !fits {
                let mut raw = String::new();
                match value.text() {
                    Some(text) => raw.push_str(&text),
                    None => value.write(None, &mut raw),
                }
                let (column, reason) = (Some(self.name(key)), format!("not a {declared}"));
                return Err(Unfit::Column(Reject { column, value: raw, reason }));
            }
        }
        Ok(())
    }

    fn place(&self, position: usize, key: &str) -> Option<usize> {
        let usual = self.columns.get(position).is_some_and(|column| column.key == key);
        if usual { Some(position) } else { self.places.get(key).copied() }
    }

    fn add(&mut self, key: &str) -> usize {
        let declared = self.declared(key);
        self.columns.push(Column { key: key.to_owned(), declared, node: Node::NEW, values: 0, blanks: 0 });
        self.places.insert(key.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    fn name(&self, key: &str) -> String {
        if self.settings.exact_names { key.to_owned() } else { normalized(key) }
    }

    fn declared(&self, key: &str) -> Option<Type> {
        Declared::find(self.declared, &self.name(key)).map(|declared| declared.r#type)
    }

    fn finish(self) -> Examined {
        let keys = self.columns.iter().map(|column| column.key.as_str());
        let names = names::columns(keys, self.settings.exact_names);
        let columns = self.columns.into_iter().zip(names).map(|(column, name)| FoundColumn {
            name,
            key: column.key,
            node: column.node,
            nulls: self.found.rows - column.values - column.blanks,
            blanks: column.blanks,
        });
        Examined { columns: columns.collect(), ..self.found }
    }
}

enum Unfit {
    Twice(String),
    Column(Reject),
}

/// The cause without the place, which is always line 1.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
