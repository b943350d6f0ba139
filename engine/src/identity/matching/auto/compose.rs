//! Comparisons of columns whose meaning is known.

use onefold_udfs::recognize::fold;

use super::content::Content;
use super::meaning::Meaning;
use super::of_column;
use super::sample::Sample;
use crate::identity::fields::Comparison;
use crate::identity::matching::plan::columns_of;
use crate::identity::model::MAX_FIELDS;
use crate::identity::rules::quoted;

/// A column that is to be compared.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its place in the sample.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// What it is.
    pub meaning: Meaning,
    /// What its values look like.
    pub content: Content,
}

/// Two columns of one meaning with the same values in this part of the records are one.
const SAME: f64 = 0.9;
/// Two columns are kept in turns if at most this part of the records with either has both.
const IN_TURNS: f64 = 0.05;
/// This part of dates is nearly all.
const NEARLY_ALL: f64 = 0.9;
/// A field for the order of names, and some for what users add.
const MOST: usize = MAX_FIELDS - 2;

/// The comparisons, in the order of the columns but for those of names, which come first.
pub fn comparisons(sample: &Sample, columns: Vec<Column>) -> Vec<Comparison> {
    let mut work = Work { sample, columns, out: Vec::new() };
    work.exchange_names();
    work.leave_out_repetitions();
    work.names();
    work.birth();
    work.streets();
    work.points();
    work.others();
    let mut out = work.out;
    out.sort_by_key(|(place, _)| *place);
    let mut out: Vec<(usize, Comparison)> = out;
    while out.len() > MOST {
        // What tells groups apart goes first, then what comes last.
        let least = |c: &Comparison| match c.comparator.name() {
            "category" => 0,
            "number" => 1,
            "place" | "text" => 2,
            _ => 3,
        };
        let Some(worst) = (0..out.len()).min_by_key(|i| (least(&out[*i].1), usize::MAX - i)) else { break };
        out.remove(worst);
    }
    out.into_iter().map(|(_, comparison)| comparison).collect()
}

struct Work<'a> {
    sample: &'a Sample,
    columns: Vec<Column>,
    out: Vec<(usize, Comparison)>,
}

