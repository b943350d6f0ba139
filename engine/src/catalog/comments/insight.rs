//! Activities, measures and segments.

use crate::catalog::dependencies::prediction_relation;
use crate::catalog::object::folded;
use crate::catalog::snapshot::Snapshot;
use crate::prediction::method;
use crate::sql::{CreateActivity, ObjectKind, Statement};

pub(super) fn relation(snapshot: &Snapshot, schema: &str, relation: &str) -> Option<String> {
    match (schema, relation) {
        ("activities", "timeline") => Some("All activities of all people, in one shape".to_owned()),
        ("activities", "unlinked") => Some("Activity records whose link leads to nobody".to_owned()),
        ("activities", _) => activity(snapshot, relation).map(|create| {
            let (profile, source) = (folded(&create.profile), folded(&create.record_source));
            format!("Activities of {profile}, by {} of {source}", folded(&create.link))
        }),
        ("segments", "membership") => Some("Who entered and left which segment, and when".to_owned()),
        _ => None,
    }
}

pub(super) fn column(snapshot: &Snapshot, schema: &str, relation: &str, column: &str) -> Option<String> {
    let own = match (schema, relation) {
        ("activities", "timeline" | "unlinked") => event(column).map(str::to_owned),
        ("activities", _) => activity(snapshot, relation).and_then(|create| {
            let is = |ident| folded(ident) == column;
            if is(&create.key) {
                Some("Key of the activity".to_owned())
            } else if is(&create.at) {
                Some("When it happened".to_owned())
            } else if is(&create.link) {
                Some(format!("Key of the record of {} that it belongs to", folded(&create.record_source)))
            } else {
                None
            }
        }),
        ("segments", "membership") => member(column).map(str::to_owned),
        _ => None,
    };
    own.or_else(|| {
        let profile = column.strip_suffix("_id")?;
        snapshot.get(ObjectKind::Profile, profile).map(|_| format!("The person, in profiles.{profile}"))
    })
}

pub(super) fn prediction(snapshot: &Snapshot, relation: &str) -> Option<String> {
    let (prediction, suffix) = prediction_relation(snapshot, relation)?;
    let definition = snapshot.get(ObjectKind::Prediction, prediction)?;
    let Statement::CreatePrediction(create) = &definition.statement else { return None };
    let method = method::find(&folded(&create.method)).ok()?;
    match suffix {
        "factors" => Some(format!("The top reasons of the scores in predictions.{prediction}")),
        _ => Some(method.description().to_owned()),
    }
}

fn activity<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a CreateActivity> {
    match &snapshot.get(ObjectKind::Activity, name)?.statement {
        Statement::CreateActivity(create) => Some(create),
        _ => None,
    }
}

fn event(column: &str) -> Option<&'static str> {
    Some(match column {
        "id" => "The person, in the profile's relation",
        "profile" => "Profile that the activity is of",
        "activity" => "Activity, by its name",
        "type" => "Type of the activity",
        "key" => "Key within the activity, as text",
        "time" => "When it happened",
        "title" => "What happened, in a line",
        "detail" => "More of it",
        "url" => "Where to look at it",
        "attributes" => "The other columns, as JSON",
        "source" => "Record source that the link leads to",
        "record_key" => "Key of the record that the link leads to",
        _ => return None,
    })
}

fn member(column: &str) -> Option<&'static str> {
    Some(match column {
        "segment" => "Segment, by its name",
        "id" => "The person",
        "entered_at" => "When the run was that first saw the person in it",
        "left_at" => "When the run was that no longer did; NULL for members",
        _ => return None,
    })
}
