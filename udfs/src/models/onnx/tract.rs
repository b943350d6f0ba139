//! The runtime that is built in.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::{
    Datum, DatumType, Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTensor, TValue, TVec,
    Tensor as Value, TractResult, TypedRunnableModel, tract_ndarray::ArrayD,
};

use super::{Binding, Classes, Column, Element, Error, Graph, Result, Runs, Tensor, listed, trees};

/// A model that is ready for batches of one size.
#[derive(Debug)]
pub(super) struct Plan {
    model: Arc<TypedRunnableModel>,
    inputs: Vec<Element>,
    classes: Option<Classes>,
}

impl Plan {
    /// Prepares a model for batches of so many rows.
    ///
    /// # Errors
    /// An operator is missing, or the graph does not fit together.
    pub(super) fn new(graph: &Graph, binding: &Binding, rows: usize) -> Result<Self> {
        let onnx = tract_onnx::onnx().with_ignore_value_info(true);
        let unknown = |operator: &&String| !onnx.op_register.0.contains_key(operator.as_str());
        let missing: Vec<String> = graph.operators.iter().filter(unknown).cloned().collect();
        if !missing.is_empty() {
            let s = if missing.len() == 1 { "" } else { "s" };
            return Err(elsewhere(format!(
                "the built-in runtime does not know the operator{s} {}",
                listed(&missing)
            )));
        }
        let mut proto = graph.proto.clone();
        let refused = |e: Error| elsewhere(format!("the built-in runtime cannot run {e}"));
        let classes = trees::prepare(&mut proto).map_err(refused)?;
        let prepare = || -> TractResult<Arc<TypedRunnableModel>> {
            let mut model = onnx.model_for_proto_model(&proto)?;
            for (place, (element, shape)) in binding.shapes(rows).enumerate() {
                model = model.with_input_fact(place, InferenceFact::dt_shape(datum_type(element), shape))?;
            }
            model.into_optimized()?.into_runnable()
        };
        let model = guarded(prepare)
            .map_err(|cause| elsewhere(format!("the built-in runtime cannot prepare the model: {cause}")))?;
        Ok(Self { model, inputs: binding.shapes(rows).map(|(element, _)| element).collect(), classes })
    }
}

impl Runs for Plan {
    fn run(&self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        let run = || -> TractResult<Vec<Tensor>> {
            let given = inputs.into_iter().zip(&self.inputs);
            let given = given.map(|(tensor, element)| Ok(TValue::from(into(tensor, *element)?)));
            let given: TVec<TValue> = given.collect::<TractResult<_>>()?;
            self.model.run(given)?.iter().map(|value| out(value)).collect()
        };
        guarded(run).map_err(|cause| elsewhere(format!("the built-in runtime cannot run the model: {cause}")))
    }

    fn classes(&self) -> Option<&Classes> {
        self.classes.as_ref()
    }

    fn parallel(&self) -> bool {
        true
    }
}

fn elsewhere(message: String) -> Error {
    Error::new(message).hint(
        "the library of onnxruntime may: name it by the environment variable ORT_DYLIB_PATH, as in \
         /usr/lib/libonnxruntime.so, and set the option runtime 'onnxruntime'",
    )
}

/// What tract says, and a defect of it as an error: the model is not ours, and neither is the runtime.
fn guarded<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| {
            let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
            let short = |cause: &String| cause.lines().next().unwrap_or_default().chars().take(200).collect();
            causes.iter().map(short).collect::<Vec<String>>().join(": ")
        }),
        Err(_) => Err("it ended in a defect".to_owned()),
    }
}

fn datum_type(element: Element) -> DatumType {
    match element {
        Element::Float => DatumType::F32,
        Element::Double => DatumType::F64,
        Element::Int32 => DatumType::I32,
        Element::Int64 => DatumType::I64,
        Element::Bool => DatumType::Bool,
        Element::Text => DatumType::String,
    }
}

fn into(tensor: Tensor, element: Element) -> TractResult<Value> {
    let Tensor { shape, values } = tensor;
    let value = match values {
        Column::Numbers(numbers) if element == Element::Float => {
            let numbers: Vec<f32> = numbers.into_iter().map(|n| n as f32).collect();
            Value::from_shape(&shape, &numbers)?
        }
        Column::Numbers(numbers) => Value::from_shape(&shape, &numbers)?,
        Column::Whole(numbers) => Value::from_shape(&shape, &numbers)?,
        Column::Texts(texts) => ArrayD::from_shape_vec(shape, texts)?.into_tensor(),
    };
    Ok(value.cast_to_dt(datum_type(element))?.into_owned())
}

fn out(value: &Value) -> TractResult<Tensor> {
    fn read<T: Datum + Clone>(value: &Value) -> TractResult<Vec<T>> {
        Ok(value.cast_to::<T>()?.to_plain_array_view::<T>()?.iter().cloned().collect())
    }
    let data_type = value.datum_type();
    let values = match data_type {
        DatumType::String => Column::Texts(read(value)?),
        data_type if data_type.is_float() => Column::Numbers(read(value)?),
        _ => Column::Whole(read(value)?),
    };
    Ok(Tensor { shape: value.shape().to_vec(), values })
}
