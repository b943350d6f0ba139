//! Reading list arrays of any layout.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeListArray, LargeListArray, ListArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};

/// Whether values of this type are lists.
pub(crate) fn is_list(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(_, _))
}

/// The type of the elements of a list; `None` for any other type.
pub(crate) fn item_type(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(item.data_type())
        }
        _ => None,
    }
}

/// A list array of any of the three layouts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lists<'a> {
    List(&'a ListArray),
    LargeList(&'a LargeListArray),
    FixedSizeList(&'a FixedSizeListArray),
}

impl<'a> Lists<'a> {
    pub(crate) fn try_new(array: &'a ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::List(_) => Ok(Self::List(array.as_list())),
            DataType::LargeList(_) => Ok(Self::LargeList(array.as_list())),
            DataType::FixedSizeList(_, _) => Ok(Self::FixedSizeList(array.as_fixed_size_list())),
            other => exec_err!("expected a list, got {other}"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(array) => array.len(),
            Self::LargeList(array) => array.len(),
            Self::FixedSizeList(array) => array.len(),
        }
    }

    /// The elements of all lists, one after the other.
    pub(crate) fn values(&self) -> &'a ArrayRef {
        match self {
            Self::List(array) => array.values(),
            Self::LargeList(array) => array.values(),
            Self::FixedSizeList(array) => array.values(),
        }
    }

    /// Where the elements of the list at `row` are in [`Self::values`]; `None` when it is NULL.
    pub(crate) fn get(&self, row: usize) -> Option<Range<usize>> {
        match self {
            Self::List(array) => array.is_valid(row).then(|| {
                let offsets = array.value_offsets();
                offsets[row] as usize..offsets[row + 1] as usize
            }),
            Self::LargeList(array) => array.is_valid(row).then(|| {
                let offsets = array.value_offsets();
                offsets[row] as usize..offsets[row + 1] as usize
            }),
            Self::FixedSizeList(array) => array.is_valid(row).then(|| {
                let start = array.value_offset(row) as usize;
                start..start + array.value_length() as usize
            }),
        }
    }
}
