//! The relations of a profile.

use crate::catalog::object::folded;
use crate::catalog::snapshot::Snapshot;
use crate::sql::{CreateProfile, ObjectKind, sql_text};

pub(super) fn relation(profile: &str, suffix: &str) -> Option<String> {
    Some(match suffix {
        "" => format!("One row per person: the merged columns of {profile}"),
        "records" => "One row per source record, in the columns that all record sources share".to_owned(),
        "links" => "Which person each source record belongs to".to_owned(),
        "pairs" => {
            "Pairs of records that a rule, a steward or evidence speaks of, and the verdict".to_owned()
        }
        "households" => "Which household each person belongs to".to_owned(),
        "history" => "What became of each id, run by run".to_owned(),
        "lineage" => "Which source record gave each merged value".to_owned(),
        "360" => "One row per person: the merged columns, measures and segments".to_owned(),
        _ => return None,
    })
}

pub(super) fn column(
    snapshot: &Snapshot,
    create: &CreateProfile,
    suffix: &str,
    column: &str,
) -> Option<String> {
    let profile = folded(&create.name);
    if column == format!("{profile}_id") {
        return Some(match suffix {
            "" | "360" => "Id of the person; it stays from run to run".to_owned(),
            "history" => "Id that the event happened to".to_owned(),
            _ => format!("The person, in profiles.{profile}"),
        });
    }
    match suffix {
        "" => Some(merged(create, column)),
        "360" => of_insight(snapshot, column).or_else(|| Some(merged(create, column))),
        _ => fixed(suffix, column).map(str::to_owned),
    }
}

fn merged(create: &CreateProfile, column: &str) -> String {
    match create.merge.iter().find(|item| folded(&item.column) == column) {
        Some(item) => sql_text(&item.expr),
        None => {
            let sources: Vec<String> = create.sources.iter().map(|s| folded(&s.name)).collect();
            format!("First value that is given, by source: {}", sources.join(", "))
        }
    }
}

/// A column that a measure or a segment adds to the 360° view.
fn of_insight(snapshot: &Snapshot, column: &str) -> Option<String> {
    if let Some(segment) = column.strip_prefix("in_")
        && snapshot.get(ObjectKind::Segment, segment).is_some()
    {
        return Some(format!("Whether the person is in segments.{segment}"));
    }
    let measure = snapshot.get(ObjectKind::Measure, column)?;
    Some(
        super::of_relation(snapshot, "measures", &measure.object.name)
            .unwrap_or_else(|| format!("measures.{column}")),
    )
}

fn fixed(suffix: &str, column: &str) -> Option<&'static str> {
    Some(match (suffix, column) {
        ("records", "record_order") => "Place of the record: by source in FROM order, then by key",
        ("records" | "links" | "lineage", "source") => "Record source, as FROM names it",
        ("records" | "links" | "lineage", "record_key") => "Key of the record in its source, as text",
        ("pairs", "left_source") => "Record source of the first record",
        ("pairs", "left_key") => "Key of the first record",
        ("pairs", "right_source") => "Record source of the second record",
        ("pairs", "right_key") => "Key of the second record",
        ("pairs", "rule") => "Rule that makes it a certain match; NULL where evidence decides",
        ("pairs", "weight") => "Evidence that both are one person, in bits; 0 is an even chance",
        ("pairs", "probability") => "Probability that both are one person",
        ("pairs", "household_probability") => "Probability that both are one person or of one household",
        ("pairs", "verdict") => "match, refused or no match",
        ("pairs", "reason") => "What refused the pair",
        ("pairs", level) if level.ends_with("_level") => "Level of the comparison; NULL without evidence",
        ("households", "household_id") => "Id of the household: that of its first person",
        ("households", "people") => "People in the household",
        ("history", "run_id") => "The run, in system.runs",
        ("history", "at") => "When the run was",
        ("history", "event") => "new, merged, split or retired",
        ("history", "other_id") => "Id that it merged into or split from",
        ("history", "records") => "Records that the id had then",
        ("history", "current_id") => "Id that stands for it now; NULL when all its records are gone",
        ("lineage", "column_name") => "Merged column",
        _ => return None,
    })
}
