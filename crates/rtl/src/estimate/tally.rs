//! What the parts that every template is made of take: adders, counters, choices, memories.
//!
//! Counted are the cells after packing, as nextpnr does it. On an iCE40 a logic cell is a LUT4 with its carry and its flip-flop,
//! so a flip-flop behind a LUT that feeds nothing else is free, and any other takes a cell. On an ECP5 flip-flops are counted apart,
//! and a carry of two bits takes two LUT4. The figures were found by synthesising each part alone at many widths (Yosys 0.23).

use std::ops::Range;

use super::{Cells, Family};
use crate::verilog::bits_for;

/// Cells while they are added up.
pub(crate) struct Tally {
    pub(crate) family: Family,
    luts: f64,
    carries: f64,
    ffs: usize,
    brams: usize,
    large_brams: usize,
}

impl Tally {
    pub(crate) fn new(family: Family) -> Self {
        Self { family, luts: 0.0, carries: 0.0, ffs: 0, brams: 0, large_brams: 0 }
    }

    pub(crate) fn cells(&self) -> Cells {
        Cells {
            luts: self.luts.round() as u64,
            carries: self.carries.round() as u64,
            ffs: self.ffs as u64,
            brams: self.brams as u64,
            dsps: 0,
            large_brams: self.large_brams as u64,
        }
    }

    /// What differs between the families.
    pub(crate) fn either(&self, ice40: f64, ecp5: f64) -> f64 {
        match self.family {
            Family::Ice40 => ice40,
            Family::Ecp5 => ecp5,
        }
    }

    /// LUTs of plain logic.
    pub(crate) fn luts(&mut self, count: f64) {
        self.luts += count;
    }

    /// Flip-flops that take what no LUT of their own gives.
    pub(crate) fn registers(&mut self, count: usize) {
        self.ffs += count;
        self.luts += self.either(count as f64, 0.0);
    }

    /// Flip-flops behind LUTs that have been counted and feed nothing else.
    pub(crate) fn packed(&mut self, count: usize) {
        self.ffs += count;
    }

    /// `a + b`.
    pub(crate) fn add(&mut self, width: u32) {
        match (self.family, width) {
            (_, 0) => {}
            (Family::Ice40, _) => {
                self.luts += f64::from(width);
                self.carries += if width < 3 { 0.0 } else { f64::from(width - 1) };
            }
            // Short sums are made of LUTs, by two where five inputs meet.
            (Family::Ecp5, 1..=4) => self.luts += [1.0, 2.0, 6.0, 6.0][width as usize - 1],
            (Family::Ecp5, _) => self.chain(width),
        }
    }

    /// `a - b`: an iCE40's carry cannot invert, so each bit below the highest takes a LUT more.
    pub(crate) fn subtract(&mut self, width: u32) {
        self.add(width);
        self.luts += self.either(if width < 3 { 0.0 } else { f64::from(width - 1) }, 0.0);
    }

    /// `a + b + carry`, the carry through a bit below the lowest.
    pub(crate) fn add_carry(&mut self, width: u32) {
        match (self.family, width) {
            (Family::Ice40, _) => {
                self.luts += 1.0;
                self.add(width);
            }
            (Family::Ecp5, 1..=3) => self.luts += [1.0, 3.0, 11.0][width as usize - 1],
            (Family::Ecp5, _) => self.chain(width + 1),
        }
    }

    /// `a + constant`: below the constant's lowest one nothing is added.
    pub(crate) fn add_constant(&mut self, width: u32, constant: i64) {
        if constant == 0 {
            return;
        }
        let bits = width.saturating_sub(constant.trailing_zeros());
        match self.family {
            Family::Ecp5 if bits < 5 => self.luts += f64::from(bits),
            _ => self.add(bits),
        }
    }

    /// A carry chain of an ECP5: nextpnr puts a carry more in front of it and one behind, which feed it and end it.
    fn chain(&mut self, bits: u32) {
        let carries = f64::from(bits.div_ceil(2));
        self.carries += carries;
        self.luts += 2.0 * (carries + 2.0);
    }

