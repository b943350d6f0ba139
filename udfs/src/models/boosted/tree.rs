//! A tree that tells a number for each row.

use serde::{Deserialize, Serialize};

use super::super::features::Columns;

/// A node; a leaf has no children.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// The column that is asked.
    pub(super) column: u32,
    /// Up to it goes left.
    pub(super) bound: f64,
    /// Where a missing value goes.
    pub(super) missing_left: bool,
    /// The left child, or 0.
    pub(super) left: u32,
    /// The right child, or 0.
    pub(super) right: u32,
    /// What the leaf adds.
    pub(super) value: f64,
    /// Rows that came here in training.
    pub(super) rows: f64,
}

/// A tree; its first node is the root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

impl Tree {
    /// The leaf's value for a row.
    pub(super) fn value(&self, columns: &Columns, row: usize) -> f64 {
        let mut node = &self.nodes[0];
        while node.left > 0 {
            node = &self.nodes[self.next(node, columns, row)];
        }
        node.value
    }

    /// The child that a row goes to.
    pub(super) fn next(&self, node: &Node, columns: &Columns, row: usize) -> usize {
        let value = columns.values[node.column as usize][row];
        // Without a branch, as nothing tells beforehand where a row goes.
        let left = (value <= node.bound) | (value.is_nan() & node.missing_left);
        [node.right, node.left][usize::from(left)] as usize
    }

    /// Whether nothing could be split.
    pub(super) fn is_single(&self) -> bool {
        self.nodes.len() == 1
    }
}
