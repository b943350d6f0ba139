//! The options of the `odata` connector.

use crate::OptionSpec;
use crate::OptionType::{Bool, Integer, Text};
use crate::database::options::{TABLES, UPDATED_AT};
use crate::options::joined;
use crate::web::OPTIONS as WEB;

const OWN: [OptionSpec; 6] = [
    OptionSpec::new(
        "url",
        Text,
        "The address of the service, as `https://company.crm4.dynamics.com/api/data/v9.2/`.",
    )
    .required(),
    TABLES,
    OptionSpec {
        description: "The column that tells when a row changed last. A refresh skips tables that have it and whose newest \
                      value and number of rows are the same as before.",
        ..UPDATED_AT
    },
    OptionSpec::new(
        "track_changes",
        Bool,
        "Whether the service is asked to keep books of changes, so that a refresh reads what changed only. In Dataverse, \
         tables have to be set up for that.",
    )
    .default("false"),
    OptionSpec::new(
        "labels",
        Text,
        "The columns, separated by commas, `*` for any characters, whose labels are columns, too: `statuscode_label` is \
         the text of `statuscode`. Only services that annotate values have them, such as Dataverse.",
    ),
    OptionSpec::new("page_size", Integer, "How many rows a page has at most.").default("5000"),
];

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &joined::<6, { WEB.len() }, { 6 + WEB.len() }>(OWN, WEB);
