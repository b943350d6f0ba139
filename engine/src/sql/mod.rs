//! The language: one file per statement, each with its struct, its parser and its canonical text.
//!
//! ```text
//! text ─ tokens ─ parser ─ statement ─┬─ create_source, create_profile (match_items, merge), create_activity,
//!                                     │  create_measure, create_segment, create_prediction, create_view, comment, drop, show,
//!                                     │  show_create, describe, refresh, explain_refresh, explain_match,
//!                                     │  users, grant
//!                                     └─ DataFusion's own parser for everything else
//! ```
//!
//! A statement's struct has its fields in the order of the text, and `Display` is the inverse of the parser:
//! names are folded to lower case and quoted only when needed, comments are gone, and parsing the result gives
//! the same statement. That text is what the catalog keeps.

mod analyze_source;
mod comment;
mod create_activity;
mod create_measure;
mod create_prediction;
mod create_profile;
mod create_segment;
mod create_source;
mod create_view;
mod describe;
mod describe_connector;
mod dialect;
mod drop;
mod explain_match;
mod explain_refresh;
mod grant;
mod kind;
mod match_items;
mod merge;
mod name;
pub(crate) mod named_arguments;
mod options;
mod origin;
pub mod pair_predicate;
mod parser;
mod policy;
mod print;
mod references;
mod refresh;
mod show;
mod show_create;
mod split;
mod statement;
mod syntax_error;
#[cfg(test)]
mod tests;
mod tokens;
mod users;

pub use analyze_source::AnalyzeSource;
pub use comment::{Comment, CommentTarget};
pub use create_activity::CreateActivity;
pub use create_measure::CreateMeasure;
pub use create_prediction::CreatePrediction;
pub use create_profile::{CreateProfile, RecordSource};
pub use create_segment::CreateSegment;
pub use create_source::CreateSource;
pub use create_view::CreateView;
pub use describe::Describe;
pub use describe_connector::DescribeConnector;
pub use dialect::dialect;
pub use drop::Drop;
pub use explain_match::ExplainMatch;
pub use explain_refresh::ExplainRefresh;
pub use grant::{Grant, Granted};
pub use kind::ObjectKind;
pub use match_items::{
    AcceptAbove, AlwaysIn, AtMost, Auto, Block, Compare, Ignore, IgnoreValues, MatchItem, ModelFile, Never,
    NeverIn, Rule,
};
pub use merge::MergeItem;
pub use name::canonical_ident;
pub use origin::Origin;
pub use parser::{parse, parse_expr};
pub use policy::{CreatePolicy, DropPolicy, Mask, PolicyFor};
pub(crate) use print::quoted as text_literal;
pub use print::sql_text;
pub use references::{explained, profiles_paired, references};
pub use refresh::{Refresh, RefreshTarget};
pub use show::{Show, Shown};
pub use show_create::ShowCreate;
pub use split::{Piece, split};
pub use statement::Statement;
pub use tokens::is_complete;
pub use users::{AlterUser, CreateUser, DropUser, NewPassword, UserKind};

use crate::Position;

/// A statement and the text it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The statement.
    pub statement: Statement,
    /// Its own slice of the input, without blanks and comments round it and without `;`.
    pub text: String,
    /// Where `text` begins in the input.
    pub start: Position,
}
