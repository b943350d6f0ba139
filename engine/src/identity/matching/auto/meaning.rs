//! What a column is, from what its name says and what its values look like.

use super::content::Content;
use super::names::Hint;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Meaning {
    GivenName,
    MiddleName,
    FamilyName,
    FullName,
    /// `Jr`, `III`, …
    NameSuffix,
    /// A name of a person, of an organisation or of a thing.
    Name,
    BirthDate,
    BirthYear,
    BirthMonth,
    BirthDay,
    Age,
    Email,
    Phone,
    Street,
    HouseNumber,
    Place,
    Postcode,
    BirthPlace,
    Identifier,
    Organization,
    Text,
    Category,
    Number,
    Year,
    Latitude,
    Longitude,
}

impl Meaning {
    /// The word in `system.column_profile`.
    pub fn word(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::MiddleName => "middle_name",
            Self::FamilyName => "family_name",
            Self::FullName => "full_name",
            Self::NameSuffix => "name_suffix",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::BirthYear => "birth_year",
            Self::BirthMonth => "birth_month",
            Self::BirthDay => "birth_day",
            Self::Age => "age",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Street => "street",
            Self::HouseNumber => "house_number",
            Self::Place => "place",
            Self::Postcode => "postcode",
            Self::BirthPlace => "birth_place",
            Self::Identifier => "identifier",
            Self::Organization => "organization",
            Self::Text => "text",
            Self::Category => "category",
            Self::Number => "number",
            Self::Year => "year",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
        }
    }
}

/// Why a column is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It has no values, or hardly any.
    Empty,
    /// It has one value.
    Constant,
    /// It says when a record was written or read.
    Bookkeeping,
    /// No two records have the same value.
    NeverTheSame,
    /// The values of each source are its own.
    OfOneSource,
}

/// Columns with values in a smaller part of the records are nearly empty, unless they identify.
const NEARLY_EMPTY: f64 = 0.002;
/// Most values.
const MOST: f64 = 0.6;
/// Nearly all values.
const NEARLY_ALL: f64 = 0.85;
/// So many names known from lists make a column one of names: lists have a part of all names only.
const KNOWN_GIVEN_NAMES: f64 = 0.35;
const KNOWN_FAMILY_NAMES: f64 = 0.08;
const KNOWN_PLACES: f64 = 0.08;
/// Names of something that many have in common, with fewer different values than this part of them, are of places.
const PLACES_REPEAT: f64 = 0.2;
/// Dates over fewer years than this are of the business, not of the lives, of people.
const YEARS_OF_LIVES: u32 = 25;

/// What a column is; the values decide where they are clear.
pub fn decide(hint: Hint, content: &Content) -> Result<Meaning, Left> {
    if content.distinct == 0 {
        return Err(Left::Empty);
    }
    if content.distinct == 1 && content.values > 1 {
        return Err(Left::Constant);
    }
    let meaning = decide_values(hint, content)?;
    let identifies = matches!(meaning, Meaning::Identifier | Meaning::Email | Meaning::Phone);
    if content.filled() < NEARLY_EMPTY && !identifies {
        return Err(Left::Empty);
    }
    if content.of_one_source
        && !matches!(meaning, Meaning::GivenName | Meaning::FamilyName | Meaning::FullName)
    {
        return Err(Left::OfOneSource);
    }
    Ok(meaning)
}

fn decide_values(hint: Hint, content: &Content) -> Result<Meaning, Left> {
    let said = match hint {
        Hint::Is(meaning) => Some(meaning),
        Hint::Bookkeeping => return Err(Left::Bookkeeping),
        Hint::None => None,
    };
    if content.email >= MOST {
        return Ok(Meaning::Email);
    }
    if content.uuid >= MOST {
        return Ok(Meaning::Identifier);
    }
    if content.date >= NEARLY_ALL
        && !matches!(said, Some(Meaning::Phone | Meaning::Identifier | Meaning::Number))
    {
        return match said {
            Some(Meaning::BirthDate) => Ok(Meaning::BirthDate),
            _ if content.time >= MOST || content.years < YEARS_OF_LIVES => Err(Left::Bookkeeping),
            _ => Ok(Meaning::BirthDate),
        };
    }
    if content.social_security >= MOST {
        return Ok(Meaning::Identifier);
    }
    // Some write a number with signs, some without.
    let phone = content.phone >= MOST || content.phone >= 0.2 && content.phone + content.digits >= NEARLY_ALL;
    if phone && said != Some(Meaning::Identifier) {
        return Ok(Meaning::Phone);
    }
    if let Some(said) = said.filter(|said| fits(*said, content)) {
        return Ok(said);
    }
    Ok(match content {
        c if c.digits >= NEARLY_ALL => number(c),
        c if c.number >= NEARLY_ALL => Meaning::Number,
        c => text(said, c),
    })
}

