//! One constant matrix as a core of its own: `lacuna adders -o`.

use lacuna_adder_graph::{AdderGraph, Interval, Matrix, Pipeline};
use std::fmt::Write;

use crate::render::{Printer, graph_module, shared_modules};
use crate::verilog::check_core_name;
use crate::{Bus, Error, SourceFile};

/// Random vectors in the test set, behind those at the corners of the intervals.
const RANDOM_VECTORS: usize = 200;

/// The Verilog of a graph, its testbench and its test vectors.
///
/// `y[o] = sum_i x[i] · matrix[i][o]`; inputs and outputs lie side by side in one vector each, the first one lowest, each
/// as wide as its values need. Expected outputs come from the matrix, not from the graph.
///
/// # Errors
/// The name is no Verilog identifier, or reserved.
pub fn matrix_core(
    name: &str,
    matrix: &Matrix,
    graph: &AdderGraph,
    pipeline: &Pipeline,
    adders_per_stage: u32,
) -> Result<Vec<SourceFile>, Error> {
    check_core_name(name)?;
    let input = Bus::new(graph.inputs().iter().map(|i| i.width()).collect());
    let output = Bus::new(graph.output_intervals().iter().map(|i| i.width()).collect());
    let labels: Vec<String> =
        graph.inputs().iter().enumerate().map(|(i, x)| format!("x[{i}], {} to {}", x.lo, x.hi)).collect();
    let printer = Printer::new();
    let names = minijinja::context! { design => name, layer => "matrix", module => name };
    let title = format!("a constant matrix of {} inputs and {} outputs", matrix.rows(), matrix.columns());
    let mut files = vec![graph_module(
        &printer,
        names,
        &title,
        graph,
        pipeline,
        adders_per_stage,
        (&input, &output),
        &labels,
    )];
    let values = minijinja::context! {
        design => name,
        module => format!("{name}_tb"),
        in_bits => input.bits(),
        out_bits => output.bits(),
    };
    files.push(printer.print("graph_testbench", format!("sim/{name}_tb.v"), values));
    let shared = shared_modules(&files);
    files.extend(shared);
    let (stimulus, expected) = vectors(matrix, graph.inputs(), &input, &output);
    files.push(SourceFile { path: format!("sim/{name}_stimulus.hex"), text: stimulus });
    files.push(SourceFile { path: format!("sim/{name}_expected.hex"), text: expected });
    Ok(files)
}

/// The Makefile of a folder with the cores of these names.
pub fn matrix_makefile(names: &[&str]) -> SourceFile {
    let text = include_str!("../../../hdl_templates/Makefile.adders").replace("@CORES@", &names.join(" "));
    SourceFile { path: "Makefile".to_owned(), text }
}

/// Corner and random inputs, and what the matrix makes of them.
fn vectors(matrix: &Matrix, inputs: &[Interval], input: &Bus, output: &Bus) -> (String, String) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut sets: Vec<Vec<i64>> = vec![
        inputs.iter().map(|i| i.lo).collect(),
        inputs.iter().map(|i| i.hi).collect(),
        inputs.iter().map(|i| i.lo.max(0).min(i.hi)).collect(),
    ];
    // Per output the two corners at which it is largest and smallest.
    for column in 0..matrix.columns().min(64) {
        for sign in [1, -1] {
            let corner = |(i, weight): (&Interval, i64)| if weight * sign >= 0 { i.hi } else { i.lo };
            sets.push(inputs.iter().zip(matrix.column(column)).map(corner).collect());
        }
    }
    for _ in 0..RANDOM_VECTORS {
        let draw = |i: &Interval| {
            (i128::from(i.lo) + i128::from(random()) % (i128::from(i.hi) - i128::from(i.lo) + 1)) as i64
        };
        sets.push(inputs.iter().map(draw).collect());
    }
    let (mut stimulus, mut expected) = (String::new(), String::new());
    for x in &sets {
        let y: Vec<i64> =
            (0..matrix.columns()).map(|o| matrix.column(o).zip(x).map(|(w, x)| w * x).sum()).collect();
        hexadecimal(&mut stimulus, x, input);
        hexadecimal(&mut expected, &y, output);
    }
    (stimulus, expected)
}

/// Values side by side, the first one lowest, as one hexadecimal number on a line.
fn hexadecimal(text: &mut String, values: &[i64], bus: &Bus) {
    let mut digits = vec![0_u8; bus.bits().div_ceil(4) as usize];
    for (slot, value) in bus.slots().zip(values) {
        for bit in 0..slot.width {
            let at = (slot.lsb + bit) as usize;
            digits[at / 4] |= ((value >> bit & 1) as u8) << (at % 4);
        }
    }
    for digit in digits.iter().rev() {
        write!(text, "{digit:x}").expect("a string takes all");
    }
    text.push('\n');
}
