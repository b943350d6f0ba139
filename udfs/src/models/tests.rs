use std::path::PathBuf;

use super::boosted::Loss;
use super::draws::folds;
use super::features::{Encoding, Feature, MISSING, Values};
use super::metrics;
use super::tabular::{Calibration, Candidate, Model, Scorer, Split, unseen};

#[test]
fn area_under_the_curve_counts_pairs_in_the_right_order() {
    assert_eq!(metrics::auc(&[0.1, 0.4, 0.35, 0.8], &[0.0, 0.0, 1.0, 1.0]), Some(0.75));
    assert_eq!(metrics::auc(&[0.5, 0.5], &[0.0, 1.0]), Some(0.5));
    assert_eq!(metrics::auc(&[0.5, 0.5], &[1.0, 1.0]), None);
}

#[test]
fn telco_churn_is_found_in_five_fold_validation() {
    let Some((features, labels)) = telco() else { return };
    let columns = Encoding::learn(&features).columns(&features, labels.len());
    let keys: Vec<u64> = (0..labels.len() as u64).collect();
    let part = folds(&keys, 5, 42);
    let splits: Vec<Split> = (0..5)
        .map(|fold| {
            let (test, train) = (0..labels.len() as u32).partition(|row| part[*row as usize] == fold);
            Split { train, test }
        })
        .collect();
    for (candidate, least) in [(Candidate::Linear, 0.844), (Candidate::Boosted, 0.842)] {
        let found = unseen(candidate, Loss::Logistic, &columns, &labels, &splits, 42, &|_| true).unwrap();
        let sums: Vec<f64> = found.iter().map(|(_, sum)| *sum).collect();
        let area = metrics::auc(&sums, &labels).unwrap();
        let calibration = Calibration::fit(&sums, &labels);
        let p: Vec<f64> = sums.iter().map(|s| calibration.probability(*s)).collect();
        assert!(area >= least, "{candidate:?} {area}");
        assert!(
            metrics::calibration(&p, &labels, 10).iter().all(|bin| (bin.predicted - bin.actual).abs() < 0.06)
        );
    }
}

#[test]
fn contributions_of_features_add_up_to_the_score() {
    let Some((features, labels)) = telco() else { return };
    let encoding = Encoding::learn(&features);
    let columns = encoding.columns(&features, labels.len());
    let rows: Vec<u32> = (0..labels.len() as u32).collect();
    for candidate in [Candidate::Linear, Candidate::Boosted] {
        let model = Model::fit(candidate, Loss::Logistic, &columns, &labels, &rows, 1, &|_| true).unwrap();
        let calibration = Calibration { slope: 0.9, offset: 0.1 };
        let scorer = Scorer { encoding: encoding.clone(), model, calibration };
        let sums = scorer.sums(&features, labels.len());
        let parts = scorer.contributions(&features, labels.len());
        for row in [0, 100, 7000] {
            let total = parts.base + parts.features.iter().map(|f| f[row]).sum::<f64>();
            assert!((total - sums[row]).abs() < 1e-6, "{candidate:?}: {total} instead of {}", sums[row]);
        }
    }
}

#[test]
fn a_category_or_feature_that_is_new_is_missing() {
    let categories = |codes: Vec<u32>, labels: &[&str]| Values::Categories {
        codes,
        labels: labels.iter().map(ToString::to_string).collect(),
    };
    let feature = |values| Feature { name: "tier".to_owned(), values };
    let learned =
        Encoding::learn(&[feature(categories((0..40).map(|n| n % 2).collect(), &["gold", "blue"]))]);
    let columns = learned.columns(&[feature(categories(vec![0, 1, MISSING], &["red", "gold"]))], 3);
    assert_eq!(columns.values, [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    assert_eq!(learned.columns(&[], 1).values, [[0.0], [0.0]]);
}

/// The customers of a telephone company and whether each left, or a message that they are not there.
fn telco() -> Option<(Vec<Feature>, Vec<f64>)> {
    let folder =
        std::env::var_os("ONEFOLD_TEST_DATA").map_or_else(|| "../../shared/data".into(), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("telco/Telco-Customer-Churn.csv")).ok();
    let Some(text) = text else {
        println!("skipped: ONEFOLD_TEST_DATA names no folder with telco/Telco-Customer-Churn.csv");
        return None;
    };
    let mut lines = text.lines().map(|line| line.trim_end().split(',').collect::<Vec<_>>());
    let header = lines.next()?;
    let rows: Vec<Vec<&str>> = lines.collect();
    let column = |place: usize| rows.iter().map(move |row| row[place]);
    let features = header.iter().enumerate().skip(1).take(header.len() - 2).map(|(place, name)| {
        let numeric = matches!(*name, "tenure" | "MonthlyCharges" | "TotalCharges");
        let values = if numeric {
            Values::Numbers(column(place).map(|v| v.trim().parse().unwrap_or(f64::NAN)).collect())
        } else {
            let mut labels: Vec<String> = column(place).map(str::to_owned).collect();
            labels.sort();
            labels.dedup();
            let code = |v: &str| labels.binary_search(&v.to_owned()).map_or(MISSING, |p| p as u32);
            Values::Categories { codes: column(place).map(code).collect(), labels: labels.clone() }
        };
        Feature { name: (*name).to_owned(), values }
    });
    let labels = column(header.len() - 1).map(|v| f64::from(u8::from(v == "Yes")));
    Some((features.collect(), labels.collect()))
}
