//! Which columns of a query are which inputs of a model.

use std::fmt;

use super::{Column, Element, Error, Graph, Port, Result, Tensor, listed};

/// What a column of a query is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// A whole number.
    Whole,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// A date, a list or anything else that no input takes.
    Other,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Flag => "true or false",
            Self::Text => "a text",
            Self::Other => "of another type",
        })
    }
}

/// An input: the columns that it takes, by their place in the query.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Input {
    element: Element,
    columns: Vec<usize>,
    /// How many axes it has: of rows, and of columns.
    axes: usize,
}

/// The columns of each input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    inputs: Vec<Input>,
    /// How many rows the model takes at a time, if it does not take any number.
    rows: Option<usize>,
}

impl Binding {
    /// Finds the columns of all inputs: each by its name, or all of them for the only input in the order of the query.
    ///
    /// # Errors
    /// An input has no column, or a column another type than its input.
    pub fn of(graph: &Graph, columns: &[(String, Kind)]) -> Result<Self> {
        if graph.inputs.is_empty() {
            return Err(Error::new("the model has no inputs").hint("export it with its features as inputs"));
        }
        let mut rows = None;
        for port in &graph.inputs {
            let axes = port.shape.as_ref().map_or(2, Vec::len);
            if !(1..=2).contains(&axes) {
                return Err(Error::new(format!("the input {port} does not take rows of columns")).hint(
                    "its shape has to be [N], [N, 1] or, if it is the only one, [N, number of columns]",
                ));
            }
            let fixed = port.shape.as_ref().and_then(|shape| shape[0]);
            if let (Some(fixed), Some(other)) = (fixed, rows)
                && fixed != other
            {
                return Err(
                    Error::new("the inputs take different numbers of rows").hint(ports(&graph.inputs))
                );
            }
            rows = rows.or(fixed);
        }
        let inputs = match graph.inputs.as_slice() {
            [only] if takes_all(only, columns.len()) => vec![all(only, columns)?],
            inputs => by_name(inputs, columns)?,
        };
        Ok(Self { inputs, rows })
    }

    /// The columns that some input takes, and as what.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, Element)> {
        self.inputs.iter().flat_map(|input| input.columns.iter().map(|column| (*column, input.element)))
    }

    /// How many rows go in at a time when there are so many.
    pub(super) fn batch(&self, rows: usize, most: usize) -> usize {
        self.rows.unwrap_or_else(|| rows.clamp(1, most))
    }

    /// The types and shapes of the inputs for a number of rows.
    pub(super) fn shapes(&self, rows: usize) -> impl Iterator<Item = (Element, Vec<usize>)> {
        self.inputs.iter().map(move |input| (input.element, input.shape(rows)))
    }

    /// The inputs for some rows; the last one is repeated until there are enough. Columns are those of [`Self::wanted`].
    pub(super) fn tensors(&self, columns: &[Column], from: usize, to: usize, rows: usize) -> Vec<Tensor> {
        let mut columns = columns;
        let take = |input: &Input| {
            let (mine, rest) = columns.split_at(input.columns.len());
            columns = rest;
            let places = (from..from + rows).map(|row| row.min(to - 1));
            Tensor { shape: input.shape(rows), values: interleaved(mine, places, input.element) }
        };
        self.inputs.iter().map(take).collect()
    }

    /// Columns of zeros.
    pub(super) fn zeros(&self, rows: usize) -> Vec<Column> {
        let zeros = |element: Element| match element {
            Element::Text => Column::Texts(vec![String::new(); rows]),
            element if element.is_float() => Column::Numbers(vec![0.0; rows]),
            _ => Column::Whole(vec![0; rows]),
        };
        self.wanted().map(|(_, element)| zeros(element)).collect()
    }

    /// Whether some input takes texts.
    pub(super) fn has_texts(&self) -> bool {
        self.inputs.iter().any(|input| input.element == Element::Text)
    }
}

impl Input {
    fn shape(&self, rows: usize) -> Vec<usize> {
        if self.axes == 1 { vec![rows] } else { vec![rows, self.columns.len()] }
    }
}

