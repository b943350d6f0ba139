//! The comparators agree with their plain definition, whichever record is first.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringArray};
use onefold_udfs::comparators::{Context, Level, NONE, PersonNames, all, get};
use proptest::collection::vec;
use proptest::prelude::*;
use rapidfuzz::distance::{damerau_levenshtein, jaro_winkler};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn given_names(names in vec(given_names_strategy(), 2..16)) {
        agrees("given_name", &names, naive_given_name)?;
    }

    #[test]
    fn family_names(names in vec(name(), 2..16)) {
        agrees("family_name", &names, naive_family_name)?;
    }

    #[test]
    fn person_names(names in vec((given_names_strategy(), name()), 2..12)) {
        person_names_agree(&names)?;
    }

    #[test]
    fn birth_dates(dates in vec("19[89][0-2](0[1-3]|1[0-2])([0-2][1-3])|19[0-9]{2}|[0-9]{1,8}", 2..16)) {
        agrees("birth_date", &dates, naive_birth_date)?;
    }

    #[test]
    fn emails(emails in vec("(jane|jan|jnae|john)(doe|deo|do|roe)?(85|84|5)?@(a|ab|contoso|fabrikam)\\.(com|de)", 2..16)) {
        agrees("email", &emails, naive_email)?;
    }

    #[test]
    fn phones(phones in vec("(1|49)?(425|206)?5550[01]0[0-3]|[0-2]{1,9}", 2..16)) {
        agrees("phone", &phones, |a, b| naive_phone(a, b, true))?;
    }

    #[test]
    fn identifiers(identifiers in vec("[a-c0-1]{1,6}|[ab]{5,10}|[a-d]{8}", 2..16)) {
        agrees("identifier", &identifiers, |a, b| naive_phone(a, b, false))?;
    }

    #[test]
    fn postcodes(postcodes in vec("9805[0-3]|980[0-9]{2}|[0-9]{1,6}|sw1a[12][ab]", 2..16)) {
        agrees("postcode", &postcodes, naive_postcode)?;
    }

    #[test]
    fn texts(texts in vec(text(), 2..16)) {
        agrees("text", &texts, naive_text)?;
    }

    #[test]
    fn places(places in vec("(new|nwe)? ?(seattle|seatle|york|redmond|red)", 2..16)) {
        let places: Vec<String> = places.iter().map(|place| place.trim().to_owned()).collect();
        agrees("place", &places, |a, b| if similarity(a, b) >= 0.9 { 2 } else { 3 })?;
    }

    #[test]
    fn all_are_symmetric(texts in vec(prop_oneof![text(), name(), "(jane|jan) (doe|deo|d) ?[a-c]?"], 2..16)) {
        for comparator in all() {
            let columns = columns(comparator.columns().len(), &texts);
            let prepared = match comparator.prepare(&columns, &Context::default()) {
                Ok(prepared) => prepared,
                Err(_) => comparator.prepare(&numeric(&columns), &Context::default()).expect("numbers"),
            };
            let (left, right) = pairs(texts.len());
            let (mut there, mut back) = (vec![0; left.len()], vec![0; left.len()]);
            prepared.compare(&left, &right, &mut there);
            prepared.compare(&right, &left, &mut back);
            prop_assert_eq!(&there, &back, "{}", comparator.name());
            for ((a, b), level) in left.iter().zip(&right).zip(there) {
                let (a, b) = (prepared.values()[*a as usize], prepared.values()[*b as usize]);
                prop_assert!(usize::from(level) <= comparator.levels().len());
                prop_assert!(a == NONE || a != b || level == 1, "equal values are at level 1 of {}", comparator.name());
            }
        }
    }
}

#[test]
fn comparators_are_sorted_and_complete() {
    let names: Vec<_> = all().iter().map(|comparator| comparator.name()).collect();
    assert!(names.is_sorted());
    for comparator in all() {
        assert!(comparator.levels().len() <= 14);
        assert_eq!(comparator.levels().first().map(|Level { name, .. }| name.as_ref()), Some("equal"));
        assert_eq!(comparator.keys().len(), comparator.columns().len());
        assert!(get(comparator.name()).is_some());
    }
}

#[test]
fn long_texts_are_compared() {
    let texts = ["red trail bike with a very comfortable saddle and twenty-one gears for the mountains"; 2];
    let texts = [texts[0].to_owned(), format!("{} of the north", texts[1]), "tent".to_owned()];
    assert_eq!(levels("text", &texts, &[0, 0, 0], &[0, 1, 2]), [1, 2, 4]);
}

#[test]
fn values_can_be_left_out() {
    let column: ArrayRef = Arc::new(StringArray::from(vec![Some("info@contoso.com"), Some("a@b.de"), None]));
    let email = get("email").expect("a comparator").prepare(&[column], &Context::default()).expect("text");
    assert_eq!((email.values(), email.distinct()), (&[0, 1, NONE][..], 2));
    assert_eq!(email.text(0), "info@contoso.com");
    assert_eq!(email.without(&[0]).values(), [NONE, 1, NONE]);
}

