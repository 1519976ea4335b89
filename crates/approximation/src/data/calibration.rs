//! Sample inputs that tell which errors of a network matter.

use ndarray::Array3;

use lacuna_network::TrainedNetwork;

use crate::Error;

/// Inputs `[maps, height, width]` such as the network will see: windows or whole images, of any sizes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// One array per input.
    pub inputs: Vec<Array3<f32>>,
}

impl Calibration {
    /// Checks that the network can run on every input.
    pub(crate) fn check(&self, network: &TrainedNetwork) -> Result<(), Error> {
        let fault = |input: usize, problem: String| Err(Error::Calibration { input, problem });
        if self.inputs.is_empty() {
            return fault(0, "there is none; at least one is needed".to_owned());
        }
        for (n, input) in self.inputs.iter().enumerate() {
            let (maps, height, width) = input.dim();
            if maps != network.input_maps() {
                return fault(
                    n,
                    format!("it has {maps} maps, but the network's input has {}", network.input_maps()),
                );
            }
            if let Err(reason) = network.shapes(height, width) {
                return fault(n, reason.to_string());
            }
            if let Some(value) = input.iter().find(|value| !value.is_finite()) {
                return fault(n, format!("it holds {value}: every value must be finite"));
            }
        }
        Ok(())
    }
}
