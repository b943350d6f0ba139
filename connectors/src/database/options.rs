//! Options that databases have in common.

use crate::OptionSpec;
use crate::OptionType::{Bool, Integer, OneOf, Text};

pub(crate) const HOST: OptionSpec =
    OptionSpec::new("host", Text, "The server's name or address, instead of `url`; a path is a Unix socket.");
pub(crate) const PORT: OptionSpec = OptionSpec::new("port", Integer, "The server's port.");
pub(crate) const DATABASE: OptionSpec = OptionSpec::new("database", Text, "The database.");
pub(crate) const USER: OptionSpec = OptionSpec::new("user", Text, "The login.");
pub(crate) const PASSWORD: OptionSpec = OptionSpec::new("password", Text, "Its password.").secret();
pub(crate) const TLS: OptionSpec = OptionSpec::new(
    "tls",
    OneOf(&["disable", "prefer", "require", "verify_ca", "verify_full"]),
    "`verify_full` checks the server's certificate and name, `verify_ca` the certificate only, `require` only \
     encrypts, `prefer` does so if the server can. By default `prefer` on this machine, else `verify_full`.",
);
pub(crate) const TLS_CA: OptionSpec = OptionSpec::new(
    "tls_ca",
    Text,
    "The file with the certificates (PEM) of the authorities to trust, by default those of this machine.",
);
pub(crate) const TLS_CERTIFICATE: OptionSpec =
    OptionSpec::new("tls_certificate", Text, "The file with the certificate (PEM) that the login shows.");
pub(crate) const TLS_KEY: OptionSpec =
    OptionSpec::new("tls_key", Text, "The file with the key (PEM) of that certificate.");
pub(crate) const SCHEMAS: OptionSpec = OptionSpec::new(
    "schemas",
    Text,
    "The schemas to show, separated by commas, `*` for any characters; by default all that the login sees.",
);
pub(crate) const TABLES: OptionSpec = OptionSpec::new(
    "tables",
    Text,
    "The tables to show, by their names here, separated by commas, `*` for any characters; by default all.",
);
pub(crate) const UPDATED_AT: OptionSpec = OptionSpec::new(
    "updated_at",
    Text,
    "The column that tells when a row changed last, or a number that grows. A refresh skips tables that have it and whose \
     newest value and number of rows are the same as before; of a table with a primary key it reads what is newer only.",
);
pub(crate) const OVERLAP: OptionSpec = OptionSpec::new(
    "overlap",
    Integer,
    "Changes up to so many seconds older than the newest that is known are read again: transactions that began earlier \
     may end later.",
)
.default("600");
pub(crate) const POOL_SIZE: OptionSpec =
    OptionSpec::new("pool_size", Integer, "How many connections are open at most.").default("8");
pub(crate) const TIMEOUT: OptionSpec =
    OptionSpec::new("timeout", Integer, "Seconds after which a server that does not answer is given up.")
        .default("10");
pub(crate) const STATEMENT_TIMEOUT: OptionSpec = OptionSpec::new(
    "statement_timeout",
    Integer,
    "Seconds after which the server stops a query, the sending of its rows included; by default the server's \
     own limit.",
);
pub(crate) const PARALLEL: OptionSpec =
    OptionSpec::new("parallel", Bool, "Whether big tables are read in several ranges at once.")
        .default("true");

/// A positive number of an option.
///
/// # Errors
/// It is zero or less.
pub(crate) fn positive(options: &crate::Options, name: &str) -> crate::Result<Option<u64>> {
    let Some(number) = options.integer(name) else { return Ok(None) };
    match u64::try_from(number) {
        Ok(number) if number > 0 => Ok(Some(number)),
        _ => {
            Err(crate::Error::new(format!("{number} is not a positive number")).on(format!("option {name}")))
        }
    }
}
