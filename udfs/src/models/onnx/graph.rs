//! What a file says of itself: inputs, outputs, operators.

use std::collections::BTreeSet;
use std::fmt;

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dimension;
use tract_onnx::pb::{self, ModelProto, TypeProto, ValueInfoProto, type_proto};

use super::{Error, Result};

/// The type of the elements of an input or an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// Of 32 bits, with fractions.
    Float,
    /// Of 64 bits, with fractions.
    Double,
    /// Whole, of 32 bits.
    Int32,
    /// Whole, of 64 bits.
    Int64,
    /// True or false.
    Bool,
    /// Texts.
    Text,
}

impl Element {
    fn of(data_type: i32) -> Option<Self> {
        Some(match DataType::try_from(data_type).ok()? {
            DataType::Float => Self::Float,
            DataType::Double => Self::Double,
            DataType::Int32 => Self::Int32,
            DataType::Int64 => Self::Int64,
            DataType::Bool => Self::Bool,
            DataType::String => Self::Text,
            _ => return None,
        })
    }

    /// Whether it has fractions.
    pub fn is_float(self) -> bool {
        matches!(self, Self::Float | Self::Double)
    }

    /// Its name in ONNX.
    pub fn word(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Double => "double",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Bool => "bool",
            Self::Text => "string",
        }
    }
}

/// An input or an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The type of its elements; `None` for types that no column is of, and for what is no tensor.
    pub element: Option<Element>,
    /// Its axes, if the file tells; the length of one is `None` if it may vary.
    pub shape: Option<Vec<Option<usize>>>,
}

impl Port {
    fn of(value: &ValueInfoProto) -> Self {
        let tensor = value.r#type.as_ref().and_then(|t| t.value.as_ref());
        let Some(type_proto::Value::TensorType(tensor)) = tensor else {
            return Self { name: value.name.clone(), element: None, shape: None };
        };
        let length = |dimension: &pb::tensor_shape_proto::Dimension| match dimension.value {
            Some(Dimension::DimValue(length)) => usize::try_from(length).ok().filter(|length| *length > 0),
            _ => None,
        };
        Self {
            name: value.name.clone(),
            element: Element::of(tensor.elem_type),
            shape: tensor.shape.as_ref().map(|shape| shape.dim.iter().map(length).collect()),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.element.map_or("of an unknown type", Element::word))?;
        let Some(shape) = &self.shape else { return Ok(()) };
        let length = |(axis, length): (usize, &Option<usize>)| match length {
            Some(length) => length.to_string(),
            None if axis == 0 => "N".to_owned(),
            None => "?".to_owned(),
        };
        let lengths: Vec<String> = shape.iter().enumerate().map(length).collect();
        write!(f, "[{}]", lengths.join(", "))
    }
}

/// A model's graph.
#[derive(Debug, Clone)]
pub struct Graph {
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// The operators that it is made of.
    pub(super) operators: BTreeSet<String>,
    pub(super) proto: ModelProto,
}

impl Graph {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no model.
    pub fn read(file: &[u8]) -> Result<Self> {
        let no_model = || {
            Error::new("the file is no ONNX model")
                .hint("export the model in the format ONNX, with its weights in the same file")
        };
        let mut proto = ModelProto::decode(file).map_err(|_| no_model())?;
        let graph = proto.graph.as_mut().filter(|graph| !graph.node.is_empty()).ok_or_else(no_model)?;
        if graph.initializer.iter().any(|weights| !weights.external_data.is_empty()) {
            return Err(Error::new("the model's weights are in other files")
                .hint("save it with all weights in one file: onnx.save(…, save_as_external_data=False)"));
        }
        without_maps(graph);
        let weights: BTreeSet<&str> = graph.initializer.iter().map(|weights| weights.name.as_str()).collect();
        let given = graph.input.iter().filter(|input| !weights.contains(input.name.as_str()));
        Ok(Self {
            inputs: given.map(Port::of).collect(),
            outputs: graph.output.iter().map(Port::of).collect(),
            operators: graph.node.iter().map(|node| node.op_type.clone()).collect(),
            proto,
        })
    }

    /// The model as the runtimes get it.
    pub(super) fn file(&self) -> Vec<u8> {
        self.proto.encode_to_vec()
    }
}

/// Lets probabilities through that would be made into a map for each row: the columns are the classes in the same order.
fn without_maps(graph: &mut pb::GraphProto) {
    for node in graph.node.iter_mut().filter(|node| node.op_type == "ZipMap") {
        "Identity".clone_into(&mut node.op_type);
        node.domain.clear();
        node.attribute.clear();
        for output in graph.output.iter_mut().filter(|output| node.output.contains(&output.name)) {
            let unknown = pb::tensor_shape_proto::Dimension::default();
            let shape = pb::TensorShapeProto { dim: vec![unknown.clone(), unknown] };
            let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape: Some(shape) };
            let value = Some(type_proto::Value::TensorType(tensor));
            output.r#type = Some(TypeProto { value, ..TypeProto::default() });
        }
    }
}
