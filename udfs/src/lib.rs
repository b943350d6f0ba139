//! SQL functions for customer data.
//!
//! | folder | functions |
//! |---|---|
//! | `comparators` | how alike two values of a field are, in levels |
//! | `feedback` | what people write |
//! | `json` | values as JSON text |
//! | `models` | models of customers' behaviour, fitted and applied; no SQL functions |
//! | `normalize` | names, phone numbers, e-mail addresses and so on in a canonical form |
//! | `recognize` | what kind of thing a text is: a date, a name, a place, …; no SQL functions |
//! | `similarity` | how alike two values are |
//! | `survivorship` | aggregates that choose the value of a merged record |
//! | `time` | time as segments speak of it |
//!
//! One file per function, named by its SQL word. Text functions read every text layout (`Utf8`, `LargeUtf8`,
//! `Utf8View`, dictionaries of them) as it is and return `Utf8View`; NULL in gives NULL out.

use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, AggregateUDFImpl, ScalarUDF, ScalarUDFImpl};

pub mod comparators;
mod feedback;
mod json;
mod lists;
pub mod models;
mod normalize;
pub mod recognize;
mod similarity;
mod survivorship;
mod text;
mod time;

/// Values of any type as JSON texts, as the function `to_json` gives them.
///
/// # Errors
/// If a type has no JSON.
pub fn json_text(values: &ArrayRef) -> Result<ArrayRef> {
    json::to_json::to_json(values)
}

/// The scalar functions, sorted by name.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    let comparators = comparators::all().into_iter().map(comparators::function::Function::new).map(scalar);
    let mut functions: Vec<_> = comparators.chain(other_functions()).collect();
    functions.sort_by(|a, b| a.name().cmp(b.name()));
    functions
}

/// The scalar functions that are no comparators, sorted by name.
fn other_functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        scalar(normalize::address_tokens::AddressTokens::new()),
        scalar(feedback::aspects::Aspects::new()),
        scalar(similarity::cosine_similarity::CosineSimilarity::new()),
        scalar(similarity::date_similarity::DateSimilarity::new()),
        scalar(normalize::digits::Digits::new()),
        scalar(similarity::double_metaphone::DoubleMetaphone::new()),
        scalar(similarity::double_metaphone_alternate::DoubleMetaphoneAlternate::new()),
        scalar(normalize::email_domain::EmailDomain::new()),
        scalar(normalize::email_user::EmailUser::new()),
        scalar(normalize::family_name_of::FamilyNameOf::new()),
        scalar(normalize::fold_text::FoldText::new()),
        scalar(normalize::given_name_of::GivenNameOf::new()),
        scalar(similarity::great_circle_km::GreatCircleKm::new()),
        scalar(similarity::jaccard::Jaccard::new()),
        scalar(similarity::jaro::Jaro::new()),
        scalar(similarity::jaro_winkler::JaroWinkler::new()),
        scalar(similarity::levenshtein::Levenshtein::new()),
        scalar(similarity::levenshtein_similarity::LevenshteinSimilarity::new()),
        scalar(normalize::normalize_address::NormalizeAddress::new()),
        scalar(normalize::normalize_date::NormalizeDate::new()),
        scalar(normalize::normalize_email::NormalizeEmail::new()),
        scalar(normalize::normalize_family_name::NormalizeFamilyName::new()),
        scalar(normalize::normalize_given_name::NormalizeGivenName::new()),
        scalar(normalize::normalize_organization::NormalizeOrganization::new()),
        scalar(normalize::normalize_phone::NormalizePhone::new()),
        scalar(normalize::normalize_postcode::NormalizePostcode::new()),
        scalar(similarity::osa::Osa::new()),
        scalar(similarity::same_given_name::SameGivenName::new()),
        scalar(feedback::sentiment::Sentiment::new()),
        scalar(similarity::soundex::Soundex::new()),
        scalar(json::to_json::ToJson::new()),
        scalar(time::interval_times::IntervalTimes::new()),
        scalar(time::within_last::WithinLast::new()),
    ]
}

/// The aggregate functions, sorted by name.
pub fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    vec![
        aggregate(survivorship::arg_max::arg_max()),
        aggregate(survivorship::arg_min::arg_min()),
        aggregate(survivorship::least_recent::least_recent()),
        aggregate(survivorship::longest::longest()),
        aggregate(survivorship::most_complete::most_complete()),
        aggregate(survivorship::most_frequent::MostFrequent::new()),
        aggregate(survivorship::most_recent::most_recent()),
        aggregate(survivorship::prefer::prefer()),
    ]
}

/// Registers all functions of this crate.
///
/// # Errors
/// Those of the registry.
pub fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in scalar_functions() {
        registry.register_udf(function)?;
    }
    for function in aggregate_functions() {
        registry.register_udaf(function)?;
    }
    Ok(())
}

fn scalar(function: impl ScalarUDFImpl + 'static) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::from(function))
}

fn aggregate(function: impl AggregateUDFImpl + 'static) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(function))
}
