//! The classes of trees and linear models, as tract needs them.
//!
//! tract knows no labels that are texts: they become their places. Gradient boosting of two classes has weights for one
//! of them only: tract gives the right probabilities for weights of the first class, but the other label, and wants two
//! base values.

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, ModelProto, NodeProto};

use super::{Error, Result};

/// What the labels that tract gives mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Classes {
    /// They are places among these.
    Places(Vec<String>),
    /// Nothing: the class is the likelier of two.
    Likelier([String; 2]),
}

/// Puts the only classifier of a model right.
///
/// # Errors
/// Trees whose scores are no probabilities: tract's first column would be wrong.
pub(super) fn prepare(proto: &mut ModelProto) -> Result<Option<Classes>> {
    let nodes = proto.graph.iter_mut().flat_map(|graph| &mut graph.node);
    let is_classifier = |node: &&mut NodeProto| {
        matches!(node.op_type.as_str(), "TreeEnsembleClassifier" | "LinearClassifier")
    };
    let mut classifiers: Vec<&mut NodeProto> = nodes.filter(is_classifier).collect();
    let [node] = classifiers.as_mut_slice() else { return Ok(None) };
    let (labels, are_texts) = labels(node);
    if are_texts {
        let places = (0..labels.len() as i64).collect();
        let name = if node.op_type == "LinearClassifier" { "classlabels_ints" } else { "classlabels_int64s" };
        node.attribute.retain(|attribute| !attribute.name.starts_with("classlabels_"));
        let r#type = AttributeType::Ints as i32;
        let labels = AttributeProto { name: name.to_owned(), ints: places, r#type, ..Default::default() };
        node.attribute.push(labels);
    }
    if let ([first, second], true) = (labels.as_slice(), one_score(node)?) {
        return Ok(Some(Classes::Likelier([first.clone(), second.clone()])));
    }
    Ok(are_texts.then_some(Classes::Places(labels)))
}

/// Whether trees of two classes have weights for one of them only; if so they are put right.
fn one_score(node: &mut NodeProto) -> Result<bool> {
    let ids = attribute(node, "class_ids").map(|ids| ids.ints.clone()).unwrap_or_default();
    if ids.is_empty() || ids.iter().any(|id| Some(id) != ids.first()) {
        return Ok(false);
    }
    let is_plain = attribute(node, "post_transform").is_none_or(|post| post.s == b"NONE");
    let negative = |weights: &AttributeProto| weights.floats.iter().any(|weight| *weight < 0.0);
    if is_plain && attribute(node, "class_weights").is_some_and(negative) {
        return Err(Error::new("trees of two classes that give no probabilities"));
    }
    for attribute in &mut node.attribute {
        match attribute.name.as_str() {
            "class_ids" => attribute.ints.fill(0),
            "base_values" => attribute.floats.resize(2, 0.0),
            _ => {}
        }
    }
    Ok(true)
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

/// The labels, and whether they are texts.
fn labels(node: &NodeProto) -> (Vec<String>, bool) {
    let texts = attribute(node, "classlabels_strings").map_or(&[][..], |labels| &labels.strings);
    if !texts.is_empty() {
        return (texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect(), true);
    }
    let numbers = ["classlabels_int64s", "classlabels_ints"].iter().find_map(|name| attribute(node, name));
    (numbers.map(|labels| labels.ints.iter().map(ToString::to_string).collect()).unwrap_or_default(), false)
}
