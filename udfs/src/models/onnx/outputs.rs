//! Which output of a model is the score, and which one names the class.

use super::{Element, Error, Graph, Port, Result, listed};

/// The outputs that are wanted, by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outputs {
    pub(super) score: usize,
    pub(super) label: Option<usize>,
}

impl Outputs {
    /// The output of a name, or the only one of numbers with fractions, or the only one.
    ///
    /// # Errors
    /// There is none of the name, several that might be meant, or one that is no number per row.
    pub fn of(graph: &Graph, name: Option<&str>) -> Result<Self> {
        let of = |test: &dyn Fn(&Port) -> bool| {
            let places = graph.outputs.iter().enumerate().filter(|(_, port)| test(port));
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let each: Vec<String> = graph.outputs.iter().map(ToString::to_string).collect();
        let hint = format!("the model gives {}", listed(&each));
        let score = match name {
            Some(name) => {
                let named = of(&|port| port.name.to_lowercase() == name.to_lowercase());
                *named
                    .first()
                    .ok_or_else(|| Error::new(format!("the model has no output {name}")).hint(hint.clone()))?
            }
            None => {
                let floats = of(&|port| port.element.is_some_and(Element::is_float));
                let numbers = of(&is_number);
                match (floats.as_slice(), numbers.as_slice()) {
                    ([only], _) | ([], [only]) => *only,
                    ([], []) => return Err(Error::new("the model gives no numbers").hint(hint)),
                    _ => {
                        return Err(Error::new("which of its outputs is the score?")
                            .hint(format!("name it: OPTIONS (output '…'); {hint}")));
                    }
                }
            }
        };
        let port = &graph.outputs[score];
        if !is_number(port) || port.shape.as_ref().is_some_and(|shape| !(1..=2).contains(&shape.len())) {
            return Err(Error::new(format!("the output {port} is no number per row")).hint(hint));
        }
        let is_score = |place: &usize| *place == score;
        let labels = of(&|port| port.element.is_some_and(|element| !element.is_float()));
        let label = match labels.as_slice() {
            [only] if !is_score(only) => Some(*only),
            _ => None,
        };
        Ok(Self { score, label })
    }
}

fn is_number(port: &Port) -> bool {
    port.element.is_some_and(|element| element != Element::Text)
}
