//! Dates as people write them.

/// How the parts of a date stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// The year comes first, the month is a word, or nothing but a year and perhaps a month is known.
    Certain,
    /// The day comes before the month, as only it can be greater than 12.
    DayFirst,
    /// The month comes before the day.
    MonthFirst,
    /// Either may be the month.
    Either,
}

/// A date, or as much of it as is known: 0 stands for an unknown month or day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

/// Years of two digits up to this one are of this century.
const PIVOT: u32 = 20;

const MONTHS: &[&str] = &[
    "jan janv ene gen",
    "feb fev fevr febr",
    "mar marz maerz mrz mars mrt maa",
    "apr avr abr avril",
    "may mai mei mag maj",
    "jun juin giu juni",
    "jul juil lug juli",
    "aug aou ago aout",
    "sep sept set",
    "oct okt ott out",
    "nov",
    "dec dez dic des",
];

/// Reads a date; `day_first` decides where both of two numbers may be the month. A time after it is left out.
pub(crate) fn read(text: &str, day_first: bool) -> Option<(Date, DateOrder)> {
    let parts = parts(text)?;
    match parts.as_slice() {
        [Part::Number(number, 8)] => compact(*number, day_first),
        [Part::Number(year, 4)] => date(*year, 0, 0).map(|date| (date, DateOrder::Certain)),
        [Part::Number(year, 4), Part::Number(month, ..=2)]
        | [Part::Number(month, ..=2), Part::Number(year, 4)] => {
            date(*year, *month, 0).map(|date| (date, DateOrder::Certain))
        }
        [Part::Number(year, 4), Part::Number(month, ..=2), Part::Number(day, ..=2)] => {
            date(*year, *month, *day).map(|date| (date, DateOrder::Certain))
        }
        [Part::Number(a, ..=2), Part::Number(b, ..=2), Part::Number(year, digits @ (2 | 4))] => {
            either(*a, *b, full(*year, *digits), day_first)
        }
        [Part::Month(month), Part::Number(day, ..=2), Part::Number(year, digits @ (2 | 4))]
        | [Part::Number(day, ..=2), Part::Month(month), Part::Number(year, digits @ (2 | 4))] => {
            date(full(*year, *digits), *month, *day).map(|date| (date, DateOrder::Certain))
        }
        [Part::Number(year, 4), Part::Month(month), Part::Number(day, ..=2)] => {
            date(*year, *month, *day).map(|date| (date, DateOrder::Certain))
        }
        [Part::Month(month), Part::Number(year, 4)] => {
            date(*year, *month, 0).map(|date| (date, DateOrder::Certain))
        }
        _ => None,
    }
}

#[derive(Debug, Clone, Copy)]
enum Part {
    /// A number and its digits.
    Number(u32, usize),
    Month(u32),
}

/// The numbers and months of a text up to a time of the day; `None` if there is anything else, or too much of it.
fn parts(text: &str) -> Option<Vec<Part>> {
    let text = text.trim();
    if text.len() < 4 || text.len() > 40 {
        return None;
    }
    let text = match text.find(':') {
        Some(colon) => text[..colon]
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .trim_end_matches(['T', 't', ' ', ',']),
        None => text,
    };
    let mut out = Vec::with_capacity(3);
    for word in text.split(|c: char| " -/.,".contains(c)).filter(|word| !word.is_empty()) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push(Part::Number(word.parse().ok()?, word.len()));
        } else {
            let word = word.to_lowercase();
            let day = word.trim_end_matches(char::is_alphabetic);
            if !day.is_empty() && ["st", "nd", "rd", "th"].contains(&&word[day.len()..]) {
                out.push(Part::Number(day.parse().ok()?, day.len()));
                continue;
            }
            let month = MONTHS.iter().position(|names| {
                names.split(' ').any(|name| word.starts_with(name) && word.len() <= 10 && word.is_ascii())
            });
            out.push(Part::Month(u32::try_from(month? + 1).ok()?));
        }
        if out.len() > 3 {
            return None;
        }
    }
    Some(out)
}

fn full(year: u32, digits: usize) -> u32 {
    match digits {
        2 if year <= PIVOT => 2000 + year,
        2 => 1900 + year,
        _ => year,
    }
}

fn compact(number: u32, day_first: bool) -> Option<(Date, DateOrder)> {
    let (year, rest) = (number / 10_000, number % 10_000);
    if let Some(date) = date(year, rest / 100, rest % 100) {
        return Some((date, DateOrder::Certain));
    }
    let (rest, year) = (number / 10_000, number % 10_000);
    either(rest / 100, rest % 100, year, day_first)
}

fn either(a: u32, b: u32, year: u32, day_first: bool) -> Option<(Date, DateOrder)> {
    let (by_day, by_month) = (date(year, b, a), date(year, a, b));
    match (by_day, by_month) {
        (Some(date), None) => Some((date, DateOrder::DayFirst)),
        (None, Some(date)) => Some((date, DateOrder::MonthFirst)),
        (Some(by_day), Some(by_month)) => {
            Some((if day_first { by_day } else { by_month }, DateOrder::Either))
        }
        (None, None) => None,
    }
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    ((1700..=2100).contains(&year) && month <= 12 && day <= 31).then_some(Date { year, month, day })
}
