use super::*;

const SPECS: &[OptionSpec] = &[
    OptionSpec::new("location", OptionType::Text, "Where it is.").required(),
    OptionSpec::new("header", OptionType::Bool, "Names first.").default("true"),
    OptionSpec::new("delimiter", OptionType::Char, "Between fields.").default(","),
    OptionSpec::new("depth", OptionType::Integer, "How deep."),
    OptionSpec::new("format", OptionType::OneOf(&["csv", "parquet"]), "How written."),
    OptionSpec::new("columns.*", OptionType::Text, "Types."),
    OptionSpec::new("secret_key", OptionType::Text, "Key.").secret(),
];

fn check(given: &[(&str, &str)]) -> Result<Options> {
    Options::check(SPECS, &pairs(given), &|name| (name == "KEY").then(|| "hunter2".to_owned()))
}

fn message(given: &[(&str, &str)]) -> String {
    check(given).unwrap_err().to_string()
}

#[test]
fn values_are_typed_and_defaults_filled_in() {
    let options = check(&[
        ("LOCATION", "data/"),
        ("delimiter", "\\t"),
        ("depth", " 3 "),
        ("format", "CSV"),
        ("columns.orders", "id bigint"),
        ("columns.people", "id text"),
    ])
    .unwrap();
    assert_eq!(options.text("location"), Some("data/"));
    assert_eq!(options.bool("header"), Some(true));
    assert_eq!(options.char("delimiter"), Some('\t'));
    assert_eq!(options.integer("depth"), Some(3));
    assert_eq!(options.text("format"), Some("csv"));
    let columns: Vec<_> = options.with_prefix("columns.").collect();
    assert_eq!(columns, [("orders", "id bigint"), ("people", "id text")]);
}

#[test]
fn errors_name_the_option_the_value_and_the_remedy() {
    assert!(message(&[("loction", "x")]).contains("did you mean `location`?"));
    assert!(message(&[]).contains("the option location is missing"));
    assert!(message(&[("location", "a"), ("location", "b")]).contains("given twice"));
    let wrong = message(&[("location", "a"), ("header", "maybe")]);
    assert_eq!(wrong, "option header: the value 'maybe' is not true or false");
    let wrong = message(&[("location", "a"), ("format", "parqet")]);
    assert!(wrong.contains("one of csv, parquet (did you mean parquet?)"), "{wrong}");
    assert!(message(&[("location", "a"), ("delimiter", "||")]).contains("a single character"));
    assert!(message(&[("location", "${NOWHERE}")]).contains("environment variable NOWHERE is not set"));
    assert!(message(&[("location", "${KEY")]).contains("not closed"));
}

#[test]
fn secrets_are_never_shown() {
    let given = [("location", "s3://${KEY}/x"), ("secret_key", "swordfish"), ("depth", "${KEY}")];
    let wrong = message(&given);
    assert!(wrong.contains("option depth") && !wrong.contains("hunter2"), "{wrong}");
    let options = check(&given[..2]).unwrap();
    assert_eq!(options.text("location"), Some("s3://hunter2/x"));
    let shown = format!("{options:?}");
    assert!(!shown.contains("swordfish") && !shown.contains("hunter2"), "{shown}");

    let given = pairs(&[("secret_key", "swordfish"), ("location", "here"), ("secret_key", "${KEY}")]);
    let redacted = Options::redact(SPECS, &given);
    assert_eq!(redacted, pairs(&[("secret_key", "***"), ("location", "here"), ("secret_key", "${KEY}")]));
}

fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
