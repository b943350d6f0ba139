//! `AUTO`: comparators for the columns of a profile, by their names.

use onefold_udfs::comparators::{self, Comparator};
use std::sync::Arc;

use super::plan::of_columns;
use crate::identity::fields::Comparison;
use crate::identity::profile::Profile;
use crate::{Error, Result};

/// Column names, without their underscores, and the comparator for them. Of the columns for one comparator all
/// are compared, each by itself.
const NAMES: &[(&str, &[&str])] = &[
    ("given_name", &["firstname", "givenname", "forename", "fname", "first", "given", "vorname", "prenom"]),
    (
        "family_name",
        &["lastname", "surname", "familyname", "lname", "last", "family", "nachname", "secondname"],
    ),
    ("full_name", &["fullname", "name", "customername", "personname", "displayname", "contactname"]),
    (
        "birth_date",
        &["birthdate", "dateofbirth", "dob", "birthday", "birth", "geburtsdatum", "dateofbirthday", "bday"],
    ),
    ("email", &["email", "emailaddress", "mail", "emailid", "primaryemail", "workemail", "personalemail"]),
    (
        "phone",
        &[
            "phone",
            "telephone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "tel",
            "mobilenumber",
            "homephone",
            "workphone",
            "phoneno",
            "telephonenumber",
            "contactnumber",
        ],
    ),
    (
        "street",
        &[
            "street",
            "address",
            "streetaddress",
            "address1",
            "addressline1",
            "addressline",
            "addr",
            "addr1",
            "strasse",
        ],
    ),
    ("place", &["city", "town", "suburb", "locality", "municipality", "addrcity", "village"]),
    ("postcode", &["postcode", "postalcode", "zip", "zipcode", "postcodefake", "plz", "pincode"]),
    (
        "identifier",
        &[
            "ssn",
            "socsecid",
            "socialsecuritynumber",
            "nationalid",
            "passport",
            "passportnumber",
            "taxid",
            "tin",
            "nhsnumber",
            "driverslicense",
            "driverslicensenumber",
            "licensenumber",
            "nationalidnumber",
            "sin",
            "curp",
            "personalnumber",
            "identitynumber",
            "ssnnumber",
            "socialsecurity",
        ],
    ),
    ("text", &["birthplace", "placeofbirth", "cityofbirth"]),
    ("category", &["occupation", "profession", "job", "jobtitle"]),
    ("organization", &["company", "organization", "organisation", "employer", "companyname", "businessname"]),
];

/// The house number, which is compared together with the street.
const HOUSE_NUMBERS: &[&str] = &["streetnumber", "housenumber", "streetno", "houseno"];

/// The comparisons for the columns of a profile.
///
/// # Errors
/// If no column has a name that says what it is.
pub fn comparisons(profile: &Profile) -> Result<Vec<Comparison>> {
    let columns: Vec<&str> = profile
        .columns
        .iter()
        .map(|c| c.name().as_str())
        .filter(|name| !profile.keys.iter().any(|key| key == name))
        .collect();
    let mut out: Vec<Comparison> = Vec::new();
    let house_number = columns.iter().find(|c| HOUSE_NUMBERS.contains(&plain(c).as_str()));
    for column in &columns {
        let Some(comparator) = comparator_for(&plain(column)) else { continue };
        let mut comparison = of_columns(Arc::clone(&comparator), &[column]);
        if let ("street", Some(number)) = (comparator.name(), house_number)
            && !out.iter().any(|c| c.comparator.name() == "street")
        {
            let both = of_columns(comparator, &[number, column]);
            comparison.columns = vec![format!("concat_ws(' ', {})", both.columns.join(", "))];
            comparison.reads = both.reads;
        }
        out.push(comparison);
    }
    let has = |name: &str| out.iter().any(|c| c.comparator.name() == name);
    if has("given_name") && has("family_name") {
        // The whole name says nothing that its parts do not say.
        out.retain(|c| c.comparator.name() != "full_name");
    }
    if out.is_empty() {
        return Err(Error::invalid("AUTO finds no column that tells people apart by its name")
            .on(profile.object())
            .hint(
                "rename columns in the record sources to what they are, such as first_name, birth_date or email, or write COMPARE items",
            ));
    }
    Ok(out)
}

fn comparator_for(name: &str) -> Option<Arc<dyn Comparator>> {
    let found = NAMES.iter().find(|(_, names)| names.contains(&name));
    found.and_then(|(comparator, _)| comparators::get(comparator))
}

/// A name without what does not count: case, underscores, blanks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
