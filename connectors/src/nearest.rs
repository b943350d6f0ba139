//! "Did you mean": the known word nearest to a misspelt one.

use crate::Error;

/// The candidate that `word` most likely stands for, or `None` when none is near.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The remedy for an unknown word: the nearest one if any, and the words there are.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    kind: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let known = candidates.clone().into_iter().collect::<Vec<_>>().join(", ");
    match nearest(word, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`? {kind}: {known}"),
        None => format!("{kind}: {known}"),
    }
}

/// A table that a source does not have.
pub(crate) fn no_table<'a>(
    source: &str,
    table: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Error {
    Error::new(format!("there is no table {table}")).on(format!("source {source}")).hint(did_you_mean(
        table,
        "the tables are",
        known,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["delimiter", "location", "format"];
        assert_eq!(nearest("delimter", known), Some("delimiter"));
        assert_eq!(nearest("Loaction", known), Some("location"));
        assert_eq!(nearest("password", known), None);
    }
}