#[test]
fn similar_addresses_with_their_holders_name_say_nothing() {
    let emails: ArrayRef =
        Arc::new(StringArray::from(vec!["jane.doe85@contoso.com", "jane.doe@fabrikam.com"]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["Doe", "DOE"]));
    for (family_name, expected) in [(Some(names), 0), (None, 3)] {
        let context = Context { family_name, ..Context::default() };
        let email = get("email").expect("a comparator");
        let prepared = email.prepare(&[Arc::clone(&emails)], &context).expect("text");
        let mut levels = [9];
        prepared.compare(&[0], &[1], &mut levels);
        assert_eq!(levels, [expected]);
    }
}

#[test]
fn exchanged_names_are_put_right() {
    let given: ArrayRef = Arc::new(StringArray::from(vec![Some("Jane"), Some("Miller"), Some("Jane"), None]));
    let family: ArrayRef =
        Arc::new(StringArray::from(vec![Some("Miller"), Some("Jan"), Some("Miler"), None]));
    let names = PersonNames::prepare(&given, &family).expect("text");
    let (mut given, mut family, mut order) = ([9; 3], [9; 3], [9; 3]);
    names.compare(&[0, 0, 0], &[1, 2, 3], &mut given, &mut family, &mut order);
    assert_eq!((given, family, order), ([3, 1, 0], [1, 2, 0], [2, 1, 0]));
}

fn given_names_strategy() -> impl Strategy<Value = String> {
    let nicknames = NICKNAMES.iter().flatten().copied().collect::<Vec<_>>();
    prop_oneof![prop::sample::select(nicknames).prop_map(str::to_owned), name()]
}

/// Names, each with some of its nicknames.
const NICKNAMES: [[&str; 4]; 3] = [
    ["robert", "bob", "rob", "bobby"],
    ["elizabeth", "liz", "beth", "lizzie"],
    ["william", "bill", "will", "liam"],
];

fn same_name(a: &str, b: &str) -> bool {
    NICKNAMES.iter().any(|names| names.contains(&a) && names.contains(&b))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,7}", "(torv|trov|tor|toorv|torvi|tarv|meier|mayer)(son|sen|sno)?", "[a-j]{1,14}"]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["(red|rde|blue|trail|bike|12|21)( (red|blue|trail|bike|bikes|12)){0,4}", "[ab]( ?[ab]){0,5}"]
}

/// Compares all pairs of records and checks the levels of those that differ. The values must be in normal form.
fn agrees(
    comparator: &str,
    values: &[String],
    naive: impl Fn(&str, &str) -> u8,
) -> Result<(), TestCaseError> {
    let (left, right) = pairs(values.len());
    let levels = levels(comparator, values, &left, &right);
    for ((a, b), level) in left.iter().zip(right).zip(levels) {
        let (a, b) = (&values[*a as usize], &values[b as usize]);
        let expected = if a == b { 1 } else { naive(a, b) };
        prop_assert_eq!(level, expected, "{} and {}", a, b);
    }
    Ok(())
}

fn levels(comparator: &str, values: &[String], left: &[u32], right: &[u32]) -> Vec<u8> {
    let comparator = get(comparator).expect("a comparator");
    let prepared = comparator.prepare(&columns(1, values), &Context::default()).expect("text");
    let mut levels = vec![9; left.len()];
    prepared.compare(left, right, &mut levels);
    levels
}

fn columns(count: usize, values: &[String]) -> Vec<ArrayRef> {
    // Later columns are the same values, moved on.
    let column = |by| values.iter().cycle().skip(by).take(values.len()).map(Some).collect::<StringArray>();
    (0..count).map(|by| Arc::new(column(by)) as ArrayRef).collect()
}

fn numeric(columns: &[ArrayRef]) -> Vec<ArrayRef> {
    let column = |by| (0..columns[0].len()).map(move |row| (row * row + by) as f64 / 10.0);
    (0..columns.len()).map(|by| Arc::new(Float64Array::from_iter_values(column(by))) as ArrayRef).collect()
}

fn pairs(records: usize) -> (Vec<u32>, Vec<u32>) {
    (0..records as u32).flat_map(|a| (0..records as u32).map(move |b| (a, b))).unzip()
}

