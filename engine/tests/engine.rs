//! The engine through its one door. One binary, because each takes long to link.
//!
//! `UPDATE_SLT=1` rewrites the expected results of `slt/*.slt`; review the diff.

#![allow(clippy::expect_used, clippy::panic, unreachable_pub, reason = "a test says what it expects")]

#[path = "engine/access.rs"]
mod access;
#[path = "engine/accuracy.rs"]
mod accuracy;
#[path = "engine/contoso.rs"]
mod contoso;
#[path = "engine/copies.rs"]
mod copies;
#[path = "engine/disk_full.rs"]
mod disk_full;
#[path = "engine/docs.rs"]
mod docs;
#[path = "engine/example.rs"]
mod example;
#[path = "engine/four_sources.rs"]
mod four_sources;
#[path = "engine/ids.rs"]
mod ids;
#[path = "engine/incremental.rs"]
mod incremental;
#[path = "engine/interruption.rs"]
mod interruption;
#[path = "engine/population.rs"]
mod population;
#[path = "engine/predictions.rs"]
mod predictions;
#[path = "engine/runs.rs"]
mod runs;
#[path = "engine/senzing.rs"]
mod senzing;
#[path = "engine/slt.rs"]
mod slt;
#[path = "engine/stopping.rs"]
mod stopping;
#[allow(dead_code, clippy::unwrap_used, reason = "it belongs to the tests of the connectors, too")]
#[path = "../../connectors/tests/files/stub.rs"]
mod stub;
#[path = "engine/support.rs"]
mod support;
