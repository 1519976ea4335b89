//! How long the exact answers take: `cargo bench -p lacuna-approximation`.
//!
//! Prints two tables: the sweep over scales for more and more kernels, up to AlexNet's convolutions with its first dense
//! layer read as 6x6 kernels, and a budget of signed digits over 1,000 filters. Weights are seeded, but for kernels that
//! are given:
//!
//! ```text
//! lacuna import alexnet.onnx -o build/alexnet
//! cargo bench -p lacuna-approximation --bench speed -- $PWD/build/alexnet/weights.safetensors
//! ```
//!
//! Beside the seconds on the clock stand those of all processors together, which say more on a machine that is busy
//! with other work.
//!
//! The kernels given replace the seeded convolutions of the AlexNet row, and 10,000 of them are compared with a grid of 10,000 scales,
//! which the sweep must never lose to, and 2,500 with the 0-1 program.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lacuna_approximation::{DyadicSet, Group, allocate, fit_kernels};
use ndarray::Array3;
use safetensors::{Dtype, SafeTensors};

#[path = "../tests/scales/mod.rs"]
mod scales;
use scales::{ROUNDING, SCALES, above_grid, from_program};

type Failure = Box<dyn std::error::Error>;

/// How many of the given kernels are compared with a grid and with the 0-1 program.
const GRID: usize = 10_000;
const PROGRAMS: usize = 2_500;

/// AlexNet's conv1 to conv5 (torchvision's layout): kernels and side.
const CONVOLUTIONS: [(usize, usize); 3] = [(192, 11), (12_288, 5), (237_568, 3)];

/// Its first dense layer has four million; so many of them make "about 1.2 million kernel matrices".
const DENSE: (usize, usize) = (1_048_576, 6);

fn main() -> Result<(), Failure> {
    let mut out = stdout().lock();
    // What does not begin with a dash is ours, the rest is Cargo's.
    let files = std::env::args_os().skip(1).map(PathBuf::from).filter(|path| !path.starts_with("--bench"));
    let mut given = Vec::new();
    for path in files {
        given.extend(read(&path).map_err(|fault| format!("{}: {fault}", path.display()))?);
    }
    sweeps(&mut out, &given)?;
    if !given.is_empty() {
        compare(&mut out, &given)?;
    }
    Ok(budget(&mut out)?)
}

/// The kernels of a project's weights: all tensors of three dimensions.
fn read(path: &Path) -> Result<Vec<Array3<f32>>, Failure> {
    let bytes = std::fs::read(path)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let mut tensors = file.tensors();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let mut kernels = Vec::new();
    for (name, tensor) in tensors {
        let &[count, height, width] = tensor.shape() else { continue };
        if tensor.dtype() != Dtype::F32 {
            return Err(format!("{}: `{name}` does not hold 32-bit floats", path.display()).into());
        }
        let weights = tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        kernels.push(Array3::from_shape_vec((count, height, width), weights.collect())?);
    }
    Ok(kernels)
}

/// The sweep against the best of a grid of scales and against the 0-1 program, on kernels taken evenly from all layers.
fn compare(out: &mut impl Write, layers: &[Array3<f32>]) -> std::io::Result<()> {
    let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().expect("a set");
    let count: usize = layers.iter().map(|kernels| kernels.dim().0).sum();
    let step = |most: usize| (count / most).max(1);
    let (mut above, mut apart) = (Vec::new(), Vec::new());
    for kernels in layers {
        let fits = fit_kernels(&set, &kernels.view());
        above.extend(above_grid(&set, kernels, &fits, step(GRID)));
        apart.extend(from_program(&set, kernels, &fits, step(PROGRAMS)));
    }
    let worst = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    writeln!(
        out,
        "\nsquared errors on given kernels, as parts of the kernel's own, {set}\n\
         {:>6} kernels against a grid of {SCALES} scales: at worst {:.1e} above it, on average {:.1e} below, \
         more than {ROUNDING:.0e} above it {} times\n\
         {:>6} kernels against the 0-1 program at the scale found: at most {:.1e} apart",
        above.len(),
        worst(&above),
        -above.iter().sum::<f64>() / above.len() as f64,
        above.iter().filter(|&&a| a > ROUNDING).count(),
        apart.len(),
        worst(&apart),
    )
}

