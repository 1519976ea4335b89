//! Stages that take a whole pixel a clock: every weight has its own place in an adder graph.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lacuna_adder_graph::{self as adder_graph, AdderGraph, Effort, Matrix};
use lacuna_fixed_point::{Format, IntConv2d, IntCurve, Interval, Rescale};

use crate::design::{Config, Plane, Stage, StageKind};
use crate::verilog::identifier;
use crate::weights::Weights;
use crate::{Bus, Error};

/// Weights of a layer beyond which its adder graph is sought with less effort: minutes would gain a few per cent.
const LARGE: usize = 1 << 15;

/// The name of a stage, and the ends of the intervals of what comes in.
type Key = (String, Vec<[i64; 2]>);

/// The adder graphs of a network that have been found, by the names of their stages and what comes in: a search for the best
/// hardware comes by a layer several times, and behind its pool the layer's values are larger.
#[derive(Debug, Default)]
pub(crate) struct Graphs(RefCell<BTreeMap<Key, AdderGraph>>);

/// What every stage of a layer needs to know.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) layer: &'a str,
    pub(crate) plane: Plane,
    pub(crate) config: &'a Config,
    pub(crate) graphs: &'a Graphs,
}

impl Context<'_> {
    pub(crate) fn stage(&self, suffix: &str, input: Bus, output: Bus, kind: StageKind) -> Stage {
        let name = format!("{}{suffix}", identifier(self.layer));
        Stage {
            name,
            layer: self.layer.to_owned(),
            feeds: Vec::new(),
            input,
            output,
            plane: self.plane,
            kind,
        }
    }

    pub(crate) fn window(&self, bus: &Bus, rows: usize, columns: usize) -> Stage {
        let width = bus.widths()[0];
        assert!(bus.is_uniform(), "only requantised maps, all of one width, meet a window");
        let maps = bus.widths().len();
        let output = Bus::uniform(maps * rows * columns, width);
        self.stage("_window", bus.clone(), output, StageKind::Window { maps, rows, columns })
    }

    pub(crate) fn convolution(
        &self,
        conv: &IntConv2d,
        bus: &Bus,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Result<Stage, Error> {
        let (_, rows, columns) = conv.kernels.dim();
        let area = rows * columns;
        let matrix = kernel_matrix(conv, incoming.len());
        let intervals: Vec<Interval> = incoming.iter().flat_map(|f| vec![f.interval; area]).collect();
        let inputs = (0..incoming.len())
            .flat_map(|map| {
                (0..area)
                    .map(move |tap| format!("map {map}, row {}, column {}", tap / columns, tap % columns))
            })
            .collect();
        // A window puts column behind column; the graph counts map by map.
        let order: Vec<usize> = (0..incoming.len())
            .flat_map(|map| (0..area).map(move |tap| (map, tap / columns, tap % columns)))
            .map(|(map, row, column)| (column * rows + row) * incoming.len() + map)
            .collect();
        let bus = &bus.reordered(&order);
        let title = format!("the {rows} x {columns} kernels of {} map(s)", conv.connections.len());
        let output = Bus::new(outgoing.iter().map(|f| f.interval.width()).collect());
        self.graph("", &matrix, &intervals, bus, output, inputs, title)
    }

    pub(crate) fn product(&self, rescale: &Rescale, bus: &Bus, incoming: &[Format]) -> Result<Stage, Error> {
        let maps = incoming.len();
        let matrix = coefficient_matrix(rescale);
        let intervals: Vec<Interval> = incoming.iter().map(|f| f.interval).collect();
        let inputs = (0..maps).map(|map| format!("map {map}, times {}", rescale.multiplier[map])).collect();
        let output = Bus::new(products(rescale, incoming).iter().map(|i| i.width()).collect());
        let title = "the coefficient of each map".to_owned();
        self.graph("_product", &matrix, &intervals, bus, output, inputs, title)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one stage, named at the few calls")]
    pub(crate) fn graph(
        &self,
        suffix: &str,
        matrix: &[Vec<i64>],
        intervals: &[Interval],
        input: &Bus,
        output: Bus,
        inputs: Vec<String>,
        title: String,
    ) -> Result<Stage, Error> {
        let fault =
            |e: adder_graph::Error| Error::Graph { layer: self.layer.to_owned(), problem: e.to_string() };
        let name = format!("{}{suffix}", identifier(self.layer));
        let key = (name, intervals.iter().map(|i| [i.lo, i.hi]).collect());
        let found = self.graphs.0.borrow().get(&key).cloned();
        let graph = match found {
            Some(graph) => graph,
            None => {
                let graph = solve(matrix, intervals).map_err(fault)?;
                self.graphs.0.borrow_mut().insert(key, graph.clone());
                graph
            }
        };
        let pipeline = adder_graph::pipeline(&graph, self.config.adders_per_stage);
        let kind = StageKind::Graph { graph: Box::new(graph), pipeline, inputs, title };
        Ok(self.stage(suffix, input.clone(), output, kind))
    }

    /// Maps of one width keep one width, since a window may come next, and that takes nothing else.
    pub(crate) fn sum_pool(&self, size: usize, bus: &Bus, outgoing: &[Format]) -> Stage {
        let output = if bus.is_uniform() {
            uniform(outgoing)
        } else {
            Bus::new(outgoing.iter().map(|f| f.interval.width()).collect())
        };
        self.stage("", bus.clone(), output, StageKind::SumPool { size })
    }

    pub(crate) fn requantize(
        &self,
        rescale: &Rescale,
        product: &Stage,
        incoming: &[Format],
        outgoing: &[Format],
    ) -> Stage {
        let kind = StageKind::Requantize { rescale: rescale.clone(), products: products(rescale, incoming) };
        self.stage("", product.output.clone(), uniform(outgoing), kind)
    }

    pub(crate) fn curve(&self, curve: &IntCurve, incoming: &[Format], outgoing: &[Format]) -> Stage {
        let argument = incoming
            .iter()
            .map(|f| f.interval)
            .reduce(|a, b| Interval { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) })
            .expect("a layer has at least one map");
        let kind = StageKind::Curve { curve: curve.clone(), fraction: incoming[0].fraction, argument };
        self.stage("", uniform(incoming), uniform(outgoing), kind)
    }
}

