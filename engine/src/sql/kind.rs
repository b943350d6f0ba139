//! The kinds of object that a project defines.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A kind of object. `Display` and [`FromStr`] use the SQL word, as in `SEGMENT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// Tables that stay where they are.
    Source,
    /// People, each folded from records.
    Profile,
    /// Events of people.
    Activity,
    /// Numbers about people.
    Measure,
    /// Sets of people.
    Segment,
    /// What people will do, by a model trained on what they did.
    Prediction,
    /// A query of the user's own.
    View,
}

impl ObjectKind {
    /// Every kind, in the order of the pipeline.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Profile,
        Self::Activity,
        Self::Measure,
        Self::Segment,
        Self::Prediction,
        Self::View,
    ];

    /// The SQL word, in upper case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "SOURCE",
            Self::Profile => "PROFILE",
            Self::Activity => "ACTIVITY",
            Self::Measure => "MEASURE",
            Self::Segment => "SEGMENT",
            Self::Prediction => "PREDICTION",
            Self::View => "VIEW",
        }
    }

    /// The SQL word for many of them, in upper case.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Source => "SOURCES",
            Self::Profile => "PROFILES",
            Self::Activity => "ACTIVITIES",
            Self::Measure => "MEASURES",
            Self::Segment => "SEGMENTS",
            Self::Prediction => "PREDICTIONS",
            Self::View => "VIEWS",
        }
    }

    /// The word as messages use it, in lower case: `segment`.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Profile => "profile",
            Self::Activity => "activity",
            Self::Measure => "measure",
            Self::Segment => "segment",
            Self::Prediction => "prediction",
            Self::View => "view",
        }
    }

    /// The schema that relations of this kind live in; `None` for a source, which is a schema itself.
    pub fn schema(self) -> Option<&'static str> {
        match self {
            Self::Source => None,
            Self::Profile => Some("profiles"),
            Self::Activity => Some("activities"),
            Self::Measure => Some("measures"),
            Self::Segment => Some("segments"),
            Self::Prediction => Some("predictions"),
            Self::View => Some("public"),
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ObjectKind {
    type Err = Error;

    /// Reads the word or its plural in any case.
    ///
    /// # Errors
    ///
    /// Another word is an `Invalid` error that names the kinds.
    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(word) || kind.plural().eq_ignore_ascii_case(word))
            .ok_or_else(|| {
                Error::invalid(format!("`{word}` is no kind of object"))
                    .hint(format!("the kinds are {}", Self::ALL.map(ObjectKind::noun).join(", ")))
            })
    }
}