fn sweeps(out: &mut impl Write, given: &[Array3<f32>]) -> std::io::Result<()> {
    let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().expect("a set");
    writeln!(out, "exact scale and levels, {set}, {} threads", rayon::current_num_threads())?;
    writeln!(
        out,
        "{:>10} {:>9} {:>17} {:>14} {:>15}",
        "kernels", "seconds", "processor seconds", "us per kernel", "relative error"
    )?;
    let mut numbers = Numbers(1);
    for exponent in 3..=6 {
        let kernels = numbers.kernels(10_usize.pow(exponent), 6);
        row(out, &set, &[kernels])?;
    }
    let mut alexnet = given.to_vec();
    if given.is_empty() {
        alexnet.extend(CONVOLUTIONS.map(|(count, side)| numbers.kernels(count, side)));
    }
    alexnet.push(numbers.kernels(DENSE.0, DENSE.1));
    row(out, &set, &alexnet)?;
    row(out, &set, &[numbers.kernels(5_011_872, 6)])
}

fn row(out: &mut impl Write, set: &DyadicSet, layers: &[Array3<f32>]) -> std::io::Result<()> {
    let (start, before) = (Instant::now(), processor_seconds());
    let (mut count, mut error, mut norm) = (0, 0.0, 0.0);
    for kernels in layers {
        let fits = fit_kernels(set, &kernels.view());
        count += fits.scales.len();
        error += fits.squared_errors.iter().sum::<f64>();
    }
    let seconds = start.elapsed().as_secs_f64();
    let spent =
        processor_seconds().zip(before).map_or("-".to_owned(), |(now, then)| format!("{:.2}", now - then));
    for kernels in layers {
        norm += kernels.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>();
    }
    let each = seconds / count as f64 * 1e6;
    writeln!(out, "{count:>10} {seconds:>9.3} {spent:>17} {each:>14.3} {:>15.4}", (error / norm).sqrt())
}

/// What this process has used of all processors so far, where Linux says it: fields 14 and 15, in hundredths of a second.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field, in parentheses, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some((ticks(14)? + ticks(15)?) / 100.0)
}

fn budget(out: &mut impl Write) -> std::io::Result<()> {
    let set: DyadicSet = "k/4 |k|<=7".parse().expect("a set");
    let values: Vec<f64> = set.values().iter().map(|v| v.to_f64()).collect();
    let digits: Vec<u32> = set.values().iter().map(|v| v.signed_digits().len() as u32).collect();
    writeln!(out, "\nbudget of signed digits over 5x5 filters, {set}")?;
    writeln!(out, "{:>10} {:>9} {:>9} {:>12} {:>9}", "filters", "budget", "seconds", "gap", "stop")?;
    let mut numbers = Numbers(2);
    for filters in [10, 100, 1000] {
        let weights = numbers.kernels(filters, 5);
        let errors: Vec<f64> =
            weights.iter().flat_map(|&w| values.iter().map(move |v| (f64::from(w) - v).powi(2))).collect();
        let groups = [Group { errors: &errors, digits: &digits }];
        let free = allocate(&groups, u64::MAX).expect("no budget").digits;
        let start = Instant::now();
        let allocation = allocate(&groups, free * 6 / 10).expect("zero is free");
        let (seconds, gap) = (start.elapsed().as_secs_f64(), allocation.gap());
        writeln!(
            out,
            "{filters:>10} {:>9} {seconds:>9.4} {gap:>12.2e} {:>9?}",
            allocation.digits, allocation.stop
        )?;
    }
    Ok(())
}

/// A repeatable stream of Gaussian numbers.
struct Numbers(u64);

impl Numbers {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    fn kernels(&mut self, count: usize, side: usize) -> Array3<f32> {
        let sum_of_six = || (0..6).map(|_| self.uniform()).sum::<f32>() - 3.0;
        Array3::from_shape_simple_fn((count, side, side), sum_of_six)
    }
}
