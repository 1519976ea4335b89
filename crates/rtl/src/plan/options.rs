//! The ways to build a layer that are worth trying.

use lacuna_fixed_point::{IntConv2d, IntLayer, IntNetwork};

use crate::design::Plane;
use crate::estimate::{LARGE_WIDTH, large_brams};
use crate::folded::{FoldedDepthwise, Stream};
use crate::lowering::pool_behind;
use crate::serial::MAX_CLOCKS;
use crate::table_text::MAX_BITS;
use crate::{Build, Digits, Lanes, Style};

/// Numbers of output groups that are tried for each number of inputs: the most that keep up, and the next fewer.
const TRIED: usize = 3;

/// What a way to build a layer may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Weights of a layer that may have adders of its own.
    pub(crate) unrolled: usize,
    /// Large RAMs of the part.
    pub(crate) large_brams: u64,
}

/// The ways to build a layer that reads this stream of frames, each in so many clocks; `None` is what a layer without an entry gets:
/// an unrolled convolution, and for others the maps that come at a time.
///
/// Fewer outputs at a time take fewer cells, so of the numbers that keep up the least are tried, up to one that may serve the
/// next layer better. Where none keeps up, all outputs at once are, so that the layer can say what it needs.
pub(crate) fn options(
    network: &IntNetwork,
    index: usize,
    stream: &Stream,
    plane: Plane,
    clocks: u64,
    limits: &Limits,
) -> Vec<Option<Build>> {
    let lanes = widths(stream);
    let folded = |inputs: usize, outputs: usize| Some(Build::Folded(Lanes::new(inputs, outputs)));
    let layer = &network.nodes()[index].layer;
    let IntLayer::Conv2d(conv) = layer else {
        let narrower = lanes.iter().filter(|&&inputs| inputs < stream.lanes());
        let others = match layer {
            IntLayer::Rescale(_) => serial(plane, clocks),
            IntLayer::Curve(_) => table(stream),
            _ => Vec::new(),
        };
        return std::iter::once(None)
            .chain(narrower.map(|&inputs| folded(inputs, 1)))
            .chain(others)
            .collect();
    };
    let mut all = Vec::new();
    if conv.kernels.len() <= limits.unrolled {
        all.push(None);
        all.extend(serial(plane, clocks));
    }
    all.extend(behind_the_pool(network, index, plane, limits.unrolled));
    let maps = conv.connections.len();
    for &inputs in &lanes {
        if FoldedDepthwise::takes(conv, stream.maps) {
            all.push(folded(inputs, 1));
            all.extend(in_large_brams(conv, stream, plane, inputs, limits.large_brams).map(Some));
            continue;
        }
        let phases = stream.phases * stream.lanes().div_ceil(inputs);
        let mut groups = groupings(maps);
        groups.retain(|&groups| groups == 1 || work(conv, plane, phases, groups) <= clocks);
        let mut outputs: Vec<usize> =
            groups.iter().take(TRIED).map(|&groups| maps.div_ceil(groups)).collect();
        outputs.dedup();
        all.extend(outputs.into_iter().map(|outputs| folded(inputs, outputs)));
    }
    all
}

/// A depthwise convolution with as much of its earlier lines as goes into the part's large RAMs.
fn in_large_brams(
    conv: &IntConv2d,
    stream: &Stream,
    plane: Plane,
    inputs: usize,
    there: u64,
) -> Option<Build> {
    let words = plane.width * stream.phases * stream.lanes().div_ceil(inputs);
    let bits = (conv.kernels.dim().1 - 1) * inputs * *stream.bus.widths().iter().max()? as usize;
    let columns = there as usize / large_brams(LARGE_WIDTH, words).max(1);
    let large_bits = bits.min(LARGE_WIDTH * columns);
    let suits = large_bits > 0 && FoldedDepthwise::alternates(words);
    suits.then(|| Build::Folded(Lanes { large_bits, ..Lanes::new(inputs, 1) }))
}

/// The digit-serial ways: as many clocks a result as pixels leave on average, and half as many, a quarter and so on.
fn serial(plane: Plane, clocks: u64) -> Vec<Option<Build>> {
    let pixels = (plane.height * plane.width).max(1) as u64;
    let most = ((clocks / pixels) as usize).min(MAX_CLOCKS);
    let halved =
        std::iter::successors(Some(most), |clocks| Some(clocks / 2)).take_while(|clocks| *clocks > 1);
    halved.take(TRIED).map(|serial| Some(Build::Serial(Digits { serial }))).collect()
}

/// The ways behind the sum pool that follows, which give the same results.
fn behind_the_pool(network: &IntNetwork, index: usize, plane: Plane, large: usize) -> Vec<Option<Build>> {
    let Some((conv, _)) = pool_behind(network, index) else { return Vec::new() };
    if plane.width < 3 {
        return Vec::new();
    }
    let unrolled = (conv.kernels.len() <= large).then_some(Style::PoolFirst);
    unrolled.into_iter().chain([Style::PoolFirstFolded]).map(|style| Some(Build::Style(style))).collect()
}

/// An activation as a ROM, where its arguments are short enough.
fn table(stream: &Stream) -> Vec<Option<Build>> {
    let fits = stream.bus.widths().iter().all(|&width| width <= MAX_BITS);
    fits.then_some(Some(Build::Style(Style::Table))).into_iter().collect()
}

/// Clocks that a folded convolution works in a frame.
fn work(conv: &IntConv2d, plane: Plane, phases: usize, groups: usize) -> u64 {
    let (_, rows, columns) = conv.kernels.dim();
    let [rows, columns] = conv.sliding.reach([rows, columns]);
    let edge = conv.sliding.padding;
    let (height, width) = (plane.height + edge.top + edge.bottom, plane.width + edge.left + edge.right);
    let windows = (height + 1).saturating_sub(rows) * (width + 1).saturating_sub(columns);
    ((height * width - windows) * phases + windows * phases * columns * groups) as u64
}

/// Numbers of groups, many first: all small ones, then ever wider apart.
fn groupings(maps: usize) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::new();
    let mut next = 1;
    while next < maps {
        groups.push(next);
        next = (next + 1).max(next * 5 / 4);
    }
    groups.push(maps);
    groups.reverse();
    groups
}

/// Maps at a time that a stream can be narrowed to: divisors of what comes, and where all maps come at once also what makes few
/// beats with little left over.
fn widths(stream: &Stream) -> Vec<usize> {
    let there = stream.lanes();
    let whole = stream.phases == 1;
    let mut widths: Vec<usize> = (1..=there)
        .filter(|&lanes| {
            there.is_multiple_of(lanes) || (whole && lanes == there.div_ceil(there.div_ceil(lanes)))
        })
        .collect();
    // A few of many.
    while widths.len() > 8 {
        let mut place = 0;
        let last = widths.len() - 1;
        widths.retain(|_| {
            place += 1;
            place % 2 == 1 || place == last + 1
        });
    }
    widths
}
