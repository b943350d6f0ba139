//! Time as segments and BI tools speak of it.

pub(crate) mod interval_times;
pub(crate) mod within_last;
