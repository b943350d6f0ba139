//! Options of a session, as Flight's `SetSessionOptions` and `GetSessionOptions` know them: `catalog`, `schema` and
//! `statement_timeout`. The messages are those of Flight.proto, which arrow-flight does not have yet.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use prost::Message;
use tonic::Status;

use super::status::status;
use super::tokens::Client;
use crate::Result;
use crate::catalog::{CATALOG, schemas};

/// `SetSessionOptions`
pub(super) const SET_SESSION_OPTIONS: &str = "SetSessionOptions";
/// `GetSessionOptions`
pub(super) const GET_SESSION_OPTIONS: &str = "GetSessionOptions";

/// What was set.
#[derive(Debug, Clone)]
pub(super) struct SessionOptions {
    /// Where names without a schema are looked up first.
    schema: String,
    statement_timeout: Option<Duration>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { schema: schemas::PUBLIC.to_owned(), statement_timeout: None }
    }
}

impl SessionOptions {
    /// The schemas that names without one are looked up in.
    pub(super) fn path(&self) -> Vec<String> {
        let mut path = vec![self.schema.clone()];
        if self.schema != schemas::PUBLIC {
            path.push(schemas::PUBLIC.to_owned());
        }
        path
    }

    /// How long a statement may take; `None` for as long as the server allows.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.statement_timeout
    }
}

#[derive(Clone, PartialEq, Message)]
struct SessionOptionValue {
    #[prost(oneof = "OptionValue", tags = "1, 2, 3, 4, 5")]
    value: Option<OptionValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum OptionValue {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(sfixed64, tag = "3")]
    Integer(i64),
    #[prost(double, tag = "4")]
    Number(f64),
    #[prost(message, tag = "5")]
    Texts(StringListValue),
}

#[derive(Clone, PartialEq, Message)]
struct StringListValue {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsRequest {
    #[prost(map = "string, message", tag = "1")]
    options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsResult {
    #[prost(btree_map = "string, message", tag = "1")]
    errors: BTreeMap<String, OptionError>,
}

#[derive(Clone, PartialEq, Message)]
struct OptionError {
    #[prost(int32, tag = "1")]
    value: i32,
}

const INVALID_NAME: i32 = 1;
const INVALID_VALUE: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct GetSessionOptionsResult {
    #[prost(btree_map = "string, message", tag = "1")]
    options: BTreeMap<String, SessionOptionValue>,
}

/// Sets options. Those that are wrong are told by name and change nothing; the others hold.
pub(super) async fn set(client: &Client, body: &[u8]) -> std::result::Result<Vec<u8>, Status> {
    let request = SetSessionOptionsRequest::decode(body)
        .map_err(|_| Status::invalid_argument("the session options cannot be read"))?;
    let mut errors = BTreeMap::new();
    for (name, value) in request.options {
        if let Err(error) = set_one(client, &name, value.value.as_ref()).await.map_err(status)? {
            errors.insert(name, OptionError { value: error });
        }
    }
    Ok(SetSessionOptionsResult { errors }.encode_to_vec())
}

async fn set_one(client: &Client, name: &str, value: Option<&OptionValue>) -> Result<Result<(), i32>> {
    let text = match value {
        Some(OptionValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    // No value sets back what was there at first.
    match (name, value) {
        ("catalog", None) => {}
        ("catalog", Some(_)) if text.as_deref() == Some(CATALOG) => {}
        ("schema", None) => client.options().schema = SessionOptions::default().schema,
        ("schema", Some(_)) => {
            let snapshot = client.session.begin().await?;
            let known = schemas::names(&snapshot);
            match text.filter(|schema| known.contains(schema) && client.session.may_see(schema)) {
                Some(schema) => client.options().schema = schema,
                None => return Ok(Err(INVALID_VALUE)),
            }
        }
        ("statement_timeout", None) => client.options().statement_timeout = None,
        ("statement_timeout", Some(value)) => {
            let seconds = match value {
                OptionValue::Text(text) => text.trim().parse().ok(),
                OptionValue::Number(seconds) => Some(*seconds),
                OptionValue::Integer(seconds) => u32::try_from(*seconds).ok().map(f64::from),
                OptionValue::Bool(_) | OptionValue::Texts(_) => None,
            };
            match seconds.map(Duration::try_from_secs_f64) {
                Some(Ok(timeout)) => {
                    client.options().statement_timeout = Some(timeout).filter(|t| !t.is_zero())
                }
                _ => return Ok(Err(INVALID_VALUE)),
            }
        }
        ("catalog", Some(_)) => return Ok(Err(INVALID_VALUE)),
        _ => return Ok(Err(INVALID_NAME)),
    }
    Ok(Ok(()))
}

/// The options as they are.
pub(super) fn get(client: &Client) -> Vec<u8> {
    let options = client.options().clone();
    let seconds = options.statement_timeout.unwrap_or_default().as_secs_f64();
    let values = [
        ("catalog", OptionValue::Text(CATALOG.to_owned())),
        ("schema", OptionValue::Text(options.schema)),
        ("statement_timeout", OptionValue::Number(seconds)),
    ];
    let options = values.map(|(name, value)| (name.to_owned(), SessionOptionValue { value: Some(value) }));
    GetSessionOptionsResult { options: options.into() }.encode_to_vec()
}
