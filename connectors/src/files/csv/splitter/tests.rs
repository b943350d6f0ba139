use super::*;

const DIALECT: Dialect = Dialect { delimiter: b',', quote: Some(b'"'), escape: None, comment: None };

/// All records as `line: field|field`, fed in pieces of every size, which must not matter.
fn split(dialect: Dialect, text: &str) -> Vec<String> {
    let whole = split_in(dialect, text, text.len().max(1));
    for size in 1..text.len() {
        assert_eq!(split_in(dialect, text, size), whole, "in pieces of {size}");
    }
    whole
}

fn split_in(dialect: Dialect, text: &str, size: usize) -> Vec<String> {
    let mut splitter = Splitter::new(dialect);
    let mut pieces = text.as_bytes().chunks(size);
    let mut found = vec![];
    let mut scratch = String::new();
    loop {
        match splitter.next() {
            Step::End => return found,
            Step::More => match pieces.next() {
                Some(piece) => splitter.feed(piece).unwrap(),
                None => splitter.end(),
            },
            Step::Broken(reason) => {
                let raw = String::from_utf8_lossy(splitter.raw()).into_owned();
                found.push(format!("{}! {reason}: {raw}", splitter.line()));
            }
            Step::Record => {
                let record = splitter.record().unwrap();
                let values = (0..splitter.width()).map(|index| {
                    let value = record.value(index, &mut scratch);
                    if value.quoted { format!("<{}>", value.text) } else { value.text.to_owned() }
                });
                let values = values.collect::<Vec<_>>().join("|");
                found.push(format!("{}: {values}", splitter.line()));
            }
        }
    }
}

#[test]
fn records_and_lines() {
    let found = split(DIALECT, "a,b\r\n1,\"two\nlines\"\n\n,\"\"\n\"x \"\"y\"\"\",z");
    assert_eq!(found, ["1: a|b", "2: 1|<two\nlines>", "5: |<>", "6: <x \"y\">|z"]);
}

#[test]
fn an_empty_last_field_and_a_quote_inside_a_field_are_kept() {
    assert_eq!(split(DIALECT, "a,b,\n1,5\" pipe,"), ["1: a|b|", "2: 1|5\" pipe|"]);
    assert_eq!(split(DIALECT, "a,\"b\"\r\n\"c\"\r\n"), ["1: a|<b>", "2: <c>"]);
}

#[test]
fn broken_quoting_costs_one_line() {
    let found = split(DIALECT, "1,\"open\n2,ok\n3,\"fine\"\n");
    assert_eq!(found, ["1! text follows a closing quote: 1,\"open", "2: 2|ok", "3: 3|<fine>"]);
    let found = split(DIALECT, "1,\"open\n2,ok\n");
    assert_eq!(found, ["1! a quote is not closed: 1,\"open", "2: 2|ok"]);
    let found = split(DIALECT, "1,\"a\"b\n2,ok\n");
    assert_eq!(found, ["1! text follows a closing quote: 1,\"a\"b", "2: 2|ok"]);
}

#[test]
fn other_dialects() {
    let semicolons = Dialect { delimiter: b';', comment: Some(b'#'), ..DIALECT };
    assert_eq!(split(semicolons, "# note\na;1,5\n"), ["2: a|1,5"]);
    let escapes = Dialect { escape: Some(b'\\'), ..DIALECT };
    assert_eq!(split(escapes, "\"a\\\"b\\\\\",c\n"), ["1: <a\"b\\>|c"]);
    let unquoted = Dialect { quote: None, ..DIALECT };
    assert_eq!(split(unquoted, "\"a,b\"\n"), ["1: \"a|b\""]);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(split_in(DIALECT, "\u{feff}a,b\n", 100), ["1: a|b"]);
    let error = Splitter::new(DIALECT).feed(&[0xFF, 0xFE, b'a', 0]).unwrap_err();
    assert!(error.message.contains("UTF-16"));
}
