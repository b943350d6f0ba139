//! The options of the `http_json` connector.

use crate::OptionSpec;
use crate::OptionType::{Integer, OneOf, Text};
use crate::options::joined;
use crate::web::OPTIONS as WEB;

const OWN: [OptionSpec; 12] = [
    OptionSpec::new("url", Text, "The address of the table, or what the addresses of the tables begin with.").required(),
    OptionSpec::new(
        "table.*",
        Text,
        "`table.<name> 'path'`: a table, and its address from `url` on. Without any, `url` is the only table, named by \
         the end of its path.",
    ),
    OptionSpec::new(
        "rows",
        Text,
        "Where the rows are in an answer, as a JSON pointer such as `/data/items`; by default the answer itself is the \
         list.",
    ),
    OptionSpec::new(
        "paging",
        OneOf(&["none", "link", "cursor", "page", "offset"]),
        "How the next page is found: `link`, the address in a `Link` header or at `next`; `cursor`, a text at `next` that \
         is sent as `parameter`; `page` and `offset`, a number sent as `parameter`.",
    )
    .default("link"),
    OptionSpec::new("next", Text, "Paging by link or cursor: where it is in an answer, as a JSON pointer."),
    OptionSpec::new(
        "parameter",
        Text,
        "Paging by cursor, page or offset: the parameter of the query, by default `cursor`, `page` or `offset`.",
    ),
    OptionSpec::new("first_page", Integer, "Paging by page: the number of the first page.").default("1"),
    OptionSpec::new("page_size", Integer, "How many rows a page shall have; sent as `size_parameter`."),
    OptionSpec::new("size_parameter", Text, "The parameter of the query for `page_size`.").default("limit"),
    OptionSpec::new("keep", Integer, "Seconds for which what was fetched is used again.").default("60"),
    OptionSpec::new(
        "header_names",
        OneOf(&["normalized", "exact"]),
        "Whether column names become lower snake case (`FirstName` is `first_name`) or stay as they are.",
    )
    .default("normalized"),
    OptionSpec::new(
        "columns.*",
        Text,
        "`columns.<table> 'name type, …'` declares types of columns. The types of the others are inferred.",
    ),
];

/// All options, in the order in which they are documented.
pub(super) const OPTIONS: &[OptionSpec] = &joined::<12, { WEB.len() }, { 12 + WEB.len() }>(OWN, WEB);
