//! What `lacuna import` is told, or assumes, of how pixels become the numbers that a model takes.

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use lacuna_network::{InputSpec, Order};
use lacuna_onnx::Pixels;

/// What is taken for the range of real numbers of which nothing is known: most are trained on this.
const ASSUMED: [f32; 2] = [0.0, 1.0];

/// Options that say it.
#[derive(Args)]
pub(crate) struct Preprocessing {
    /// What pixels 0 and 255 are in the model's input, where it takes real numbers: 0,1 unless the model tells otherwise
    #[arg(long, value_name = "LOW,HIGH", value_parser = range, allow_hyphen_values = true)]
    input_range: Option<[f32; 2]>,
    /// What was subtracted after that, such as 0.1307, one number or one a map
    #[arg(long, value_name = "MEAN", value_delimiter = ',', value_parser = number, allow_hyphen_values = true)]
    mean: Vec<f32>,
    /// By what the difference was divided, such as 0.3081, one number or one a map
    #[arg(long, value_name = "STD", value_delimiter = ',', value_parser = number)]
    std: Vec<f32>,
    /// The order of colours in three maps
    #[arg(long, value_name = "ORDER", value_enum)]
    order: Option<Colours>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Colours {
    Rgb,
    Bgr,
}

fn number(text: &str) -> Result<f32, String> {
    let number = text.trim().parse::<f32>().ok().filter(|number| number.is_finite() && number.abs() <= 1e6);
    number.ok_or_else(|| "it must be a number within a million of zero".to_owned())
}

fn range(text: &str) -> Result<[f32; 2], String> {
    let ends: Result<Vec<f32>, String> = text.split(',').map(number).collect();
    match ends.as_deref() {
        Ok(&[low, high]) if low < high => Ok([low, high]),
        _ => Err("it must be two numbers, the lower first, such as 0,1".to_owned()),
    }
}

impl Preprocessing {
    /// Puts mean, scale and order into the input of a project; a sentence that says of what they come.
    pub(crate) fn apply(&self, pixels: Pixels, input: &mut InputSpec) -> Result<String> {
        if let Some(order) = self.order {
            ensure!(
                input.maps == 3,
                "--order: the model's input has {} map(s), not three colours",
                input.maps
            );
            input.order = match order {
                Colours::Rgb => Order::Rgb,
                Colours::Bgr => Order::Bgr,
            };
        }
        let is_given = self.input_range.is_some() || !self.mean.is_empty() || !self.std.is_empty();
        let (range, why) = match (pixels, self.input_range) {
            (Pixels::Whole, _) => {
                ensure!(
                    !is_given,
                    "--input-range, --mean, --std: the model takes whole numbers, which are the pixels themselves"
                );
                return Ok("the model takes the pixels themselves, 0 to 255".to_owned());
            }
            (_, Some(range)) => (range, "as given"),
            (Pixels::Told { range, by }, None) => (range, by),
            (Pixels::Untold, None) if is_given => (ASSUMED, "as given"),
            (Pixels::Untold, None) => (ASSUMED, "assumed, for the model does not say"),
        };
        let means = per_map("--mean", &self.mean, 0.0, input.maps)?;
        let deviations = per_map("--std", &self.std, 1.0, input.maps)?;
        ensure!(deviations.iter().all(|std| *std > 0.0), "--std: it must be above zero");
        let step = (f64::from(range[1]) - f64::from(range[0])) / 255.0;
        let low = f64::from(range[0]);
        let mean = means.iter().map(|mean| ((f64::from(*mean) - low) / step) as f32).collect();
        let scale = deviations.iter().map(|std| (step / f64::from(*std)) as f32).collect();
        (input.mean, input.scale) = (mean, scale);
        let ranges = input.range()?;
        ensure!(
            ranges.iter().flatten().chain(&input.mean).chain(&input.scale).all(|number| number.abs() <= 1e6),
            "--input-range, --mean, --std: together they make numbers of more than a million"
        );
        let said = format!("pixels 0 to 255 become {}: {why}", range_text(&ranges));
        if input.mean.iter().all(|mean| *mean == 128.0)
            && input.scale.iter().all(|scale| *scale == 1.0 / 128.0)
        {
            // What networks see anyway.
            (input.mean, input.scale) = (Vec::new(), Vec::new());
        }
        Ok(said)
    }
}

/// One number for all maps, or one a map.
fn per_map(option: &str, given: &[f32], usual: f32, maps: usize) -> Result<Vec<f32>> {
    Ok(match given {
        [] => vec![usual],
        one_or_all if one_or_all.len() == 1 || one_or_all.len() == maps => one_or_all.to_vec(),
        all => {
            anyhow::bail!("{option}: it has {} numbers, but the model's input has {maps} map(s)", all.len())
        }
    })
}

/// What pixels 0 and 255 become, for people.
pub(crate) fn range_text(ranges: &[[f32; 2]]) -> String {
    let places = |number: f32| if number.abs() < 10.0 { 1e3 } else { 10.0 };
    let short = |number: f32| (number * places(number)).round() / places(number) + 0.0;
    let text = |[low, high]: &[f32; 2]| format!("{} to {}", short(*low), short(*high));
    let mut texts: Vec<String> = ranges.iter().map(text).collect();
    texts.dedup();
    texts.join(", ")
}
