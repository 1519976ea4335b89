use crate::{Cost, Error, Interval, Matrix, analysis, cost};

/// A wire by number: first the inputs, `0..inputs`, then the adders in topological order.
pub type Node = usize;

/// The value of a node times a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Operand {
    /// The wire.
    pub node: Node,
    /// How far it is shifted to the left, in bits.
    pub shift: u32,
}

/// What an adder does with its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Operation {
    /// Left plus right.
    Add,
    /// Left minus right.
    Subtract,
}

/// One two-input adder: `((left.node << left.shift) op (right.node << right.shift)) >> drop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Adder {
    /// The first operand.
    pub left: Operand,
    /// The second operand, the one that is subtracted.
    pub right: Operand,
    /// Sum or difference.
    pub operation: Operation,
    /// Low bits of the result that are zero for every input, and are dropped.
    pub drop: u32,
}

/// Where an output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Output {
    /// The column is zero.
    Zero,
    /// A node, shifted, and negated if that could not be avoided.
    Node {
        /// The node and its shift.
        operand: Operand,
        /// Whether the output is minus the operand.
        negate: bool,
    },
}

/// A straight-line program of shifts and additions that multiplies by a constant matrix.
///
/// A graph is well formed by construction: operands come before the adder that uses them, each wire has its exact
/// interval, and no wire is wider than 62 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "Parts", try_from = "Parts"))]
pub struct AdderGraph {
    inputs: Vec<Interval>,
    adders: Vec<Adder>,
    outputs: Vec<Output>,
    intervals: Vec<Interval>,
    output_intervals: Vec<Interval>,
}

impl AdderGraph {
    /// Puts a graph together and checks it.
    ///
    /// # Errors
    /// If an operand does not come before its adder, a shift or drop is above 62, a dropped bit can be one, or a wire
    /// is wider than 62 bits.
    pub fn new(inputs: Vec<Interval>, adders: Vec<Adder>, outputs: Vec<Output>) -> Result<Self, Error> {
        let (intervals, output_intervals) = analysis::intervals(&inputs, &adders, &outputs)?;
        Ok(Self { inputs, adders, outputs, intervals, output_intervals })
    }

    /// The intervals of the inputs.
    pub fn inputs(&self) -> &[Interval] {
        &self.inputs
    }

    /// The adders; the first is node `inputs().len()`.
    pub fn adders(&self) -> &[Adder] {
        &self.adders
    }

    /// The outputs, one a column of the matrix.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The outputs for the inputs `x`, exact as long as each `x[i]` lies in its interval.
    ///
    /// # Panics
    /// If there are not as many values as inputs.
    pub fn eval(&self, x: &[i64]) -> Vec<i64> {
        assert_eq!(x.len(), self.inputs.len(), "one value an input");
        let mut values = x.to_vec();
        values.reserve(self.adders.len());
        // Only the sum is known to fit: an operand may lose high bits, which do not reach the sum modulo 2^64.
        let shifted = |values: &[i64], operand: Operand| values[operand.node].wrapping_shl(operand.shift);
        for adder in &self.adders {
            let (left, right) = (shifted(&values, adder.left), shifted(&values, adder.right));
            let sum = match adder.operation {
                Operation::Add => left.wrapping_add(right),
                Operation::Subtract => left.wrapping_sub(right),
            };
            values.push(sum >> adder.drop);
        }
        let output = |output: &Output| match *output {
            Output::Zero => 0,
            Output::Node { operand, negate: false } => shifted(&values, operand),
            Output::Node { operand, negate: true } => shifted(&values, operand).wrapping_neg(),
        };
        self.outputs.iter().map(output).collect()
    }

    /// The matrix that the graph multiplies by, from the coefficient vectors of its outputs.
    ///
    /// # Panics
    /// If the graph has no input or no output.
    pub fn matrix(&self) -> Matrix {
        analysis::matrix(&self.inputs, &self.adders, &self.outputs)
    }

    /// The interval of each node, inputs included. Exact: both ends are reached by some input vector.
    pub fn intervals(&self) -> Vec<Interval> {
        self.intervals.clone()
    }

    /// The interval of each output. Exact.
    pub fn output_intervals(&self) -> Vec<Interval> {
        self.output_intervals.clone()
    }

    /// The most adders in a row between an input and an output.
    pub fn depth(&self) -> usize {
        let depths = self.depths();
        let used = self.outputs.iter().filter_map(|output| match output {
            Output::Node { operand, .. } => Some(depths[operand.node]),
            Output::Zero => None,
        });
        used.max().unwrap_or(0)
    }

    /// For each node the most adders in a row up to and with it: 0 for an input.
    pub fn depths(&self) -> Vec<usize> {
        let mut depths = vec![0; self.inputs.len()];
        depths.reserve(self.adders.len());
        for adder in &self.adders {
            depths.push(1 + depths[adder.left.node].max(depths[adder.right.node]));
        }
        depths
    }

    /// What the graph costs.
    pub fn cost(&self) -> Cost {
        cost::cost(self)
    }

    /// Proves that the graph computes exactly `matrix`, by comparing coefficient vectors.
    ///
    /// No wire is wider than 62 bits, by construction.
    ///
    /// # Errors
    /// [`Error::Shape`] if the sizes differ, [`Error::Differs`] for the first entry that does.
    pub fn verify(&self, matrix: &Matrix) -> Result<(), Error> {
        let (rows, columns) = (matrix.rows(), matrix.columns());
        if (self.inputs.len(), self.outputs.len()) != (rows, columns) {
            let (found_rows, found_columns) = (self.inputs.len(), self.outputs.len());
            return Err(Error::Shape { found_rows, found_columns, rows, columns });
        }
        let own = self.matrix();
        for row in 0..rows {
            let differing = own.row(row).iter().zip(matrix.row(row)).position(|(own, other)| own != other);
            if let Some(column) = differing {
                let (found, expected) = (own.get(row, column), matrix.get(row, column));
                return Err(Error::Differs { row, column, found, expected });
            }
        }
        Ok(())
    }
}

/// What a graph is stored as; the rest is derived.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts {
    inputs: Vec<Interval>,
    adders: Vec<Adder>,
    outputs: Vec<Output>,
}

#[cfg(feature = "serde")]
impl From<AdderGraph> for Parts {
    fn from(graph: AdderGraph) -> Self {
        Self { inputs: graph.inputs, adders: graph.adders, outputs: graph.outputs }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for AdderGraph {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::new(parts.inputs, parts.adders, parts.outputs)
    }
}
