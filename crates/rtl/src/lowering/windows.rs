//! Windows that move otherwise than pixel by pixel inside the plane, in terms of those that do.
//!
//! An edge is added by a stage in front ([`StageKind::Pad`]), a stride is a stage behind that lets every so many pixels through
//! ([`StageKind::Thin`]), and a dilated kernel is a larger one with zeros between its elements. A pool of square blocks side by
//! side runs along the lines as they come; any other sum is a convolution with ones, any other maximum a window and a tree of
//! comparisons.

use lacuna_fixed_point::{Format, IntConv2d, Interval};
use lacuna_network::{Padding, Pool, Sliding};
use ndarray::Array3;

use super::{Chain, Units};
use crate::design::{Plane, Stage, StageKind};
use crate::serial::serial_stages;
use crate::unrolled::{Context, uniform};
use crate::{Bus, Error};

/// The side of a pool's blocks, where they lie side by side, or there is only one.
pub(super) fn block_side(pool: &Pool, plane: Plane) -> Option<usize> {
    let alone = pool.sliding.outputs(pool.size, [plane.height, plane.width]) == Some([1, 1]);
    let [down, across] = pool.size;
    let is_plain = pool.sliding.padding == Padding::all(0) && pool.sliding.dilation == [1, 1];
    pool.block_side().or((alone && is_plain && down == across).then_some(down))
}

/// A kernel with zeros between its elements, which does what a dilated one does.
pub(super) fn without_dilation(conv: &IntConv2d) -> IntConv2d {
    let (kernels, rows, columns) = conv.kernels.dim();
    let [down, across] = conv.sliding.dilation;
    let [height, width] = conv.sliding.reach([rows, columns]);
    let mut spread = Array3::zeros((kernels, height, width));
    for ((kernel, row, column), &weight) in conv.kernels.indexed_iter() {
        spread[(kernel, row * down, column * across)] = weight;
    }
    let sliding = Sliding { dilation: [1, 1], ..conv.sliding };
    IntConv2d { kernels: spread, sliding, ..conv.clone() }
}

/// The convolution with ones that gives the sums of a pool.
fn ones(pool: &Pool, maps: usize) -> IntConv2d {
    IntConv2d {
        kernels: Array3::ones((maps, pool.size[0], pool.size[1])),
        connections: (0..maps).map(|map| vec![map]).collect(),
        fraction: vec![0; maps],
        sliding: pool.sliding,
    }
}

/// The places of a window inside a plane.
fn inside(Plane { height, width }: Plane, rows: usize, columns: usize) -> Plane {
    Plane { height: height + 1 - rows, width: width + 1 - columns }
}

