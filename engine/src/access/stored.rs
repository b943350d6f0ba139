//! A user or a role as the catalog keeps it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Limits;

/// The role whose members may do everything. It is always there and cannot be made or dropped.
pub const ADMIN: &str = "admin";

/// What `GRANT SELECT ON ALL` grants, in place of a name. No path of the catalog is written so.
pub const EVERYTHING: &str = "*";

/// A user or a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUser {
    /// Whether it is a user, who can connect, and not a role.
    pub login: bool,
    /// The SCRAM-SHA-256 verifier of the password; a user without one cannot connect.
    pub verifier: Option<String>,
    /// The roles that it is a member of.
    #[serde(default)]
    pub roles: BTreeSet<String>,
    /// The schemas and relations that it may read, as [paths](crate::catalog::comments::path).
    #[serde(default)]
    pub reads: BTreeSet<String>,
    /// What its statements may take.
    #[serde(default)]
    pub limits: Limits,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl StoredUser {
    /// A user or a role without rights.
    pub fn new(login: bool, verifier: Option<String>, created_at: DateTime<Utc>) -> Self {
        Self {
            login,
            verifier,
            roles: BTreeSet::new(),
            reads: BTreeSet::new(),
            limits: Limits::default(),
            created_at,
        }
    }

    /// `user` or `role`.
    pub fn noun(&self) -> &'static str {
        if self.login { "user" } else { "role" }
    }
}
