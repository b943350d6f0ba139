//! Comparators: how alike two values of a field are, as one of a few ordered levels.

mod comparator;

pub use comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
