use onefold_udfs::comparators::Role;

use super::em::{Stratum, train};
use super::*;

fn field(role: Role, u: [f64; 4]) -> FieldModel {
    FieldModel::new("f".to_owned(), FieldKind::Evidence(role), vec![0.0, 1.0, 0.5, 0.0], u.to_vec())
}

/// The expected counts of all patterns of four fields, under known parameters.
fn patterns(classes: &[(f64, [[f64; 4]; 4])]) -> Vec<(u64, f64)> {
    let mut out = Vec::new();
    for code in 0..81_u64 {
        let levels = [code % 3, code / 3 % 3, code / 9 % 3, code / 27].map(|l| l as usize + 1);
        let pattern =
            levels.iter().enumerate().fold(0, |p, (f, l)| p | (*l as u64) << (f as u32 * LEVEL_BITS));
        let count: f64 = classes
            .iter()
            .map(|(n, theta)| n * levels.iter().enumerate().map(|(f, l)| theta[f][*l]).product::<f64>())
            .sum();
        out.push((pattern, count));
    }
    out
}

/// EM finds the parameters that the counts were made with: three classes, two personal and two shared fields.
#[test]
fn parameters_are_recovered() {
    let u = [
        [0.0, 0.01, 0.04, 0.95],
        [0.0, 0.001, 0.019, 0.98],
        [0.0, 0.005, 0.015, 0.98],
        [0.0, 0.002, 0.008, 0.99],
    ];
    let m = [[0.0, 0.85, 0.1, 0.05], [0.0, 0.9, 0.06, 0.04], [0.0, 0.8, 0.1, 0.1], [0.0, 0.7, 0.1, 0.2]];
    let mix = |k: usize, l: usize| (1.0 - HOUSEHOLD_MIX) * u[k][l] + HOUSEHOLD_MIX * m[k][l];
    let h = [
        [0.0, mix(0, 1), mix(0, 2), mix(0, 3)],
        [0.0, mix(1, 1), mix(1, 2), mix(1, 3)],
        [0.0, 0.9, 0.05, 0.05],
        [0.0, 0.6, 0.1, 0.3],
    ];
    let stratum =
        Stratum { active: vec![0, 1, 2, 3], patterns: patterns(&[(20e3, m), (30e3, h), (50e3, u)]) };
    let mut fields = [Role::Personal, Role::Personal, Role::Shared, Role::Shared]
        .iter()
        .zip(u)
        .map(|(r, u)| field(*r, u))
        .collect::<Vec<_>>();
    let (_, shares) = train(&mut fields, &[stratum]);
    for (place, field) in fields.iter().enumerate() {
        for level in 1..4 {
            assert!((field.m[level] - m[place][level]).abs() < 0.02, "m of {place}: {:?}", field.m);
            assert!((field.h[level] - h[place][level]).abs() < 0.02, "h of {place}: {:?}", field.h);
        }
    }
    assert!((shares[0][0] - 0.2).abs() < 0.01 && (shares[0][1] - 0.3).abs() < 0.01, "{shares:?}");
}

/// The prior is the share of the pairs that it makes likely.
#[test]
fn prior_is_its_own_posterior() {
    let evidence: Vec<Evidence> =
        (0..1000).map(|i| if i < 100 { [0.0, -30.0, -30.0] } else { [-30.0, -30.0, 0.0] }).collect();
    let lambda = prior::estimate(&evidence, 1.0, 1000, 499_500.0);
    assert!((lambda[0] * 499_500.0 - 100.0).abs() < 0.1, "{lambda:?}");
}

#[test]
fn bits_and_probabilities_are_inverse() {
    for p in [0.01, 0.5, 0.99] {
        assert!((probability(bits(p)) - p).abs() < 1e-12);
    }
}

/// A twin's equal birth date does not outweigh a different given name: one personal field is bounded against a
/// household, however rare its value.
#[test]
fn one_personal_field_is_bounded_against_a_household() {
    let model = Model::new(vec![field(Role::Personal, [0.0, 1e-5, 1e-4, 0.9999])], [0.1, 0.1, 0.8], 1);
    let [same, household, _] = model.field_evidence(0, 1, || 1e-6_f32.ln());
    assert!((same - household) * std::f64::consts::LOG2_E < 6.7);
}
