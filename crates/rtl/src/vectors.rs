//! What goes into the core and what must come out, as the testbench reads it.

use std::fmt::Write;

use lacuna_fixed_point::{Error, IntNetwork};
use ndarray::Array3;

use crate::render::output_map_bits;

/// Two text files of beats, a hexadecimal `{tuser, tlast, tdata}` a line, and their lengths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vectors {
    /// Beats to send.
    pub stimulus: String,
    /// Beats that must come.
    pub expected: String,
    /// Lines of `stimulus`.
    pub beats_in: usize,
    /// Lines of `expected`.
    pub beats_out: usize,
}

/// The beats of some frames, one behind the other, with the reference model's results.
///
/// # Errors
/// A frame does not fit the network.
pub fn vectors(network: &IntNetwork, frames: &[Array3<u8>]) -> Result<Vectors, Error> {
    let mut vectors = Vectors { stimulus: String::new(), expected: String::new(), beats_in: 0, beats_out: 0 };
    for frame in frames {
        let pixels = frame.mapv(i64::from);
        vectors.beats_in += write_beats(&mut vectors.stimulus, &pixels, 8);
        let results = network.run(frame)?;
        vectors.beats_out +=
            write_beats(&mut vectors.expected, &results, output_map_bits(network.output_formats()));
    }
    Ok(vectors)
}

/// Writes one frame; returns its beats.
fn write_beats(text: &mut String, maps: &Array3<i64>, map_bits: u32) -> usize {
    let (count, height, width) = maps.dim();
    let data_bits = count as u32 * map_bits;
    let digits = (data_bits + 2).div_ceil(4) as usize;
    for row in 0..height {
        for column in 0..width {
            let user = row == 0 && column == 0;
            let last = column + 1 == width;
            let flags = u8::from(user) << 1 | u8::from(last);
            writeln!(text, "{}", hexadecimal(maps, row, column, map_bits, flags, digits))
                .expect("a string takes all");
        }
    }
    height * width
}

/// One beat: the maps are whole bytes, so the data is whole digits and the flags are one digit in front.
fn hexadecimal(
    maps: &Array3<i64>,
    row: usize,
    column: usize,
    map_bits: u32,
    flags: u8,
    digits: usize,
) -> String {
    debug_assert!(map_bits.is_multiple_of(8), "maps of a beat are whole bytes");
    let mut text = format!("{flags:x}");
    for map in (0..maps.dim().0).rev() {
        let value = maps[(map, row, column)] as u64 & (u64::MAX >> (64 - map_bits));
        write!(text, "{value:0width$x}", width = map_bits as usize / 4).expect("a string takes all");
    }
    debug_assert_eq!(text.len(), digits, "two flag bits are one digit in front of whole bytes");
    text
}
