//! What a column means, by its name and its first values, as `MATCH (AUTO)` judges it.

use arrow::array::RecordBatch;
use arrow::datatypes::FieldRef;
use onefold_udfs::recognize::fold;

use crate::Result;
use crate::identity::matching::auto::content::Content;
use crate::identity::matching::auto::meaning::{Meaning, decide};
use crate::identity::matching::auto::names;
use crate::identity::matching::auto::sample::Sample;

/// Words in the names of columns of money.
const AMOUNTS: [&str; 20] = [
    "amount", "balance", "betrag", "cost", "fee", "gross", "importe", "income", "montant", "net", "paid",
    "preis", "price", "prix", "revenue", "salary", "spend", "spent", "total", "umsatz",
];

/// What each column of some rows means; `None` where nothing tells.
pub(super) fn of(fields: &[&FieldRef], rows: &[RecordBatch]) -> Result<Vec<Option<&'static str>>> {
    let columns = fields.iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
    let sample = Sample::of_table(columns, rows)?;
    let meaning = |(place, field): (usize, &&FieldRef)| {
        let meaning = decide(names::hint(field.name()), &Content::of(&sample, place)).ok()?;
        let is_amount = meaning == Meaning::Number && says_amount(field.name());
        Some(if is_amount { "amount" } else { meaning.word() })
    };
    Ok(fields.iter().enumerate().map(meaning).collect())
}

fn says_amount(name: &str) -> bool {
    fold(name).split(|c: char| !c.is_ascii_alphabetic()).any(|word| AMOUNTS.contains(&word))
}
