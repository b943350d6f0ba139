//! The fields of rows in the form of `COPY`: each has its length before it, and a length of -1 is NULL.

use arrow::buffer::BooleanBuffer;

/// One field of each row of a part of an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    /// The answer.
    bytes: &'a [u8],
    /// Where fields begin there: so many for each row as there are columns.
    places: &'a [u32],
    columns: usize,
    column: usize,
}

impl<'a> Fields<'a> {
    /// The fields of a column. `places` are those of the lengths of all fields, row by row.
    pub(super) fn new(bytes: &'a [u8], places: &'a [u32], columns: usize, column: usize) -> Self {
        Self { bytes, places, columns, column }
    }

    /// Where each field begins.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + use<'a> {
        let column = self.column;
        self.places.chunks_exact(self.columns).map(move |row| row[column] as usize)
    }

    /// The values, `None` being NULL.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<&'a [u8]>> + use<'a> {
        let bytes = self.bytes;
        self.places().map(move |place| value(bytes, place))
    }

    /// A bit for each, which tells something of what stands at its place.
    pub(super) fn bits(&self, tell: impl Fn(&[u8], usize) -> bool) -> BooleanBuffer {
        let place = |row: usize| self.places[row * self.columns + self.column] as usize;
        BooleanBuffer::collect_bool(self.len(), |row| tell(self.bytes, place(row)))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len() / self.columns
    }

    /// The answer that they are in.
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// The length at a place, if it is there.
pub(super) fn length(bytes: &[u8], place: usize) -> Option<i32> {
    Some(i32::from_be_bytes(*bytes.get(place..)?.first_chunk()?))
}

/// The value of the field at a place, all of which is there unless it is NULL.
pub(super) fn value(bytes: &[u8], place: usize) -> Option<&[u8]> {
    let length = usize::try_from(length(bytes, place)?).ok()?;
    bytes.get(place + 4..)?.get(..length)
}
