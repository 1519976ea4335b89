//! The three levels at which a network can be executed on pixels.

use anyhow::Result;
use clap::ValueEnum;
use lacuna_fixed_point::{FastNetwork, IntNetwork};
use lacuna_network::TrainedNetwork;
use ndarray::Array3;

use crate::project::Project;

/// A value of the pipeline that can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// As trained, 32-bit floating point
    Float,
    /// Dyadic weights and piecewise-linear curves, 64-bit floating point
    Approx,
    /// The integer network: what the hardware computes
    Int,
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Float, Self::Approx, Self::Int];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Approx => "approx",
            Self::Int => "int",
        }
    }
}

/// A network ready to run at one level.
pub(crate) enum Runner {
    Float(TrainedNetwork),
    Approx(Box<lacuna_approximation::ApproxNetwork>),
    Int(Box<FastNetwork>),
}

impl Runner {
    pub(crate) fn new(project: &Project, level: Level) -> Result<Self> {
        if level == Level::Float {
            return Ok(Self::Float(project.trained.clone()));
        }
        let approximation = project.approximate()?;
        Ok(match level {
            Level::Int => Self::int(project.quantize(&approximation)?),
            _ => Self::Approx(Box::new(approximation.network)),
        })
    }

    /// The network at all levels, in the order of [`Level::ALL`]; it is approximated once.
    pub(crate) fn all(project: &Project) -> Result<[Self; 3]> {
        let approximation = project.approximate()?;
        project.warn_of_constants(&approximation);
        let int = project.quantize(&approximation)?;
        let approx = Self::Approx(Box::new(approximation.network));
        Ok([Self::Float(project.trained.clone()), approx, Self::int(int)])
    }

    /// The integer network, prepared for many images.
    pub(crate) fn int(network: IntNetwork) -> Self {
        Self::Int(Box::new(FastNetwork::new(network)))
    }

    /// The output as real numbers for 8-bit pixels `[maps, height, width]`.
    pub(crate) fn run(&self, pixels: &Array3<u8>) -> Result<Array3<f64>> {
        Ok(match self {
            Self::Float(network) => {
                network.run(&pixels.mapv(|p| (f32::from(p) - 128.0) / 128.0))?.mapv(f64::from)
            }
            Self::Approx(network) => network.run(&pixels.mapv(|p| (f64::from(p) - 128.0) / 128.0))?,
            Self::Int(network) => {
                let mut real = network.run(pixels)?.mapv(|v| v as f64);
                for (mut map, format) in real.outer_iter_mut().zip(network.network().output_formats()) {
                    map.mapv_inplace(|v| v * f64::from(-format.fraction).exp2());
                }
                real
            }
        })
    }
}
