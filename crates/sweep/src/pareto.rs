//! The points that no other point beats.

/// Which of two qualities is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Scores.
    Higher,
    /// Errors.
    Lower,
}

/// The Pareto front of pairs of cost and quality: the positions of those for which no other costs less without being
/// worse, or is better without costing more, by ascending cost. Equal pairs all stay; a quality that is no number is not on it.
pub fn front(points: &[(usize, f64)], better: Better) -> Vec<usize> {
    let loss = |n: usize| match better {
        Better::Higher => -points[n].1,
        Better::Lower => points[n].1,
    };
    let mut order: Vec<usize> = (0..points.len()).filter(|&n| !points[n].1.is_nan()).collect();
    order.sort_by(|&a, &b| points[a].0.cmp(&points[b].0).then(loss(a).total_cmp(&loss(b))).then(a.cmp(&b)));
    let mut front: Vec<usize> = Vec::new();
    for n in order {
        if front.last().is_none_or(|&last| loss(n) < loss(last) || points[n] == points[last]) {
            front.push(n);
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::{Better, front};

    #[test]
    fn a_front_made_by_hand() {
        let points = [
            (100, 0.5), // the cheapest
            (100, 0.4), // as cheap and worse
            (120, 0.5), // as good and dearer
            (130, 0.7),
            (150, 0.6), // beaten by the one before
            (200, 0.9), // twice the same
            (200, 0.9),
            (300, f64::NAN),
            (250, 0.8),
        ];
        assert_eq!(front(&points, Better::Higher), [0, 3, 5, 6]);
        let errors: Vec<(usize, f64)> = points.iter().map(|(cost, score)| (*cost, 1.0 - score)).collect();
        assert_eq!(front(&errors, Better::Lower), [0, 3, 5, 6]);
        assert!(front(&[], Better::Higher).is_empty());
    }

    #[test]
    fn it_is_the_definition() {
        let mut state = 1_u32;
        let mut random = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for count in 0..60 {
            let points: Vec<(usize, f64)> =
                (0..count).map(|_| (random(12) as usize, f64::from(random(12)))).collect();
            let beaten = |p: &(usize, f64)| {
                points.iter().any(|q| q.0 <= p.0 && q.1 >= p.1 && (q.0 < p.0 || q.1 > p.1))
            };
            let mut found = front(&points, Better::Higher);
            assert!(found.is_sorted_by_key(|&n| points[n].0));
            found.sort_unstable();
            let expected: Vec<usize> = (0..points.len()).filter(|&n| !beaten(&points[n])).collect();
            assert_eq!(found, expected, "{points:?}");
        }
    }
}
