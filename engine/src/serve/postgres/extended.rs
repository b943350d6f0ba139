//! The extended protocol: parse, bind, describe, execute, close.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use pgwire::api::Type;
use pgwire::messages::PgWireBackendMessage as Answer;
use pgwire::messages::data::{NoData, ParameterDescription};
use pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete,
};
use pgwire::messages::response::EmptyQueryResponse;

use super::command::Command;
use super::connection::Connection;
use super::errors::Failure;
use super::portal::{Ended, Portal, know_objects};
use super::utility::Done;
use super::{parameters, types};
use crate::sql::{self, Parsed};
use crate::{Error, prepare};

/// Prepared statements, or portals, of one connection.
const MOST: usize = 10_000;

const STATEMENT: u8 = b'S';

/// A prepared statement.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The statement; `None` for an empty one.
    command: Option<Command>,
    /// The types of its parameters.
    parameters: Vec<Type>,
    /// The columns of its rows.
    schema: Option<SchemaRef>,
}

impl Prepared {
    /// What a cursor stands on.
    pub(super) fn cursor(query: Parsed, hold: bool) -> Self {
        let command = Command::Declare { name: String::new(), hold, query: Box::new(query) };
        Self { command: Some(command), parameters: Vec::new(), schema: None }
    }

    /// Whether its portal outlives the transaction.
    pub(super) fn held(&self) -> bool {
        matches!(self.command, Some(Command::Declare { hold: true, .. }))
    }
}

impl Connection {
    pub(super) async fn parse(&mut self, parse: &Parse) -> Result<(), Failure> {
        let name = parse.name.clone().unwrap_or_default();
        if !name.is_empty() && self.prepared.contains_key(&name) {
            return Err(Failure::new(
                "42P05",
                Error::invalid(format!("there is a prepared statement {name} already")),
            ));
        }
        if self.prepared.len() >= MOST {
            let error = Error::new(crate::ErrorKind::Limit, format!("there are {MOST} prepared statements"));
            return Err(Failure::new("53400", error.hint("close some, or DEALLOCATE ALL")));
        }
        let pieces = sql::split(&parse.query)?;
        let prepared = match pieces.as_slice() {
            [] => Prepared { command: None, parameters: Vec::new(), schema: None },
            [piece] => {
                let prepared = self.prepare(piece, &parse.type_oids).await;
                prepared.map_err(|failure| failure.of(piece))?
            }
            more => {
                let error = Error::invalid(format!("{} statements cannot be prepared as one", more.len()));
                return Err(Failure::new("42601", error.hint("prepare them one by one")));
            }
        };
        self.prepared.insert(name, Arc::new(prepared));
        self.tell(Answer::ParseComplete(ParseComplete::new())).await;
        Ok(())
    }

    async fn prepare(&mut self, piece: &sql::Piece, declared: &[u32]) -> Result<Prepared, Failure> {
        let command = Command::read(piece)?;
        self.allowed(&command)?;
        let (mut parameters, mut schema) = (Vec::new(), None);
        match &command {
            Command::Engine(parsed) => {
                know_objects(&self.session, parsed).await?;
                let parsed = self.session.along(parsed, &self.settings.search_path()).await?;
                let described = self.session.describe(&parsed).await?;
                parameters = described
                    .parameters
                    .iter()
                    .map(|t| t.as_ref().map_or(Type::TEXT, types::of_type))
                    .collect();
                schema =
                    described.schema.filter(|_| !super::tags::counts(&super::tags::tag(&parsed.statement)));
            }
            Command::Show(_) => schema = self.answered(&command).await?,
            Command::Fetch { name, skip: false, .. } => {
                schema = self.portals.get(name).and_then(|p| p.running.as_ref()).map(|r| r.schema.clone());
            }
            _ => {}
        }
        for (n, oid) in declared.iter().enumerate() {
            // 0 and unknown leave the type to the statement.
            let Some(declared) = Type::from_oid(*oid).filter(|t| *t != Type::UNKNOWN) else { continue };
            if n >= parameters.len() {
                parameters.resize(n + 1, Type::TEXT);
            }
            parameters[n] = declared;
        }
        Ok(Prepared { command: Some(command), parameters, schema })
    }

    /// The columns of a statement of the protocol that only tells something.
    async fn answered(&mut self, command: &Command) -> Result<Option<SchemaRef>, Failure> {
        match self.utility(command).await? {
            Done::Rows(running) => Ok(Some(running.schema)),
            Done::Told => Ok(None),
        }
    }