    /// `a > constant` or `a < constant`, by a carry chain without sums.
    pub(crate) fn compare(&mut self, width: u32) {
        match (self.family, width) {
            (_, 0 | 1) => {}
            (_, 2..=4) => self.luts += 1.0,
            (Family::Ice40, _) => {
                self.carries += f64::from(width) - 1.0;
                self.luts += 1.2 * f64::from(width);
            }
            (Family::Ecp5, _) => self.chain(width),
        }
    }

    /// A register that counts from zero to a last value and begins anew at the start of a frame.
    pub(crate) fn counter(&mut self, last: usize) {
        if last == 0 {
            return;
        }
        let bits = bits_for(last);
        self.ffs += bits as usize;
        let width = f64::from(bits);
        self.carries +=
            self.either((width - 2.0).max(0.0), if bits > 4 { (width / 2.0).ceil() } else { 0.0 });
        self.luts += match self.family {
            Family::Ice40 => 2.0 * width + (width / 3.0).ceil(),
            Family::Ecp5 => match bits {
                1..=4 => [2.0, 5.0, 8.0, 13.0][bits as usize - 1],
                _ => 4.3 * width,
            },
        };
    }

    /// `a == constant`.
    pub(crate) fn equal(&mut self, width: u32) {
        self.luts += f64::from(width.saturating_sub(1).div_ceil(3));
    }

    /// One of `choices` values of so many bits, chosen by a binary number.
    pub(crate) fn choose(&mut self, choices: usize, bits: usize) {
        if choices < 2 {
            return;
        }
        // A LUT4 is a choice of two; two of them make one of three or four.
        let each = (2 * (choices - 1)).div_ceil(3) as f64;
        self.luts += each * bits as f64;
    }

    /// Words of a memory with a port to write and a registered one to read.
    pub(crate) fn memory(&mut self, width: usize, depth: usize) {
        let brams = blocks(self.family, width, depth);
        match self.family {
            // Yosys wants 2 % of a block filled.
            Family::Ice40 if width * depth * 50 < brams * 4096 => {
                self.registers(width * depth);
                self.packed(width);
                self.choose(depth, width);
                self.luts += depth as f64;
            }
            // Some twenty distributed RAMs of 4 x 16 bits cost as much as a block.
            Family::Ecp5 if width.div_ceil(4) * depth.div_ceil(16) <= 22 * brams => {
                let columns = depth.div_ceil(16);
                self.luts += 6.0 * (width.div_ceil(4) * columns) as f64;
                self.registers(width);
                self.choose(columns, width);
                self.luts += if columns > 1 { columns as f64 } else { 0.0 };
            }
            _ => self.brams += brams,
        }
    }

    /// Words of `lacuna_banked_ram.v`. An iCE40 is taken to have the large RAMs that it is for: a choice of the word between the
    /// banks, and of the address in front of each.
    pub(crate) fn banks(&mut self, width: usize, depth: usize) {
        match self.family {
            _ if width == 0 => {}
            Family::Ice40 => {
                self.large_brams += large_brams(width, depth);
                self.luts += (width + 2 * bits_for(depth / 2 - 1) as usize + 5) as f64;
                self.ffs += 1;
            }
            // One RAM of two ports, in parts as wide as a block is at that depth.
            Family::Ecp5 => {
                let part = [(1024, 18), (2048, 9), (4096, 4), (8192, 2)];
                let part = part.iter().find(|(most, _)| depth <= *most).map_or(1, |(_, bits)| *bits);
                self.brams += width.div_ceil(part) * depth.div_ceil(1 << 14);
            }
        }
    }

    /// A ROM with a registered output: per word its bits. `small` ones are asked to be logic.
    pub(crate) fn rom(&mut self, words: &[Vec<bool>], small: bool) {
        let bits = words.first().map_or(0, Vec::len);
        if !small {
            let varies = |bit: &usize| words.iter().any(|word| word[*bit] != words[0][*bit]);
            let varying = (0..bits).filter(varies).count();
            self.brams += blocks(self.family, varying, words.len());
            return;
        }
        let (columns, words) = (differing(words, 0..bits), words.len());
        self.ffs += columns;
        self.luts += columns as f64
            * match words {
                0 | 1 => 0.0,
                2 => self.either(1.0, 0.0),
                3..=16 => 1.0,
                17..=32 => words as f64 / 10.0,
                _ => words as f64 / 9.0,
            };
    }
}

