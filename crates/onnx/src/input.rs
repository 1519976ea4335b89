//! The graph's input as a network's input, and the ways in which its axes can be meant.

use lacuna_network::{MAX_SIDE, Shape};

use crate::Error;
use crate::graph::{Checked, Origin, shown};
use crate::operation::Operation;
use crate::proto;
use crate::signal::{Axis, reshape_target};
use crate::tensor::{self, Data};

/// The most maps of an input.
const MAX_INPUT_MAPS: usize = 1024;

/// The input, and where its maps, rows and columns lie.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) axes: Vec<Vec<Axis>>,
    /// The images that the file takes at once; one of them is followed.
    pub(crate) batch: usize,
    /// What its numbers are.
    pub(crate) numbers: Numbers,
}

impl Layout {
    /// Whether it is a row of features, each a map.
    pub(crate) fn is_row(&self) -> bool {
        matches!(self.axes.as_slice(), [batch, row] if batch.is_empty() && row == &[Axis::Maps])
    }
}

/// What the numbers of an input are, seen from pixels `p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Anything; [`crate::Pixels`] says what is known.
    Reals,
    /// `p` itself.
    Pixels,
    /// `p - 128`.
    SignedPixels,
}

impl Numbers {
    /// What ONNX's number for a type says.
    fn of(elem_type: i32) -> Self {
        match elem_type {
            3 => Self::SignedPixels,
            2 | 4 | 5 | 6 | 7 | 12 | 13 => Self::Pixels,
            _ => Self::Reals,
        }
    }

    /// Coefficient and bias that make them of `(p - 128) / 128`, where they are something else.
    pub(crate) fn coefficient_and_bias(self) -> Option<[f64; 2]> {
        match self {
            Self::Reals => None,
            Self::Pixels => Some([128.0, 128.0]),
            Self::SignedPixels => Some([128.0, 0.0]),
        }
    }
}

/// The layouts to try, the likeliest first.
pub(crate) fn layouts(checked: &Checked<'_>, given: Option<Shape>) -> Result<Vec<Layout>, Error> {
    let input = only_input(checked)?;
    let elem_type = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).map_or(0, |t| t.elem_type);
    let mut layouts = of_shape(checked, input, given)?;
    layouts.iter_mut().for_each(|layout| layout.numbers = Numbers::of(elem_type));
    Ok(layouts)
}

fn of_shape(
    checked: &Checked<'_>,
    input: &proto::ValueInfo,
    given: Option<Shape>,
) -> Result<Vec<Layout>, Error> {
    let name = input.name.clone();
    let fail = |problem: String| Error::Input { name: shown(&name), problem };
    let shape = input.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).and_then(|t| t.shape.as_ref());
    let Some(shape) = shape else {
        return Err(fail("it has no shape, not even a number of axes".to_owned()));
    };
    let mut sides = Vec::with_capacity(shape.dim.len());
    for dimension in &shape.dim {
        match dimension.dim_value {
            Some(side) if side < -1 => return Err(fail(format!("a side of its shape is {side}"))),
            Some(side) if side > 0 => sides.push(usize::try_from(side).ok()),
            _ => sides.push(None),
        }
    }
    let (maps, rows, columns) = (vec![Axis::Maps], vec![Axis::Rows], vec![Axis::Columns]);
    let ways: Vec<Vec<Vec<Axis>>> = match sides.len() {
        4 => {
            let first = vec![vec![], maps.clone(), rows.clone(), columns.clone()];
            let last = vec![vec![], rows, columns, maps];
            // Few maps stand where the maps are; what is equal is read as PyTorch has it.
            let few = |side: Option<usize>| side.is_some_and(|side| side <= 4);
            if few(sides[3]) && !few(sides[1]) { vec![last, first] } else { vec![first, last] }
        }
        3 if sides[0].is_none_or(|side| side == 1) => vec![vec![vec![], rows, columns]],
        3 => vec![vec![maps, rows, columns]],
        2 => match given {
            Some(_) => vec![vec![vec![], [maps, rows, columns].concat()]],
            None => return flat(checked, &name, &sides).map_err(fail),
        },
        other => {
            return Err(fail(format!(
                "it has {other} axes: supported are images [1, maps, height, width] or [1, height, width, maps], and [1, features]"
            )));
        }
    };
    let ways = ways.into_iter().map(|axes| layout(&name, &sides, axes, given));
    let mut first_fault = None;
    let mut good = Vec::new();
    for way in ways {
        match way {
            Ok(layout) => good.push(layout),
            Err(problem) => first_fault = first_fault.or(Some(problem)),
        }
    }
    match first_fault {
        Some(problem) if good.is_empty() => Err(fail(problem)),
        _ => Ok(good),
    }
}

fn only_input<'a>(checked: &Checked<'a>) -> Result<&'a proto::ValueInfo, Error> {
    let real =
        |input: &&proto::ValueInfo| matches!(checked.origins.get(input.name.as_str()), Some(Origin::Input));
    let inputs: Vec<&proto::ValueInfo> = checked.graph.input.iter().filter(real).collect();
    match inputs.as_slice() {
        [only] => Ok(only),
        [] => Err(Error::Output("the graph has no input".to_owned())),
        [first, second, ..] => Err(Error::Input {
            name: shown(&second.name),
            problem: format!("the graph has another input, `{}`: a network has one", shown(&first.name)),
        }),
    }
}

