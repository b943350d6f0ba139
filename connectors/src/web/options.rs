//! Options that services of the web have in common.

use crate::OptionSpec;
use crate::OptionType::{Integer, Text};

/// Credentials, time and patience.
pub(crate) const OPTIONS: [OptionSpec; 12] = [
    OptionSpec::new("user", Text, "The login, for basic authentication.").secret(),
    OptionSpec::new("password", Text, "Its password.").secret(),
    OptionSpec::new("bearer", Text, "A token that is sent as `Authorization: Bearer`.").secret(),
    OptionSpec::new("client_id", Text, "OAuth2 client credentials: the application's id."),
    OptionSpec::new("client_secret", Text, "OAuth2 client credentials: its secret.").secret(),
    OptionSpec::new(
        "tenant",
        Text,
        "OAuth2 client credentials: the tenant of Microsoft Entra, instead of `token_url`.",
    ),
    OptionSpec::new("token_url", Text, "OAuth2 client credentials: where tokens are given."),
    OptionSpec::new(
        "scope",
        Text,
        "OAuth2 client credentials: what is asked for; with `tenant` by default `/.default` of the service.",
    ),
    OptionSpec::new("header.*", Text, "`header.<name> '…'` sends a header with every request.").secret(),
    OptionSpec::new(
        "timeout",
        Integer,
        "Seconds after which a request that is not answered is given up; the whole of an answer may take ten times as long.",
    )
    .default("30"),
    OptionSpec::new(
        "retries",
        Integer,
        "How often a request is sent again that was refused for now (429, 5xx) or broke; after the time that the \
         service names, or else after a second, two, four and so on.",
    )
    .default("5"),
    OptionSpec::new("patience", Integer, "Seconds that may be waited for the service before each page.")
        .default("120"),
];
