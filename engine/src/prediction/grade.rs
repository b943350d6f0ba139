//! Grades by published rules: how much better than a baseline that needs no model. An A also has to be better by more
//! than chance would give.

/// Standard errors that chance seldom gives.
const BEYOND_CHANCE: f64 = 2.0;

/// Whether a share of so many is larger than another by more than chance would give.
fn beyond_chance(share: f64, baseline: f64, of: usize) -> bool {
    let error = (baseline * (1.0 - baseline) / of.max(1) as f64).max(0.0).sqrt();
    share - baseline > BEYOND_CHANCE * error
}

/// A for a share that is larger by a part of it and by more than chance, B for one that is not less, C otherwise.
fn by_share(share: f64, baseline: f64, larger: f64, of: usize) -> char {
    if share >= (1.0 + larger) * baseline && beyond_chance(share, baseline, of) {
        'A'
    } else if share >= baseline {
        'B'
    } else {
        'C'
    }
}

/// By how many of the `of` high-value people were found, beside the baseline: A for at least 5 % more. What is predicted in
/// all, as a part of what came, must not be off by half: who orders people well need not know what they spend.
pub fn by_found(found: f64, baseline: f64, of: usize, total: f64) -> (char, String) {
    let mut reason = format!(
        "finds {:.1} % of the {of} people of highest value, monthly spend so far {:.1} %: A for at least 5 % more and more than chance, B for no fewer, C for fewer",
        100.0 * found,
        100.0 * baseline
    );
    let mut grade = by_share(found, baseline, 0.05, of);
    if grade == 'A' && !(0.5..=2.0).contains(&total) {
        grade = 'B';
        reason += &format!("; no A, for the sum of all values is {:.0} % of what came", 100.0 * total);
    }
    (grade, reason)
}

/// By accuracy and by how many of those flagged really left, beside a baseline that flags as many: A for at least half
/// of all predictions right and 10 % more than the baseline.
pub fn by_hits(accuracy: f64, hits: f64, baseline: f64, flagged: usize, named: &str) -> (char, String) {
    let grade = if accuracy >= 0.5 { by_share(hits, baseline, 0.1, flagged) } else { 'C' };
    let reason = format!(
        "{:.1} % of all predictions are right; of {flagged} flagged {:.1} % are hits, {named} {:.1} %: A for at least half right, 10 % more hits and more than chance, B for no fewer hits, C otherwise",
        100.0 * accuracy,
        100.0 * hits,
        100.0 * baseline
    );
    (grade, reason)
}

/// By the error, beside that of the mean: A for at most 90 % of it, B for less than it, C otherwise.
pub fn by_error(error: f64, baseline: f64) -> (char, String) {
    let grade = if error <= 0.9 * baseline {
        'A'
    } else if error < baseline {
        'B'
    } else {
        'C'
    };
    let reason = format!(
        "the root mean squared error is {error:.4}, that of the mean {baseline:.4}: A for at most 90 % of it, B for less, C otherwise"
    );
    (grade, reason)
}

/// By the share of `of` customers who bought something that was offered, beside offering what is popular: A for at
/// least 10 % more.
pub fn by_success(hits: f64, baseline: f64, of: usize, count: usize) -> (char, String) {
    let reason = format!(
        "{:.1} % of {of} customers bought one of {count} products offered, of the most popular ones {:.1} %: A for at least 10 % more and more than chance, B for no fewer, C for fewer",
        100.0 * hits,
        100.0 * baseline
    );
    (by_share(hits, baseline, 0.1, of), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_is_what_the_published_rule_says() {
        assert_eq!(by_found(0.60, 0.50, 1000, 1.1).0, 'A');
        assert_eq!(by_found(0.52, 0.50, 1000, 1.0).0, 'B');
        assert_eq!(by_found(0.49, 0.50, 1000, 1.0).0, 'C');
        assert_eq!(by_hits(0.7, 0.66, 0.5, 500, "").0, 'A');
        assert_eq!(by_hits(0.4, 0.66, 0.5, 500, "").0, 'C');
        assert_eq!(by_success(0.105, 0.1, 5000, 5).0, 'B');
        assert_eq!(by_error(0.95, 1.0).0, 'B');
    }

    #[test]
    fn values_that_are_off_by_half_are_no_a() {
        let (grade, reason) = by_found(0.60, 0.50, 1000, 0.15);
        assert!(grade == 'B' && reason.ends_with("the sum of all values is 15 % of what came"), "{reason}");
    }

    #[test]
    fn what_chance_gives_is_no_a() {
        assert_eq!(by_found(0.60, 0.50, 50, 1.0).0, 'B');
    }
}
