//! Who may read what: users and roles, their passwords as verifiers, and the one place where a session's rights are
//! decided.
//!
//! ```text
//! statement ─ statements.rs: may this user run this kind of statement?
//!           └ names ─ rights.rs: may this user read this relation?   (catalog::provider asks, for every plan)
//! ```
//!
//! A view reads what it stands on with the rights of the engine, as a grant on the view is meant; what is named in the
//! user's own statement is asked for with the user's. Policies hold in both: they stand where the session's catalog
//! gives out the relation (`policies.rs`, `restricted.rs`).

mod guarded;
mod limits;
mod policies;
mod pool;
mod restricted;
mod rights;
pub mod scram;
mod statements;
mod stored;

pub(crate) use guarded::guarded;
pub use limits::{Limits, OPTIONS};
pub use policies::{StoredPolicy, stored_policy};
pub(crate) use pool::{OVER_LIMIT, UserPool, UserPools};
pub(crate) use restricted::{restricted, seen};
pub use rights::Rights;
use rights::memberships;
pub(crate) use statements::authorize;
pub use stored::{ADMIN, EVERYTHING, StoredUser};
