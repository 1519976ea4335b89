//! How well scores tell many classes apart.

use crate::auc;

/// What a sample's scores, one a class, say next to the class it really is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The class with the highest score, the first of equals.
    pub choice: usize,
    /// How many classes come before the right one.
    pub rank: usize,
}

/// The verdict of scores on a sample of the class `label`.
///
/// Classes are ranked by score, equal scores by number, and a score that is not a number is less than any other: a network that
/// gives all classes the same score is right on the first class alone.
///
/// # Panics
/// `label` has no score.
pub fn verdict(scores: &[f64], label: usize) -> Verdict {
    let before = |class: usize, other: usize| {
        let (a, b) = (key(scores[class]), key(scores[other]));
        a > b || (a == b && class < other)
    };
    let choice = (1..scores.len()).fold(0, |best, class| if before(class, best) { class } else { best });
    let rank = (0..scores.len()).filter(|&class| before(class, label)).count();
    Verdict { choice, rank }
}

/// The share of samples whose right class is among the first `places`; not a number where there are none.
pub fn top(verdicts: &[Verdict], places: usize) -> f64 {
    share(verdicts.iter().filter(|verdict| verdict.rank < places).count(), verdicts.len())
}

/// The share of samples on which two networks choose the same class; not a number where there are none.
///
/// # Panics
/// They have not judged the same samples.
pub fn agreement(one: &[Verdict], other: &[Verdict]) -> f64 {
    assert_eq!(one.len(), other.len(), "two networks are compared on the same samples");
    share(one.iter().zip(other).filter(|(a, b)| a.choice == b.choice).count(), one.len())
}

/// The area under the ROC curve of how much more the second of two classes scores than the first, if there are samples of
/// both.
pub fn auc_of_two(scores: &[[f64; 2]], labels: &[usize]) -> Option<f64> {
    let of = |class: usize| -> Vec<f64> {
        let mine = scores.iter().zip(labels).filter(|(_, label)| **label == class);
        mine.map(|([first, second], _)| second - first).collect()
    };
    let area = auc(&of(1), &of(0));
    (!area.is_nan()).then_some(area)
}

fn key(score: f64) -> f64 {
    if score.is_nan() { f64::NEG_INFINITY } else { score }
}

fn share(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_score_is_chosen_and_the_first_of_equals() {
        assert_eq!(verdict(&[1.0, 3.0, 2.0], 1), Verdict { choice: 1, rank: 0 });
        assert_eq!(verdict(&[1.0, 3.0, 2.0], 0), Verdict { choice: 1, rank: 2 });
        assert_eq!(verdict(&[2.0, 2.0, 2.0], 0), Verdict { choice: 0, rank: 0 });
        assert_eq!(verdict(&[2.0, 2.0, 2.0], 2), Verdict { choice: 0, rank: 2 });
        assert_eq!(verdict(&[-0.0, 0.0], 1), Verdict { choice: 0, rank: 1 });
        assert_eq!(verdict(&[7.0], 0), Verdict { choice: 0, rank: 0 });
    }

    #[test]
    fn what_is_not_a_number_comes_last() {
        let nan = f64::NAN;
        assert_eq!(verdict(&[nan, -1e300], 1), Verdict { choice: 1, rank: 0 });
        assert_eq!(verdict(&[nan, -1e300], 0), Verdict { choice: 1, rank: 1 });
        assert_eq!(verdict(&[nan, nan], 1), Verdict { choice: 0, rank: 1 });
    }

    #[test]
    fn shares_of_few_samples() {
        let at = |choice, rank| Verdict { choice, rank };
        let verdicts = [at(0, 0), at(1, 1), at(2, 4), at(3, 5)];
        assert_eq!(top(&verdicts, 1), 0.25);
        assert_eq!(top(&verdicts, 2), 0.5);
        assert_eq!(top(&verdicts, 5), 0.75);
        assert_eq!(agreement(&verdicts, &verdicts), 1.0);
        assert_eq!(agreement(&verdicts, &[at(0, 9), at(2, 1), at(2, 0), at(0, 5)]), 0.5);
        assert!(top(&[], 1).is_nan());
    }

    #[test]
    fn two_classes_have_an_area() {
        assert_eq!(auc_of_two(&[[0.0, 1.0], [1.0, 0.0]], &[1, 0]), Some(1.0));
        assert_eq!(auc_of_two(&[[0.0, 1.0], [1.0, 0.0]], &[0, 1]), Some(0.0));
        assert_eq!(auc_of_two(&[[5.0, 5.0], [1.0, 1.0]], &[0, 1]), Some(0.5));
        assert_eq!(auc_of_two(&[[0.0, 1.0]], &[1]), None);
    }
}
