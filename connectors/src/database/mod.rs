//! What databases share: their tables as plans that send SQL, and which part of a query may be sent.
//!
//! | file | what |
//! |---|---|
//! | [`table`] | a remote table: columns, keys, how each column is read and compared |
//! | [`dialect`] | how a database writes names, values and comparisons |
//! | [`filter`] | which filters are sent: an allow-list whose meaning is the same there |
//! | [`query`] | the SQL of a scan, of groups and of a join |
//! | [`join`], [`aggregate`], [`rules`] | which joins and groups are sent; the order of the optimizer's rules |
//! | [`provider`], [`scan`] | the table and the scan as DataFusion sees them |
//! | [`driver`] | what a database has to bring: a list of tables and a stream of rows |
//! | [`source`] | a driver as a source: remembers the list of tables, counts what is read |
//! | [`names`], [`options`], [`address`], [`tls`] | which tables are shown under which names; options in common |
//! | [`pool`] | connections that wait for their next use |
//!
//! A database is a folder beside this one with its types, its dialect and its driver.
//!
//! ```text
//! SELECT name FROM crm.members WHERE points > 5 AND soundex(name) = 'A000' ORDER BY name LIMIT 3
//!
//! SortExec: TopK(fetch=3)                                     here, for the filter below it is here
//!   FilterExec: soundex(name) = A000                          not on the list
//!     RemoteScanExec: crm.members, sql=SELECT "name" FROM "public"."members" WHERE "points" > 5
//! ```

pub(crate) mod address;
pub(crate) mod aggregate;
pub(crate) mod attempts;
pub(crate) mod dialect;
pub(crate) mod driver;
pub(crate) mod filter;
pub(crate) mod join;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod pool;
pub(crate) mod provider;
pub(crate) mod query;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod source;
pub(crate) mod table;
pub(crate) mod tls;
pub(crate) mod watermark;
