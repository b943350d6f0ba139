//! The options of the `files` connector.

use super::csv::Dialect;
use super::declare::Declarations;
use super::pattern::Patterns;
use crate::OptionType::{Bool, Char, OneOf, Text};
use crate::options::joined;
use crate::store::OPTIONS as STORE;
use crate::{Error, OptionSpec, Options, Result};

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &joined::<12, { STORE.len() }, { 12 + STORE.len() }>(OWN, STORE);

const OWN: [OptionSpec; 12] = [
    OptionSpec::new(
        "location",
        Text,
        "A file, a folder or a glob such as `data/*.csv`, relative to the project; or an `s3://`, `gs://`, \
         `az://` or `https://` URL.",
    )
    .required(),
    OptionSpec::new(
        "format",
        OneOf(&["csv", "ndjson", "parquet", "arrow"]),
        "The format of the files. By default it follows from each file's extension.",
    ),
    OptionSpec::new("header", Bool, "CSV: whether the first record names the columns.").default("true"),
    OptionSpec::new(
        "delimiter",
        Char,
        "CSV: what stands between fields, by default a comma, in `.tsv` files a tab (`\\t`).",
    ),
    OptionSpec::new(
        "quote",
        Char,
        "CSV: what encloses fields that contain delimiters or line breaks; empty when nothing does.",
    )
    .default("\""),
    OptionSpec::new(
        "escape",
        Char,
        "CSV: what makes the next character of a quoted field literal. A doubled quote always does.",
    ),
    OptionSpec::new("comment", Char, "CSV: lines that begin with it are skipped."),
    OptionSpec::new(
        "null",
        Text,
        "CSV: texts that mean NULL, besides the empty field; several are separated by `|`.",
    ),
    OptionSpec::new(
        "date_format",
        Text,
        "Dates besides `yyyy-mm-dd`, as strftime patterns such as `%m/%d/%Y`; several are separated by `|` and \
         tried in order.",
    ),
    OptionSpec::new(
        "timestamp_format",
        Text,
        "Timestamps besides ISO 8601, as strftime patterns such as `%m/%d/%Y %H:%M`; several are separated by \
         `|` and tried in order.",
    ),
    OptionSpec::new(
        "header_names",
        OneOf(&["normalized", "exact"]),
        "Whether the column names of CSV and NDJSON become lower snake case (`FirstName` is `first_name`) or \
         stay as they are.",
    )
    .default("normalized"),
    OptionSpec::new(
        "columns.*",
        Text,
        "`columns.<table> 'name type, …'` declares types of columns of a CSV or NDJSON table. The types of the \
         others are inferred.",
    ),
];

/// The options, besides declared columns, that change which rows are read.
const READ_BY: &[&str] = &[
    "format",
    "header",
    "delimiter",
    "quote",
    "escape",
    "comment",
    "null",
    "date_format",
    "timestamp_format",
    "header_names",
];

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Format {
    Csv,
    Ndjson,
    Parquet,
    Arrow,
}

impl Format {
    pub(super) const ALL: [Self; 4] = [Self::Csv, Self::Ndjson, Self::Parquet, Self::Arrow];

    /// The word of the option.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// The extensions it is known by.
    pub(super) fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv", "txt", "tsv"],
            Self::Ndjson => &["ndjson", "jsonl", "json"],
            Self::Parquet => &["parquet"],
            Self::Arrow => &["arrow"],
        }
    }

    /// Whether its files are text, with types by inference or declaration and possibly compressed.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Ndjson)
    }
}

/// How text files are read.
#[derive(Debug, Clone)]
pub(super) struct TextSettings {
    pub(super) dialect: Dialect,
    /// Whether the delimiter was given; otherwise a `.tsv` file has tabs.
    pub(super) delimiter_given: bool,
    pub(super) header: bool,
    pub(super) exact_names: bool,
    pub(super) nulls: Vec<String>,
    pub(super) patterns: Patterns,
}

/// The options, understood.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) format: Option<Format>,
    pub(super) text: TextSettings,
    pub(super) declarations: Declarations,
    /// What of the options changes the rows that are read.
    pub(super) fingerprint: String,
}

impl Settings {
    pub(super) fn new(options: &Options) -> Result<Self> {
        let byte = |name: &str| match options.char(name) {
            None => Ok(None),
            Some(char) => match u8::try_from(char) {
                Ok(byte) if byte.is_ascii() && byte != b'\n' && byte != b'\r' => Ok(Some(byte)),
                _ => {
                    let message = format!("the character '{char}' cannot structure a file");
                    Err(Error::new(message).on(format!("option {name}")).hint("choose an ASCII character"))
                }
            },
        };
        if options.text("delimiter") == Some("") {
            let error = Error::new("the delimiter is empty").on("option delimiter");
            return Err(error.hint("name a character, as in ';'"));
        }
        let given = byte("delimiter")?;
        let delimiter = given.unwrap_or(b',');
        let dialect =
            Dialect { delimiter, quote: byte("quote")?, escape: byte("escape")?, comment: byte("comment")? };
        let clash = [("quote", dialect.quote), ("escape", dialect.escape), ("comment", dialect.comment)];
        if let Some((name, _)) = clash.iter().find(|(_, byte)| *byte == Some(delimiter)) {
            return Err(Error::new(format!("the {name} is also the delimiter")).on(format!("option {name}")));
        }
        let nulls = options.text("null").map(|text| text.split('|').map(str::to_owned).collect());
        let format = options.text("format");
        let read_by = |key: &str| READ_BY.contains(&key) || key.starts_with("columns.");
        let fingerprint = options.with_prefix("").filter(|(key, _)| read_by(key));
        Ok(Self {
            format: format.and_then(|word| Format::ALL.into_iter().find(|format| format.name() == word)),
            text: TextSettings {
                dialect,
                delimiter_given: given.is_some(),
                header: options.bool("header").unwrap_or(true),
                exact_names: options.text("header_names") == Some("exact"),
                nulls: nulls.unwrap_or_default(),
                patterns: Patterns::new(options.text("date_format"), options.text("timestamp_format"))?,
            },
            declarations: Declarations::new(options.with_prefix("columns."))?,
            fingerprint: fingerprint.map(|(key, value)| format!("{key}={value}\n")).collect(),
        })
    }
}
