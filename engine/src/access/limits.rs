//! Limits on the statements of a user: time, rows, memory and how many run at a time.

use onefold_connectors::{OptionSpec, OptionType, Options};
use serde::{Deserialize, Serialize};

use super::memberships;
use crate::catalog::CatalogState;
use crate::project::bytes_of;
use crate::{Error, Result};

/// Takes a limit away.
const NONE: &str = "none";

/// `OPTIONS` of a user or role, as data.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "memory",
        OptionType::Text,
        "the most that the statements of one user take together, as 512MB; larger ones spill or fail",
    ),
    OptionSpec::new("rows", OptionType::Text, "rows after which an answer ends with an error"),
    OptionSpec::new("statement_timeout", OptionType::Text, "seconds after which a statement is stopped"),
    OptionSpec::new(
        "statements",
        OptionType::Text,
        "statements of one user that run at a time; others wait for their turn",
    ),
];

/// What the statements of a user, or of each member of a role, may take; `None` for what the server allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes, of all of a user's statements together.
    pub memory: Option<usize>,
    /// Rows of one answer.
    pub rows: Option<usize>,
    /// Seconds of one statement.
    pub statement_timeout: Option<usize>,
    /// Statements of a user at a time.
    pub statements: Option<usize>,
}

impl Limits {
    /// Those of a user in a state of the catalog: its own, and where it has none the smallest of its roles.
    pub fn of(state: &CatalogState, user: &str) -> Self {
        let own = |name: &str| state.users.get(name).map(|u| u.limits).unwrap_or_default();
        let roles = memberships(state, user).into_iter().filter(|name| *name != user);
        let roles = roles.map(own).reduce(|a, b| a.merged(b, least)).unwrap_or_default();
        own(user).merged(roles, Option::or)
    }

    /// With the options of a statement; those that are not named stay.
    ///
    /// # Errors
    /// An unknown option, or a value that is neither a number above 0 nor `none`.
    pub fn with(mut self, given: &[(String, String)]) -> Result<Self> {
        let options = Options::check(OPTIONS, given, &|name| std::env::var(name).ok())?;
        for spec in OPTIONS {
            let Some(text) = options.text(spec.name).map(str::trim) else { continue };
            let (value, form) = match spec.name {
                "memory" => (bytes_of(text), "a size, as 512MB or 8GB"),
                _ => (text.parse().ok().filter(|n: &usize| *n > 0), "a whole number above 0"),
            };
            let taken_away = text.eq_ignore_ascii_case(NONE);
            if value.is_none() && !taken_away {
                return Err(Error::invalid(format!("the value '{text}' is not {form}, or {NONE}"))
                    .on(format!("option {}", spec.name)));
            }
            *self.place(spec.name) = value;
        }
        Ok(self)
    }

    /// As the options that say the same, sizes in bytes; `None` without limits.
    pub fn text(self) -> Option<String> {
        let values = [self.memory, self.rows, self.statement_timeout, self.statements];
        let set = OPTIONS.iter().zip(values).filter_map(|(o, v)| Some(format!("{} '{}'", o.name, v?)));
        Some(set.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
    }

    fn place(&mut self, name: &str) -> &mut Option<usize> {
        match name {
            "memory" => &mut self.memory,
            "rows" => &mut self.rows,
            "statement_timeout" => &mut self.statement_timeout,
            _ => &mut self.statements,
        }
    }

    fn merged(self, other: Self, pick: impl Fn(Option<usize>, Option<usize>) -> Option<usize>) -> Self {
        Self {
            memory: pick(self.memory, other.memory),
            rows: pick(self.rows, other.rows),
            statement_timeout: pick(self.statement_timeout, other.statement_timeout),
            statements: pick(self.statements, other.statements),
        }
    }
}

fn least(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::access::StoredUser;

    fn options(text: &[(&str, &str)]) -> Vec<(String, String)> {
        text.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_users_own_limits_come_before_the_smallest_of_its_roles() {
        let mut state = CatalogState::default();
        let mut add = |name: &str, roles: &[&str], given: &[(&str, &str)]| {
            let limits = Limits::default().with(&options(given)).expect("they are limits");
            let roles = roles.iter().map(|r| (*r).to_owned()).collect();
            let user = StoredUser { limits, roles, ..StoredUser::new(true, None, Utc::now()) };
            state.users.insert(name.to_owned(), user);
        };
        add("staff", &[], &[("rows", "1000"), ("memory", "1GB")]);
        add("guests", &["staff"], &[("rows", "100"), ("statements", "2")]);
        add("ann", &["guests"], &[("statement_timeout", "5"), ("statements", "3")]);
        let limits = Limits::of(&state, "ann");
        let expected = Limits {
            memory: Some(1 << 30),
            rows: Some(100),
            statement_timeout: Some(5),
            statements: Some(3),
        };
        assert_eq!(limits, expected);
        assert_eq!(Limits::of(&state, "nobody"), Limits::default());
    }

    #[test]
    fn takes_sizes_numbers_and_none() {
        let limits = Limits::default().with(&options(&[("memory", "2 MB"), ("rows", "7")])).expect("limits");
        assert_eq!(limits.text().as_deref(), Some("memory '2097152', rows '7'"));
        assert_eq!(
            limits.with(&options(&[("memory", "NONE"), ("rows", "none")])).expect("none").text(),
            None
        );
        for (key, value) in [("memory", "much"), ("rows", "0"), ("statements", "-1"), ("time", "3")] {
            assert!(limits.with(&options(&[(key, value)])).is_err(), "{key} {value}");
        }
    }
}