/// The weights of a convolution, a row for every place of a window of so many maps, map by map, and a column for every
/// output map.
pub(crate) fn kernel_matrix(conv: &IntConv2d, maps: usize) -> Vec<Vec<i64>> {
    let (_, rows, columns) = conv.kernels.dim();
    let area = rows * columns;
    let weights = Weights::new(conv);
    let row = |place: usize| {
        let (input, tap) = (place / area, place % area);
        let weight = |output| weights.get(output, input, tap / columns, tap % columns);
        (0..conv.connections.len()).map(weight).collect()
    };
    (0..maps * area).map(row).collect()
}

/// The coefficients of a rescaling, on the diagonal.
pub(crate) fn coefficient_matrix(rescale: &Rescale) -> Vec<Vec<i64>> {
    let maps = rescale.multiplier.len();
    let entry = |row, column| if row == column { rescale.multiplier[row] } else { 0 };
    (0..maps).map(|row| (0..maps).map(|column| entry(row, column)).collect()).collect()
}

/// Finds a graph and proves it.
pub(crate) fn solve(matrix: &[Vec<i64>], intervals: &[Interval]) -> Result<AdderGraph, adder_graph::Error> {
    let intervals: Vec<adder_graph::Interval> =
        intervals.iter().map(|i| adder_graph::Interval::new(i.lo, i.hi)).collect();
    let matrix = Matrix::from_rows(matrix)?;
    let effort = if matrix.rows() * matrix.columns() > LARGE { Effort::Fast } else { Effort::Default };
    let config = adder_graph::Config { effort, ..adder_graph::Config::adders() };
    let graph = adder_graph::solve(&matrix, &intervals, &config)?;
    graph.verify(&matrix)?;
    Ok(graph)
}

/// All maps at the width of the widest.
pub(crate) fn uniform(formats: &[Format]) -> Bus {
    let width = formats.iter().map(|f| f.interval.width()).max().expect("a layer has at least one map");
    Bus::uniform(formats.len(), width)
}

/// The intervals of a rescaling's products.
fn products(rescale: &Rescale, incoming: &[Format]) -> Vec<Interval> {
    let product = |(f, &m): (&Format, &i64)| {
        let ends = [f.interval.lo * m, f.interval.hi * m];
        Interval { lo: ends[0].min(ends[1]), hi: ends[0].max(ends[1]) }
    };
    incoming.iter().zip(&rescale.multiplier).map(product).collect()
}
