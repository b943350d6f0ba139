//! The catalog: what is defined, what stands on what, and how a name becomes a relation.

pub(crate) mod boxed;
pub mod columns_read;
pub mod comments;
pub mod dependencies;
pub mod keys;
pub mod object;
pub mod pending;
pub mod provider;
pub mod publication;
pub mod schemas;
pub mod snapshot;
pub mod sources;
pub mod store;
pub mod system;
pub mod unique;

pub use object::{CatalogState, Freshness, ObjectRef, StoredComment, StoredObject, StoredRelation};
pub(crate) use provider::parse_query;
pub use provider::{CATALOG, Names, SessionCatalog, SessionCatalogHandle};
pub use snapshot::{Definition, Snapshot, nearest};
pub use sources::Sources;
pub use store::CatalogStore;
