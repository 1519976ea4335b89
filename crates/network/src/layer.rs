//! The closed set of layers, generic over the weight `W` and the activation curve `C`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ndarray::{Array1, Array3};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::Sliding;

/// One layer. Feature maps are `[maps, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer<W, C> {
    /// Correlation with 2-D kernels.
    Conv2d(Conv2d<W>),
    /// Sums over a sliding window, map by map.
    SumPool(Pool),
    /// Maxima over a sliding window, map by map.
    MaxPool(Pool),
    /// A coefficient and a bias per map: with [`SumPool`] the trainable subsampling of LeCun's networks.
    Affine(Affine<W>),
    /// A function of one variable, element by element.
    Activation(C),
    /// The sum of two or more values of one shape.
    Add,
    /// The maps of two or more values of one height and width, one after another.
    Concat,
}

/// A convolution as a list of 2-D kernels, the matrices that the approximation works on.
///
/// `y[o, r, c] = bias[o] + Σ_i Σ_ky Σ_kx kernels[k(o, i), ky, kx] · x[i, r·s + ky·d - top, c·s + kx·d - left]` with stride
/// `s` and dilation `d` of its own in each direction and zeros outside the plane, where `i` runs over `connections[o]`
/// and the kernels are stored in that order, output map after output map. Dense, grouped, depthwise and hand-made
/// connection tables are all the same thing here; a fully connected layer is a convolution as large as its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d<W> {
    /// `[kernels, height, width]`.
    pub kernels: Array3<W>,
    /// Per output map, the input maps it sees.
    pub connections: Vec<Vec<usize>>,
    /// One per output map.
    pub bias: Array1<W>,
    /// How the kernels move.
    pub sliding: Sliding,
}

impl<W> Conv2d<W> {
    /// Kernel height and width.
    pub fn kernel_size(&self) -> (usize, usize) {
        let (_, height, width) = self.kernels.dim();
        (height, width)
    }

    /// For each output map in turn, its `(kernel index, input map)` pairs.
    pub fn kernels_by_map(&self) -> impl Iterator<Item = Vec<(usize, usize)>> + '_ {
        let mut kernel = 0;
        self.connections.iter().map(move |inputs| {
            let first = kernel;
            kernel += inputs.len();
            inputs.iter().enumerate().map(|(n, &input)| (first + n, input)).collect()
        })
    }
}

/// A window that slides over each map on its own: a sum counts what lies outside the plane as zero, a maximum ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pool {
    /// Height and width of the window.
    pub size: [usize; 2],
    /// How it moves.
    pub sliding: Sliding,
}

impl Pool {
    /// Square blocks side by side; rows and columns left over are dropped.
    pub const fn blocks(size: usize) -> Self {
        Self { size: [size; 2], sliding: Sliding::strided([size; 2]) }
    }

    /// The side of the blocks, where the windows are square blocks side by side.
    pub fn block_side(&self) -> Option<usize> {
        (*self == Self::blocks(self.size[0])).then_some(self.size[0])
    }

    /// Elements of the window.
    pub fn area(&self) -> usize {
        self.size[0] * self.size[1]
    }
}

/// `y[m] = coefficient[m] · x[m] + bias[m]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine<W> {
    /// One per map.
    pub coefficient: Array1<W>,
    /// One per map.
    pub bias: Array1<W>,
}

/// The activation functions a network can have been trained with.
///
/// Written as `tanh`, `scaled_tanh(1.7159, 0.6667)`, `sigmoid`, `relu`, `clipped_relu(6)`, `leaky_relu(0.1)`,
/// `parametric_relu` or, for any curve of one's own, as a table of its points: `points(-2 -1, 0 0.25, 3 1)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// The hyperbolic tangent.
    Tanh,
    /// `amplitude · tanh(rate · x)`; LeCun's is 1.7159 and 2/3.
    ScaledTanh {
        /// Above zero.
        amplitude: f32,
        /// Above zero.
        rate: f32,
    },
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// `max(0, x)`.
    Relu,
    /// `min(max(0, x), limit)`.
    ClippedRelu {
        /// Above zero.
        limit: f32,
    },
    /// `x` above zero and `slope · x` below.
    LeakyRelu {
        /// Between zero and one.
        slope: f32,
    },
    /// `x` above zero and `slopes[map] · x` below; the slopes come with the weights.
    ParametricRelu {
        /// One per map.
        slopes: Arc<[f32]>,
    },
    /// Straight lines between points, constant beyond the first and the last.
    Points(Arc<[[f32; 2]]>),
}