impl Chain<'_> {
    /// A convolution that moves as it likes.
    pub(super) fn convolution(
        &mut self,
        name: &str,
        conv: &IntConv2d,
        units: Units,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let incoming = &self.padded(name, conv.sliding.padding, incoming);
        let conv = &without_dilation(conv);
        let (_, rows, columns) = conv.kernels.dim();
        match units {
            Units::Folded(lanes) => {
                if [rows, columns] == [1, 1] {
                    self.thin(name, conv.sliding.stride);
                }
                self.folded_convolution(name, conv, lanes, incoming, outgoing)?;
                self.flow.plane = inside(self.flow.plane, rows, columns);
                if [rows, columns] != [1, 1] {
                    self.thin(name, conv.sliding.stride);
                }
            }
            Units::Serial(clocks) => {
                self.pace(name, clocks);
                self.serial_convolution(name, conv, clocks, incoming, outgoing)?;
                self.thin(name, conv.sliding.stride);
            }
            Units::Unrolled => {
                self.gather(name, "_gather");
                self.window(name, rows, columns);
                self.thin(name, conv.sliding.stride);
                let graph =
                    self.context(name).convolution(conv, &self.flow.stream.bus, incoming, outgoing)?;
                self.push(graph, 1, outgoing.len());
            }
        }
        Ok(())
    }

    /// An unrolled convolution, some digits of every value a clock.
    fn serial_convolution(
        &mut self,
        name: &str,
        conv: &IntConv2d,
        clocks: usize,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let (_, rows, columns) = conv.kernels.dim();
        self.level(name);
        let bus = self.flow.stream.bus.clone();
        let window = self.context(name);
        let plane = inside(window.plane, rows, columns);
        let values = window.window(&bus, rows, columns).output;
        let graph = Context { plane, ..window }.convolution(conv, &values, incoming, outgoing)?;
        let stages = serial_stages(window, graph, &bus, [rows, columns], clocks);
        stages.into_iter().for_each(|stage| self.push(stage, 1, outgoing.len()));
        self.flow.plane = plane;
        Ok(())
    }

    /// Sums of a pool.
    pub(super) fn sums(
        &mut self,
        name: &str,
        pool: &Pool,
        units: Units,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<(), Error> {
        let Some(size) = block_side(pool, self.flow.plane) else {
            return self.convolution(name, &ones(pool, incoming.len()), units, incoming, outgoing);
        };
        if size > 1 {
            self.sum_pool(name, size, outgoing);
        }
        self.blocks(size);
        Ok(())
    }

    /// Maxima of a pool.
    pub(super) fn maxima(&mut self, name: &str, pool: &Pool, incoming: &[Format]) {
        self.level(name);
        let width = self.flow.stream.bus.widths()[0];
        if let Some(size) = block_side(pool, self.flow.plane) {
            if size > 1 {
                let (phases, maps) = (self.flow.stream.phases, self.flow.stream.maps);
                let bus = self.flow.stream.bus.clone();
                let kind = StageKind::MaxPool { size, phases };
                let stage = self.context(name).stage("", bus.clone(), bus, kind);
                self.push(stage, phases, maps);
            }
            self.blocks(size);
            return;
        }
        let least = incoming.iter().map(|f| f.interval.lo).min().expect("a layer has at least one map");
        self.pad(name, pool.sliding.padding, least);
        self.gather(name, "_gather");
        let [height, width_of_window] = pool.sliding.reach(pool.size);
        let maps = incoming.len();
        self.window(name, height, width_of_window);
        self.thin(name, pool.sliding.stride);
        let [down, across] = pool.sliding.dilation;
        let places: Vec<usize> = (0..pool.size[1])
            .flat_map(|column| (0..pool.size[0]).map(move |row| column * across * height + row * down))
            .collect();
        let kind = StageKind::Maximum { places };
        let stage =
            self.context(name).stage("", self.flow.stream.bus.clone(), Bus::uniform(maps, width), kind);
        self.push(stage, 1, maps);
    }

    /// Slides a window of so many rows and columns, where it is more than a pixel.
    fn window(&mut self, name: &str, rows: usize, columns: usize) {
        if rows * columns > 1 {
            self.level(name);
            let window = self.context(name).window(&self.flow.stream.bus, rows, columns);
            let maps = window.output.widths().len();
            self.push(window, 1, maps);
            self.flow.plane = inside(self.flow.plane, rows, columns);
        }
    }

    /// From here on there is a pixel for every block.
    fn blocks(&mut self, size: usize) {
        let Plane { height, width } = self.flow.plane;
        self.flow.plane = Plane { height: height / size, width: width / size };
    }

    /// Adds an edge of zeros, and those to what every map can hold.
    fn padded(&mut self, name: &str, padding: Padding, incoming: &[Format]) -> Vec<Format> {
        self.pad(name, padding, 0);
        let with_zero = |format: &Format| {
            let Interval { lo, hi } = format.interval;
            Format { interval: Interval { lo: lo.min(0), hi: hi.max(0) }, ..*format }
        };
        let is_padded = padding != Padding::all(0);
        incoming.iter().map(|format| if is_padded { with_zero(format) } else { *format }).collect()
    }

    /// Adds an edge of `value` to every map.
    fn pad(&mut self, name: &str, padding: Padding, value: i64) {
        if padding == Padding::all(0) {
            return;
        }
        self.level(name);
        let (phases, maps) = (self.flow.stream.phases, self.flow.stream.maps);
        let bus = &self.flow.stream.bus;
        // A value that is the least of all maps may need a bit more than the map has.
        let width = bus.widths()[0].max(Interval { lo: value, hi: value }.width());
        let kind = StageKind::Pad { padding, value, words: phases, depth: 0 };
        let stage =
            self.context(name).stage("_pad", bus.clone(), Bus::uniform(bus.widths().len(), width), kind);
        self.push(stage, phases, maps);
        let Plane { height, width } = self.flow.plane;
        self.flow.plane = Plane {
            height: height + padding.top + padding.bottom,
            width: width + padding.left + padding.right,
        };
    }

    /// Keeps every so many rows and columns.
    fn thin(&mut self, name: &str, stride: [usize; 2]) {
        if stride == [1, 1] {
            return;
        }
        let (phases, maps) = (self.flow.stream.phases, self.flow.stream.maps);
        let bus = self.flow.stream.bus.clone();
        let stage =
            self.context(name).stage("_stride", bus.clone(), bus, StageKind::Thin { stride, words: phases });
        self.push(stage, phases, maps);
        let Plane { height, width } = self.flow.plane;
        self.flow.plane = Plane { height: height.div_ceil(stride[0]), width: width.div_ceil(stride[1]) };
    }

    /// Brings all maps to the width of the widest.
    pub(super) fn level(&mut self, name: &str) {
        let bus = &self.flow.stream.bus;
        if bus.is_uniform() {
            return;
        }
        let (phases, maps) = (self.flow.stream.phases, self.flow.stream.maps);
        let width = bus.widths().iter().copied().max().expect("a bus carries at least one value");
        let output = Bus::uniform(bus.widths().len(), width);
        let kind = StageKind::Thin { stride: [1, 1], words: phases };
        let stage = self.context(name).stage("_level", bus.clone(), output, kind);
        self.push(stage, phases, maps);
    }

    fn sum_pool(&mut self, name: &str, size: usize, outgoing: &[Format]) {
        let (phases, maps) = (self.flow.stream.phases, self.flow.stream.maps);
        let stage: Stage = if phases == 1 && self.flow.stream.lanes() == maps {
            self.context(name).sum_pool(size, &self.flow.stream.bus, outgoing)
        } else {
            let output = Bus::uniform(self.flow.stream.lanes(), uniform(outgoing).widths()[0]);
            let kind = StageKind::FoldedSumPool { size, phases };
            self.context(name).stage("", self.flow.stream.bus.clone(), output, kind)
        };
        self.push(stage, phases, maps);
    }
}