fn person_names_agree(names: &[(String, String)]) -> Result<(), TestCaseError> {
    let column = |of: fn(&(String, String)) -> &String| {
        Arc::new(names.iter().map(of).map(Some).collect::<StringArray>())
    };
    let (given, family) = (column(|(given, _)| given), column(|(_, family)| family));
    let prepared = PersonNames::prepare(&(given as ArrayRef), &(family as ArrayRef)).expect("text");
    let (left, right) = pairs(names.len());
    let mut levels = vec![[0; 3]; 0];
    let (mut given, mut family, mut order) = (vec![9; left.len()], vec![9; left.len()], vec![9; left.len()]);
    prepared.compare(&left, &right, &mut given, &mut family, &mut order);
    levels.extend(
        given.iter().zip(&family).zip(&order).map(|((given, family), order)| [*given, *family, *order]),
    );
    for ((a, b), levels) in left.iter().zip(right).zip(levels) {
        let ((given_a, family_a), (given_b, family_b)) = (&names[*a as usize], &names[b as usize]);
        let fit = |a: &str, b: &str| match a.len().min(b.len()) {
            1 => {
                if a[..1] == b[..1] {
                    0.86
                } else {
                    0.0
                }
            }
            _ => similarity(a, b),
        };
        let (one, other) = (fit(given_a, family_b), fit(family_a, given_b));
        let straight = fit(given_a, given_b).max(fit(family_a, family_b));
        let swapped = one.max(other) > 0.86 && one >= 0.85 && other >= 0.85 && straight < 0.85;
        let (given_b, family_b) = if swapped { (family_b, given_b) } else { (given_b, family_b) };
        let given = if given_a == given_b { 1 } else { naive_given_name(given_a, given_b) };
        let family = if family_a == family_b { 1 } else { naive_family_name(family_a, family_b) };
        prop_assert_eq!(
            levels,
            [given, family, 1 + u8::from(swapped)],
            "{:?} and {:?}",
            &names[*a as usize],
            (given_b, family_b)
        );
    }
    Ok(())
}

/// The similarity with the shorter or smaller text first.
fn similarity(a: &str, b: &str) -> f64 {
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    jaro_winkler::similarity(a.chars(), b.chars())
}

fn is_near(a: &str, b: &str, edits: usize) -> bool {
    a.len().abs_diff(b.len()) <= edits
        && similarity(a, b) >= 0.6
        && damerau_levenshtein::distance(a.chars(), b.chars()) <= edits
}

fn naive_given_name(a: &str, b: &str) -> u8 {
    let shorter = a.len().min(b.len());
    if shorter >= 4 && (similarity(a, b) >= 0.93 || is_near(a, b, 1)) {
        2
    } else if same_name(a, b) || shorter >= 3 && (a.starts_with(b) || b.starts_with(a)) {
        3
    } else if shorter == 1 && a[..1] == b[..1] {
        4
    } else if similarity(a, b) >= 0.8 {
        5
    } else {
        6
    }
}

fn naive_family_name(a: &str, b: &str) -> u8 {
    let shorter = a.len().min(b.len());
    if shorter >= 4 && (similarity(a, b) >= 0.93 || is_near(a, b, 1)) {
        2
    } else if similarity(a, b) >= 0.8 || shorter >= 4 && (a.contains(b) || b.contains(a)) {
        3
    } else {
        4
    }
}

fn naive_birth_date(a: &str, b: &str) -> u8 {
    let part = |from: usize, to: usize| (a.get(from..to.min(a.len())), b.get(from..to.min(b.len())));
    let is_same = |(a, b): (Option<&str>, Option<&str>)| a == b && a.is_some_and(|part| !part.is_empty());
    let same_year = is_same(part(0, 4));
    let parts = [part(0, 4), part(4, 6), part(6, 8)].map(is_same).map(u8::from).iter().sum::<u8>();
    let (month, day) = (part(4, 6), part(6, 8));
    let exchanged = is_same((month.0, day.1)) && is_same((day.0, month.1));
    if is_near(a, b, 1) || same_year && exchanged {
        2
    } else if parts >= 2 || is_near(a, b, 2) {
        3
    } else if same_year {
        4
    } else {
        5
    }
}

fn naive_email(a: &str, b: &str) -> u8 {
    let (user_a, user_b) = (a.split('@').next().unwrap_or_default(), b.split('@').next().unwrap_or_default());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if user_a == user_b || digits(user_a) == digits(user_b) && is_near(a, b, 2) {
        2
    } else if similarity(user_a, user_b) >= 0.88 || is_near(a, b, 2) {
        3
    } else {
        4
    }
}

fn naive_phone(a: &str, b: &str, with_tail: bool) -> u8 {
    let has_tail = with_tail && a.len().min(b.len()) >= 7;
    if is_near(a, b, 1) || has_tail && a[a.len() - 7..] == b[b.len() - 7..] {
        2
    } else if is_near(a, b, 2) {
        3
    } else {
        4
    }
}

fn naive_postcode(a: &str, b: &str) -> u8 {
    let area = |text: &str| text.chars().take(3).collect::<String>();
    if damerau_levenshtein::distance(a.chars(), b.chars()) <= 1 {
        2
    } else if area(a) == area(b) {
        3
    } else {
        4
    }
}

fn naive_text(a: &str, b: &str) -> u8 {
    let (words_a, words_b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let mut shared: Vec<&str> = words_a.iter().copied().filter(|word| words_b.contains(word)).collect();
    shared.sort_unstable();
    shared.dedup();
    let needed = 0.6 * words_a.len().min(words_b.len()).max(2) as f64;
    if similarity(a, b) >= 0.95 || is_near(a, b, 2) {
        2
    } else if similarity(a, b) >= 0.85 || shared.len() as f64 >= needed - 1e-9 {
        3
    } else {
        4
    }
}
