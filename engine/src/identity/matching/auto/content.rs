//! What the values of a column look like.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::DataType;
use onefold_udfs::recognize::{self as look, DateOrder};

use super::sample::Sample;

/// Shares, from 0 to 1, of the values of a column in the sample that look like something, and other measures.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Records in the sample.
    pub records: usize,
    /// Of them, those with a value.
    pub values: usize,
    /// How many distinct values there are.
    pub distinct: usize,
    /// Whether the column is of text.
    pub is_text: bool,
    /// Whether each source has values of its own.
    pub of_one_source: bool,
    /// Mean numbers of characters and of words, and the standard deviation of the former.
    pub length: f64,
    /// See `length`.
    pub length_spread: f64,
    /// See `length`.
    pub words: f64,
    /// No digits.
    pub letters: f64,
    /// At least one digit.
    pub has_digit: f64,
    /// Nothing but digits.
    pub digits: f64,
    /// Of ten digits, the first of which is 2 or more.
    pub leading_high: f64,
    /// A number.
    pub number: f64,
    /// A number with a fraction.
    pub fraction: f64,
    /// A year from 1850 to 2050.
    pub year: f64,
    /// A date.
    pub date: f64,
    /// Begins with four digits.
    pub year_first: f64,
    /// A date with a time of the day.
    pub time: f64,
    /// The years between the dates, without the first and the last twentieth.
    pub years: u32,
    /// Dates that can only have the day first, or only the month first, or either.
    pub day_first: f64,
    /// See `day_first`.
    pub month_first: f64,
    /// See `day_first`.
    pub either_first: f64,
    /// An e-mail address.
    pub email: f64,
    /// A phone number with signs.
    pub phone: f64,
    /// Three, two and four digits with lines between them.
    pub social_security: f64,
    /// An UUID or a hash.
    pub uuid: f64,
    /// A postcode that is nothing else.
    pub postcode: f64,
    /// A street with a number.
    pub street: f64,
    /// An organisation.
    pub organization: f64,
    /// The first word is a given name.
    pub given_name: f64,
    /// The first or the last word is a given name.
    pub given_word: f64,
    /// A frequent family name.
    pub family_name: f64,
    /// A known city, state or country.
    pub place: f64,
    /// A code of a state or country.
    pub region_code: f64,
}

impl Content {
    /// Looks at a column of a sample.
    pub fn of(sample: &Sample, column: usize) -> Self {
        let values: Vec<&str> = sample.values(column).flatten().collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for value in &values {
            *counts.entry(value).or_default() += 1;
        }
        let mut out = Self {
            records: sample.records(),
            values: values.len(),
            distinct: counts.len(),
            is_text: sample.data_type(column).is_string(),
            of_one_source: of_one_source(sample, column),
            ..Self::default()
        };
        let mut years: Vec<(u32, usize)> = Vec::new();
        let mut squares = 0.0;
        let is_time = matches!(sample.data_type(column), DataType::Timestamp(..));
        for (value, n) in &counts {
            let n = *n as f64;
            out.add(value, n, is_time);
            squares += n * (value.chars().count() as f64).powi(2);
            if let Some(year) = look::date_year(value).filter(|_| look::is_date(value)) {
                years.push((year, n as usize));
            }
        }
        out.scale(squares);
        out.years = spread(years);
        out
    }

