//! What became of a point: the contents of its file.

use serde::{Deserialize, Serialize};

use crate::{Levels, Method, Point, Setting};

/// The result of one point. It holds nothing that differs from run to run, so the same point gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The fingerprint of network, settings and data.
    pub sweep: String,
    /// The point's key.
    pub key: String,
    /// The set of all kernels, as it was written.
    pub set: Option<String>,
    /// The sets of all conv layers, as they were written.
    pub configuration: Option<String>,
    /// The most signed digits of all kernels together.
    pub budget: Option<u64>,
    /// What was kept small.
    pub method: Option<Method>,
    /// The figures.
    pub outcome: Outcome,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// The network as trained, scored in floating point.
    Float {
        /// How good it is.
        score: Score,
    },
    /// An approximation, scored as integer network where there is data.
    Built {
        /// What it costs.
        cost: Cost,
        /// How good it is.
        score: Option<Score>,
    },
    /// No network meets the budget.
    Infeasible {
        /// Why.
        reason: String,
    },
}

/// The price of an approximation, all layers together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// `||W - W'||_F / ||W||_F`.
    pub relative_error: f64,
    /// Signed digits.
    pub signed_digits: usize,
    /// Weights that became zero.
    pub zeros: usize,
    /// Two-input adders of one result of each layer before sharing.
    pub adders_before: usize,
    /// The same after sharing.
    pub adders: usize,
    /// Shifts.
    pub shifts: usize,
    /// Bits to store the network.
    pub storage_bits: usize,
}

/// How good a network is on the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// What is measured.
    pub metric: Metric,
    /// Between 0 and 1, 1 being the best.
    pub value: f64,
}

/// What a score measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Average precision of a detector on photographs.
    Ap,
    /// Area under the receiver's curve of a network that tells two classes of windows apart.
    Auc,
    /// The share of images whose class a classifier tells right.
    Top1,
}

impl Metric {
    /// As it stands in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ap => "ap",
            Self::Auc => "auc",
            Self::Top1 => "top1",
        }
    }

    /// As it stands at an axis.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ap => "average precision",
            Self::Auc => "area under the curve",
            Self::Top1 => "top-1 accuracy",
        }
    }
}

impl Record {
    /// The record of a point.
    pub fn new(sweep: &str, point: &Point, outcome: Outcome) -> Self {
        let blank = Self {
            sweep: sweep.to_owned(),
            key: point.key(),
            set: None,
            configuration: None,
            budget: None,
            method: None,
            outcome,
        };
        let Point::Dyadic(Setting { levels, budget, method }) = point else { return blank };
        let (set, configuration) = match levels {
            Levels::Set(set) => (Some(set.to_string()), None),
            Levels::Configuration(configuration) => (None, Some(configuration.name().to_owned())),
        };
        Self { set, configuration, budget: budget.0, method: Some(*method), ..blank }
    }

    /// The set or the configuration, for people.
    pub fn levels(&self) -> &str {
        self.set.as_deref().or(self.configuration.as_deref()).unwrap_or("float")
    }

    /// What it costs, if it was built.
    pub fn cost(&self) -> Option<&Cost> {
        match &self.outcome {
            Outcome::Built { cost, .. } => Some(cost),
            _ => None,
        }
    }

    /// How good it is, if it was scored.
    pub fn score(&self) -> Option<Score> {
        match &self.outcome {
            Outcome::Float { score } => Some(*score),
            Outcome::Built { score, .. } => *score,
            Outcome::Infeasible { .. } => None,
        }
    }

    /// Whether its figures can be what they are said to be. What was read from a file may be anything.
    pub fn is_sound(&self) -> bool {
        let error =
            self.cost().is_none_or(|cost| cost.relative_error.is_finite() && cost.relative_error >= 0.0);
        error && self.score().is_none_or(|score| (0.0..=1.0).contains(&score.value))
    }
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::testing::{built, float, infeasible};

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let records = [float(0.1 + 0.2), built("D3", Some(7), 3, Some(1.0 / 3.0)), infeasible("ternary", 1)];
        for record in records {
            let text = serde_json::to_string(&record).expect("a record is JSON");
            assert_eq!(serde_json::from_str::<Record>(&text).expect("it reads back"), record);
            assert!(record.is_sound());
        }
    }

    #[test]
    fn figures_out_of_range_are_noticed() {
        assert!(!float(1.1).is_sound());
        assert!(!built("D3", None, 10, Some(-0.1)).is_sound());
        assert!(!built("D3", None, 0, None).is_sound(), "an infinite error");
    }
}
