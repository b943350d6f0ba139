//! The library of onnxruntime, if there is one.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, Tensor as Value, TensorElementType, ValueType};

use super::{Binding, Column, Element, Error, Graph, Result, Runs, Tensor};

/// The variable that names the library.
const VARIABLE: &str = "ORT_DYLIB_PATH";

fn path() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Whether the environment names the library.
pub(super) fn is_named() -> bool {
    path().is_some()
}

/// Loads the library when it is first asked for.
///
/// # Errors
/// It cannot be found or is too old.
pub(super) fn environment() -> Result<&'static Environment> {
    static LOADED: OnceLock<Result<Environment>> = OnceLock::new();
    let load = || {
        let hint = "install onnxruntime 1.17 or newer, and name its library by the environment variable \
                    ORT_DYLIB_PATH, as in /usr/lib/libonnxruntime.so; the option runtime 'tract' does without";
        let file = path().unwrap_or_else(|| {
            use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
            PathBuf::from(format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}"))
        });
        let wrong = |cause: String| {
            Error::new(format!("the library of onnxruntime cannot be used: {}", cause.trim())).hint(hint)
        };
        let loaded = ort::init_from(file).map_err(|e| wrong(e.to_string()))?;
        loaded.with_telemetry(false).build().map_err(|e| wrong(e.to_string()))
    };
    LOADED.get_or_init(load).as_ref().map_err(Clone::clone)
}

/// A model that the library has loaded.
#[derive(Debug)]
pub(super) struct Loaded {
    session: Mutex<Session>,
    inputs: Vec<(String, Element)>,
    outputs: Vec<String>,
}

impl Loaded {
    /// Loads a model.
    ///
    /// # Errors
    /// There is no library, or it refuses the model.
    pub(super) fn new(graph: &Graph, binding: &Binding) -> Result<Self> {
        let environment = environment()?;
        let load = || Session::builder(environment)?.commit_from_memory(&graph.file());
        let session = load()
            .map_err(|e| Error::new(format!("onnxruntime cannot load the model: {}", first_line(&e))))?;
        let names = graph.inputs.iter().map(|port| port.name.clone());
        Ok(Self {
            session: Mutex::new(session),
            inputs: names.zip(binding.shapes(1).map(|(element, _)| element)).collect(),
            outputs: graph.outputs.iter().map(|port| port.name.clone()).collect(),
        })
    }
}

impl Runs for Loaded {
    fn run(&self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>> {
        let wrong =
            |e: ort::Error| Error::new(format!("onnxruntime cannot run the model: {}", first_line(&e)));
        let given = inputs.into_iter().zip(&self.inputs);
        let given = given.map(|(tensor, (name, element))| Ok((name.as_str(), into(tensor, *element)?)));
        let given: Vec<(&str, SessionInputValue<'_>)> = given.collect::<ort::Result<_>>().map_err(wrong)?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let found = session.run(given).map_err(wrong)?;
        let values = self.outputs.iter().map(|name| found.get(name).map(out).transpose());
        let values: Vec<Option<Tensor>> = values.collect::<ort::Result<_>>().map_err(wrong)?;
        values.into_iter().map(|value| value.ok_or_else(|| Error::new("an output is missing"))).collect()
    }

    fn parallel(&self) -> bool {
        false
    }
}

fn first_line(error: &ort::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn into(tensor: Tensor, element: Element) -> ort::Result<SessionInputValue<'static>> {
    let Tensor { shape, values } = tensor;
    Ok(match (values, element) {
        (Column::Numbers(n), Element::Double) => Value::from_array((shape, n))?.into(),
        (Column::Numbers(n), _) => {
            Value::from_array((shape, n.into_iter().map(|n| n as f32).collect::<Vec<_>>()))?.into()
        }
        (Column::Whole(n), Element::Bool) => {
            Value::from_array((shape, n.into_iter().map(|n| n != 0).collect::<Vec<_>>()))?.into()
        }
        (Column::Whole(n), Element::Int32) => {
            Value::from_array((shape, n.into_iter().map(|n| n as i32).collect::<Vec<_>>()))?.into()
        }
        (Column::Whole(n), _) => Value::from_array((shape, n))?.into(),
        (Column::Texts(texts), _) => Value::from_string_array((shape, texts.as_slice()))?.into(),
    })
}

fn out(value: &DynValue) -> ort::Result<Tensor> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Err(ort::Error::new(format!("an output is {} and no tensor", value.dtype())));
    };
    let (shape, values) = match ty {
        TensorElementType::Float32 => {
            let (shape, values) = value.try_extract_tensor::<f32>()?;
            (shape, Column::Numbers(values.iter().map(|v| f64::from(*v)).collect()))
        }
        TensorElementType::Float64 => {
            let (shape, values) = value.try_extract_tensor::<f64>()?;
            (shape, Column::Numbers(values.to_vec()))
        }
        TensorElementType::Int32 => {
            let (shape, values) = value.try_extract_tensor::<i32>()?;
            (shape, Column::Whole(values.iter().map(|v| i64::from(*v)).collect()))
        }
        TensorElementType::Bool => {
            let (shape, values) = value.try_extract_tensor::<bool>()?;
            (shape, Column::Whole(values.iter().map(|v| i64::from(*v)).collect()))
        }
        TensorElementType::String => {
            let (shape, values) = value.try_extract_strings()?;
            (shape, Column::Texts(values))
        }
        _ => {
            let (shape, values) = value.try_extract_tensor::<i64>()?;
            (shape, Column::Whole(values.to_vec()))
        }
    };
    Ok(Tensor { shape: shape.iter().map(|length| *length as usize).collect(), values })
}
