//! Metadata: each question has columns, and rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys,
    CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables,
    CommandGetXdbcTypeInfo, ProstMessageExt,
};
use arrow_flight::{FlightDescriptor, FlightInfo};
use futures::future::BoxFuture;
use prost::Message;
use tonic::{Response, Status};

use super::rows;
use super::status::status;
use super::tokens::Client;
use super::{keys, sql_info, tables, xdbc_types};
use crate::Result;
use crate::catalog::{CATALOG, keys as catalog_keys};

/// A question about what is there.
pub(super) trait Metadata: Send {
    /// The columns of the answer.
    fn columns(&self) -> Result<SchemaRef>;
    /// The answer for a client, whose user sees what the user may read.
    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>>;
}

/// The columns of an answer; its ticket is the question.
pub(super) fn info<M: Metadata + ProstMessageExt>(
    question: &M,
    descriptor: FlightDescriptor,
) -> std::result::Result<Response<FlightInfo>, Status> {
    let columns = question.columns().map_err(status)?;
    rows::info(&columns, question.as_any().encode_to_vec(), descriptor)
}

async fn all_keys(client: &Client) -> Result<Vec<catalog_keys::Key>> {
    client.session.begin().await?;
    catalog_keys::all(client.session.catalog()).await
}

impl Metadata for CommandGetCatalogs {
    fn columns(&self) -> Result<SchemaRef> {
        Ok((*self).into_builder().schema())
    }

    fn rows(self: Box<Self>, _: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move {
            let mut builder = (*self).into_builder();
            builder.append(CATALOG);
            Ok(builder.build()?)
        })
    }
}

impl Metadata for CommandGetDbSchemas {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(self.clone().into_builder().schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { tables::schemas(&client, *self).await })
    }
}

impl Metadata for CommandGetTables {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(self.clone().into_builder().schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { tables::tables(&client, *self).await })
    }
}

impl Metadata for CommandGetTableTypes {
    fn columns(&self) -> Result<SchemaRef> {
        Ok((*self).into_builder().schema())
    }

    fn rows(self: Box<Self>, _: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move {
            let mut builder = (*self).into_builder();
            tables::TYPES.iter().for_each(|kind| builder.append(kind));
            Ok(builder.build()?)
        })
    }
}

impl Metadata for CommandGetSqlInfo {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(sql_info::all()?.schema())
    }

    fn rows(self: Box<Self>, _: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { Ok((*self).into_builder(sql_info::all()?).build()?) })
    }
}

impl Metadata for CommandGetXdbcTypeInfo {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(xdbc_types::all()?.schema())
    }

    fn rows(self: Box<Self>, _: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { Ok((*self).into_builder(xdbc_types::all()?).build()?) })
    }
}

impl Metadata for CommandGetPrimaryKeys {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(keys::primary_schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { keys::primary(&all_keys(&client).await?, &self) })
    }
}

impl Metadata for CommandGetExportedKeys {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(keys::foreign_schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { keys::exported(&all_keys(&client).await?, &self) })
    }
}

impl Metadata for CommandGetImportedKeys {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(keys::foreign_schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { keys::imported(&all_keys(&client).await?, &self) })
    }
}

impl Metadata for CommandGetCrossReference {
    fn columns(&self) -> Result<SchemaRef> {
        Ok(keys::foreign_schema())
    }

    fn rows(self: Box<Self>, client: Arc<Client>) -> BoxFuture<'static, Result<RecordBatch>> {
        Box::pin(async move { keys::cross_reference(&all_keys(&client).await?, &self) })
    }
}