impl Function {
    /// Whether its values stay between two numbers whatever the argument.
    pub fn is_bounded(&self) -> bool {
        match self {
            Self::Tanh
            | Self::ScaledTanh { .. }
            | Self::Sigmoid
            | Self::ClippedRelu { .. }
            | Self::Points(_) => true,
            Self::Relu | Self::LeakyRelu { .. } | Self::ParametricRelu { .. } => false,
        }
    }
}

/// `x` of points lie within this on either side of zero, `y` within eight times as much.
const MAX_POINT: f32 = 32.0;

/// A text that names no activation function.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no activation function: write `tanh`, `scaled_tanh(1.7159, 0.6667)`, `sigmoid`, `relu`, `clipped_relu(6)`, \
     `leaky_relu(0.1)` or `parametric_relu`, with numbers above zero and a slope below one, or points of your own such as \
     `points(-2 -1, 0 0.25, 3 1)`, x ascending within 32 and y within 256 of zero"
)]
pub struct NotAFunction(String);

impl FromStr for Function {
    type Err = NotAFunction;

    fn from_str(text: &str) -> Result<Self, NotAFunction> {
        let refuse = || NotAFunction(text.to_owned());
        let (name, arguments) = match text.trim().split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')').ok_or_else(refuse)?),
            None => (text.trim(), ""),
        };
        if name == "points" {
            return points(arguments).map(Self::Points).ok_or_else(refuse);
        }
        let mut numbers = Vec::new();
        for argument in arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty()) {
            let number: f32 = argument.parse().map_err(|_| refuse())?;
            if !(number.is_finite() && number > 0.0) {
                return Err(refuse());
            }
            numbers.push(number);
        }
        Ok(match (name, numbers.as_slice()) {
            ("tanh", []) => Self::Tanh,
            ("scaled_tanh", &[amplitude, rate]) => Self::ScaledTanh { amplitude, rate },
            ("sigmoid", []) => Self::Sigmoid,
            ("relu", []) => Self::Relu,
            ("clipped_relu", &[limit]) => Self::ClippedRelu { limit },
            ("leaky_relu", &[slope]) if slope < 1.0 => Self::LeakyRelu { slope },
            ("parametric_relu", []) => Self::ParametricRelu { slopes: Arc::new([]) },
            _ => return Err(refuse()),
        })
    }
}

/// `-2 -1, 0 0.25, 3 1`.
fn points(text: &str) -> Option<Arc<[[f32; 2]]>> {
    let point = |pair: &str| -> Option<[f32; 2]> {
        let (x, y) = pair.trim().split_once(char::is_whitespace)?;
        let (x, y): (f32, f32) = (x.parse().ok()?, y.trim().parse().ok()?);
        (x.abs() <= MAX_POINT && y.abs() <= 8.0 * MAX_POINT).then_some([x, y])
    };
    let points: Vec<[f32; 2]> = text.split(',').map(point).collect::<Option<_>>()?;
    (points.len() >= 2 && points.is_sorted_by(|a, b| a[0] < b[0])).then(|| points.into())
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tanh => f.write_str("tanh"),
            Self::ScaledTanh { amplitude, rate } => write!(f, "scaled_tanh({amplitude}, {rate})"),
            Self::Sigmoid => f.write_str("sigmoid"),
            Self::Relu => f.write_str("relu"),
            Self::ClippedRelu { limit } => write!(f, "clipped_relu({limit})"),
            Self::LeakyRelu { slope } => write!(f, "leaky_relu({slope})"),
            Self::ParametricRelu { .. } => f.write_str("parametric_relu"),
            Self::Points(points) => {
                let points: Vec<String> = points.iter().map(|[x, y]| format!("{x} {y}")).collect();
                write!(f, "points({})", points.join(", "))
            }
        }
    }
}

impl Serialize for Function {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Function {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl Visitor<'_> for Written {
            type Value = Function;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an activation function such as `tanh` or `clipped_relu(6)`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Function, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_read_back_as_they_are_written() {
        for text in [
            "tanh",
            "scaled_tanh(1.7159, 0.6667)",
            "sigmoid",
            "relu",
            "clipped_relu(6)",
            "leaky_relu(0.1)",
            "parametric_relu",
            "points(-2 -1, 0 0.25, 3 1)",
        ] {
            assert_eq!(text.parse::<Function>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "gelu",
            "relu(1)",
            "clipped_relu",
            "clipped_relu(0)",
            "leaky_relu(2)",
            "scaled_tanh(1",
            "leaky_relu(nan)",
            "points()",
            "points(0 0)",
            "points(1 0, 0 1)",
            "points(0 0, 99 1)",
            "points(0 0, 1 nan)",
            "parametric_relu(0.1)",
        ] {
            let message = text.parse::<Function>().unwrap_err().to_string();
            assert!(message.contains("no activation function"), "{text}: {message}");
        }
    }
}