    pub(super) async fn bind(&mut self, bind: &Bind) -> Result<(), Failure> {
        let statement = bind.statement_name.as_deref().unwrap_or_default();
        let portal = bind.portal_name.clone().unwrap_or_default();
        let Some(prepared) = self.prepared.get(statement).cloned() else {
            return Err(no_statement(statement));
        };
        if !portal.is_empty() && self.portals.contains_key(&portal) {
            return Err(Failure::new("42P03", Error::invalid(format!("there is a portal {portal} already"))));
        }
        if self.portals.len() >= MOST {
            let error = Error::new(crate::ErrorKind::Limit, format!("there are {MOST} portals"));
            return Err(Failure::new("53400", error));
        }
        let (given, wanted) = (bind.parameters.len(), prepared.parameters.len());
        if given != wanted {
            return Err(Failure::protocol(format!("{given} values were bound to {wanted} parameters")));
        }
        let values = bind.parameters.iter().zip(&prepared.parameters).enumerate().map(|(n, (bytes, pg))| {
            let binary = types::format(&bind.parameter_format_codes, n) == 1;
            parameters::value(bytes.as_deref(), pg, binary, n + 1)
        });
        let values = values.collect::<Result<Vec<_>, _>>().map_err(|e| Failure::new("22P02", e))?;
        let formats = bind.result_column_format_codes.clone();
        let bound = Portal { prepared, values, formats, running: None };
        self.portals.insert(portal, bound);
        self.tell(Answer::BindComplete(BindComplete::new())).await;
        Ok(())
    }

    pub(super) async fn describe(&mut self, describe: &Describe) -> Result<(), Failure> {
        let name = describe.name.as_deref().unwrap_or_default();
        let (schema, formats) = if describe.target_type == STATEMENT {
            let Some(prepared) = self.prepared.get(name).cloned() else { return Err(no_statement(name)) };
            let oids = prepared.parameters.iter().map(Type::oid).collect();
            self.tell(Answer::ParameterDescription(ParameterDescription::new(oids))).await;
            (prepared.schema.clone(), Vec::new())
        } else {
            let Some(portal) = self.portals.get(name) else { return Err(no_portal(name)) };
            let running = portal.running.as_ref().map(|r| r.schema.clone());
            (running.or_else(|| portal.prepared.schema.clone()), portal.formats.clone())
        };
        match schema {
            Some(schema) => {
                let description = types::row_description(&schema, &formats);
                self.tell(Answer::RowDescription(description)).await;
            }
            None => self.tell(Answer::NoData(NoData::new())).await,
        }
        Ok(())
    }

    pub(super) async fn execute(&mut self, execute: &Execute) -> Result<(), Failure> {
        let name = execute.name.clone().unwrap_or_default();
        // The portal is out of the way while it runs, and gone if it fails.
        let Some(mut portal) = self.portals.remove(&name) else { return Err(no_portal(&name)) };
        let most = usize::try_from(execute.max_rows).unwrap_or(0);
        if portal.running.is_none() {
            let Some(command) = &portal.prepared.command else {
                self.tell(Answer::EmptyQueryResponse(EmptyQueryResponse::new())).await;
                self.portals.insert(name, portal);
                return Ok(());
            };
            self.allowed(command)?;
            portal.running = match command {
                Command::Engine(parsed) => {
                    let bound = prepare::bind(parsed, &portal.values)?;
                    self.run(&bound, Vec::new()).await?
                }
                other => match self.utility(&other.clone()).await? {
                    Done::Rows(running) => Some(running),
                    Done::Told => None,
                },
            };
        }
        if let Some(running) = &mut portal.running {
            let formats = portal.formats.clone();
            if self.send(running, &formats, most).await? == Ended::Suspended {
                self.portals.insert(name, portal);
            }
        }
        Ok(())
    }

    pub(super) async fn close(&mut self, close: &Close) {
        let name = close.name.as_deref().unwrap_or_default();
        if close.target_type == STATEMENT {
            self.prepared.remove(name);
        } else {
            self.portals.remove(name);
        }
        self.tell(Answer::CloseComplete(CloseComplete::new())).await;
    }
}

fn no_statement(name: &str) -> Failure {
    Failure::new("26000", Error::not_found(format!("there is no prepared statement \"{name}\"")))
}

fn no_portal(name: &str) -> Failure {
    Failure::new("34000", Error::not_found(format!("there is no portal \"{name}\"")))
}
