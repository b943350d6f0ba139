//! What one session may read.

use std::collections::{BTreeMap, BTreeSet};

use super::policies::StoredPolicy;
use super::stored::{ADMIN, EVERYTHING};
use crate::catalog::{CatalogState, comments};
use crate::{Error, ErrorKind, Result};

/// Schemas that tell only of what may be read, and so are open to everybody.
const OPEN: [&str; 2] = ["information_schema", "pg_catalog"];

/// What a session may do and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Everything: a session of the engine's own, or of an administrator.
    Everything,
    /// What was granted to a user, directly or by roles.
    Granted {
        /// The user.
        user: String,
        /// The user and all roles that it is a member of.
        names: BTreeSet<String>,
        /// Schemas and relations, as paths.
        reads: BTreeSet<String>,
        /// The policies that restrict the user, by the paths of their relations.
        policies: BTreeMap<String, Vec<(String, StoredPolicy)>>,
    },
}

/// A user and all roles that it is a member of.
pub(super) fn memberships<'a>(state: &'a CatalogState, user: &'a str) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let mut open = vec![user];
    while let Some(name) = open.pop() {
        if names.insert(name)
            && let Some(stored) = state.users.get(name)
        {
            open.extend(stored.roles.iter().map(String::as_str));
        }
    }
    names
}

impl Rights {
    /// The rights of a user in a state of the catalog; of `None`, everything.
    pub fn of(state: &CatalogState, user: Option<&str>) -> Self {
        let Some(user) = user else { return Self::Everything };
        let names = memberships(state, user);
        if names.contains(ADMIN) {
            return Self::Everything;
        }
        let stored = names.iter().filter_map(|name| state.users.get(*name));
        let reads = stored.flat_map(|s| s.reads.iter().cloned()).collect();
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        let mut policies: BTreeMap<String, Vec<(String, StoredPolicy)>> = BTreeMap::new();
        for (path, own) in &state.policies {
            let own: Vec<_> = own.iter().filter(|(_, policy)| policy.restricts(&names)).collect();
            if !own.is_empty() {
                let own = own.into_iter().map(|(name, policy)| (name.clone(), policy.clone()));
                policies.insert(path.clone(), own.collect());
            }
        }
        Self::Granted { user: user.to_owned(), names, reads, policies }
    }

    /// Whether everything is allowed.
    pub fn everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// Whether a relation may be read.
    pub fn may_read(&self, schema: &str, relation: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Granted { reads, .. } => {
                OPEN.contains(&schema)
                    || reads.contains(EVERYTHING)
                    || reads.contains(&comments::path(&[schema]))
                    || reads.contains(&comments::path(&[schema, relation]))
            }
        }
    }

    /// Whether any relation of a schema may be read.
    pub fn may_see(&self, schema: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Granted { reads, .. } => {
                let path = comments::path(&[schema]);
                let within = format!("{path}.");
                OPEN.contains(&schema)
                    || schema == crate::catalog::schemas::PUBLIC
                    || reads.contains(EVERYTHING)
                    || reads.iter().any(|r| *r == path || r.starts_with(&within))
            }
        }
    }

    /// An error unless a relation may be read. It is the same whether there is such a relation or not.
    pub fn require(&self, schema: &str, relation: &str) -> Result<()> {
        match self {
            _ if self.may_read(schema, relation) => Ok(()),
            Self::Everything => Ok(()),
            Self::Granted { user, .. } => {
                let path = comments::path(&[schema, relation]);
                Err(Error::new(ErrorKind::Denied, format!("the user {user} may not read {path}"))
                    .hint(format!("an administrator can GRANT SELECT ON {path} TO {user}")))
            }
        }
    }

    /// The user, and the policies that restrict it in a relation, by name; `None` if nothing restricts the session.
    pub fn policies(&self, schema: &str, relation: &str) -> Option<(&str, &[(String, StoredPolicy)])> {
        let Self::Granted { user, policies, .. } = self else { return None };
        if policies.is_empty() {
            return None;
        }
        Some((user, policies.get(&comments::path(&[schema, relation]))?))
    }

    /// An error unless a relation may be read as it is, without a policy that restricts it.
    pub fn require_whole(&self, schema: &str, relation: &str) -> Result<()> {
        self.require(schema, relation)?;
        match self.policies(schema, relation) {
            None => Ok(()),
            Some((user, policies)) => {
                let names: Vec<&str> = policies.iter().map(|(name, _)| name.as_str()).collect();
                let path = comments::path(&[schema, relation]);
                Err(Error::new(
                    ErrorKind::Denied,
                    format!(
                        "the user {user} may not look into all of {path}: the policy {} restricts it",
                        names.join(", ")
                    ),
                )
                .hint(format!("SELECT from {path} shows what the user may see")))
            }
        }
    }

    /// An error unless everything of a profile that tells of single records may be read, all of it.
    pub fn require_profile(&self, profile: &str) -> Result<()> {
        ["", "_records", "_links", "_pairs"]
            .iter()
            .try_for_each(|suffix| self.require_whole("profiles", &format!("{profile}{suffix}")))
    }

    /// An error unless everything is allowed.
    pub fn require_admin(&self, what: &str) -> Result<()> {
        match self {
            Self::Everything => Ok(()),
            Self::Granted { user, .. } => {
                Err(Error::new(ErrorKind::Denied, format!("{what} is for administrators; {user} is none"))
                    .hint(format!("an administrator can GRANT {ADMIN} TO {user}")))
            }
        }
    }
}
