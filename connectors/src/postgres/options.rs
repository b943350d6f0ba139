//! The options of the `postgres` connector.

use crate::OptionSpec;
use crate::OptionType::{OneOf, Text};
use crate::database::options::{
    DATABASE, HOST, OVERLAP, PARALLEL, PASSWORD, POOL_SIZE, PORT, SCHEMAS, STATEMENT_TIMEOUT, TABLES,
    TIMEOUT, TLS, TLS_CA, TLS_CERTIFICATE, TLS_KEY, UPDATED_AT, USER,
};

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("url", Text, "The address, as `postgres://user:${PASSWORD}@host:5432/database`.").secret(),
    HOST,
    OptionSpec { description: "The server's port, by default 5432.", ..PORT },
    DATABASE,
    USER,
    PASSWORD,
    TLS,
    TLS_CA,
    TLS_CERTIFICATE,
    TLS_KEY,
    SCHEMAS,
    TABLES,
    UPDATED_AT,
    OVERLAP,
    OptionSpec::new(
        "unbounded_numeric",
        OneOf(&["decimal", "double", "text"]),
        "What a `numeric` without precision is here: `decimal(38, 18)`, rounded to it, a double, or its text.",
    )
    .default("decimal"),
    POOL_SIZE,
    PARALLEL,
    TIMEOUT,
    STATEMENT_TIMEOUT,
];
