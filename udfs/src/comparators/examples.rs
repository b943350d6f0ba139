//! The examples in the documentation of the comparators as functions.

/// The example of a comparator, with its output; empty if it has none.
pub(super) fn example(name: &str) -> &'static str {
    EXAMPLES.iter().find(|(of, _)| *of == name).map(|(_, example)| *example).unwrap_or_default()
}

const EXAMPLES: &[(&str, &str)] = &[
    (
        "address",
        r#"```sql
> SELECT address('12 Main Street', 'Redmond', '98052', '12 Main St.', 'Redmond', '98052') AS a, address('12 Main St', 'Redmond', '7 Oak Ave', 'Redmond') AS b, address('12 Main St', '7 Oak Ave') AS c;
+-------+-----------+-----------+
| a     | b         | c         |
+-------+-----------+-----------+
| equal | same_city | different |
+-------+-----------+-----------+
```"#,
    ),
    (
        "birth_date",
        r#"```sql
> SELECT birth_date(DATE '1985-03-04', DATE '1985-04-03') AS swapped, birth_date('1985-03-04', '1985-03-14') AS digit, birth_date('1985-03-04', '1993-03-04') AS year;
+--------------+--------------+-----------+
| swapped      | digit        | year      |
+--------------+--------------+-----------+
| nearly_equal | nearly_equal | two_parts |
+--------------+--------------+-----------+
```"#,
    ),
    (
        "category",
        r#"```sql
> SELECT category('Gold', 'gold') AS a, category('Gold', 'Silver') AS b, category('Gold', NULL) AS c;
+-------+-----------+---+
| a     | b         | c |
+-------+-----------+---+
| equal | different |   |
+-------+-----------+---+
```"#,
    ),
    (
        "email",
        r#"```sql
> SELECT email('Jane.Doe+news@gmail.com', 'janedoe@gmail.com') AS a, email('jane.doe@contoso.com', 'jane.doe@fabrikam.com') AS b, email('jane.doe85@contoso.com', 'jane.doe@contoso.com') AS c;
+-------+-----------+--------------+
| a     | b         | c            |
+-------+-----------+--------------+
| equal | same_user | similar_user |
+-------+-----------+--------------+
```"#,
    ),
    (
        "family_name",
        r#"```sql
> SELECT family_name('O’Brien', 'OBrien Jr') AS a, family_name('Johnson', 'Jonson') AS b, family_name('García-López', 'Lopez') AS c, family_name('Smith', 'Miller') AS d;
+-------+--------------+---------+-----------+
| a     | b            | c       | d         |
+-------+--------------+---------+-----------+
| equal | nearly_equal | similar | different |
+-------+--------------+---------+-----------+
```"#,
    ),
    (
        "full_name",
        r#"```sql
> SELECT full_name('Doe, Jane', 'Jane Doe') AS a, full_name('Bob Smith', 'Robert J. Smith') AS b, full_name('Jane Doe', 'John Doe') AS c;
+------------+------------+---------+
| a          | b          | c       |
+------------+------------+---------+
| same_words | compatible | partial |
+------------+------------+---------+
```"#,
    ),
    (
        "given_name",
        r#"```sql
> SELECT given_name('Bob', 'Robert') AS a, given_name('Katherine', 'Katharine') AS b, given_name('J.', 'Jane') AS c, given_name('Mary', 'John') AS d;
+----------+--------------+---------+-----------+
| a        | b            | c       | d         |
+----------+--------------+---------+-----------+
| nickname | nearly_equal | initial | different |
+----------+--------------+---------+-----------+
```"#,
    ),
    (
        "identifier",
        r#"```sql
> SELECT identifier('123-45-6789', '123456789') AS a, identifier('123-45-6789', '123-45-6798') AS b, identifier('123-45-6789', '987-65-4321') AS c;
+-------+----------+-----------+
| a     | b        | c         |
+-------+----------+-----------+
| equal | one_edit | different |
+-------+----------+-----------+
```"#,
    ),
    (
        "number",
        r#"```sql
> SELECT number(100, 100.5) AS a, number(100, 95) AS b, number(100, 50) AS c;
+------------------+-------------------+-----------+
| a                | b                 | c         |
+------------------+-------------------+-----------+
| within_1_percent | within_10_percent | different |
+------------------+-------------------+-----------+
```"#,
    ),
    (
        "organization",
        r#"```sql
> SELECT organization('Contoso Trading Ltd.', 'The Contoso Trading Company') AS a, organization('Contoso Trading', 'Contoso Tradings') AS b, organization('Contoso', 'Fabrikam') AS c;
+-------+--------------+-----------+
| a     | b            | c         |
+-------+--------------+-----------+
| equal | nearly_equal | different |
+-------+--------------+-----------+
```"#,
    ),
    (
        "phone",
        r#"```sql
> SELECT phone('+1 (425) 555-0100', '425-555-0100') AS a, phone('425-555-0100', '425-555-0101') AS b, phone('425-555-0100', '206-555-9999') AS c;
+--------------+--------------+-----------+
| a            | b            | c         |
+--------------+--------------+-----------+
| nearly_equal | nearly_equal | different |
+--------------+--------------+-----------+
```"#,
    ),
    (
        "place",
        r#"```sql
> SELECT place('St. Louis', 'st louis') AS a, place('Seattle', 'Seatle') AS b, place('Seattle', 'Redmond') AS c;
+-------+--------------+-----------+
| a     | b            | c         |
+-------+--------------+-----------+
| equal | nearly_equal | different |
+-------+--------------+-----------+
```"#,
    ),
    (
        "point",
        r#"```sql
> SELECT point(47.6062, -122.3321, 47.6065, -122.3325) AS a, point(47.6062, -122.3321, 47.6740, -122.1215) AS b;
+--------------+-----+
| a            | b   |
+--------------+-----+
| within_100_m | far |
+--------------+-----+
```"#,
    ),
    (
        "postcode",
        r#"```sql
> SELECT postcode('98052-6399', '98052') AS a, postcode('98052', '98053') AS b, postcode('98052', '98075') AS c, postcode('98052', '10117') AS d;
+-------+----------+-----------+-----------+
| a     | b        | c         | d         |
+-------+----------+-----------+-----------+
| equal | one_edit | same_area | different |
+-------+----------+-----------+-----------+
```"#,
    ),
    (
        "street",
        r#"```sql
> SELECT street('12 Main Street', '12 Main St.') AS a, street('12 Main Street', '12 Mian Street') AS b, street('12 Main Street', '40 Main Street') AS c, street('12 Main Street', '7 Oak Avenue') AS d;
+-------+--------------+--------------+-----------+
| a     | b            | c            | d         |
+-------+--------------+--------------+-----------+
| equal | nearly_equal | nearly_equal | different |
+-------+--------------+--------------+-----------+
```"#,
    ),
    (
        "text",
        r#"```sql
> SELECT text('red trail bike', 'Red Trail-Bike') AS a, text('red trail bike', 'red trail bikes') AS b, text('red trail bike', 'trail bike, blue') AS c, text('red trail bike', 'tent') AS d;
+-------+--------------+---------+-----------+
| a     | b            | c       | d         |
+-------+--------------+---------+-----------+
| equal | nearly_equal | similar | different |
+-------+--------------+---------+-----------+
```"#,
    ),
];
