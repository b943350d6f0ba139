//! Candidates compared on rows that they have not seen, and the one that is chosen.

use onefold_connectors::{OptionSpec, OptionType, Options};
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::features::{Columns, Encoding, Feature, Values};
use onefold_udfs::models::metrics;
use onefold_udfs::models::tabular::{Calibration, Candidate, Contributions, Model, Scorer, Split, unseen};

use super::report::{CalibrationBin, Factor, Report, histogram};
use super::task::{self, Reason};
use super::work::Watch;

/// Rows of the importance of factors.
const SAMPLE: usize = 4000;
const BINS: usize = 10;

/// What is learned from and how it is judged.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The features of all rows.
    pub features: Vec<Feature>,
    /// The label of each row.
    pub labels: Vec<f64>,
    /// What is made small.
    pub loss: Loss,
    /// What is learned from and judged by.
    pub splits: Vec<Split>,
    /// The candidates.
    pub candidates: Vec<Candidate>,
    /// The seed.
    pub seed: u64,
}

/// A candidate and what it predicted for rows that it had not seen.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The candidate.
    pub candidate: Candidate,
    /// The judged rows.
    pub rows: Vec<u32>,
    /// The prediction for each of them: a probability for [`Loss::Logistic`], else the label itself.
    pub predicted: Vec<f64>,
    /// How sums become log odds.
    pub calibration: Calibration,
}

impl Lesson {
    /// What each candidate predicts; `None` if nobody waits for it.
    pub fn judge(&self, watch: &Watch) -> Option<Vec<Judged>> {
        let encoding = Encoding::learn(&self.features);
        let columns = encoding.columns(&self.features, self.labels.len());
        self.candidates.iter().map(|candidate| self.judge_one(*candidate, &columns, watch)).collect()
    }

    fn judge_one(&self, candidate: Candidate, columns: &Columns, watch: &Watch) -> Option<Judged> {
        let on = |_| watch.on();
        let found = unseen(candidate, self.loss, columns, &self.labels, &self.splits, self.seed, &on)?;
        let (rows, sums): (Vec<u32>, Vec<f64>) = found.into_iter().unzip();
        let labels = self.labels_of(&rows);
        let calibration =
            if self.loss == Loss::Logistic { Calibration::fit(&sums, &labels) } else { Calibration::NONE };
        let predicted = sums.iter().map(|sum| match self.loss {
            Loss::Logistic => calibration.probability(*sum),
            Loss::Squared => *sum,
            Loss::Tweedie => sum.exp(),
        });
        Some(Judged { candidate, predicted: predicted.collect(), rows, calibration })
    }

    /// The labels of some rows.
    pub fn labels_of(&self, rows: &[u32]) -> Vec<f64> {
        rows.iter().map(|row| self.labels[*row as usize]).collect()
    }

    /// Fits a candidate to some rows for good.
    pub fn fit(
        &self,
        candidate: Candidate,
        calibration: Calibration,
        rows: &[u32],
        watch: &Watch,
    ) -> Option<Scorer> {
        let encoding = Encoding::learn(&self.features);
        let columns = encoding.columns(&self.features, self.labels.len());
        let model =
            Model::fit(candidate, self.loss, &columns, &self.labels, rows, self.seed, &|_| watch.on())?;
        Some(Scorer { encoding, model, calibration })
    }
}

/// The metrics of a classifier beside the mean label, and its calibration and scores.
pub fn describe_probabilities(report: &mut Report, word: &str, predicted: &[f64], labels: &[f64]) {
    let share = metrics::mean(labels.iter().copied());
    let constant = vec![share; labels.len()];
    let mut add =
        |metric: &str, value: f64, baseline: f64| report.metric(word, metric, value, Some(baseline));
    add("auc", metrics::auc(predicted, labels).unwrap_or(0.5), 0.5);
    add("log_loss", metrics::log_loss(predicted, labels), metrics::log_loss(&constant, labels));
    add("brier", metrics::brier(predicted, labels), metrics::brier(&constant, labels));
    add("accuracy", metrics::accuracy(predicted, labels, 0.5), share.max(1.0 - share));
}

