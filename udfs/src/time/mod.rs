//! Time as segments speak of it.

pub(crate) mod within_last;
