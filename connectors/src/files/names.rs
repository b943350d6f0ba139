//! The names of tables and columns.

/// A table's name: the file's or folder's, in lower case, with `_` for each run of what is neither letter nor
/// digit.
pub(crate) fn table_name(stem: &str) -> String {
    let words = stem.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// Lower snake case: a word ends where something that is neither letter nor digit stands, and between a lower
/// case letter and an upper case one. `Loyalty Tier` is `loyalty_tier`, `FirstName` `first_name`, `EMail`
/// `email`.
pub(super) fn normalized(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for char in name.chars() {
        let boundary = before.is_lowercase() && char.is_uppercase();
        if char.is_alphanumeric() {
            if !normalized.is_empty() && (boundary || !before.is_alphanumeric()) {
                normalized.push('_');
            }
            normalized.extend(char.to_lowercase());
        }
        before = char;
    }
    normalized
}

/// The columns of a header: normalised unless `exact`; a column without a name is called by its position, and
/// a name that was there before gets a number.
pub(super) fn columns<'a>(header: impl IntoIterator<Item = &'a str>, exact: bool) -> Vec<String> {
    let mut columns: Vec<String> = vec![];
    for (index, name) in header.into_iter().enumerate() {
        let name = if exact { name.to_owned() } else { normalized(name) };
        let name = if name.trim().is_empty() { format!("column_{}", index + 1) } else { name };
        let mut unique = name.clone();
        let mut number = 2;
        while columns.contains(&unique) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        columns.push(unique);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        assert_eq!(table_name("Customer-Loyalty"), "customer_loyalty");
        assert_eq!(table_name("orders (1)"), "orders_1");
        assert_eq!(table_name("POSPurchases"), "pospurchases");
    }

    #[test]
    fn normalised_columns() {
        for (header, column) in [
            ("FirstName", "first_name"),
            ("Loyalty Tier", "loyalty_tier"),
            ("EMail", "email"),
            (" post-code ", "post_code"),
            ("CustomerID", "customer_id"),
            ("Straße (Haus)", "straße_haus"),
            ("address2", "address2"),
        ] {
            assert_eq!(normalized(header), column);
        }
    }

    #[test]
    fn every_column_has_a_name_of_its_own() {
        assert_eq!(columns(["Id", "", "ID", "id "], false), ["id", "column_2", "id_2", "id_3"]);
        assert_eq!(columns(["Id", "First Name"], true), ["Id", "First Name"]);
    }
}