/// Whether values can be what the name of their column says.
fn fits(said: Meaning, c: &Content) -> bool {
    match said {
        Meaning::GivenName | Meaning::FamilyName => c.letters >= MOST && c.words < 3.0,
        Meaning::MiddleName | Meaning::NameSuffix => c.letters >= MOST,
        Meaning::FullName => c.letters >= MOST && c.words >= 1.5,
        // What kind of name it is, values tell.
        Meaning::Name => false,
        Meaning::BirthDate => c.year >= MOST || c.date >= 0.3,
        Meaning::BirthYear | Meaning::Year => c.year >= MOST,
        Meaning::BirthMonth | Meaning::BirthDay | Meaning::Age => c.digits >= MOST && c.length < 3.5,
        Meaning::Email => false,
        Meaning::Phone => c.has_digit >= MOST && c.length >= 5.0 && c.words < 4.0,
        Meaning::Street => c.letters + c.has_digit >= MOST && c.length >= 3.0,
        Meaning::HouseNumber => c.has_digit >= MOST && c.length < 8.0,
        Meaning::Place | Meaning::BirthPlace | Meaning::Organization => c.letters >= MOST,
        Meaning::Postcode => c.has_digit >= MOST && c.length < 12.0,
        Meaning::Identifier => c.has_digit >= 0.5,
        Meaning::Text => c.digits < MOST,
        Meaning::Category => true,
        Meaning::Number => c.number >= MOST,
        Meaning::Latitude | Meaning::Longitude => c.number >= NEARLY_ALL && c.fraction >= 0.5,
    }
}

/// What a column of whole numbers is.
fn number(c: &Content) -> Meaning {
    let even = c.length_spread < 0.6;
    match c.length {
        _ if c.year >= NEARLY_ALL => Meaning::Year,
        9.5.. if c.length <= 15.0 && !c.is_few() => match c.leading_high >= NEARLY_ALL || !even {
            true => Meaning::Phone,
            false => Meaning::Identifier,
        },
        4.5..=5.5 if even && c.distinct_share() < 0.9 && c.is_text => Meaning::Postcode,
        5.5.. => Meaning::Identifier,
        _ if c.is_few() => Meaning::Category,
        _ => Meaning::Number,
    }
}

/// What a column of other texts is.
fn text(said: Option<Meaning>, c: &Content) -> Meaning {
    let is_person =
        c.words >= 1.6 && c.given_word >= KNOWN_GIVEN_NAMES && c.organization < 0.3 && c.letters >= MOST;
    let is_name = said == Some(Meaning::Name);
    if c.postcode >= MOST {
        Meaning::Postcode
    } else if c.street >= 0.5 {
        Meaning::Street
    } else if c.words < 1.4 && c.letters >= MOST && c.given_name >= KNOWN_GIVEN_NAMES && c.distinct > 5 {
        Meaning::GivenName
    } else if is_person && c.words < 4.5 {
        Meaning::FullName
    } else if c.region_code >= NEARLY_ALL || c.place >= KNOWN_PLACES.max(c.family_name) {
        Meaning::Place
    } else if c.letters >= MOST && c.words < 2.0 && c.family_name >= least_family_names(c) {
        Meaning::FamilyName
    } else if is_name && !c.is_few() {
        Meaning::Name
    } else if c.is_few() && c.words < 4.0 {
        Meaning::Category
    } else if c.letters >= NEARLY_ALL && c.words < 2.5 && c.distinct_share() < PLACES_REPEAT {
        Meaning::Place
    } else if c.organization >= 0.3 && c.words >= 1.5 {
        Meaning::Organization
    } else if c.words < 1.2 && c.has_digit >= MOST {
        Meaning::Identifier
    } else {
        Meaning::Text
    }
}

/// How many names must be known for a column to be one of family names; of few names most.
fn least_family_names(c: &Content) -> f64 {
    if c.is_few() { MOST } else { KNOWN_FAMILY_NAMES }
}