/// Rows of columns, row after row.
fn interleaved<I: Iterator<Item = usize>>(columns: &[Column], rows: I, element: Element) -> Column {
    match element {
        Element::Text => {
            let columns: Vec<&Vec<String>> = columns.iter().filter_map(Column::texts).collect();
            Column::Texts(rows.flat_map(|row| columns.iter().map(move |c| c[row].clone())).collect())
        }
        element if element.is_float() => {
            let columns: Vec<&Vec<f64>> = columns.iter().filter_map(Column::numbers).collect();
            Column::Numbers(rows.flat_map(|row| columns.iter().map(move |c| c[row])).collect())
        }
        _ => {
            let columns: Vec<&Vec<i64>> = columns.iter().filter_map(Column::whole).collect();
            Column::Whole(rows.flat_map(|row| columns.iter().map(move |c| c[row])).collect())
        }
    }
}

/// Whether the only input takes all columns of the query.
fn takes_all(port: &Port, columns: usize) -> bool {
    match port.shape.as_deref() {
        None => true,
        Some([_]) => columns == 1,
        Some([_, Some(1)]) => columns == 1,
        Some(_) => true,
    }
}

fn all(port: &Port, columns: &[(String, Kind)]) -> Result<Input> {
    let wide = port.shape.as_ref().and_then(|shape| shape.get(1).copied().flatten());
    if let Some(wide) = wide.filter(|wide| *wide != columns.len()) {
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        return Err(Error::new(format!(
            "the model takes {wide} columns and the query selects {}: {}",
            columns.len(),
            listed(&names)
        ))
        .hint(format!("select what the model learned from, in the same order; its input is {port}")));
    }
    for (name, kind) in columns {
        fits(port, name, *kind)?;
    }
    input(port, (0..columns.len()).collect())
}

fn by_name(inputs: &[Port], columns: &[(String, Kind)]) -> Result<Vec<Input>> {
    let find =
        |port: &Port| columns.iter().position(|(name, _)| name.to_lowercase() == port.name.to_lowercase());
    let missing: Vec<String> =
        inputs.iter().filter(|port| find(port).is_none()).map(|port| port.name.clone()).collect();
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let hint = format!("{}; the query selects {}", ports(inputs), listed(&names));
    if !missing.is_empty() {
        let (s, are) = if missing.len() == 1 { ("", "is no column") } else { ("s", "are no columns") };
        return Err(Error::new(format!("the input{s} {} {are} of the query", listed(&missing))).hint(hint));
    }
    let mut out = Vec::with_capacity(inputs.len());
    for port in inputs {
        if port.shape.as_ref().is_some_and(|shape| shape.len() == 2 && shape[1].is_some_and(|wide| wide != 1))
        {
            return Err(Error::new(format!("the input {port} takes several columns"))
                .hint("export the model with an input for each column, or with all of them in one input"));
        }
        let Some(column) = find(port) else { continue };
        fits(port, &columns[column].0, columns[column].1)?;
        out.push(input(port, vec![column])?);
    }
    Ok(out)
}

fn input(port: &Port, columns: Vec<usize>) -> Result<Input> {
    let element = port.element.ok_or_else(|| Error::new(format!("the input {port} cannot be given")))?;
    Ok(Input { element, columns, axes: port.shape.as_ref().map_or(2, Vec::len) })
}

fn fits(port: &Port, column: &str, kind: Kind) -> Result<()> {
    let fits = match port.element {
        Some(Element::Text) => kind == Kind::Text,
        Some(Element::Bool) => kind == Kind::Flag,
        Some(element) if element.is_float() => matches!(kind, Kind::Number | Kind::Whole | Kind::Flag),
        Some(_) => matches!(kind, Kind::Whole | Kind::Flag),
        None => false,
    };
    if fits {
        return Ok(());
    }
    Err(Error::new(format!("the column {column} is {kind}, and the input takes {port}"))
        .hint("convert it in the query"))
}

fn ports(inputs: &[Port]) -> String {
    let each: Vec<String> = inputs.iter().map(ToString::to_string).collect();
    format!("the model takes {}", listed(&each))
}
