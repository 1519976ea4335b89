//! One point of a sweep: what it is computed from, and what comes out.

use std::fs;

use anyhow::{Context, Result, anyhow};
use lacuna_approximation::Error as ApproximationError;
use lacuna_fixed_point::Error as FixedPointError;
use lacuna_network::Layer;
use lacuna_sweep::{Cost, Fingerprint, Levels, Method, Outcome, Point, Score, Setting};

use crate::calibration;
use crate::figures::adders_after_sharing;
use crate::levels::Runner;
use crate::project::Project;
use crate::scoring::Data;

/// Raised whenever the same project gives other results than before, so that no sweep mixes the two.
const RESULTS: u32 = 2;

/// Finds what no point can mend, before any work.
pub(super) fn check(project: &Project, points: &[Point]) -> Result<()> {
    let layers = project.trained.nodes().iter().filter(|node| matches!(node.layer, Layer::Conv2d(_))).count();
    for point in points {
        let Point::Dyadic(Setting { levels: Levels::Configuration(configuration), .. }) = point else {
            continue;
        };
        let sets = configuration.sets().len();
        if sets > layers {
            let error = anyhow::Error::new(ApproximationError::Configuration { sets, layers });
            return Err(error.context(format!("--configurations {}", configuration.name())));
        }
    }
    Ok(())
}

/// Stands for all that the points of a sweep have in common and that changes their results: the version of lacuna, the
/// model, the weights, the approximation but for what the points set themselves, the bit widths, the calibration inputs, and
/// with data the detector's settings and every file.
pub(super) fn fingerprint(project: &Project, data: Option<&Data>) -> Result<Fingerprint> {
    let read =
        |path: &std::path::Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let mut fingerprint = Fingerprint::new();
    fingerprint.add("lacuna", format!("{} {RESULTS}", env!("CARGO_PKG_VERSION")).as_bytes());
    fingerprint.add("model", &serde_json::to_vec(&project.model)?);
    fingerprint.add("weights", &read(&project.weights)?);
    let common = with_setting(project, None).approximation;
    fingerprint.add("approximation", &serde_json::to_vec(&common)?);
    fingerprint.add("fixed_point", &serde_json::to_vec(&project.fixed_point)?);
    if let Some(place) = &project.calibration {
        let calibration = calibration::read(place, &project.model.input, &project.trained)?;
        for input in calibration.inputs {
            let bytes: Vec<u8> = input.iter().flat_map(|value| value.to_le_bytes()).collect();
            fingerprint.add(&format!("calibration {:?}", input.dim()), &bytes);
        }
    }
    if let Some(data) = data {
        fingerprint.add("detector", &serde_json::to_vec(&project.detector)?);
        for (name, path) in data.files() {
            fingerprint.add(&name, &read(&path)?);
        }
    }
    Ok(fingerprint)
}

/// What becomes of a point.
pub(super) fn outcome(project: &Project, point: &Point, data: Option<&Data>) -> Result<Outcome> {
    match point {
        Point::Float => {
            let runner = Runner::Float(project.trained.clone());
            let score = score(project, runner, data)?.context("the float network is only scored on data")?;
            Ok(Outcome::Float { score })
        }
        Point::Dyadic(setting) => match built(&with_setting(project, Some(setting)), data) {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                let reason = infeasible(&error).ok_or(error)?;
                Ok(Outcome::Infeasible { reason })
            }
        },
    }
}

/// The project with what a point sets, or with nothing of it.
fn with_setting(project: &Project, setting: Option<&Setting>) -> Project {
    let mut project = project.clone();
    let config = &mut project.approximation;
    let own = lacuna_approximation::Config::default();
    (config.set, config.configuration, config.network_digits) = (own.set, None, None);
    config.layers.values_mut().for_each(|layer| layer.set = None);
    if let Some(Setting { levels, budget, method }) = setting {
        if *method == Method::Nearest {
            project.calibration = None;
        }
        match levels {
            Levels::Set(set) => config.set = Some(set.clone()),
            Levels::Configuration(configuration) => config.configuration = Some(configuration.clone()),
        }
        config.network_digits = budget.0;
    }
    project
}

fn built(project: &Project, data: Option<&Data>) -> Result<Outcome> {
    let approximation = project.approximate()?;
    let network = project.quantize(&approximation)?;
    let total = &approximation.report.total;
    // Without sharing where that is not sought: very large networks compare as well that way.
    let adders = adders_after_sharing(&approximation.report, &network)?;
    let cost = Cost {
        relative_error: total.relative_error,
        signed_digits: total.signed_digits,
        zeros: total.zeros,
        adders_before: total.adders,
        adders: adders.map_or(total.adders, |adders| adders.into_iter().sum()),
        shifts: total.shifts,
        storage_bits: total.storage_bits,
    };
    Ok(Outcome::Built { cost, score: score(project, Runner::int(network), data)? })
}

fn score(project: &Project, runner: Runner, data: Option<&Data>) -> Result<Option<Score>> {
    let Some(data) = data else { return Ok(None) };
    let scores = data.score(project, &[runner], &|| ())?;
    let score = scores.first().ok_or_else(|| anyhow!("a runner has a score"))?;
    Ok(Some(score.main()))
}

/// Why no network meets what the point asks for, if that is the fault.
fn infeasible(error: &anyhow::Error) -> Option<String> {
    let approximation = error.downcast_ref().filter(|error| {
        matches!(
            error,
            ApproximationError::NetworkBudget(_)
                | ApproximationError::Solver { .. }
                | ApproximationError::BiasTooLarge { .. }
        )
    });
    let fixed_point = error.downcast_ref().filter(|error| matches!(error, FixedPointError::TooWide { .. }));
    approximation.map(ToString::to_string).or(fixed_point.map(ToString::to_string))
}
