//! The options of the `mysql` connector.

use crate::OptionSpec;
use crate::OptionType::{OneOf, Text};
use crate::database::options::{
    DATABASE, HOST, OVERLAP, PARALLEL, PASSWORD, POOL_SIZE, PORT, SCHEMAS, STATEMENT_TIMEOUT, TABLES,
    TIMEOUT, TLS_CA, TLS_CERTIFICATE, TLS_KEY, UPDATED_AT, USER,
};

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("url", Text, "The address, as `mysql://user:${PASSWORD}@host:3306/database`.").secret(),
    HOST,
    OptionSpec { description: "The server's port, by default 3306.", ..PORT },
    DATABASE,
    USER,
    PASSWORD,
    OptionSpec::new(
        "tls",
        OneOf(&["disable", "prefer", "require", "verify_full"]),
        "`verify_full` checks the server's certificate and name, `require` only encrypts, `prefer` does so if the \
         server can. By default `prefer` on this machine, else `verify_full`.",
    ),
    TLS_CA,
    TLS_CERTIFICATE,
    TLS_KEY,
    SCHEMAS,
    TABLES,
    UPDATED_AT,
    OVERLAP,
    OptionSpec::new(
        "tinyint1",
        OneOf(&["boolean", "integer"]),
        "What a `tinyint(1)` is here. MySQL's `boolean` is one, and everything but 0 is true.",
    )
    .default("boolean"),
    POOL_SIZE,
    PARALLEL,
    TIMEOUT,
    STATEMENT_TIMEOUT,
];
