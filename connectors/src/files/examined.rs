//! What one pass over a text file tells.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field};

use super::candidates::Candidates;
use super::rejects::Rejects;
use super::types::Type;

/// A file of one version: its columns, its records, and which of them do not fit.
#[derive(Debug, Clone, Default)]
pub(super) struct Examined {
    pub(super) columns: Vec<FoundColumn>,
    /// The records that fit.
    pub(super) rows: u64,
    pub(super) rejects: Rejects,
    /// Where reading may begin, ascending; the first is the first record.
    pub(super) pieces: Vec<Piece>,
}

/// A place in a file at which a record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) line: u64,
    /// The number of the record.
    pub(super) record: u64,
    /// How many records before it fit.
    pub(super) rows: u64,
}

/// A piece has at least so many bytes.
pub(super) const PIECE: u64 = 1 << 20;

/// A column as a file has it.
#[derive(Debug, Clone)]
pub(super) struct FoundColumn {
    /// The name in the table.
    pub(super) name: String,
    /// The name in the file.
    pub(super) key: String,
    pub(super) node: Node,
    /// How many values are NULL, whatever the type.
    pub(super) nulls: u64,
    /// How many further values are NULL unless the type is text.
    pub(super) blanks: u64,
}

/// The values seen at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) scalars: Option<Candidates>,
    pub(super) items: Option<Box<Node>>,
    pub(super) fields: Option<Vec<(String, Node)>>,
}

/// The type at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Scalar(Type),
    List(Box<Shape>),
    Struct(Vec<(String, Shape)>),
}

impl Node {
    pub(super) const NEW: Self = Self { scalars: None, items: None, fields: None };

    /// A node of plain values.
    pub(super) fn scalar(candidates: Candidates) -> Self {
        Self { scalars: Some(candidates), ..Self::NEW }
    }

    /// The values of both.
    pub(super) fn merge(&mut self, other: &Self) {
        if let Some(theirs) = other.scalars {
            self.scalars.get_or_insert(Candidates::NEW).merge(theirs);
        }
        if let Some(theirs) = &other.items {
            self.items.get_or_insert_with(|| Box::new(Self::NEW)).merge(theirs);
        }
        if let Some(theirs) = &other.fields {
            let ours = self.fields.get_or_insert_default();
            for (name, node) in theirs {
                match ours.iter_mut().find(|(ours, _)| ours == name) {
                    Some((_, ours)) => ours.merge(node),
                    None => ours.push((name.clone(), node.clone())),
                }
            }
        }
    }

    /// The type that holds all values: text, with nested values as JSON, when they are of different kinds.
    pub(super) fn shape(&self) -> Shape {
        match (self.scalars, &self.items, &self.fields) {
            (None, Some(items), None) => Shape::List(Box::new(items.shape())),
            (None, None, Some(fields)) if !fields.is_empty() => {
                Shape::Struct(fields.iter().map(|(name, node)| (name.clone(), node.shape())).collect())
            }
            (Some(scalars), None, None) => Shape::Scalar(scalars.r#type()),
            _ => Shape::Scalar(Type::Text),
        }
    }

    /// Whether a nested value stands, here or below, where the type is text.
    pub(super) fn is_mixed(&self) -> bool {
        let nested = self.items.is_some() || self.fields.is_some();
        nested && matches!(self.shape(), Shape::Scalar(_))
            || self.items.as_ref().is_some_and(|items| items.is_mixed())
            || self.fields.as_ref().is_some_and(|fields| fields.iter().any(|(_, node)| node.is_mixed()))
    }
}

impl Shape {
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Scalar(r#type) => r#type.data_type(),
            Self::List(items) => DataType::List(Arc::new(Field::new("item", items.data_type(), true))),
            Self::Struct(fields) => {
                let fields = fields.iter().map(|(name, shape)| Field::new(name, shape.data_type(), true));
                DataType::Struct(fields.collect())
            }
        }
    }
}