/// The metrics of numbers beside a baseline's.
pub fn describe_numbers(
    report: &mut Report,
    word: &str,
    predicted: &[f64],
    baseline: &[f64],
    actual: &[f64],
) {
    let mut add = |metric: &str, measure: &dyn Fn(&[f64], &[f64]) -> f64| {
        report.metric(word, metric, measure(predicted, actual), Some(measure(baseline, actual)));
    };
    add("rmse", &metrics::rmse);
    add("mae", &metrics::mae);
    add("r_squared", &metrics::r_squared);
    add("rank_correlation", &metrics::rank_correlation);
}

/// Scores beside what happened, and how many are how high.
pub fn describe_scores(report: &mut Report, predicted: &[f64], labels: &[f64]) {
    report.calibration =
        metrics::calibration(predicted, labels, BINS).into_iter().map(CalibrationBin::from).collect();
    report.histogram = histogram(predicted, 2 * BINS);
}

/// The option that chooses between the two candidates of a classifier.
pub const MODEL: OptionSpec = OptionSpec::new(
    "model",
    OptionType::OneOf(&["auto", "logistic", "boosted"]),
    "the candidate, or the best of them",
)
.default("auto");

/// The candidates that the option `model` leaves.
pub fn candidates(options: &Options) -> Vec<Candidate> {
    match options.text("model") {
        Some("logistic" | "linear") => vec![Candidate::Linear],
        Some("boosted") => vec![Candidate::Boosted],
        _ => vec![Candidate::Linear, Candidate::Boosted],
    }
}

/// The top reasons of each person's score.
pub fn reasons(scorer: &Scorer, ids: &[String], features: &[Feature]) -> Vec<Reason> {
    let parts = scorer.contributions(features, ids.len());
    let find = |name: &str| features.iter().find(|f| f.name == name).map(|f| &f.values);
    let named: Vec<_> = scorer.encoding.names().into_iter().map(|name| (name, find(name))).collect();
    task::reasons(ids, &named, &parts.features)
}

/// How much each feature of a scorer decides, over a sample of rows.
pub fn factors(scorer: &Scorer, features: &[Feature], rows: &[u32]) -> Vec<Factor> {
    let every = rows.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<u32> = rows.iter().copied().step_by(every).collect();
    let features: Vec<Feature> = features.iter().map(|feature| rows_of(feature, &sample)).collect();
    let parts = scorer.contributions(&features, sample.len());
    ranked(&scorer.encoding.names(), &features, &parts)
}

fn ranked(names: &[&str], features: &[Feature], parts: &Contributions) -> Vec<Factor> {
    let sizes: Vec<f64> = parts.features.iter().map(|part| part.iter().map(|v| v.abs()).sum()).collect();
    let total: f64 = sizes.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let direction = |place: usize| {
        let feature = features.iter().find(|f| f.name == names[place])?;
        let Values::Numbers(numbers) = &feature.values else { return None };
        let known = |row: &usize| !numbers[*row].is_nan();
        let rows: Vec<usize> = (0..numbers.len()).filter(known).collect();
        let values: Vec<f64> = rows.iter().map(|row| numbers[*row]).collect();
        let added: Vec<f64> = rows.iter().map(|row| parts.features[place][*row]).collect();
        Some(metrics::rank_correlation(&values, &added))
    };
    let mut out: Vec<Factor> = names
        .iter()
        .enumerate()
        .map(|(place, name)| Factor {
            feature: (*name).to_owned(),
            importance: sizes[place] / total,
            direction: direction(place),
        })
        .collect();
    out.sort_by(|a, b| b.importance.total_cmp(&a.importance).then_with(|| a.feature.cmp(&b.feature)));
    out
}

/// Some rows of a feature.
pub fn rows_of(feature: &Feature, rows: &[u32]) -> Feature {
    let values = match &feature.values {
        Values::Numbers(numbers) => Values::Numbers(rows.iter().map(|row| numbers[*row as usize]).collect()),
        Values::Categories { codes, labels } => Values::Categories {
            codes: rows.iter().map(|row| codes[*row as usize]).collect(),
            labels: labels.clone(),
        },
    };
    Feature { name: feature.name.clone(), values }
}
