use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};

use super::commands::Command;
use super::completion::complete;
use super::format::{Format, Layout, More};
use super::highlight::highlight;
use super::keywords::KEYWORDS;
use super::names::Names;
use super::script::{Piece, pieces};

#[test]
fn table_lines_up() {
    let table = written(Format::Table, Layout::default(), More::None);
    assert_eq!(
        table.lines().collect::<Vec<_>>(),
        [
            " name     │ points │ rating │ place",
            "──────────┼────────┼────────┼──────────────",
            " Zoë      │   1200 │    4.5 │ {city: Reno}",
            " a | \"b\", │   NULL │   -1.0 │ NULL",
            " c        │        │        │",
            "(2 rows)",
        ]
    );
}

#[test]
fn table_fits_the_terminal() {
    let layout = Layout { width: Some(40), ..Layout::default() };
    let table = written(Format::Table, layout, More::Rows(1_998));
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines.iter().take(5).all(|line| line.chars().count() <= 40), "{table}");
    assert_eq!(lines[5], "(2 of 2,000 rows; \\set rows N shows more)");
}

#[test]
fn expanded_shows_each_row_as_a_block() {
    let layout = Layout { expanded: true, ..Layout::default() };
    let table = written(Format::Table, layout, More::None);
    assert!(table.starts_with("─[ 1 ]────────────\nname   │ Zoë\npoints │ 1200\n"), "{table}");
}

#[test]
fn csv_tells_null_from_empty_and_nests_json() {
    assert_eq!(
        written(Format::Csv, Layout::default(), More::None),
        "name,points,rating,place\nZoë,1200,4.5,\"{\"\"city\"\":\"\"Reno\"\"}\"\n\"a | \"\"b\"\",\nc\",,-1.0,\n"
    );
}

#[test]
fn json_is_an_array() {
    let json: serde_json::Value =
        serde_json::from_str(&written(Format::Json, Layout::default(), More::None)).unwrap();
    assert_eq!(json[0]["place"]["city"], "Reno");
    assert!(json[1]["points"].is_null());
}

#[test]
fn ndjson_is_an_object_to_a_line() {
    let lines = written(Format::Ndjson, Layout::default(), More::None);
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.starts_with("{\"name\":\"Zoë\",\"points\":1200,"), "{lines}");
}

#[test]
fn markdown_escapes_pipes() {
    assert_eq!(
        written(Format::Markdown, Layout::default(), More::None),
        "| name | points | rating | place |\n| --- | --: | --: | --- |\n| Zoë | 1200 | 4.5 | {city: Reno} |\n\
         | a \\| \"b\",<br>c |  | -1.0 |  |\n"
    );
}

#[test]
fn parquet_can_be_read_back() {
    let bytes = bytes(Format::Parquet, Layout::default(), More::None);
    let reader =
        parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes));
    let batch = reader.unwrap().build().unwrap().next().unwrap().unwrap();
    assert_eq!(batch, sample());
}

#[test]
fn a_script_is_split_at_commands_between_statements() {
    let text = "SELECT 1;\n\\x\nSELECT '\n\\d\n';\nSELECT 2\n";
    assert_eq!(
        pieces(text),
        [
            Piece::Statements(1, "SELECT 1;\n"),
            Piece::Command(2, "\\x"),
            Piece::Statements(3, "SELECT '\n\\d\n';\nSELECT 2\n"),
        ]
    );
}

#[test]
fn commands_are_read() {
    assert_eq!(Command::parse("\\d profiles.*;").unwrap(), Command::Relations(Some("profiles.*".to_owned())));
    assert_eq!(Command::parse("\\set rows all").unwrap(), Command::Rows(None));
    assert_eq!(Command::parse("\\timing off").unwrap(), Command::Timing(Some(false)));
    let error = Command::parse("\\set format xml").unwrap_err().to_string();
    assert!(error.contains("table, csv, json"), "{error}");
    assert!(Command::parse("\\nonsense").unwrap_err().to_string().contains("\\?"));
}

#[test]
fn completion_knows_the_context() {
    let names = names();
    let at = |line: &str| complete(&names, line, line.len());
    assert_eq!(at("\\ti"), (0, vec!["\\timing".to_owned()]));
    assert_eq!(at("sel"), (0, vec!["select".to_owned()]));
    assert_eq!(at("SELECT * FROM prof"), (14, vec!["profiles.".to_owned()]));
    assert_eq!(at("SELECT * FROM profiles.c"), (23, vec!["customer".to_owned()]));
    assert_eq!(at("SELECT norm"), (7, vec!["normalize_email(".to_owned()]));
    assert_eq!(at("\\d cu"), (3, vec!["customer".to_owned()]));
    assert_eq!(at("SELECT * FROM cu"), (14, vec!["profiles.customer".to_owned()]));
    assert_eq!(at("\\d profiles.cu"), (12, vec!["customer".to_owned()]));
    let line = "SELECT c. FROM profiles.customer AS c";
    assert_eq!(complete(&names, line, 9), (9, vec!["customer_id".to_owned(), "email".to_owned()]));
    let line = "SELECT em FROM profiles.customer";
    assert_eq!(complete(&names, line, 9), (7, vec!["email".to_owned()]));
}

#[test]
fn highlighting_changes_no_text() {
    let line = "SELECT 'it''s', \"é\", 12.5 -- done\nFROM /* here */ t; 'open";
    let mut plain = highlight(line);
    for colour in ["\x1b[1;34m", "\x1b[32m", "\x1b[35m", "\x1b[2m", "\x1b[1;33m", "\x1b[0m"] {
        plain = plain.replace(colour, "");
    }
    assert_eq!(plain, line);
    assert!(highlight("select").starts_with("\x1b[1;34m"));
}

#[test]
fn keywords_are_sorted() {
    assert!(KEYWORDS.is_sorted());
}

fn names() -> Names {
    let mut names = Names { functions: vec!["normalize_email".to_owned()], ..Names::default() };
    let columns = ["customer_id", "email"].map(str::to_owned).to_vec();
    names.relations.insert(("profiles".to_owned(), "customer".to_owned()), columns);
    names
}

fn sample() -> RecordBatch {
    let city: ArrayRef = Arc::new(StringArray::from(vec![Some("Reno"), None]));
    let field = Arc::new(Field::new("city", DataType::Utf8, true));
    let place = StructArray::new(vec![field].into(), vec![city], Some(vec![true, false].into()));
    let columns: [(&str, ArrayRef); 4] = [
        ("name", Arc::new(StringArray::from(vec!["Zoë", "a | \"b\",\nc"]))),
        ("points", Arc::new(Int64Array::from(vec![Some(1200), None]))),
        ("rating", Arc::new(Float64Array::from(vec![4.5, -1.0]))),
        ("place", Arc::new(place)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
}

fn written(format: Format, layout: Layout, more: More) -> String {
    String::from_utf8(bytes(format, layout, more)).unwrap()
}

fn bytes(format: Format, layout: Layout, more: More) -> Vec<u8> {
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);
    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let shared = Shared::default();
    let mut sink = format.sink(sample().schema(), Box::new(shared.clone()), layout).unwrap();
    sink.write(&sample()).unwrap();
    sink.finish(more).unwrap();
    std::mem::take(&mut *shared.0.lock().unwrap())
}