    fn add(&mut self, value: &str, n: f64, is_time: bool) {
        let folded = look::fold(value);
        let words: Vec<&str> = folded.split(' ').collect();
        let (first, last) = (words[0], words[words.len() - 1]);
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let all_digits = digits > 0 && digits == value.len();
        let order = look::date_order(value);
        let plus = |share: &mut f64, holds: bool| *share += if holds { n } else { 0.0 };
        self.length += n * value.chars().count() as f64;
        self.words += n * words.len() as f64;
        plus(&mut self.letters, digits == 0 && !folded.is_empty());
        plus(&mut self.has_digit, digits > 0);
        plus(&mut self.digits, all_digits);
        plus(&mut self.leading_high, all_digits && digits == 10 && value.as_bytes()[0] > b'1');
        plus(&mut self.number, value.parse::<f64>().is_ok_and(f64::is_finite));
        plus(&mut self.fraction, value.contains('.') && value.parse::<f64>().is_ok());
        plus(&mut self.year, digits == 4 && all_digits && ("1850"..="2050").contains(&value));
        plus(&mut self.date, order.is_some());
        let start = value.as_bytes().get(..4);
        plus(&mut self.year_first, start.is_some_and(|start| start.iter().all(u8::is_ascii_digit)));
        // Midnight is no time of the day.
        let midnight = value.contains("00:00:00") || !value.contains(':');
        plus(&mut self.time, order.is_some() && !midnight && (is_time || value.len() > 12));
        plus(&mut self.day_first, order == Some(DateOrder::DayFirst));
        plus(&mut self.month_first, order == Some(DateOrder::MonthFirst));
        plus(&mut self.either_first, order == Some(DateOrder::Either));
        plus(&mut self.email, look::is_email(value));
        plus(&mut self.phone, look::is_phone(value));
        plus(&mut self.social_security, is_social_security(value));
        plus(&mut self.uuid, look::is_uuid(value));
        plus(&mut self.postcode, look::is_postcode(value));
        plus(&mut self.street, look::is_street(&folded));
        plus(&mut self.organization, look::is_organization(&folded));
        plus(&mut self.given_name, look::is_given_name(first));
        plus(&mut self.given_word, look::is_given_name(first) || look::is_given_name(last));
        plus(&mut self.family_name, look::is_family_name(&folded));
        plus(&mut self.place, look::is_place(&folded));
        plus(&mut self.region_code, look::is_region_code(&folded));
    }

    fn scale(&mut self, squares: f64) {
        let n = self.values.max(1) as f64;
        for share in [
            &mut self.length,
            &mut self.words,
            &mut self.letters,
            &mut self.has_digit,
            &mut self.digits,
            &mut self.leading_high,
            &mut self.number,
            &mut self.fraction,
            &mut self.year,
            &mut self.date,
            &mut self.year_first,
            &mut self.time,
            &mut self.day_first,
            &mut self.month_first,
            &mut self.either_first,
            &mut self.email,
            &mut self.phone,
            &mut self.social_security,
            &mut self.uuid,
            &mut self.postcode,
            &mut self.street,
            &mut self.organization,
            &mut self.given_name,
            &mut self.given_word,
            &mut self.family_name,
            &mut self.place,
            &mut self.region_code,
        ] {
            *share /= n;
        }
        self.length_spread = (squares / n - self.length.powi(2)).max(0.0).sqrt();
    }

    /// The share of records with a value.
    pub fn filled(&self) -> f64 {
        self.values as f64 / self.records.max(1) as f64
    }

    /// How many values are different, among the values.
    pub fn distinct_share(&self) -> f64 {
        self.distinct as f64 / self.values.max(1) as f64
    }

    /// Whether there are so few different values that the column tells groups apart, not people.
    pub fn is_few(&self) -> bool {
        self.distinct <= FEW || self.distinct_share() < FEW_SHARE
    }
}

const FEW: usize = 20;
const FEW_SHARE: f64 = 0.01;
/// With more different values, sources do not have values of their own by nature.
const VALUES_OF_A_SOURCE: usize = 50;

/// Whether several sources have values, few, and none in common: they say of a record only where it is from.
fn of_one_source(sample: &Sample, column: usize) -> bool {
    let mut seen: HashMap<usize, HashSet<&str>> = HashMap::new();
    for (source, value) in sample.sources().zip(sample.values(column)) {
        if let Some(value) = value {
            let values = seen.entry(source).or_default();
            values.insert(value);
            if values.len() > VALUES_OF_A_SOURCE {
                return false;
            }
        }
    }
    let all: HashSet<&str> = seen.values().flatten().copied().collect();
    let rows = sample.values(column).flatten().count();
    // A few rows may be apart by chance.
    seen.len() > 1 && rows >= 10 * all.len() && seen.values().map(HashSet::len).sum::<usize>() == all.len()
}

fn is_social_security(text: &str) -> bool {
    let shape: Vec<usize> = text.trim().split('-').map(str::len).collect();
    shape == [3, 2, 4] && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b' ')
}

/// The difference of the 5th and the 95th hundredth of some counted years.
fn spread(mut years: Vec<(u32, usize)>) -> u32 {
    years.sort_unstable();
    let total: usize = years.iter().map(|(_, n)| n).sum();
    let at = |part: f64| {
        let mut left = (total as f64 * part) as usize;
        for (year, n) in &years {
            if left < *n {
                return *year;
            }
            left -= n;
        }
        years.last().map_or(0, |(year, _)| *year)
    };
    at(0.95).saturating_sub(at(0.05))
}
