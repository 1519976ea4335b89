//! Records for the tests.

use crate::{Budget, Cost, Levels, Method, Metric, Outcome, Point, Record, Score, Setting};

fn score(value: f64) -> Score {
    Score { metric: Metric::Ap, value }
}

fn record(set: &str, budget: Option<u64>, outcome: Outcome) -> Record {
    let levels = Levels::Set(set.parse().expect("a set"));
    let setting = Setting { levels, budget: Budget(budget), method: Method::Nearest };
    Record::new("s", &Point::Dyadic(setting), outcome)
}

/// The network as trained.
pub(crate) fn float(value: f64) -> Record {
    Record::new("s", &Point::Float, Outcome::Float { score: score(value) })
}

/// A point that was built; its error falls with its adders.
pub(crate) fn built(set: &str, budget: Option<u64>, adders: usize, value: Option<f64>) -> Record {
    let cost = Cost {
        relative_error: 50.0 / adders as f64,
        signed_digits: 2 * adders,
        zeros: 7,
        adders_before: adders + 100,
        adders,
        shifts: 30,
        storage_bits: 4000,
    };
    record(set, budget, Outcome::Built { cost, score: value.map(score) })
}

/// A point that could not be built.
pub(crate) fn infeasible(set: &str, budget: u64) -> Record {
    record(set, Some(budget), Outcome::Infeasible { reason: "too \"small\", by far".to_owned() })
}