impl Work<'_> {
    fn of(&self, meaning: Meaning) -> Vec<usize> {
        (0..self.columns.len()).filter(|i| self.columns[*i].meaning == meaning).collect()
    }

    fn take(&mut self, meaning: Meaning) -> Vec<Column> {
        let (taken, left) = self.columns.drain(..).partition(|column| column.meaning == meaning);
        self.columns = left;
        taken
    }

    fn add(&mut self, place: usize, comparison: Option<Comparison>) {
        self.out.extend(comparison.map(|comparison| (place, comparison)));
    }

    /// Given names under the name of family names, and the reverse, are taken for what they are.
    fn exchange_names(&mut self) {
        let (given, family) = (self.of(Meaning::GivenName), self.of(Meaning::FamilyName));
        if let ([g], [f]) = (given.as_slice(), family.as_slice()) {
            let (a, b) = (&self.columns[*g].content, &self.columns[*f].content);
            if b.given_name >= 0.5 && a.given_name <= 0.2 {
                self.columns[*g].meaning = Meaning::FamilyName;
                self.columns[*f].meaning = Meaning::GivenName;
            }
        }
    }

    /// Leaves out a column whose values are those of another one of its meaning.
    fn leave_out_repetitions(&mut self) {
        let mut kept: Vec<Column> = Vec::new();
        for column in std::mem::take(&mut self.columns) {
            let same = |other: &Column| {
                other.meaning == column.meaning && overlap(self.sample, other.place, column.place).1 >= SAME
            };
            if !kept.iter().any(same) {
                kept.push(column);
            }
        }
        self.columns = kept;
    }

    /// Names in parts or whole; of things, if there are none of people.
    fn names(&mut self) {
        let (given, middle, family) =
            (self.take(Meaning::GivenName), self.take(Meaning::MiddleName), self.take(Meaning::FamilyName));
        let (whole, names) = (self.take(Meaning::FullName), self.take(Meaning::Name));
        self.take(Meaning::NameSuffix);
        let mut organizations = self.take(Meaning::Organization);
        let is_of_people = !given.is_empty() || !family.is_empty() || !whole.is_empty();
        if !is_of_people {
            // Of two organisations the one that is named first is the subject, others are what it belongs to.
            let first = match names.is_empty() {
                true => (!organizations.is_empty()).then(|| organizations.remove(0)),
                false => None,
            };
            for column in names.into_iter().chain(first) {
                let name = quoted(&column.name);
                let sql = match column.content.organization >= 0.1 && column.content.words < 8.0 {
                    true => format!("normalize_organization({name})"),
                    false => name,
                };
                self.add(column.place, columns_of("text", vec![sql], &[&column.name]));
            }
        } else {
            self.people(given, middle, family, whole, names, &mut organizations);
        }
        for column in organizations {
            self.add(column.place, of_column("organization", &column.name));
        }
    }

    fn people(
        &mut self,
        given: Vec<Column>,
        middle: Vec<Column>,
        family: Vec<Column>,
        whole: Vec<Column>,
        names: Vec<Column>,
        organizations: &mut Vec<Column>,
    ) {
        let parts: Vec<&Column> = given.iter().take(1).chain(&middle).chain(family.iter().take(1)).collect();
        // Whole names and those of organisations where the name of a person is not given in parts.
        let in_turns = |of: &[&Column], other: &Column| {
            let both = of.iter().map(|c| overlap(self.sample, c.place, other.place).0).fold(0.0, f64::max);
            both <= IN_TURNS
        };
        let mut forms: Vec<(String, Vec<&Column>)> = Vec::new();
        let mut known: Vec<&Column> = parts.clone();
        for column in whole.iter().chain(&names) {
            if known.is_empty() || in_turns(&known, column) {
                known.push(column);
                forms.push((quoted(&column.name), vec![column]));
            }
        }
        let own: Vec<usize> = (0..organizations.len())
            .filter(|i| in_turns(&known, &organizations[*i]) && organizations[*i].content.filled() >= 0.02)
            .take(1)
            .collect();
        let own: Vec<Column> = own.into_iter().map(|i| organizations.remove(i)).collect();
        forms.extend(own.iter().map(|c| (format!("normalize_organization({})", quoted(&c.name)), vec![c])));
        if let ([(_, of)], true) = (forms.as_slice(), parts.is_empty() && own.is_empty()) {
            // A household shares the family name, and nothing else of the whole one.
            let column = of[0];
            let name = quoted(&column.name);
            for part in ["given_name", "family_name"] {
                let sql = vec![format!("{part}_of({name})")];
                let comparison = columns_of(part, sql, &[&column.name]);
                self.out.extend(comparison.map(|c| (column.place, c)));
            }
        } else if forms.is_empty() || (parts.is_empty() && forms.len() == 1) {
            for (sql, of) in &forms {
                let place = of.iter().map(|c| c.place).min().unwrap_or(0);
                let reads: Vec<&str> = of.iter().map(|c| c.name.as_str()).collect();
                let comparison = columns_of("full_name", vec![sql.clone()], &reads);
                self.out.extend(comparison.map(|c| (place, c)));
            }
            for (comparator, columns) in
                [("given_name", &given), ("family_name", &family), ("given_name", &middle)]
            {
                for column in columns {
                    self.out.extend(of_column(comparator, &column.name).map(|c| (column.place, c)));
                }
            }
        } else {
            if !parts.is_empty() {
                let list: Vec<String> = parts.iter().map(|c| quoted(&c.name)).collect();
                let sql = format!("nullif(concat_ws(' ', {}), '')", list.join(", "));
                forms.insert(0, (sql, parts));
            }
            let sql = format!(
                "coalesce({})",
                forms.iter().map(|(sql, _)| sql.as_str()).collect::<Vec<_>>().join(", ")
            );
            let of: Vec<&Column> = forms.iter().flat_map(|(_, of)| of.iter().copied()).collect();
            let reads: Vec<&str> = of.iter().map(|c| c.name.as_str()).collect();
            let place = of.iter().map(|c| c.place).min().unwrap_or(0);
            self.out.extend(columns_of("full_name", vec![sql], &reads).map(|c| (place, c)));
        }
    }

    /// A birth date in one column or in three; without one, the year or the age.
    fn birth(&mut self) {
        let dates = self.take(Meaning::BirthDate);
        let [years, months, days, ages] =
            [Meaning::BirthYear, Meaning::BirthMonth, Meaning::BirthDay, Meaning::Age].map(|m| self.take(m));
        for column in &dates {
            let name = quoted(&column.name);
            let c = &column.content;
            // What begins with the year is compared digit by digit, slips of the pen included.
            let other = c.day_first + c.month_first + c.either_first;
            let sql = match c.is_text && (c.year_first < NEARLY_ALL || other > 1.0 - NEARLY_ALL) {
                true => {
                    let order = if c.day_first > c.month_first { "day" } else { "month" };
                    format!("normalize_date({name}, '{order}')")
                }
                false => name,
            };
            self.add(column.place, columns_of("birth_date", vec![sql], &[&column.name]));
        }
        if !dates.is_empty() {
            return;
        }
        if let ([year, ..], [month, ..], [day, ..]) = (years.as_slice(), months.as_slice(), days.as_slice()) {
            let part =
                |c: &Column, width| format!("lpad(CAST({} AS VARCHAR), {width}, '0')", quoted(&c.name));
            let or_none = |c: &Column| format!("coalesce({}, '00')", part(c, 2));
            let sql = format!("concat({}, '-', {}, '-', {})", part(year, 4), or_none(month), or_none(day));
            let sql = format!("CASE WHEN {} IS NOT NULL THEN {sql} END", quoted(&year.name));
            let reads = [&year.name, &month.name, &day.name].map(String::as_str);
            self.add(year.place, columns_of("birth_date", vec![sql], &reads));
            return;
        }
        for column in &years {
            self.add(column.place, of_column("birth_date", &column.name));
        }
        if years.is_empty() {
            for column in &ages {
                self.add(column.place, of_column("number", &column.name));
            }
        }
    }

    /// Streets, the first one with the house number.
    fn streets(&mut self) {
        let (streets, numbers) = (self.take(Meaning::Street), self.take(Meaning::HouseNumber));
        for (i, column) in streets.iter().enumerate() {
            let comparison = match numbers.first().filter(|_| i == 0) {
                Some(number) => {
                    let sql = format!("concat_ws(' ', {}, {})", quoted(&number.name), quoted(&column.name));
                    columns_of("street", vec![sql], &[&number.name, &column.name])
                }
                None => of_column("street", &column.name),
            };
            self.add(column.place, comparison);
        }
        if streets.is_empty() {
            for column in &numbers {
                self.add(column.place, of_column("category", &column.name));
            }
        }
    }

    fn points(&mut self) {
        let (latitudes, longitudes) = (self.take(Meaning::Latitude), self.take(Meaning::Longitude));
        if let ([latitude, ..], [longitude, ..]) = (latitudes.as_slice(), longitudes.as_slice()) {
            let sql = [latitude, longitude].map(|c| format!("CAST({} AS DOUBLE)", quoted(&c.name)));
            let reads = [latitude.name.as_str(), longitude.name.as_str()];
            self.add(latitude.place, columns_of("point", sql.to_vec(), &reads));
        }
    }

    fn others(&mut self) {
        for column in std::mem::take(&mut self.columns) {
            let comparator = match column.meaning {
                Meaning::Email => "email",
                Meaning::Phone => "phone",
                Meaning::Place => "place",
                Meaning::Postcode => "postcode",
                Meaning::Identifier => "identifier",
                Meaning::BirthPlace | Meaning::Text => "text",
                Meaning::Category | Meaning::Year => "category",
                Meaning::Number => "number",
                _ => continue,
            };
            let comparison = match (comparator, column.content.is_text) {
                ("number", true) => {
                    let sql = format!("TRY_CAST({} AS DOUBLE)", quoted(&column.name));
                    columns_of(comparator, vec![sql], &[&column.name])
                }
                _ => of_column(comparator, &column.name),
            };
            self.add(column.place, comparison);
        }
    }
}

/// Of the records with a value in either column, the part that has both, 1 if there is none; of those with both, the
/// part where they are the same.
fn overlap(sample: &Sample, a: usize, b: usize) -> (f64, f64) {
    let (mut either, mut both, mut same) = (0_usize, 0_usize, 0_usize);
    for (a, b) in sample.values(a).zip(sample.values(b)) {
        either += usize::from(a.is_some() || b.is_some());
        if let (Some(a), Some(b)) = (a, b) {
            both += 1;
            same += usize::from(a == b || fold(a) == fold(b));
        }
    }
    if either == 0 {
        return (1.0, 0.0);
    }
    (both as f64 / either as f64, same as f64 / both.max(1) as f64)
}
