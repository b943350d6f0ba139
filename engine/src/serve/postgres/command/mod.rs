//! Statements that belong to the protocol: they are read here, and everything else by the engine.

mod copy;
mod tokens;

use sqlparser::tokenizer::Token;

pub(super) use self::copy::{CopyFormat, CopyOptions};
use self::tokens::{Tokens, is_word, syntax};
use super::errors::Failure;
use super::rewrite;
use crate::sql::{self, Parsed, Piece, Statement};
use crate::{Error, Result};

/// What a client asks for.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// Of the engine.
    Engine(Box<Parsed>),
    /// `SET name = value`; `None` is DEFAULT.
    Set { name: String, value: Option<String>, local: bool },
    /// `SHOW name`; `None` is ALL.
    Show(Option<String>),
    /// `RESET name`; `None` is ALL.
    Reset(Option<String>),
    /// `BEGIN`
    Begin,
    /// `COMMIT`
    Commit,
    /// `ROLLBACK`
    Rollback,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`: there is nothing to go back to.
    Savepoint(&'static str),
    /// `DISCARD`; whether of everything.
    Discard { all: bool },
    /// `DEALLOCATE name`; `None` is ALL.
    Deallocate(Option<String>),
    /// `DECLARE name CURSOR FOR query`
    Declare { name: String, hold: bool, query: Box<Parsed> },
    /// `FETCH n FROM name`; `None` is ALL. `MOVE` skips.
    Fetch { name: String, count: Option<usize>, skip: bool },
    /// `CLOSE name`; `None` is ALL.
    Close(Option<String>),
    /// `COPY query TO STDOUT`
    Copy { query: Box<Parsed>, options: CopyOptions },
    /// What is said and changes nothing: `LISTEN`, `LOCK`, ….
    Nothing(&'static str),
}

impl Command {
    /// Reads one statement.
    pub(super) fn read(piece: &Piece) -> std::result::Result<Self, Failure> {
        let mut p = Tokens { tokens: &piece.tokens, at: 0 };
        let own = p.command(piece)?;
        match own {
            Some(command) => Ok(command),
            None => Ok(Self::Engine(Box::new(engine(&piece.text)?))),
        }
    }
}

/// A statement of the engine, made one that DataFusion can run.
fn engine(text: &str) -> Result<Parsed> {
    let mut parsed = sql::parse(text)?;
    match (parsed.len(), parsed.pop()) {
        (1, Some(mut parsed)) => {
            if let Statement::DataFusion(inner) = &mut parsed.statement {
                rewrite::rewrite(inner);
            }
            Ok(parsed)
        }
        _ => Err(Error::invalid("there is not one statement")),
    }
}

impl Tokens<'_> {
    fn command(&mut self, piece: &Piece) -> std::result::Result<Option<Command>, Failure> {
        let Some(first) = self.peek_word() else { return Ok(None) };
        Ok(Some(match first.as_str() {
            "SET" => return self.set(),
            "SHOW" => return Ok(self.show()),
            "RESET" => {
                self.at += 1;
                let name = self.setting_name()?;
                Command::Reset(Some(name).filter(|name| !name.eq_ignore_ascii_case("all")))
            }
            "BEGIN" | "START" => Command::Begin,
            "COMMIT" | "END" => Command::Commit,
            "ROLLBACK" | "ABORT" if self.tokens.iter().any(|t| is_word(t, "TO")) => {
                Command::Savepoint("ROLLBACK")
            }
            "ROLLBACK" | "ABORT" => Command::Rollback,
            "SAVEPOINT" => Command::Savepoint("SAVEPOINT"),
            "RELEASE" => Command::Savepoint("RELEASE"),
            "DISCARD" => {
                self.at += 1;
                Command::Discard { all: self.word("ALL") }
            }
            "DEALLOCATE" => {
                self.at += 1;
                self.word("PREPARE");
                Command::Deallocate(self.name_or_all()?)
            }
            "DECLARE" => self.declare(piece)?,
            "FETCH" => self.fetch(false)?,
            "MOVE" => self.fetch(true)?,
            "CLOSE" => {
                self.at += 1;
                Command::Close(self.name_or_all()?)
            }
            "COPY" => return self.copy(piece),
            "LISTEN" => Command::Nothing("LISTEN"),
            "UNLISTEN" => Command::Nothing("UNLISTEN"),
            "LOCK" => Command::Nothing("LOCK TABLE"),
            _ => return Ok(None),
        }))
    }

    fn set(&mut self) -> std::result::Result<Option<Command>, Failure> {
        self.at += 1;
        let local = self.word("LOCAL");
        if !local && self.word("SESSION") {
            if self.word("CHARACTERISTICS") {
                return Ok(Some(Command::Nothing("SET")));
            }
            if self.word("AUTHORIZATION") {
                return Err(Failure::new(
                    "42501",
                    Error::invalid("the user of a connection cannot be changed"),
                ));
            }
        }
        if self.word("TRANSACTION") || self.word("CONSTRAINTS") {
            return Ok(Some(Command::Nothing("SET")));
        }
        if self.word("NAMES") {
            let value = self.value();
            return Ok(Some(Command::Set { name: "client_encoding".to_owned(), value: Some(value), local }));
        }
        let zone = self.word("TIME") && self.word("ZONE");
        let name = if zone { "timezone".to_owned() } else { self.setting_name()? };
        if name.to_ascii_lowercase().starts_with("datafusion.") {
            return Ok(None);
        }
        if !zone && !self.word("TO") {
            self.take(&Token::Eq);
        }
        let value = self.value();
        let value = Some(value).filter(|value| !value.eq_ignore_ascii_case("default"));
        Ok(Some(Command::Set { name, value, local }))
    }

    fn show(&mut self) -> Option<Command> {
        self.at += 1;
        if self.word("TIME") && self.word("ZONE") {
            return Some(Command::Show(Some("timezone".to_owned())));
        }
        if self.word("TRANSACTION") && self.word("ISOLATION") {
            return Some(Command::Show(Some("transaction_isolation".to_owned())));
        }
        self.at = 1;
        let word = self.peek_word()?;
        let only = self.tokens.len() == 2 || matches!(self.tokens.get(2), Some(Token::Period));
        let of_engine = sql::Shown::ALL.iter().any(|shown| shown.word() == word);
        if !only || of_engine || matches!(word.as_str(), "TABLES" | "COLUMNS" | "CREATE" | "DATAFUSION") {
            return None;
        }
        if word == "ALL" {
            return Some(Command::Show(None));
        }
        self.setting_name().ok().map(|name| Command::Show(Some(name)))
    }

    fn declare(&mut self, piece: &Piece) -> std::result::Result<Command, Failure> {
        self.at += 1;
        let name = self.name()?;
        let mut hold = false;
        while let Some(word) = self.peek_word() {
            if word == "FOR" {
                break;
            }
            hold |= word == "HOLD" && !is_word(&self.tokens[self.at - 1], "WITHOUT");
            self.at += 1;
        }
        if !self.word("FOR") {
            return Err(syntax("DECLARE name CURSOR FOR query"));
        }
        let query = self.rest(piece).ok_or_else(|| syntax("DECLARE name CURSOR FOR query"))?;
        Ok(Command::Declare { name, hold, query: Box::new(engine(&query)?) })
    }

    fn fetch(&mut self, skip: bool) -> std::result::Result<Command, Failure> {
        self.at += 1;
        self.word("FORWARD");
        let count = match self.tokens.get(self.at) {
            Some(Token::Number(number, _)) => {
                self.at += 1;
                Some(number.parse().map_err(|_| syntax("FETCH number FROM name"))?)
            }
            _ if self.word("ALL") => None,
            _ => {
                if self.word("BACKWARD") || self.word("PRIOR") || self.word("FIRST") || self.word("LAST") {
                    let error =
                        Error::invalid("cursors only go forward").hint("FETCH FORWARD number FROM name");
                    return Err(Failure::new("55000", error));
                }
                self.word("NEXT");
                Some(1)
            }
        };
        let _ = self.word("FROM") || self.word("IN");
        Ok(Command::Fetch { name: self.name()?, count, skip })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Command {
        let piece = sql::split(text).unwrap().remove(0);
        Command::read(&piece).unwrap_or_else(|e| panic!("{text}: {e:?}"))
    }

    #[test]
    fn commands_of_the_protocol() {
        for text in [
            "BEGIN",
            "begin transaction",
            "START TRANSACTION READ ONLY",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
        ] {
            assert!(matches!(read(text), Command::Begin), "{text}");
        }
        assert!(matches!(read("END"), Command::Commit));
        assert!(matches!(read("ROLLBACK TO SAVEPOINT a"), Command::Savepoint("ROLLBACK")));
        assert!(matches!(read("DISCARD ALL"), Command::Discard { all: true }));
        assert!(
            matches!(read("SHOW transaction isolation level"), Command::Show(Some(n)) if n == "transaction_isolation")
        );
        assert!(matches!(read("SHOW ALL"), Command::Show(None)));
        assert!(matches!(read("SHOW SEGMENTS"), Command::Engine(_)));
        assert!(matches!(
            read("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
            Command::Nothing("SET")
        ));
        assert!(matches!(read("SET datafusion.execution.batch_size = 10"), Command::Engine(_)));
    }

    #[test]
    fn settings_in_all_spellings() {
        for (text, name, value) in [
            ("SET DateStyle='ISO'", "datestyle", Some("ISO")),
            ("SET extra_float_digits = 3", "extra_float_digits", Some("3")),
            ("SET search_path TO profiles, public", "search_path", Some("profiles, public")),
            ("SET TIME ZONE 'Europe/Berlin'", "timezone", Some("Europe/Berlin")),
            ("SET timezone TO DEFAULT", "timezone", None),
            ("set names 'utf8'", "client_encoding", Some("utf8")),
        ] {
            match read(text) {
                Command::Set { name: n, value: v, local: false } => {
                    assert_eq!((n.as_str(), v.as_deref()), (name, value), "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(matches!(read("SET LOCAL work_mem = '1MB'"), Command::Set { local: true, .. }));
    }

    #[test]
    fn cursors_and_copies_have_their_queries() {
        match read("declare \"C 1\" binary cursor with hold for select 1, 'x;' -- and so on") {
            Command::Declare { name, hold: true, query } => {
                assert_eq!((name.as_str(), query.text.as_str()), ("C 1", "select 1, 'x;'"));
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(read("FETCH 100 IN c"), Command::Fetch { count: Some(100), skip: false, .. }));
        assert!(matches!(read("FETCH FORWARD ALL FROM c"), Command::Fetch { count: None, .. }));
        assert!(matches!(read("FETCH c"), Command::Fetch { count: Some(1), .. }));
        for (text, query, format) in [
            ("COPY (SELECT 1) TO STDOUT (FORMAT binary)", "SELECT 1", CopyFormat::Binary),
            ("COPY (SELECT ')' AS a) TO STDOUT WITH CSV HEADER", "SELECT ')' AS a", CopyFormat::Csv),
            ("COPY a.b TO STDOUT", "SELECT * FROM a.b", CopyFormat::Text),
            ("COPY a.b (x, y) TO STDOUT", "SELECT x,y FROM a.b", CopyFormat::Text),
        ] {
            match read(text) {
                Command::Copy { query: q, options } => {
                    assert_eq!((q.text.as_str(), options.format), (query, format), "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
