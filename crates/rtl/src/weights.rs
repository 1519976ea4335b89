//! The weights of a convolution by their place, whatever is connected with what.

use lacuna_fixed_point::IntConv2d;

/// Weights by output map, input map and place; zero where maps are not connected.
pub(crate) struct Weights<'a> {
    conv: &'a IntConv2d,
    /// The first kernel of each output map.
    first: Vec<usize>,
}

impl<'a> Weights<'a> {
    pub(crate) fn new(conv: &'a IntConv2d) -> Self {
        let first = conv
            .connections
            .iter()
            .scan(0, |next, inputs| {
                let first = *next;
                *next += inputs.len();
                Some(first)
            })
            .collect();
        Self { conv, first }
    }

    pub(crate) fn get(&self, output: usize, input: usize, row: usize, column: usize) -> i64 {
        let Some(inputs) = self.conv.connections.get(output) else { return 0 };
        match inputs.binary_search(&input) {
            Ok(place) => self.conv.kernels[(self.first[output] + place, row, column)],
            Err(_) => 0,
        }
    }
}
