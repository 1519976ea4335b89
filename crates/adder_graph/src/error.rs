/// Why a matrix, its inputs or a graph was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A matrix needs at least one row (input) and one column (output).
    #[error("the matrix is empty: it has {rows} rows and {columns} columns")]
    Empty {
        /// Rows given.
        rows: usize,
        /// Columns of the first row.
        columns: usize,
    },
    /// All rows of a matrix must be of one length.
    #[error("the matrix is ragged: row {row} has {found} entries, row 0 has {expected}")]
    Ragged {
        /// The first row of another length.
        row: usize,
        /// Its length.
        found: usize,
        /// The length of row 0.
        expected: usize,
    },
    /// An entry does not fit in 62 bits.
    #[error("the entry {value} at row {row}, column {column} does not fit in 62 bits")]
    EntryTooWide {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: i64,
    },
    /// One interval an input is needed.
    #[error("the matrix has {rows} rows (inputs), but {inputs} input intervals were given")]
    InputCount {
        /// Rows of the matrix.
        rows: usize,
        /// Intervals given.
        inputs: usize,
    },
    /// The lower end of an input interval is above the upper.
    #[error("the interval of input {input} is empty: {lo} > {hi}")]
    InputInterval {
        /// The input.
        input: usize,
        /// Lower end given.
        lo: i64,
        /// Upper end given.
        hi: i64,
    },
    /// An output, or a sum on the way to one, does not fit in 62 bits.
    #[error("{place} needs more than 62 bits")]
    TooWide {
        /// Which wire: an input, an adder or an output, by number.
        place: Place,
    },
    /// No graph of the depth asked for exists.
    #[error("output {output} needs {needed} adders in a row, the limit is {limit}")]
    TooDeep {
        /// The first output that cannot be met.
        output: usize,
        /// The least depth that its digits allow.
        needed: usize,
        /// The limit asked for.
        limit: usize,
    },
    /// The graph is of another shape than the matrix.
    #[error("the graph is {found_rows} x {found_columns}, the matrix {rows} x {columns}")]
    Shape {
        /// Inputs of the graph.
        found_rows: usize,
        /// Outputs of the graph.
        found_columns: usize,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// The graph computes something else than the matrix.
    #[error("the graph multiplies input {row} by {found} for output {column}, the matrix by {expected}")]
    Differs {
        /// The input.
        row: usize,
        /// The output.
        column: usize,
        /// The coefficient of the graph.
        found: i64,
        /// The entry of the matrix.
        expected: i64,
    },
    /// A graph put together by hand is not well formed.
    #[error("{place} is malformed: {reason}")]
    Malformed {
        /// The adder or output at fault.
        place: Place,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A wire of a graph, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An input, counted from 0.
    Input(usize),
    /// An adder, counted from 0 in the order of evaluation.
    Adder(usize),
    /// An output, counted from 0.
    Output(usize),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Input(i) => write!(f, "input {i}"),
            Self::Adder(i) => write!(f, "adder {i}"),
            Self::Output(i) => write!(f, "output {i}"),
        }
    }
}
