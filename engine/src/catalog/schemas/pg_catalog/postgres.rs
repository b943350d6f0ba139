//! What is the same in every PostgreSQL: types, functions, operators; and relations that have no rows here.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::catalog::{CatalogProviderList, MemTable, MemoryCatalogProviderList, TableProvider};
use datafusion::datasource::empty::EmptyTable;
use datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_pg_catalog::pg_catalog::{
    ArrowTable, PG_CATALOG_TABLES, PgCatalogSchemaProvider, PgCatalogStaticTables,
};

use crate::serve::PG_TYPE;
use crate::{Error, Result};

/// Columns that name a function, and hold its number.
pub(crate) const FUNCTIONS: [&str; 16] = [
    "aggfnoid",
    "aggtransfn",
    "aggfinalfn",
    "amhandler",
    "oprcode",
    "oprrest",
    "oprjoin",
    "rngcanonical",
    "rngsubdiff",
    "typanalyze",
    "typinput",
    "typmodin",
    "typmodout",
    "typoutput",
    "typreceive",
    "typsend",
];

/// Columns that hold the number of an object.
const NUMBERS: [&str; 32] = [
    "oid",
    "typnamespace",
    "typowner",
    "typrelid",
    "typelem",
    "typarray",
    "typbasetype",
    "typcollation",
    "pronamespace",
    "proowner",
    "prolang",
    "provariadic",
    "prorettype",
    "rngtypid",
    "rngsubtype",
    "rngmultitypid",
    "rngcollation",
    "rngsubopc",
    "collnamespace",
    "collowner",
    "oprnamespace",
    "oprowner",
    "oprleft",
    "oprright",
    "oprresult",
    "opcmethod",
    "opcnamespace",
    "opcfamily",
    "opcintype",
    "castsource",
    "casttarget",
    "castfunc",
];

/// Columns that hold one character.
const CHARACTERS: [&str; 12] = [
    "typtype",
    "typcategory",
    "typdelim",
    "typalign",
    "typstorage",
    "prokind",
    "provolatile",
    "proparallel",
    "amtype",
    "collprovider",
    "oprkind",
    "castcontext",
];

struct Own {
    tables: PgCatalogStaticTables,
    numbers: HashMap<String, u32>,
    names: HashMap<u32, String>,
}

fn own() -> Result<&'static Own> {
    static OWN: LazyLock<std::result::Result<Own, String>> = LazyLock::new(|| {
        let tables = PgCatalogStaticTables::try_new().map_err(|e| e.to_string())?;
        let (mut numbers, mut names) = (HashMap::new(), HashMap::new());
        for batch in tables.pg_proc.data() {
            let oids = batch.column_by_name("oid").and_then(|c| c.as_primitive_opt::<Int32Type>());
            let called = batch.column_by_name("proname").and_then(|c| c.as_string_opt::<i32>());
            let (Some(oids), Some(called)) = (oids, called) else { continue };
            for (oid, name) in oids.iter().zip(called) {
                if let (Some(oid), Some(name)) = (oid.and_then(|oid| u32::try_from(oid).ok()), name) {
                    numbers.entry(name.to_owned()).or_insert(oid);
                    names.insert(oid, name.to_owned());
                }
            }
        }
        Ok(Own { tables, numbers, names })
    });
    OWN.as_ref().map_err(Error::internal)
}

/// The name of one of PostgreSQL's functions.
pub(crate) fn function_name(oid: u32) -> String {
    match own().ok().and_then(|own| own.names.get(&oid)) {
        Some(name) => name.clone(),
        None if oid == 0 => "-".to_owned(),
        None => oid.to_string(),
    }
}

/// The number of one of PostgreSQL's functions; 0 if there is none of the name.
pub(super) fn function_number(name: &str) -> u32 {
    let name = name.rsplit('.').next().unwrap_or(name);
    own().ok().and_then(|own| own.numbers.get(name).copied()).unwrap_or(0)
}

/// Whether there is such a relation.
pub(crate) fn has_static(name: &str) -> bool {
    PG_CATALOG_TABLES.contains(&name)
}

/// A relation by name.
pub(super) fn table(name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let tables = &own()?.tables;
    let with_rows = match name {
        "pg_aggregate" => &tables.pg_aggregate,
        "pg_am" => &tables.pg_am,
        "pg_cast" => &tables.pg_cast,
        "pg_collation" => &tables.pg_collation,
        "pg_language" => &tables.pg_language,
        "pg_opclass" => &tables.pg_opclass,
        "pg_operator" => &tables.pg_operator,
        "pg_opfamily" => &tables.pg_opfamily,
        "pg_proc" => &tables.pg_proc,
        "pg_range" => &tables.pg_range,
        "pg_type" => &tables.pg_type,
        // The rows of another database mean nothing here.
        name => return empty(name),
    };
    Ok(Some(Arc::new(typed(with_rows)?)))
}

fn empty(name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let catalogs: Arc<dyn CatalogProviderList> = Arc::new(MemoryCatalogProviderList::new());
    let tables = Arc::new(PgCatalogStaticTables::try_new()?);
    let provider = PgCatalogSchemaProvider::try_new(catalogs, tables, EmptyContextProvider)?;
    let Some(table) = provider.build_table_by_name(name)? else { return Ok(None) };
    let fields = table.schema().fields().iter().map(|field| of(field)).collect::<Vec<_>>();
    Ok(Some(Arc::new(EmptyTable::new(Arc::new(Schema::new(fields))))))
}

/// A table with the types that PostgreSQL has there.
fn typed(table: &ArrowTable) -> Result<MemTable> {
    let fields = table.schema().fields().iter().map(|field| of(field)).collect::<Vec<_>>();
    let schema = Arc::new(Schema::new(fields));
    let batches = table.data().iter().map(|batch| {
        let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| value(column, field));
        Ok(RecordBatch::try_new(Arc::clone(&schema), columns.collect::<Result<Vec<_>>>()?)?)
    });
    let batches = batches.collect::<Result<Vec<_>>>()?;
    Ok(MemTable::try_new(schema, vec![batches])?)
}

fn of(field: &Field) -> Field {
    let name = field.name().as_str();
    let marked = |data_type: DataType, pg: &str| {
        let about = [(PG_TYPE.to_owned(), pg.to_owned())].into();
        Field::new(name, data_type, true).with_metadata(about)
    };
    if FUNCTIONS.contains(&name) {
        marked(DataType::UInt32, "regproc")
    } else if NUMBERS.contains(&name) && *field.data_type() == DataType::Int32 {
        Field::new(name, DataType::UInt32, true)
    } else if CHARACTERS.contains(&name) {
        marked(DataType::Utf8, "char")
    } else if name.ends_with("name") && *field.data_type() == DataType::Utf8 {
        marked(DataType::Utf8, "name")
    } else {
        field.clone().with_nullable(true)
    }
}

fn value(column: &ArrayRef, field: &Field) -> Result<ArrayRef> {
    if FUNCTIONS.contains(&field.name().as_str())
        && let Some(names) = column.as_string_opt::<i32>()
    {
        let numbers = names.iter().map(|name| Some(name.map_or(0, function_number)));
        return Ok(Arc::new(numbers.collect::<UInt32Array>()));
    }
    if column.data_type() == field.data_type() {
        Ok(Arc::clone(column))
    } else {
        Ok(cast(column, field.data_type())?)
    }
}
