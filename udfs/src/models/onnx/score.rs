//! Rows in, scores out, in batches.

use super::library::Loaded;
use super::tract::Plan;
use super::{Binding, Classes, Column, Error, Graph, Outputs, Result, Runs, Runtime, Tensor};
use crate::models::parts;

/// Rows that go in at a time, unless the model takes another number.
const BATCH: usize = 1024;

/// A model that is ready to score.
#[derive(Debug)]
pub struct Model {
    runs: Box<dyn Runs>,
    binding: Binding,
    outputs: Outputs,
    batch: usize,
    /// The output that is the score, for errors.
    name: String,
}

/// What a model says of rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scored {
    /// Numbers, so many for each row: one, or the probability of each class.
    pub values: Vec<f64>,
    /// How many numbers each row has.
    pub width: usize,
    /// The class of each row, if the model names one.
    pub labels: Option<Vec<String>>,
}

impl Scored {
    /// The last number of each row.
    pub fn last(&self) -> Vec<f64> {
        self.values.chunks(self.width.max(1)).filter_map(|row| row.last().copied()).collect()
    }

    fn extend(&mut self, more: Self) -> Result<()> {
        if self.width != 0 && more.width != self.width {
            return Err(Error::new("the model gives different numbers of values for different rows"));
        }
        self.width = more.width;
        self.values.extend(more.values);
        if let Some(labels) = more.labels {
            self.labels.get_or_insert_default().extend(labels);
        }
        Ok(())
    }
}

impl Model {
    /// Loads a model to score so many rows.
    ///
    /// # Errors
    /// The runtime cannot run it.
    pub fn new(
        graph: &Graph,
        binding: Binding,
        outputs: Outputs,
        runtime: Runtime,
        rows: usize,
    ) -> Result<Self> {
        let batch = binding.batch(rows, BATCH);
        let runs: Box<dyn Runs> = match runtime {
            Runtime::Tract => Box::new(Plan::new(graph, &binding, batch)?),
            Runtime::Onnxruntime => Box::new(Loaded::new(graph, &binding)?),
        };
        Ok(Self { runs, binding, outputs, batch, name: graph.outputs[outputs.score].to_string() })
    }

    /// Runs rows of zeros, to see whether the model gives what it should. One that takes texts is not tried: it may
    /// refuse those that it does not know.
    ///
    /// # Errors
    /// The model cannot be run, or gives something else than numbers for each row.
    pub fn try_out(&self) -> Result<()> {
        if self.binding.has_texts() {
            return Ok(());
        }
        self.some(&self.binding.zeros(self.batch), 0, self.batch).map(drop)
    }

    /// Scores rows, given the columns of [`Binding::wanted`]; `None` if `on` ended it.
    ///
    /// # Errors
    /// The model cannot be run, or gives something else than numbers for each row.
    pub fn score(
        &self,
        columns: &[Column],
        rows: usize,
        on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Scored>> {
        let threads = if self.runs.parallel() { parts::threads() } else { 1 };
        let part = rows.div_ceil(self.batch).div_ceil(threads).max(1) * self.batch;
        let parts = std::thread::scope(|scope| {
            let starts = (0..rows).step_by(part);
            let work = |from: usize| move || self.part(columns, from, rows.min(from + part), on);
            let running: Vec<_> = starts.map(|from| scope.spawn(work(from))).collect();
            let ended = || Err(Error::new("the model ended early"));
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| ended())).collect::<Vec<_>>()
        });
        let mut all = Scored::default();
        for part in parts {
            let Some(part) = part? else { return Ok(None) };
            all.extend(part)?;
        }
        Ok(Some(all))
    }

    fn part(
        &self,
        columns: &[Column],
        from: usize,
        to: usize,
        on: &dyn Fn() -> bool,
    ) -> Result<Option<Scored>> {
        let mut all = Scored::default();
        for from in (from..to).step_by(self.batch) {
            if !on() {
                return Ok(None);
            }
            all.extend(self.some(columns, from, to.min(from + self.batch))?)?;
        }
        Ok(Some(all))
    }

    fn some(&self, columns: &[Column], from: usize, to: usize) -> Result<Scored> {
        let mut found = self.runs.run(self.binding.tensors(columns, from, to, self.batch))?;
        let rows = to - from;
        let labels = self.outputs.label.and_then(|place| texts(&found[place], self.batch, rows));
        let Tensor { shape, values } = found.swap_remove(self.outputs.score);
        let width = match shape.as_slice() {
            [batch] if *batch == self.batch => 1,
            [batch, width] if *batch == self.batch && *width > 0 => *width,
            _ => {
                return Err(Error::new(format!(
                    "the output {} has the shape {shape:?} for {} rows",
                    self.name, self.batch
                ))
                .hint("a model has to give one number per row, or one for each class; name another output: OPTIONS (output '…')"));
            }
        };
        let mut values = match values {
            Column::Numbers(numbers) => numbers,
            Column::Whole(numbers) => numbers.into_iter().map(|n| n as f64).collect(),
            Column::Texts(_) => return Err(Error::new(format!("the output {} gives texts", self.name))),
        };
        values.truncate(rows * width);
        let labels = match (self.runs.classes(), labels) {
            (Some(Classes::Likelier(classes)), Some(_)) if width == 2 => {
                let likelier = |row: &[f64]| classes[usize::from(row[1] > row[0])].clone();
                Some(values.chunks(2).map(likelier).collect())
            }
            (Some(Classes::Places(classes)), Some(places)) => {
                let label = |place: String| place.parse().ok().and_then(|p: usize| classes.get(p)).cloned();
                Some(places.into_iter().map(|place| label(place).unwrap_or_default()).collect())
            }
            (_, labels) => labels,
        };
        Ok(Scored { values, width, labels })
    }
}

/// One text per row, if the values are such.
fn texts(tensor: &Tensor, batch: usize, rows: usize) -> Option<Vec<String>> {
    let texts: Vec<String> = match &tensor.values {
        Column::Texts(texts) => texts.clone(),
        Column::Whole(numbers) => numbers.iter().map(ToString::to_string).collect(),
        Column::Numbers(_) => return None,
    };
    (texts.len() == batch).then(|| texts.into_iter().take(rows).collect())
}
