//! One pass over a whole file: columns, types, and the records that do not fit.

use futures::StreamExt;

use super::is_null;
use super::splitter::{Record, Splitter, Step};
use crate::files::bytes::Chunks;
use crate::files::candidates::Candidates;
use crate::files::declare::Declared;
use crate::files::examined::{Examined, FoundColumn, Node, PIECE, Piece};
use crate::files::names;
use crate::files::options::TextSettings;
use crate::files::rejects::shown;
use crate::files::types::Type;
use crate::{Error, RejectedRecord, Result};

/// Reads all of a file.
///
/// # Errors
/// The file cannot be read, has no header, or is not text.
pub(in crate::files) async fn examine(
    mut chunks: Chunks,
    file: &str,
    settings: &TextSettings,
    declared: &[Declared],
) -> Result<Examined> {
    let mut splitter = Splitter::new(settings.dialect);
    let mut pass: Option<Pass<'_>> = None;
    loop {
        let position = splitter.position();
        match splitter.next() {
            Step::End => break,
            Step::More => match chunks.next().await {
                Some(bytes) => splitter.feed(&bytes?).map_err(|error| in_file(error, file))?,
                None => splitter.end(),
            },
            step => match &mut pass {
                None => {
                    let begun = Pass::begin(&splitter, step, file, settings, declared)?;
                    let begun = pass.insert(begun);
                    if !settings.header {
                        begun.record(&splitter, step, position);
                    }
                }
                Some(pass) => pass.record(&splitter, step, position),
            },
        }
    }
    match pass {
        Some(pass) => Ok(pass.finish()),
        None if declared.is_empty() => {
            let error = Error::new(format!("{file} is empty: it has no header"));
            Err(error.hint("write a header line, or declare the columns by the option columns.<table>"))
        }
        None => {
            let names = declared.iter().map(|declared| declared.name.clone()).collect();
            Ok(Pass::new(names, vec![], file, settings, declared).finish())
        }
    }
}

struct Pass<'a> {
    file: &'a str,
    settings: &'a TextSettings,
    columns: Vec<Column>,
    records: u64,
    found: Examined,
    scratch: String,
}

struct Column {
    name: String,
    key: String,
    declared: Option<Type>,
    candidates: Candidates,
    nulls: u64,
    blanks: u64,
}

impl<'a> Pass<'a> {
    fn begin(
        splitter: &Splitter,
        step: Step,
        file: &'a str,
        settings: &'a TextSettings,
        declared: &[Declared],
    ) -> Result<Self> {
        if let Step::Broken(reason) = step {
            let error = Error::new(format!("the header of {file} cannot be read: {reason}"));
            return Err(error.hint("check the options delimiter and quote"));
        }
        let record = splitter.record().map_err(|_| {
            Error::new(format!("the header of {file} is not UTF-8 text")).hint("save the file as UTF-8")
        })?;
        let mut scratch = String::new();
        let mut header = vec![];
        for index in 0..splitter.width() {
            let name = if settings.header { record.value(index, &mut scratch).text } else { "" };
            if name.contains('\0') {
                let error = Error::new(format!("{file} is not a text file"));
                return Err(error.hint("name its format by the option format"));
            }
            header.push(name.trim().to_owned());
        }
        let names = if settings.header {
            names::columns(header.iter().map(String::as_str), settings.exact_names)
        } else {
            let named = |index: usize| declared.get(index).map(|declared| declared.name.clone());
            (0..header.len())
                .map(|index| named(index).unwrap_or_else(|| format!("column_{}", index + 1)))
                .collect()
        };
        Ok(Self::new(names, header, file, settings, declared))
    }

    fn new(
        names: Vec<String>,
        header: Vec<String>,
        file: &'a str,
        settings: &'a TextSettings,
        declared: &[Declared],
    ) -> Self {
        let columns = names.into_iter().enumerate().map(|(index, name)| Column {
            declared: Declared::find(declared, &name).map(|declared| declared.r#type),
            key: header.get(index).cloned().unwrap_or_default(),
            name,
            candidates: Candidates::NEW,
            nulls: 0,
            blanks: 0,
        });
        let columns = columns.collect();
        Self { file, settings, columns, records: 0, found: Examined::default(), scratch: String::new() }
    }

    /// Takes a record that begins at a position of the splitter.
    fn record(&mut self, splitter: &Splitter, step: Step, (offset, line): (u64, u64)) {
        let number = self.records;
        self.records += 1;
        if self.found.pieces.last().is_none_or(|piece| offset - piece.offset >= PIECE) {
            self.found.pieces.push(Piece { offset, line, record: number, rows: self.found.rows });
        }
        if let Err(reject) = self.take(splitter, step) {
            let location = self.file;
            self.found.rejects.push(number, || RejectedRecord {
                location: location.to_owned(),
                line: Some(splitter.line()),
                column: reject.column,
                value: Some(shown(&reject.value)),
                reason: reject.reason,
            });
        } else {
            self.found.rows += 1;
        }
    }

    fn take(&mut self, splitter: &Splitter, step: Step) -> Result<(), Reject> {
        let raw = || String::from_utf8_lossy(splitter.raw()).into_owned();
        if let Step::Broken(reason) = step {
            return Err(Reject { column: None, value: raw(), reason: reason.to_owned() });
        }
        let (width, expected) = (splitter.width(), self.columns.len());
        if width != expected {
            let fields = if width == 1 { "field" } else { "fields" };
            let reason = format!("{width} {fields} instead of {expected}");
            return Err(Reject { column: None, value: raw(), reason });
        }
        let record = splitter.record().map_err(|field| Reject {
            column: self.columns.get(field).map(|column| column.name.clone()),
            value: raw(),
            reason: "not UTF-8 text".to_owned(),
        })?;
        self.check(&record)?;
        for (index, column) in self.columns.iter_mut().enumerate() {
            let value = record.value(index, &mut self.scratch);
            if is_null(value, self.settings) {
                column.nulls += 1;
            } else if value.text.trim_ascii().is_empty() {
                column.blanks += 1;
            } else if column.declared.is_none() {
                column.candidates.observe(value.text, &self.settings.patterns);
            }
        }
        Ok(())
    }

    fn check(&mut self, record: &Record<'_>) -> Result<(), Reject> {
        for (index, column) in self.columns.iter().enumerate() {
            let Some(declared) = column.declared else { continue };
            let value = record.value(index, &mut self.scratch);
            let blank = value.text.trim_ascii().is_empty();
            if !is_null(value, self.settings) && !blank && !declared.fits(value.text, &self.settings.patterns)
            {
                return Err(Reject {
                    column: Some(column.name.clone()),
                    value: value.text.to_owned(),
                    reason: format!("not a {declared}"),
                });
            }
        }
        Ok(())
    }

    fn finish(self) -> Examined {
        let columns = self.columns.into_iter().map(|column| FoundColumn {
            name: column.name,
            key: column.key,
            node: Node::scalar(column.candidates),
            nulls: column.nulls,
            blanks: column.blanks,
        });
        Examined { columns: columns.collect(), ..self.found }
    }
}

struct Reject {
    column: Option<String>,
    value: String,
    reason: String,
}

fn in_file(error: Error, file: &str) -> Error {
    Error { message: format!("{file}: {}", error.message), ..error }
}
