//! The catalog: what is defined, what stands on what, and how a name becomes a relation.

pub mod columns_read;
pub mod dependencies;
pub mod object;
pub mod pending;
pub mod provider;
pub mod schemas;
pub mod snapshot;
pub mod sources;
pub mod store;
pub mod system;

pub use object::{CatalogState, Freshness, ObjectRef, StoredObject, StoredRelation};
pub use provider::{CATALOG, SessionCatalog, SessionCatalogHandle};
pub use snapshot::{Definition, Snapshot, nearest};
pub use sources::Sources;
pub use store::CatalogStore;
