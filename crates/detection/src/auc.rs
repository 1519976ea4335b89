//! How well scores tell two classes apart.

/// The chance that a positive scores more than a negative, a tie counting half: the area under the ROC curve.
///
/// A score that is not a number is less than any other. With no positive or no negative the figure is not a number.
pub fn auc(positives: &[f64], negatives: &[f64]) -> f64 {
    let key = |&score: &f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    let mut sorted: Vec<f64> = negatives.iter().map(key).collect();
    sorted.sort_by(f64::total_cmp);
    // Twice the number of pairs won: exact, as long as it fits.
    let twice: u128 = positives
        .iter()
        .map(key)
        .map(|score| {
            let below = sorted.partition_point(|&negative| negative < score);
            let no_more = sorted.partition_point(|&negative| negative <= score);
            (below + no_more) as u128
        })
        .sum();
    twice as f64 / 2.0 / positives.len() as f64 / negatives.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_worked() {
        assert_eq!(auc(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        assert_eq!(auc(&[0.0], &[1.0]), 0.0);
        assert_eq!(auc(&[1.0, 1.0], &[1.0]), 0.5);
        assert_eq!(auc(&[0.5, 2.0], &[0.0, 0.5, 1.0, f64::NAN]), (2.0 + 0.5 + 4.0) / 8.0);
        assert_eq!(auc(&[0.0], &[-0.0]), 0.5);
        assert!(auc(&[], &[1.0]).is_nan());
        assert!(auc(&[1.0], &[]).is_nan());
    }
}
