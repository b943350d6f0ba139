//! Values as JSON text.

pub(crate) mod to_json;