/// How many of these bits of the words of a ROM are left in synthesis: none that is the same in all words, and one of those that are
/// alike in every word.
pub(crate) fn differing(words: &[Vec<bool>], bits: Range<usize>) -> usize {
    let column = |bit: usize| words.iter().map(|word| word[bit]).collect::<Vec<bool>>();
    let varies = |column: &Vec<bool>| column.iter().any(|bit| *bit != column[0]);
    let mut columns: Vec<Vec<bool>> = bits.map(column).filter(varies).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len()
}

/// Bits of a word of a large RAM.
pub(crate) const LARGE_WIDTH: usize = 16;

/// Large RAMs of 16,384 words that the two banks of a memory take.
pub(crate) fn large_brams(width: usize, depth: usize) -> usize {
    2 * width.div_ceil(LARGE_WIDTH) * (depth / 2).div_ceil(1 << 14)
}

/// Block RAMs of a memory, in the shape that takes fewest.
fn blocks(family: Family, width: usize, depth: usize) -> usize {
    let shapes: &[(usize, usize)] = match family {
        Family::Ice40 => &[(16, 256), (8, 512), (4, 1024), (2, 2048)],
        Family::Ecp5 => &[(36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384)],
    };
    let count = |&(bits, words): &(usize, usize)| width.div_ceil(bits) * depth.div_ceil(words);
    shapes.iter().map(count).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(family: Family, part: impl Fn(&mut Tally)) -> Cells {
        let mut tally = Tally::new(family);
        part(&mut tally);
        tally.cells()
    }

    #[test]
    fn adders_take_what_yosys_gives_them() {
        let ice40 = |part: fn(&mut Tally)| of(Family::Ice40, part);
        let ecp5 = |part: fn(&mut Tally)| of(Family::Ecp5, part);
        assert_eq!((ice40(|t| t.add(9)).luts, ice40(|t| t.add(9)).carries), (9, 8));
        assert_eq!((ice40(|t| t.subtract(9)).luts, ice40(|t| t.subtract(9)).carries), (17, 8));
        // Five carries of Yosys, and the two that nextpnr adds to every chain.
        assert_eq!((ecp5(|t| t.add(9)).carries, ecp5(|t| t.add(9)).luts), (5, 14));
        assert_eq!(ecp5(|t| t.subtract(9)).luts, 14);
        assert_eq!((ecp5(|t| t.add_carry(8)).luts, ecp5(|t| t.add_carry(9)).luts), (14, 14));
        assert_eq!((ice40(|t| t.add_constant(8, 98)).luts, ecp5(|t| t.add_constant(12, 945)).luts), (7, 16));
    }

    #[test]
    fn memories_are_blocks_where_yosys_makes_blocks() {
        let brams = |family, width, depth| of(family, |t| t.memory(width, depth)).brams;
        for (width, depth, ice40, ecp5) in [
            (8, 8, 0, 0),
            (8, 16, 1, 0),
            (64, 4, 0, 0),
            (32, 64, 2, 1),
            (100, 16, 7, 0),
            (100, 320, 13, 3),
            (8, 128, 1, 0),
            (20, 80, 2, 1),
            (672, 71, 42, 19),
            (18, 1024, 5, 1),
            (4, 4096, 4, 1),
        ] {
            let found = (brams(Family::Ice40, width, depth), brams(Family::Ecp5, width, depth));
            assert_eq!(found, (ice40, ecp5), "{depth} words of {width} bits");
        }
        assert_eq!(of(Family::Ice40, |t| t.memory(8, 4)).ffs, 40);
        assert_eq!(of(Family::Ecp5, |t| t.memory(8, 16)).luts, 12);
    }

    #[test]
    fn a_rom_keeps_what_differs() {
        let words: Vec<Vec<bool>> = (0..8).map(|n| vec![n % 2 == 0, n % 2 == 0, true, n > 3]).collect();
        let rom = of(Family::Ecp5, |t| t.rom(&words, true));
        assert_eq!((rom.luts, rom.ffs), (2, 2));
        let large: Vec<Vec<bool>> = (0..250).map(|n| (0..30).map(|bit| n * bit % 7 < 3).collect()).collect();
        assert_eq!(of(Family::Ice40, |t| t.rom(&large, false)).brams, 2);
    }
}
