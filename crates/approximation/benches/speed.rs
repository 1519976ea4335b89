//! How long the exact answers take: `cargo bench -p lacuna-approximation`.
//!
//! Prints two tables: the sweep over scales for more and more kernels, up to AlexNet's convolutions with its first dense
//! layer read as 6x6 kernels, and a budget of signed digits over 1,000 filters. All weights are seeded.

use std::io::{Write, stdout};
use std::time::Instant;

use lacuna_approximation::{DyadicSet, Group, allocate, fit_kernels};
use ndarray::Array3;

/// AlexNet's conv1 to conv5 (torchvision's layout): kernels and side.
const CONVOLUTIONS: [(usize, usize); 3] = [(192, 11), (12_288, 5), (237_568, 3)];

/// Its first dense layer has four million; so many of them make "about 1.2 million kernel matrices".
const DENSE: (usize, usize) = (1_048_576, 6);

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    sweeps(&mut out)?;
    budget(&mut out)
}

fn sweeps(out: &mut impl Write) -> std::io::Result<()> {
    let set: DyadicSet = "{0, ±1/2, ±1, ±2}".parse().expect("a set");
    writeln!(out, "exact scale and levels, {set}, {} threads", rayon::current_num_threads())?;
    writeln!(out, "{:>10} {:>9} {:>14} {:>15}", "kernels", "seconds", "us per kernel", "relative error")?;
    let mut numbers = Numbers(1);
    for exponent in 3..=6 {
        let kernels = numbers.kernels(10_usize.pow(exponent), 6);
        row(out, &set, &[kernels])?;
    }
    let alexnet: Vec<Array3<f32>> =
        CONVOLUTIONS.into_iter().chain([DENSE]).map(|(count, side)| numbers.kernels(count, side)).collect();
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
