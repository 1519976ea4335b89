//! Small pieces of Verilog text: sized constants, sign extension, identifiers.

use crate::Error;

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
    } else if i128::from(value) == -(1_i128 << (width - 1)) {
        format!("{width}'sh{:x}", 1_u64 << (width - 1))
    } else {
        format!("-{width}'sd{}", value.unsigned_abs())
    }
}

/// Whether an unsigned vector is at least `least`, without a carry chain.
pub(crate) fn at_least(name: &str, width: u32, least: usize) -> String {
    debug_assert!(0 < least && bits_for(least) <= width, "{least} is no limit of {width} bits");
    let lowest = least.trailing_zeros();
    let mut text = String::new();
    for bit in lowest + 1..bits_for(least) {
        let below = if text.is_empty() { format!("{name}[{lowest}]") } else { text };
        let joint = if least >> bit & 1 == 1 { '&' } else { '|' };
        text = format!("({name}[{bit}] {joint} {below})");
    }
    let above = if text.is_empty() { lowest } else { bits_for(least) };
    let any = format!("(|{})", slice(name, width, width - 1, above.min(width - 1)));
    match (text.is_empty(), above < width) {
        (true, _) => any,
        (false, true) => format!("({any} | {text})"),
        (false, false) => text,
    }
}

/// Whether a signed vector is above a limit; next to a power of two without a carry chain.
pub(crate) fn is_above(name: &str, width: u32, limit: i64) -> String {
    let bits = width_of_a_power(limit + 1);
    match bits {
        Some(bits) if bits + 1 < width => {
            format!("(~{name}[{}] & (|{}))", width - 1, slice(name, width, width - 2, bits))
        }
        _ => format!("({name} > {})", signed(limit, width)),
    }
}

/// Whether a signed vector is below a limit; next to a power of two without a carry chain.
pub(crate) fn is_below(name: &str, width: u32, limit: i64) -> String {
    let sign = format!("{name}[{}]", width - 1);
    let all = |bits: u32| format!("(&{})", slice(name, width, width - 2, bits));
    match (width_of_a_power(-limit), width_of_a_power(1 - limit)) {
        (Some(bits), _) if bits + 1 < width => format!("({sign} & ~{})", all(bits)),
        (_, Some(bits)) if bits > 0 && bits + 1 < width => {
            format!("({sign} & ~({} & (|{})))", all(bits), slice(name, width, bits - 1, 0))
        }
        _ => format!("({name} < {})", signed(limit, width)),
    }
}

