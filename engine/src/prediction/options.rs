//! Options that every method has, and options that are lengths of time.

use onefold_connectors::{OptionSpec, OptionType, Options};

use super::method::Method;
use crate::{Error, Result};

/// The options of every method.
pub const COMMON: &[OptionSpec] = &[
    OptionSpec::new("until", OptionType::Text, "a date; later rows are left out, as if it were that day"),
    OptionSpec::new("seed", OptionType::Integer, "the same seed and data give the same model").default("42"),
    OptionSpec::new(
        "retrain",
        OptionType::Text,
        "the age at which a refresh over new data trains again, as in '30 days'; otherwise only REFRESH … FULL does",
    ),
    OptionSpec::new(
        "replace",
        OptionType::OneOf(&["better", "always"]),
        "whether a new version takes over only if it is not worse, or in any case",
    )
    .default("better"),
    OptionSpec::new("version", OptionType::Integer, "the version to score with, whatever was trained since"),
];

/// Checks the options of a statement against a method's.
///
/// # Errors
/// An unknown option, or a value that it cannot have.
pub fn check(method: &dyn Method, given: &[(String, String)]) -> Result<Options> {
    let roles = method.roles().iter().map(|r| OptionSpec::new(r.name, OptionType::Text, r.description));
    let specs: Vec<OptionSpec> = method.options().iter().chain(COMMON).copied().chain(roles).collect();
    let options = Options::check(&specs, given, &|name| std::env::var(name).ok())?;
    for key in ["retrain", "until"] {
        match (key, options.text(key)) {
            ("retrain", Some(_)) => drop(days(&options, key)?),
            (_, Some(_)) => drop(until(&options)?),
            _ => {}
        }
    }
    Ok(options)
}

/// A length of time in days: `60 days`, `12 months`, `2 years`.
///
/// # Errors
/// Anything else, or no value.
pub fn days(options: &Options, name: &str) -> Result<i32> {
    let text = options.text(name).unwrap_or_default();
    let wrong = || {
        Error::invalid(format!("the value '{text}' is no length of time"))
            .on(format!("option {name}"))
            .hint("write a number of days, weeks, months or years, as in '60 days'")
    };
    let (number, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let unit = match unit.trim().to_lowercase().as_str() {
        "day" | "days" => 1.0,
        "week" | "weeks" => 7.0,
        "month" | "months" => 365.25 / 12.0,
        "year" | "years" => 365.25,
        _ => return Err(wrong()),
    };
    let days = (number * unit).round();
    if (1.0..=36_525.0).contains(&days) { Ok(days as i32) } else { Err(wrong()) }
}

/// The first day that is left out, as a number of days since 1970.
///
/// # Errors
/// A value that is no date.
pub fn until(options: &Options) -> Result<Option<i32>> {
    let Some(text) = options.text("until") else { return Ok(None) };
    let date: chrono::NaiveDate = text.trim().parse().map_err(|_| {
        Error::invalid(format!("the value '{text}' is no date"))
            .on("option until")
            .hint("write it as in '2024-05-31'")
    })?;
    Ok(Some(days_since_1970(date)))
}

fn days_since_1970(date: chrono::NaiveDate) -> i32 {
    (date - chrono::NaiveDate::default()).num_days() as i32
}

/// The seed.
pub fn seed(options: &Options) -> u64 {
    options.integer("seed").unwrap_or(42) as u64
}
