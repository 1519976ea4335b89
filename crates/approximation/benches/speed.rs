//! How long the exact answers take: `cargo bench -p lacuna-approximation`.
//!
//! Prints two tables: the sweep over scales for more and more kernels, up to AlexNet's convolutions with its first dense
//! layer read as 6x6 kernels, and a budget of signed digits over 1,000 filters. Weights are seeded, but for kernels that
//! are given:
//!
//! ```text
//! cargo bench -p lacuna-approximation -- conv1x11.f32 conv2x5.f32      files of [kernels, side, side] little-endian f32;
//!                                                                      the side is the number behind the last `x`
//! ```
//!
//! These replace the seeded convolutions of the AlexNet row, and 10,000 of them are compared with a grid of 10,000 scales,
//! which the sweep must never lose to.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

use lacuna_approximation::{DyadicSet, Group, allocate, fit_kernels};
use ndarray::{Array3, Axis};
use rayon::prelude::*;

/// AlexNet's conv1 to conv5 (torchvision's layout): kernels and side.
const CONVOLUTIONS: [(usize, usize); 3] = [(192, 11), (12_288, 5), (237_568, 3)];

/// Its first dense layer has four million; so many of them make "about 1.2 million kernel matrices".
const DENSE: (usize, usize) = (1_048_576, 6);

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    let files: Vec<PathBuf> =
        std::env::args_os().skip(1).map(PathBuf::from).filter(|path| path.is_file()).collect();
    let given: Vec<Array3<f32>> = files.iter().map(|path| read(path)).collect::<std::io::Result<_>>()?;
    sweeps(&mut out, &given)?;
    if !given.is_empty() {
        grid(&mut out, &given)?;
    }
    budget(&mut out)
}

/// The kernels of a file, their side being the last number of its name.
fn read(path: &Path) -> std::io::Result<Array3<f32>> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let side = name.rsplit_once('x').and_then(|(_, side)| side.parse::<usize>().ok());
    let wrong = |what: &str| std::io::Error::other(format!("{}: {what}", path.display()));
    let side = side
        .filter(|&side| side > 0)
        .ok_or_else(|| wrong("name it such as conv2x5.f32, the side behind the x"))?;
    let bytes = std::fs::read(path)?;
    let weights: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Array3::from_shape_vec((weights.len() / (side * side), side, side), weights)
        .map_err(|_| wrong("it does not hold whole kernels"))
}

/// The sweep against the best of 10,000 scales on 10,000 kernels, evenly taken from all layers.
fn grid(out: &mut impl Write, layers: &[Array3<f32>]) -> std::io::Result<()> {
    const SCALES: usize = 10_000;
    let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().expect("a set");
    let count: usize = layers.iter().map(|kernels| kernels.dim().0).sum();
    let step = (count / 10_000).max(1);
    let (mut compared, mut worst, mut gained) = (0, f64::NEG_INFINITY, 0.0);
    for kernels in layers {
        let fits = fit_kernels(&set, &kernels.view());
        let chosen: Vec<usize> = (0..kernels.dim().0).step_by(step).collect();
        let differences: Vec<f64> = chosen
            .par_iter()
            .map(|&k| {
                let kernel: Vec<f32> = kernels.index_axis(Axis(0), k).iter().copied().collect();
                let norm: f32 = kernel.iter().map(|w| w * w).sum();
                (fits.squared_errors[k] - f64::from(best_of_grid(&kernel, SCALES)))
                    / f64::from(norm.max(f32::MIN_POSITIVE))
            })
            .collect();
        compared += differences.len();
        worst = differences.iter().copied().fold(worst, f64::max);
        gained -= differences.iter().sum::<f64>();
    }
    writeln!(
        out,
        "\nagainst a grid of {SCALES} scales, {compared} given kernels, {set}\n\
         squared error, as a part of the kernel's: at worst {worst:.1e} above the grid's, on average {:.1e} below",
        gained / compared as f64
    )
}

/// The least squared error over a grid of scales, for the levels 0, 1/2, 1, 2 of either sign.
fn best_of_grid(kernel: &[f32], scales: usize) -> f32 {
    let largest = kernel.iter().fold(0.0_f32, |m, w| m.max(w.abs()));
    let error = |n: usize| -> f32 {
        let scale = 2.0 * largest * n as f32 / scales as f32;
        let distance = |w: &f32| {
            let w = w.abs();
            let nearest = [0.0, 0.5, 1.0, 2.0].map(|level| (w - scale * level).abs());
            let least = nearest[0].min(nearest[1]).min(nearest[2].min(nearest[3]));
            least * least
        };
        kernel.iter().map(distance).sum()
    };
    (1..=scales).map(error).fold(f32::INFINITY, f32::min)
}

fn sweeps(out: &mut impl Write, given: &[Array3<f32>]) -> std::io::Result<()> {
    let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().expect("a set");
    writeln!(out, "exact scale and levels, {set}, {} threads", rayon::current_num_threads())?;
    writeln!(out, "{:>10} {:>9} {:>14} {:>15}", "kernels", "seconds", "us per kernel", "relative error")?;
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
    let start = Instant::now();
    let (mut count, mut error, mut norm) = (0, 0.0, 0.0);
    for kernels in layers {
        let fits = fit_kernels(set, &kernels.view());
        count += fits.scales.len();
        error += fits.squared_errors.iter().sum::<f64>();
    }
    let seconds = start.elapsed().as_secs_f64();
    for kernels in layers {
        norm += kernels.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>();
    }
    let each = seconds / count as f64 * 1e6;
    writeln!(out, "{count:>10} {seconds:>9.3} {each:>14.3} {:>15.4}", (error / norm).sqrt())
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
