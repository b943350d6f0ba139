//! Files made the content of a relation: one commit in Delta's log.

use std::collections::BTreeMap;

use deltalake_core::DeltaTableError;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, Add, EagerSnapshot, MetadataExt, Protocol, new_metadata};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use object_store::path::Path;
use serde_json::{Value, json};

use super::delta_types::Conversion;
use super::log::numbered;
use super::store::Store;
use crate::error::{Error, Result};

/// How often a commit is tried anew after another writer made the version first.
const ATTEMPTS: usize = 5;

/// Every so many commits the state is written down in one file, so that a reader need not go through all.
const CHECKPOINT_INTERVAL: &str = "10";

const LOCAL_TIMESTAMPS: &str = "timestampNtz";

/// The newest version in the log of the table in `folder`.
pub(super) async fn newest_version(store: &Store, folder: &Path) -> Result<Option<i64>> {
    let found = store.list_objects(&folder.clone().join("_delta_log")).await?;
    let newest = found.iter().filter_map(|meta| numbered(meta.location.as_ref(), ".json")).max();
    newest.map(as_i64).transpose()
}

/// Replaces all rows of the table, and its schema, by `adds`. Returns the version.
pub(super) async fn replace_files(
    store: &Store,
    relation: &str,
    folder: &Path,
    conversion: &Conversion,
    adds: &[Add],
    metadata: &BTreeMap<String, Value>,
) -> Result<i64> {
    for _ in 0..ATTEMPTS {
        let newest = newest_version(store, folder).await?;
        match try_replace(store, folder, newest, conversion, adds, metadata).await {
            Ok(version) => return as_i64(version),
            // What the other writer added is not among the files that this commit removes.
            Err(Failed::Delta(e)) if lost_race(&e) => {}
            Err(Failed::Delta(e)) => return Err(store.failure(relation, &e)),
            Err(Failed::Own(e)) => return Err(e.on(relation)),
        }
    }
    Err(Error::storage("other writers commit to it all the time")
        .on(relation)
        .hint("let one process at a time refresh this warehouse"))
}

enum Failed {
    Delta(DeltaTableError),
    Own(Error),
}

impl From<DeltaTableError> for Failed {
    fn from(e: DeltaTableError) -> Self {
        Self::Delta(e)
    }
}

impl From<Error> for Failed {
    fn from(e: Error) -> Self {
        Self::Own(e)
    }
}

async fn try_replace(
    store: &Store,
    folder: &Path,
    newest: Option<i64>,
    conversion: &Conversion,
    adds: &[Add],
    metadata: &BTreeMap<String, Value>,
) -> std::result::Result<u64, Failed> {
    let log = store.delta_log(folder)?;
    let previous = match newest {
        Some(_) => Some(EagerSnapshot::try_new(log.as_ref(), None).await?),
        None => None,
    };
    let mut actions = match &previous {
        None => creation(conversion)?,
        Some(snapshot) => changes(snapshot, conversion)?,
    };
    actions.extend(adds.iter().cloned().map(Action::Add));

    let operation = DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
    let properties = CommitProperties::default()
        .with_metadata(metadata.clone())
        // Delta's own retries would keep what the winner added.
        .with_max_retries(0)
        // Old commits go with the vacuum, which knows what is still read.
        .with_cleanup_expired_logs(Some(false));
    let committed = CommitBuilder::from(properties)
        .with_actions(actions)
        .build(previous.as_ref().map(|s| s as _), log, operation)
        .into_prepared_commit_future()
        .await?
        .await?;
    let version = committed.version;
    if let Err(e) = committed.await {
        tracing::warn!("{folder}: version {version} is committed, its checkpoint is not: {e}");
    }
    Ok(version)
}

/// The protocol and the metadata of a new table.
fn creation(conversion: &Conversion) -> std::result::Result<Vec<Action>, Failed> {
    let protocol = if conversion.has_local_timestamps {
        json!({
            "minReaderVersion": 3,
            "minWriterVersion": 7,
            "readerFeatures": [LOCAL_TIMESTAMPS],
            "writerFeatures": [LOCAL_TIMESTAMPS],
        })
    } else {
        json!({ "minReaderVersion": 1, "minWriterVersion": 2 })
    };
    let configuration = [("delta.checkpointInterval", CHECKPOINT_INTERVAL)];
    let metadata = new_metadata(&conversion.delta, Vec::<String>::new(), configuration)
        .map_err(DeltaTableError::from)?;
    Ok(vec![Action::Protocol(parse_protocol(protocol)?), Action::Metadata(metadata)])
}

/// What makes the table empty and of the new schema.
fn changes(snapshot: &EagerSnapshot, conversion: &Conversion) -> std::result::Result<Vec<Action>, Failed> {
    let mut actions = Vec::new();
    if conversion.has_local_timestamps
        && let Some(protocol) = with_local_timestamps(snapshot.protocol())?
    {
        actions.push(Action::Protocol(protocol));
    }
    if *snapshot.schema() != conversion.delta {
        let metadata =
            snapshot.metadata().clone().with_schema(&conversion.delta).map_err(DeltaTableError::from)?;
        actions.push(Action::Metadata(metadata));
    }
    for file in snapshot.try_log_data()?.iter() {
        actions.push(Action::Remove(file.remove_action(true)));
    }
    Ok(actions)
}

/// The protocol with the feature added, unless it has it.
fn with_local_timestamps(protocol: &Protocol) -> std::result::Result<Option<Protocol>, Failed> {
    let mut value = serde_json::to_value(protocol).map_err(|e| Error::internal(e.to_string()))?;
    let features = |key: &str, value: &Value| -> Vec<String> {
        let list = value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut reader = features("readerFeatures", &value);
    let mut writer = features("writerFeatures", &value);
    if reader.iter().any(|f| f == LOCAL_TIMESTAMPS) {
        return Ok(None);
    }
    if value["minWriterVersion"].as_i64().unwrap_or_default() < 7 {
        // Version 2 meant these two without saying so; version 7 means only what it lists.
        writer.extend(["appendOnly".to_owned(), "invariants".to_owned()]);
    }
    reader.push(LOCAL_TIMESTAMPS.to_owned());
    writer.push(LOCAL_TIMESTAMPS.to_owned());
    value["minReaderVersion"] = json!(3);
    value["minWriterVersion"] = json!(7);
    value["readerFeatures"] = json!(reader);
    value["writerFeatures"] = json!(writer);
    Ok(Some(parse_protocol(value)?))
}

fn parse_protocol(value: Value) -> Result<Protocol> {
    serde_json::from_value(value).map_err(|e| Error::internal(format!("no Delta protocol: {e}")))
}

fn lost_race(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_) => true,
        DeltaTableError::Transaction { source } => matches!(
            source,
            TransactionError::MaxCommitAttempts(_)
                | TransactionError::CommitConflict(_)
                | TransactionError::VersionAlreadyExists(_)
        ),
        _ => false,
    }
}

fn as_i64(version: u64) -> Result<i64> {
    i64::try_from(version).map_err(|_| Error::internal(format!("{version} is no version of a Delta table")))
}
