use std::collections::HashMap;

use super::{Binding, Column, Element, Graph, Kind, Model, Outputs, Result, Runtime, Scored};

const FOLDER: &str = "../engine/tests/onnx";
/// What onnxruntime and tract may differ by.
const NEAR: f64 = 1e-5;

fn graph(model: &str) -> Graph {
    Graph::read(&std::fs::read(format!("{FOLDER}/{model}.onnx")).unwrap()).unwrap()
}

fn lines(file: &str) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(format!("{FOLDER}/{file}.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let head = lines.next().unwrap();
    lines.map(|line| head.iter().cloned().zip(line).collect()).collect()
}

fn query(names: &[&str]) -> Vec<(String, Kind)> {
    let kind = |name: &str| match name {
        "channel" => Kind::Text,
        "age" | "visits" => Kind::Whole,
        _ => Kind::Number,
    };
    names.iter().map(|name| ((*name).to_owned(), kind(name))).collect()
}

fn features(model: &str) -> &'static [&'static str] {
    match model {
        "gapped" => &["age", "income_known", "visits"],
        "texts" => &["age", "channel"],
        _ => &["age", "income", "visits"],
    }
}

fn scored(model: &str, output: Option<&str>, runtime: Runtime) -> Result<Scored> {
    let (graph, people, names) = (graph(model), lines("people"), features(model));
    let binding = Binding::of(&graph, &query(names))?;
    let column = |(place, element): (usize, Element)| {
        let texts = people.iter().map(|person| person[names[place]].as_str());
        match element {
            Element::Text => Column::Texts(texts.map(str::to_owned).collect()),
            element if element.is_float() => {
                Column::Numbers(texts.map(|t| t.parse().unwrap_or(f64::NAN)).collect())
            }
            _ => Column::Whole(texts.map(|t| t.parse().unwrap()).collect()),
        }
    };
    let columns: Vec<Column> = binding.wanted().map(column).collect();
    let outputs = Outputs::of(&graph, output)?;
    let model = Model::new(&graph, binding, outputs, runtime, people.len())?;
    model.try_out()?;
    Ok(model.score(&columns, people.len(), &|| true)?.unwrap())
}

fn agrees(model: &str, runtime: Runtime) {
    let output = (model == "named").then_some("points");
    let found = scored(model, output, runtime).unwrap();
    let expected: Vec<_> = lines("expected").into_iter().filter(|row| row["model"] == model).collect();
    assert_eq!(expected.len(), found.last().len(), "{model}");
    for (row, (score, expected)) in found.last().iter().zip(&expected).enumerate() {
        let wanted: f64 = expected["score"].parse().unwrap();
        assert!((score - wanted).abs() < NEAR, "{model}, row {row}: {score} instead of {wanted}");
        let label = found.labels.as_ref().map_or("", |labels| labels[row].as_str());
        assert_eq!(label, expected["predicted"], "{model}, row {row}");
    }
}

const MODELS: [&str; 10] = [
    "boosted",
    "forest",
    "forest_of_two",
    "gapped",
    "linear",
    "logistic",
    "maps",
    "named",
    "network",
    "network_of_one",
];

#[test]
fn the_built_in_runtime_agrees_with_onnxruntime() {
    for model in MODELS {
        agrees(model, Runtime::Tract);
    }
}

#[test]
fn the_library_gives_the_same() {
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        return;
    }
    let runtime = Runtime::choose("auto").unwrap();
    assert_eq!(runtime, Runtime::Onnxruntime);
    MODELS.into_iter().chain(["texts"]).for_each(|model| agrees(model, runtime));
}

#[test]
fn an_operator_that_is_not_built_in_is_named() {
    let error = scored("texts", None, Runtime::Tract).unwrap_err();
    assert!(error.message.contains("does not know the operator OneHotEncoder"), "{error}");
    assert!(error.hint.unwrap().contains("ORT_DYLIB_PATH"));
}

#[test]
fn what_does_not_fit_is_told() {
    let of = |model: &str, names: &[&str]| Binding::of(&graph(model), &query(names)).unwrap_err().to_string();
    assert_eq!(
        of("linear", &["age", "income"]),
        "the model takes 3 columns and the query selects 2: age and income"
    );
    assert_eq!(of("named", &["age"]), "the inputs income and Visits are no columns of the query");
    assert_eq!(
        of("linear", &["age", "income", "channel"]),
        "the column channel is a text, and the input takes X float[N, 3]"
    );
    let wrong = [
        ("age".to_owned(), Kind::Whole),
        ("income".to_owned(), Kind::Number),
        ("VISITS".to_owned(), Kind::Number),
    ];
    assert_eq!(
        Binding::of(&graph("named"), &wrong).unwrap_err().to_string(),
        "the column VISITS is a number, and the input takes Visits int64[N, 1]"
    );
    let output = |name| Outputs::of(&graph("named"), name).unwrap_err();
    assert_eq!(output(None).to_string(), "which of its outputs is the score?");
    assert_eq!(
        output(None).hint.unwrap(),
        "name it: OPTIONS (output '…'); the model gives points float[N, 1] and halved float[N, 1]"
    );
    assert_eq!(output(Some("sum")).to_string(), "the model has no output sum");
    assert_eq!(Graph::read(b"no model").unwrap_err().to_string(), "the file is no ONNX model");
}
