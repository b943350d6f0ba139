//! `COPY query TO STDOUT`, as text, CSV and in binary.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use bytes::{BufMut, BytesMut};
use pgwire::messages::PgWireBackendMessage as Answer;
use pgwire::messages::copy::{CopyData, CopyDone, CopyOutResponse};

use super::command::{CopyFormat, CopyOptions};
use super::connection::Connection;
use super::errors::Failure;
use super::values::{self, Column};
use crate::Error;
use crate::sql::Parsed;

/// What a binary copy begins with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

impl Connection {
    pub(super) async fn copy(&mut self, query: &Parsed, options: &CopyOptions) -> Result<(), Failure> {
        let Some(mut running) = self.run(query, Vec::new()).await? else {
            if self.is_gone() {
                return Ok(());
            }
            return Err(Failure::new("0A000", Error::invalid("only the rows of a query can be copied")));
        };
        let binary = i16::from(options.format == CopyFormat::Binary);
        let count = running.schema.fields().len();
        let columns = i16::try_from(count).unwrap_or(i16::MAX);
        let answer = CopyOutResponse::new(i8::from(binary == 1), columns, vec![binary; count]);
        self.tell(Answer::CopyOutResponse(answer)).await;
        let mut head = BytesMut::new();
        match options.format {
            CopyFormat::Binary => head.put_slice(SIGNATURE),
            CopyFormat::Csv | CopyFormat::Text if options.header => {
                header(&running.schema, options, &mut head)
            }
            _ => {}
        }
        let (zone, mut copied) = (self.settings.zone(), 0);
        let mut first = Some(head);
        while !self.is_gone() {
            let Some(rows) = self.listening(running.rows(usize::MAX)).await else { return Ok(()) };
            let Some(rows) = rows? else { break };
            let written = values::columns(&rows, &running.schema, &[binary], zone)?;
            copied += rows.num_rows();
            // Clients take each message for a row.
            for row in 0..rows.num_rows() {
                let head = first.take().unwrap_or_default();
                let copy = |out: &mut BytesMut| {
                    out.put_slice(&head);
                    write(&rows, &written, row, options, out);
                };
                self.write(|out| values::message(out, b'd', copy)).await;
            }
        }
        let mut last = first.take().unwrap_or_default();
        if options.format == CopyFormat::Binary {
            last.put_i16(-1);
        }
        if !last.is_empty() {
            self.tell(Answer::CopyData(CopyData::new(last.freeze()))).await;
        }
        self.tell(Answer::CopyDone(CopyDone::new())).await;
        self.complete(&format!("COPY {copied}")).await;
        Ok(())
    }
}

fn write(rows: &RecordBatch, columns: &[Column], row: usize, options: &CopyOptions, out: &mut BytesMut) {
    if options.format == CopyFormat::Binary {
        out.put_i16(i16::try_from(rows.num_columns()).unwrap_or(i16::MAX));
        columns.iter().for_each(|column| column.write_with_length(row, out));
        return;
    }
    let mut value = BytesMut::new();
    for (n, column) in columns.iter().enumerate() {
        if n > 0 {
            out.put_u8(options.delimiter);
        }
        if column.is_null(row) {
            out.put_slice(options.null.as_bytes());
            continue;
        }
        value.clear();
        column.write(row, &mut value);
        written(&value, options, out);
    }
    out.put_u8(b'\n');
}

fn header(schema: &Schema, options: &CopyOptions, out: &mut BytesMut) {
    for (n, field) in schema.fields().iter().enumerate() {
        if n > 0 {
            out.put_u8(options.delimiter);
        }
        written(field.name().as_bytes(), options, out);
    }
    out.put_u8(b'\n');
}

fn written(value: &[u8], options: &CopyOptions, out: &mut BytesMut) {
    if options.format == CopyFormat::Csv {
        let special = |b: &u8| *b == options.delimiter || *b == options.quote || matches!(b, b'\n' | b'\r');
        let like_null = value == options.null.as_bytes();
        if !like_null && !value.iter().any(special) && value != b"\\." {
            return out.put_slice(value);
        }
        out.put_u8(options.quote);
        for byte in value {
            if *byte == options.quote {
                out.put_u8(options.quote);
            }
            out.put_u8(*byte);
        }
        return out.put_u8(options.quote);
    }
    for byte in value {
        match byte {
            b'\\' => out.put_slice(b"\\\\"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            byte if *byte == options.delimiter => out.put_slice(&[b'\\', *byte]),
            byte => out.put_u8(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str, format: CopyFormat) -> String {
        let delimiter = if format == CopyFormat::Csv { b',' } else { b'\t' };
        let null = if format == CopyFormat::Csv { "" } else { "\\N" }.to_owned();
        let options = CopyOptions { format, header: false, delimiter, null, quote: b'"' };
        let mut out = BytesMut::new();
        written(value.as_bytes(), &options, &mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(text("a\tb\\c\nd", CopyFormat::Text), "a\\tb\\\\c\\nd");
        assert_eq!(text("plain", CopyFormat::Csv), "plain");
        assert_eq!(text("", CopyFormat::Csv), "\"\"");
        assert_eq!(text("a,\"b\"\n", CopyFormat::Csv), "\"a,\"\"b\"\"\n\"");
    }
}
