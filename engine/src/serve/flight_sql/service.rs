//! The service as tonic sees it. Each method goes on to `calls.rs`, which is behind a trait object: what the methods of an
//! async trait hold, the compiler looks at again for each of them.

use std::pin::Pin;
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, CommandGetCatalogs,
    CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandGetXdbcTypeInfo,
    CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementIngest,
    CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, SqlInfo,
};
use arrow_flight::{
    Action, ActionType, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse, Ticket,
};
use futures::Stream;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status, Streaming};

use super::calls::{Caller, Calls};
use super::rows::Rows;
use super::{actions, metadata, session_options};

/// The service.
pub(super) struct FlightSql {
    pub(super) calls: Arc<dyn Calls>,
}

impl FlightSql {
    fn calls(&self) -> Arc<dyn Calls> {
        Arc::clone(&self.calls)
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn only<T: Send + 'static>(item: T) -> Answers<T> {
    Box::pin(futures::stream::iter([Ok(item)]))
}

#[tonic::async_trait]
impl FlightSqlService for FlightSql {
    type FlightService = Self;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Answers<HandshakeResponse>>, Status> {
        let token = self.calls().handshake(Caller::of(&request)).await?;
        let answer = HandshakeResponse { protocol_version: 0, payload: token.clone().into_bytes().into() };
        let mut response = Response::new(only(answer));
        let bearer = MetadataValue::try_from(format!("Bearer {token}"));
        let bearer = bearer.map_err(|e| Status::internal(e.to_string()))?;
        response.metadata_mut().append("authorization", bearer);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().info(Caller::of(&request), query.query, request.into_inner()).await
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        self.calls().prepare(Caller::of(&request), query.query).await
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        self.calls().close(Caller::of(&request), query.prepared_statement_handle).await
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().prepared_info(Caller::of(&request), query, request.into_inner()).await
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let handle = query.prepared_statement_handle;
        let caller = Caller::of(&request);
        self.calls().bind(caller, handle.clone(), request.into_inner()).await?;
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(handle) })
    }

    async fn do_put_prepared_statement_update(
        &self,
        query: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let caller = Caller::of(&request);
        self.calls().prepared_update(caller, query.prepared_statement_handle, request.into_inner()).await
    }

    async fn do_put_statement_update(
        &self,
        command: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        self.calls().update(Caller::of(&request), command.query).await
    }

    async fn do_put_statement_ingest(
        &self,
        command: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let caller = Caller::of(&request);
        self.calls().ingest(caller, command, request.into_inner()).await
    }

    async fn do_action_cancel_query(
        &self,
        query: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let result = self.calls().cancel(Caller::of(&request), query.info).await?;
        Ok(ActionCancelQueryResult { result })
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        let caller = Caller::of(&request);
        let body = self.calls().action(caller, request.into_inner()).await?;
        Ok(Response::new(only(arrow_flight::Result { body: body.into() })))
    }

    async fn list_custom_actions(&self) -> Option<Vec<Result<ActionType, Status>>> {
        let of =
            |name: &str, what: &str| Ok(ActionType { r#type: name.to_owned(), description: what.to_owned() });
        Some(vec![
            of(actions::CANCEL_FLIGHT_INFO, "Stops a running query."),
            of(actions::CLOSE_SESSION, "Ends the token of the call."),
            of(session_options::SET_SESSION_OPTIONS, "Sets schema and statement_timeout of the session."),
            of(session_options::GET_SESSION_OPTIONS, "Tells catalog, schema and statement_timeout."),
        ])
    }

    async fn register_sql_info(&self, _: i32, _: &SqlInfo) {}

    async fn get_flight_info_catalogs(
        &self,
        question: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_catalogs(
        &self,
        question: CommandGetCatalogs,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_schemas(
        &self,
        question: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_schemas(
        &self,
        question: CommandGetDbSchemas,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_tables(
        &self,
        question: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_tables(
        &self,
        question: CommandGetTables,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_table_types(
        &self,
        question: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_table_types(
        &self,
        question: CommandGetTableTypes,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_sql_info(
        &self,
        question: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_sql_info(
        &self,
        question: CommandGetSqlInfo,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_primary_keys(
        &self,
        question: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_primary_keys(
        &self,
        question: CommandGetPrimaryKeys,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_exported_keys(
        &self,
        question: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_exported_keys(
        &self,
        question: CommandGetExportedKeys,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_imported_keys(
        &self,
        question: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_imported_keys(
        &self,
        question: CommandGetImportedKeys,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_cross_reference(
        &self,
        question: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_cross_reference(
        &self,
        question: CommandGetCrossReference,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        question: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        self.calls().known(Caller::of(&request)).await?;
        metadata::info(&question, request.into_inner())
    }

    async fn do_get_xdbc_type_info(
        &self,
        question: CommandGetXdbcTypeInfo,
        request: Request<Ticket>,
    ) -> Result<Response<Rows>, Status> {
        self.calls().metadata(Caller::of(&request), Box::new(question)).await
    }
}