/// Of `2^n`, `n`.
fn width_of_a_power(value: i64) -> Option<u32> {
    (value > 0 && value.count_ones() == 1).then(|| value.trailing_zeros())
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

/// Chooses an item by the bits of a vector, as a tree of two-way choices; the last item stands for all numbers above its own.
pub(crate) fn choose(select: &str, bits: u32, items: &[String]) -> String {
    match items {
        [] => unreachable!("there is something to choose from"),
        [item] => item.clone(),
        _ => {
            let half = 1 << (bits - 1);
            if items.len() <= half {
                return choose(select, bits - 1, items);
            }
            let [above, below] = [&items[half..], &items[..half]].map(|half| choose(select, bits - 1, half));
            format!("({select}[{}] ? {above} : {below})", bits - 1)
        }
    }
}

/// The words of SystemVerilog, which most tools read even where Verilog was written.
const KEYWORDS: &str = "\
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before \
    begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class \
    clocking cmos config const constraint context continue cover covergroup coverpoint cross deassign \
    default defparam design disable dist do edge else end endcase endchecker endclass endclocking \
    endconfig endfunction endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram \
    endproperty endsequence endspecify endtable endtask enum event eventually expect export extends \
    extern final first_match for force foreach forever fork forkjoin function generate genvar global \
    highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include \
    initial inout input inside instance int integer interconnect interface intersect join join_any \
    join_none large let liblist library local localparam logic longint macromodule matches medium \
    modport module nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or \
    output package packed parameter pmos posedge primitive priority program property protected pull0 \
    pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence \
    rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 \
    rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal \
    showcancelled signed small soft solve specify specparam static string strong strong0 strong1 struct \
    super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout time \
    timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union \
    unique unique0 unsigned until until_with untyped use uwire var vectored virtual void wait wait_order \
    wand weak weak0 weak1 while wildcard wire with within wor xnor xor";

/// Whether the text means something to a Verilog tool.
pub(crate) fn is_keyword(text: &str) -> bool {
    KEYWORDS.split(' ').any(|word| word == text)
}

/// Whether the text can stand as a Verilog identifier without escaping (keywords aside).
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How many signs `*` in a Verilog text mean a product: comments, attributes and `@*` aside.
pub(crate) fn products(text: &str) -> usize {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let count = |line: &str| {
        ["@(*)", "@*", "(*", "*)"]
            .iter()
            .fold(line.to_owned(), |line, other| line.replace(other, ""))
            .matches('*')
            .count()
    };
    code.map(count).sum()
}

/// Whether a core may have this name.
///
/// # Errors
/// It is no Verilog identifier, a keyword, or one of Lacuna's own modules' names.
pub fn check_core_name(name: &str) -> Result<(), Error> {
    if !is_identifier(name) {
        return Err(Error::Name(name.to_owned()));
    }
    if is_keyword(name) || name == "lacuna" || name.starts_with("lacuna_") {
        return Err(Error::ReservedName(name.to_owned()));
    }
    Ok(())
}

/// A layer's name as an identifier: lower case, `_` for what Verilog does not take, a letter in front.
pub(crate) fn identifier(layer: &str) -> String {
    let name: String =
        layer.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("layer_{name}") }
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
        assert_eq!(signed(i64::MIN, 64), "64'sh8000000000000000");
        assert_eq!(signed(-1, 65), "-65'sd1");
        assert_eq!(signed(-1, 85), "-85'sd1");
    }

    #[test]
    fn choices_are_trees() {
        let items = |count: usize| (0..count).map(|n| format!("x{n}")).collect::<Vec<_>>();
        assert_eq!(choose("s", 1, &items(1)), "x0");
        assert_eq!(choose("s", 1, &items(2)), "(s[0] ? x1 : x0)");
        assert_eq!(choose("s", 2, &items(3)), "(s[1] ? x2 : (s[0] ? x1 : x0))");
        assert_eq!(choose("s", 3, &items(5)), "(s[2] ? x4 : (s[1] ? (s[0] ? x3 : x2) : (s[0] ? x1 : x0)))");
        assert_eq!(choose("s", 3, &items(3)), choose("s", 2, &items(3)));
    }

    #[test]
    fn products_are_counted_and_nothing_else() {
        assert_eq!(products("(* keep_hierarchy *)\nalways @(*) y = a; // a * b\nalways @* z = a;"), 0);
        assert_eq!(products("assign y = a * b + c*d; // e * f"), 2);
    }

    #[test]
    fn names_become_identifiers() {
        assert_eq!(identifier("S1.sum"), "s1_sum");
        assert_eq!(identifier("1st"), "layer_1st");
        assert!(is_identifier("cff_2") && !is_identifier("2_cff") && !is_identifier("a-b"));
        assert!(is_keyword("reg") && is_keyword("logic") && !is_keyword("re") && !is_keyword(""));
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

    #[test]
    fn a_limit_is_passed_where_bits_say_so() {
        assert_eq!(at_least("n", 9, 1), "(|n)");
        assert_eq!(at_least("n", 9, 4), "(|n[8:2])");
        assert_eq!(at_least("n", 7, 5), "((|n[6:3]) | (n[2] & (n[1] | n[0])))");
        assert_eq!(at_least("n", 3, 6), "(n[2] & n[1])");
        assert_eq!(at_least("n", 3, 4), "(|n[2])");
        assert_eq!(is_above("x", 10, 127), "(~x[9] & (|x[8:7]))");
        assert_eq!(is_above("x", 9, 127), "(~x[8] & (|x[7]))");
        assert_eq!(is_above("x", 10, 126), "(x > 10'sd126)");
        assert_eq!(is_below("x", 10, -128), "(x[9] & ~(&x[8:7]))");
        assert_eq!(is_below("x", 10, -127), "(x[9] & ~((&x[8:7]) & (|x[6:0])))");
        assert_eq!(is_below("x", 8, -127), "(x < -8'sd127)");
        assert_eq!(is_below("x", 8, 3), "(x < 8'sd3)");
    }
}
