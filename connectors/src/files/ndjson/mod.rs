//! One JSON object per line.

mod examine;
mod json;
mod lines;
mod scan;

pub(super) use examine::examine;
pub(super) use scan::scan;
