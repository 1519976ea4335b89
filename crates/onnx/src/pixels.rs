//! How pixels become the numbers that a model takes, as far as its file tells.

use lacuna_network::{Order, Source};

use crate::input::Numbers;
use crate::layers::{Kind, Layers};
use crate::proto;

/// A factor below this is for numbers up to 255: what a network sees is seldom larger than ten deviations.
const FACTOR_OF_PIXELS: f64 = 0.1;

/// What an image's pixels `p` are to a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pixels {
    /// The model reads whole numbers, pixels themselves; its layers make what it needs of them.
    Whole,
    /// It reads real numbers, and pixels 0 and 255 are these two.
    Told {
        /// What pixels 0 and 255 are.
        range: [f32; 2],
        /// What in the file tells so.
        by: &'static str,
    },
    /// It reads real numbers, and nothing tells how they are made.
    Untold,
}

/// What the file's metadata or its first constants tell.
pub(crate) fn told(model: &proto::Model, numbers: Numbers, layers: &Layers) -> Pixels {
    if numbers != Numbers::Reals {
        return Pixels::Whole;
    }
    let named = match metadata(model, "Image.NominalPixelRange") {
        Some("NominalRange_0_255") => Some([0.0, 255.0]),
        Some("Normalized_0_1") => Some([0.0, 1.0]),
        Some("Normalized_1_1") => Some([-1.0, 1.0]),
        _ => None,
    };
    let by_metadata = |range| Pixels::Told { range, by: "`Image.NominalPixelRange` of its metadata" };
    let by_constants = |range| Pixels::Told { range, by: "the constants that it begins with" };
    named.map(by_metadata).or_else(|| constants(layers).map(by_constants)).unwrap_or(Pixels::Untold)
}

/// The order of colours that the metadata names.
pub(crate) fn order(model: &proto::Model) -> Order {
    match metadata(model, "Image.BitmapPixelFormat") {
        Some("Bgr8") => Order::Bgr,
        _ => Order::Rgb,
    }
}

fn metadata<'a>(model: &'a proto::Model, key: &str) -> Option<&'a str> {
    model.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

/// The range for which the constants are meant that a model applies to its input first.
fn constants(layers: &Layers) -> Option<[f32; 2]> {
    let (coefficients, biases) = first_affine(layers)?;
    let of_map = |(&a, &b): (&f64, &f64)| {
        // Where the result is zero: the mean of what was trained on, or the end of the range.
        let zero = -b / a;
        if !zero.is_finite() {
            None
        } else if a.abs() < FACTOR_OF_PIXELS || zero > 2.0 {
            Some([0.0, 255.0])
        } else if (0.0..=1.0).contains(&zero) {
            Some([0.0, 1.0])
        } else if (zero + 1.0).abs() < 0.02 {
            Some([-1.0, 1.0])
        } else {
            None
        }
    };
    let mut ranges = coefficients.iter().zip(&biases).map(of_map);
    let first = ranges.next()??;
    ranges.all(|range| range == Some(first)).then_some(first)
}

/// Coefficients and biases of the affine layers that a model begins with, as one.
fn first_affine(layers: &Layers) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut found: Option<(Vec<f64>, Vec<f64>)> = None;
    let mut source = Source::Input;
    loop {
        let mut readers = (0..layers.list.len()).filter(|&layer| layers.list[layer].inputs.contains(&source));
        let only = readers.next().filter(|_| readers.next().is_none());
        let Some((layer, Kind::Affine { coefficient, bias })) = only.map(|n| (n, &layers.list[n].kind))
        else {
            return found;
        };
        found = Some(match found {
            None => (coefficient.clone(), bias.clone()),
            Some((mut a, mut b)) => {
                for (m, (coefficient, bias)) in coefficient.iter().zip(bias).enumerate() {
                    a[m] *= coefficient;
                    b[m] = b[m] * coefficient + bias;
                }
                (a, b)
            }
        });
        source = Source::Node(layer);
    }
}
