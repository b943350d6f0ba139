//! The options of the `sqlite` connector.

use crate::OptionSpec;
use crate::OptionType::{Integer, Text};
use crate::database::options::{POOL_SIZE, TABLES};

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("location", Text, "The file, relative to the project.").required(),
    TABLES,
    POOL_SIZE,
    OptionSpec::new("timeout", Integer, "Seconds to wait for another program's lock.").default("10"),
];
