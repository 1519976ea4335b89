//! Small pieces of Verilog text: sized constants, sign extension, identifiers.

/// Bits that hold every number from 0 to `largest`, at least one.
pub(crate) fn bits_for(largest: usize) -> u32 {
    (usize::BITS - largest.leading_zeros()).max(1)
}

/// An unsigned constant, such as `9'd319`.
pub(crate) fn unsigned(value: usize, width: u32) -> String {
    debug_assert!(bits_for(value) <= width, "{value} does not fit {width} bits");
    format!("{width}'d{value}")
}

/// A signed constant, such as `12'sd5` or `-12'sd5`.
pub(crate) fn signed(value: i64, width: u32) -> String {
    if value >= 0 {
        format!("{width}'sd{value}")
    } else if value == -(1 << (width - 1)) {
        format!("{width}'sh{:x}", 1_u64 << (width - 1))
    } else {
        format!("-{width}'sd{}", value.unsigned_abs())
    }
}

/// Bits `msb..=lsb` of a vector of `width` bits; the bare name when that is all of it.
pub(crate) fn slice(name: &str, width: u32, msb: u32, lsb: u32) -> String {
    if lsb == 0 && msb + 1 == width {
        name.to_owned()
    } else if msb == lsb {
        format!("{name}[{msb}]")
    } else {
        format!("{name}[{msb}:{lsb}]")
    }
}

/// The signed value `name` (of `width` bits) times `2^shift`, or divided by `2^-shift` for a negative shift, as a vector of
/// exactly `target` bits: sign-extended at the top or cut there, padded with zeros at the bottom.
pub(crate) fn fit(name: &str, width: u32, shift: i32, target: u32) -> String {
    let zeros = shift.max(0) as u32;
    let skipped = (-shift).max(0) as u32;
    if zeros >= target {
        return format!("{{{target}{{1'b0}}}}");
    }
    let room = target - zeros;
    let sign = slice(name, width, width - 1, width - 1);
    let mut parts = Vec::new();
    if skipped >= width {
        parts.push(format!("{{{room}{{{sign}}}}}"));
    } else {
        let there = width - skipped;
        if room > there {
            let copies = room - there;
            parts.push(if copies == 1 { sign } else { format!("{{{copies}{{{sign}}}}}") });
        }
        parts.push(slice(name, width, skipped + there.min(room) - 1, skipped));
    }
    if zeros > 0 {
        parts.push(format!("{zeros}'b0"));
    }
    if parts.len() == 1 { parts.remove(0) } else { format!("{{{}}}", parts.join(", ")) }
}

/// Whether the text can stand as a Verilog identifier without escaping (keywords aside).
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A layer's name as part of an identifier: lower case, `_` for what Verilog does not take.
pub(crate) fn identifier(layer: &str) -> String {
    layer.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_sized() {
        assert_eq!(unsigned(319, 9), "9'd319");
        assert_eq!(signed(5, 12), "12'sd5");
        assert_eq!(signed(-5, 12), "-12'sd5");
        assert_eq!(signed(-2048, 12), "12'sh800");
    }

    #[test]
    fn values_fit_their_targets() {
        assert_eq!(fit("x", 8, 0, 8), "x");
        assert_eq!(fit("x", 8, 0, 9), "{x[7], x}");
        assert_eq!(fit("x", 8, 2, 12), "{{2{x[7]}}, x, 2'b0}");
        assert_eq!(fit("x", 8, -3, 5), "x[7:3]");
        assert_eq!(fit("x", 8, -3, 7), "{{2{x[7]}}, x[7:3]}");
        assert_eq!(fit("x", 8, -8, 3), "{3{x[7]}}");
        assert_eq!(fit("x", 8, 2, 6), "{x[3:0], 2'b0}");
        assert_eq!(fit("x", 8, 9, 6), "{6{1'b0}}");
        assert_eq!(fit("x", 1, 0, 2), "{x, x}");
    }
}
