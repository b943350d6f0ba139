pub(crate) mod aspects;
pub(crate) mod sentiment;
