//! Grades by published rules: how much better than a baseline that needs no model.

/// By how many high-value people were found, beside the baseline: A for at least 5 % more, B for no fewer, C for fewer.
pub fn by_found(found: f64, baseline: f64) -> (char, String) {
    let grade = if found >= 1.05 * baseline {
        'A'
    } else if found >= baseline {
        'B'
    } else {
        'C'
    };
    let reason = format!(
        "finds {:.1} % of the people of highest value, spend so far {:.1} %: A for at least 5 % more, B for no fewer, C for fewer",
        100.0 * found,
        100.0 * baseline
    );
    (grade, reason)
}

/// By accuracy and by how many of those flagged really left, beside a baseline that flags as many: A for at least half
/// of all predictions right and 10 % more than the baseline, B for no fewer than the baseline, C otherwise.
pub fn by_hits(accuracy: f64, hits: f64, baseline: f64, named: &str) -> (char, String) {
    let grade = if accuracy >= 0.5 && hits >= 1.1 * baseline {
        'A'
    } else if accuracy >= 0.5 && hits >= baseline {
        'B'
    } else {
        'C'
    };
    let reason = format!(
        "{:.1} % of all predictions are right; of those flagged {:.1} % are hits, {named} {:.1} %: A for at least half right and 10 % more hits, B for no fewer, C otherwise",
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

/// By the share of customers who bought something that was offered, beside offering what is popular: A for at least
/// 10 % more, B for no fewer, C for fewer.
pub fn by_success(hits: f64, baseline: f64, count: usize) -> (char, String) {
    let grade = if hits >= 1.1 * baseline {
        'A'
    } else if hits >= baseline {
        'B'
    } else {
        'C'
    };
    let reason = format!(
        "{:.1} % of the customers bought one of {count} products offered, of the most popular ones {:.1} %: A for at least 10 % more, B for no fewer, C for fewer",
        100.0 * hits,
        100.0 * baseline
    );
    (grade, reason)
}