/// One way to read the sides, with those that were given on the command line.
fn layout(
    name: &str,
    sides: &[Option<usize>],
    axes: Vec<Vec<Axis>>,
    given: Option<Shape>,
) -> Result<Layout, String> {
    let mut sizes = [1_usize; 3];
    for (axis, &side) in axes.iter().zip(sides) {
        let wanted = given.map(|shape| {
            let size = |&direction: &Axis| [shape.maps, shape.height, shape.width][direction as usize];
            axis.iter().map(size).fold(1_usize, usize::saturating_mul)
        });
        let side = match (axis.is_empty(), side, wanted) {
            // The batch: one image at a time.
            (true, _, _) => continue,
            (false, Some(side), Some(wanted)) if side != wanted => {
                return Err(format!(
                    "the file says {}, which is not the input shape that was given",
                    sides_text(sides)
                ));
            }
            (false, Some(side), _) | (false, None, Some(side)) => side,
            (false, None, None) => {
                return Err(format!(
                    "its shape {} is not fixed: give it with `--input-shape MAPS,HEIGHT,WIDTH`, such as `--input-shape 3,224,224`",
                    sides_text(sides)
                ));
            }
        };
        match (axis.as_slice(), given) {
            (&[direction], _) => sizes[direction as usize] = side,
            (_, Some(shape)) => sizes = [shape.maps, shape.height, shape.width],
            _ => {}
        }
    }
    let [maps, height, width] = sizes;
    if maps > MAX_INPUT_MAPS || height.max(width) > MAX_SIDE || sizes.contains(&0) {
        return Err(format!(
            "{maps} maps of {width}x{height} (width x height): between 1 and {MAX_INPUT_MAPS} maps and {MAX_SIDE} rows and columns are supported"
        ));
    }
    let batch = if axes[0].is_empty() { sides[0].unwrap_or(1) } else { 1 };
    Ok(Layout {
        name: name.to_owned(),
        shape: Shape { maps, height, width },
        axes,
        batch,
        numbers: Numbers::Reals,
    })
}

fn sides_text(sides: &[Option<usize>]) -> String {
    let text = |side: &Option<usize>| side.map_or("?".to_owned(), |side| side.to_string());
    format!("[{}]", sides.iter().map(text).collect::<Vec<_>>().join(", "))
}

/// Layouts of an input `[1, features]`: the image that a first `Reshape` makes of it, or features alone.
fn flat(checked: &Checked<'_>, name: &str, sides: &[Option<usize>]) -> Result<Vec<Layout>, String> {
    let image = sides[1].and_then(|features| first_reshape(checked, name, features));
    let Some(image) = image else {
        if let Some(features) = sides[1].filter(|&features| features > MAX_INPUT_MAPS) {
            return Err(format!(
                "it is a row of {features} features, and at most {MAX_INPUT_MAPS} maps are supported: if they are the pixels of an \
                 image, give its shape with `--input-shape MAPS,HEIGHT,WIDTH` (map after map, each row by row)"
            ));
        }
        return layout(name, sides, vec![vec![], vec![Axis::Maps]], None).map(|layout| vec![layout]);
    };
    let orders = [[Axis::Maps, Axis::Rows, Axis::Columns], [Axis::Rows, Axis::Columns, Axis::Maps]];
    let orders = if image[2] <= 4 && image[0] > 4 { [orders[1], orders[0]] } else { orders };
    let layouts = orders.into_iter().map(|order| {
        let mut sizes = [1; 3];
        for (direction, side) in order.into_iter().zip(image) {
            sizes[direction as usize] = side;
        }
        let [maps, height, width] = sizes;
        layout(name, sides, vec![vec![], order.to_vec()], Some(Shape { maps, height, width }))
    });
    let good: Vec<Layout> = layouts.filter_map(Result::ok).collect();
    if good.is_empty() { Err("its first reshape makes no image of it".to_owned()) } else { Ok(good) }
}

/// The last three sides of the first `Reshape` of the input, where its shape is a constant of four.
fn first_reshape(checked: &Checked<'_>, name: &str, features: usize) -> Option<[usize; 3]> {
    let graph = checked.graph;
    let nodes = checked.order.iter().map(|&index| &graph.node[index]);
    let node = nodes
        .into_iter()
        .find(|node| node.op_type == "Reshape" && node.input.first().is_some_and(|input| input == name))?;
    let shape = match checked.origins.get(node.input.get(1)?.as_str())? {
        Origin::Initializer(index) => &graph.initializer[*index],
        Origin::Node(index) => graph.node[*index].attribute.iter().find_map(|a| a.t.as_ref())?,
        Origin::Input => return None,
    };
    let nothing = &mut |_: &crate::Part<'_>| Err(String::new());
    let tensor = tensor::read(shape, &mut crate::external::External::new(nothing)).ok()?;
    let Data::Whole(target) = tensor.data else { return None };
    let op = Operation { node, inputs: Vec::new(), opset: 0, batch: 1 };
    let sides = reshape_target(&[1, features], &target, op.int("allowzero", 0) != 0).ok()?;
    match sides.as_slice() {
        [1, a, b, c] => Some([*a, *b, *c]),
        _ => None,
    }
}
