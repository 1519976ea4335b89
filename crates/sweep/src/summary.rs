//! All records of a sweep side by side.

use serde::Serialize;

use crate::{Better, Metric, Outcome, Record, front};

/// A sweep whose points are all there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The fingerprint of network, settings and data.
    pub sweep: String,
    /// What the front weighs against adders.
    pub quality: Quality,
    /// The points in the order they were asked for.
    pub points: Vec<Record>,
    /// The keys of the points that no other point beats, by ascending number of adders.
    pub pareto: Vec<String>,
}

/// What is weighed against adders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The score on the data.
    Score(Metric),
    /// The relative error of all weights, where there is no data.
    RelativeError,
}

impl Quality {
    /// Which way is up.
    pub fn better(self) -> Better {
        match self {
            Self::Score(_) => Better::Higher,
            Self::RelativeError => Better::Lower,
        }
    }

    /// The quality of a record that has one.
    pub fn of(self, record: &Record) -> Option<f64> {
        match self {
            Self::Score(_) => record.score().map(|score| score.value),
            Self::RelativeError => record.cost().map(|cost| cost.relative_error),
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Score(metric) => metric.title(),
            Self::RelativeError => "relative error of the weights",
        }
    }
}

impl Summary {
    /// The records on the front, by ascending number of adders.
    pub fn front(&self) -> Vec<&Record> {
        self.pareto.iter().filter_map(|key| self.points.iter().find(|record| record.key == *key)).collect()
    }

    /// Adders and quality of a record that has both.
    pub(crate) fn place(&self, record: &Record) -> Option<(usize, f64)> {
        Some((record.cost()?.adders, self.quality.of(record)?))
    }

    /// The quality of the network as trained.
    pub(crate) fn float(&self) -> Option<f64> {
        let float = self.points.iter().find(|record| matches!(record.outcome, Outcome::Float { .. }));
        float.and_then(|record| self.quality.of(record))
    }
}

/// Sums up the records of one sweep.
pub fn summarize(sweep: &str, points: Vec<Record>) -> Summary {
    let metric = points.iter().find_map(|record| record.score().map(|score| score.metric));
    let quality = metric.map_or(Quality::RelativeError, Quality::Score);
    let mut summary = Summary { sweep: sweep.to_owned(), quality, points, pareto: Vec::new() };
    let placed: Vec<(&Record, (usize, f64))> =
        summary.points.iter().filter_map(|record| Some((record, summary.place(record)?))).collect();
    let places: Vec<(usize, f64)> = placed.iter().map(|(_, place)| *place).collect();
    summary.pareto = front(&places, quality.better()).into_iter().map(|n| placed[n].0.key.clone()).collect();
    summary
}

#[cfg(test)]
mod tests {
    use super::{Quality, summarize};
    use crate::testing::{built, float, infeasible};
    use crate::{Better, Metric};

    #[test]
    fn scores_decide_where_there_are_any() {
        let points = vec![
            float(0.91),
            infeasible("ternary", 10),
            built("D2", None, 500, Some(0.8)),
            built("D3", None, 900, Some(0.7)),
            built("ternary", None, 300, Some(0.1)),
        ];
        let summary = summarize("s", points);
        assert_eq!(summary.quality, Quality::Score(Metric::Ap));
        assert_eq!(summary.pareto, ["ternary.none.nearest", "D2.none.nearest"]);
        assert_eq!(summary.float(), Some(0.91));
        assert_eq!(summary.front().len(), 2);
    }

    #[test]
    fn without_data_the_error_decides() {
        let points = vec![built("D3", None, 900, None), built("ternary", None, 300, None)];
        let summary = summarize("s", points);
        assert_eq!(summary.quality, Quality::RelativeError);
        assert_eq!(summary.quality.better(), Better::Lower);
        assert_eq!(summary.pareto, ["ternary.none.nearest", "D3.none.nearest"]);
        assert!(summarize("s", Vec::new()).pareto.is_empty());
    }
}
