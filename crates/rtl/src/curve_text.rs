//! A piecewise-linear curve as the lines of a Verilog module.

use lacuna_fixed_point::{IntCurve, IntSegment, Interval, Symmetry};
use serde::Serialize;

use crate::verilog::{fit, is_above, is_below, signed};

/// The parts of `curve.v`.
#[derive(Serialize)]
pub(crate) struct CurveText {
    pub(crate) odd: bool,
    symmetry_note: String,
    pub(crate) segments: Vec<SegmentNote>,
    segments_down: Vec<SegmentText>,
    in_fraction: i32,
    out_fraction: i32,
    in_width: u32,
    out_width: u32,
    pub(crate) mag_width: u32,
    pub(crate) sum_width: u32,
    pub(crate) rounded_width: u32,
    shift: u32,
    pub(crate) terms: usize,
    latency: u32,
    unused_arg: bool,
    term_delays: Vec<DelayText>,
    sum_terms: Vec<String>,
    last_sum: String,
    saturated: String,
    reflected: String,
}

#[derive(Serialize)]
pub(crate) struct SegmentNote {
    from: i64,
    formula: String,
}

#[derive(Serialize)]
struct SegmentText {
    condition: String,
    offset: String,
    terms: Vec<String>,
}

#[derive(Serialize)]
struct DelayText {
    name: String,
    value: String,
}

/// Register ranks of a curve: argument, selection, one a term, result.
pub(crate) fn latency(curve: &IntCurve) -> u32 {
    3 + term_count(curve) as u32
}

fn term_count(curve: &IntCurve) -> usize {
    curve.segments.iter().map(|s| digits(s.slope).len()).max().unwrap_or(0).max(1)
}

/// Canonical signed digits of an integer: (negative, exponent), lowest first.
fn digits(value: i64) -> Vec<(bool, u32)> {
    let (mut rest, mut exponent, mut found) = (i128::from(value), 0, Vec::new());
    while rest != 0 {
        if rest & 1 == 1 {
            let negative = rest & 3 == 3;
            found.push((negative, exponent));
            rest += if negative { 1 } else { -1 };
        }
        rest >>= 1;
        exponent += 1;
    }
    found
}

pub(crate) fn curve_text(
    curve: &IntCurve,
    in_fraction: i32,
    argument: Interval,
    in_width: u32,
    out_width: u32,
) -> CurveText {
    let odd = matches!(curve.symmetry, Symmetry::Odd { .. });
    let reach = if odd { Interval { lo: 0, hi: argument.magnitude() } } else { argument };
    let terms = term_count(curve);
    let half = if curve.shift == 0 { 0 } else { 1 << (curve.shift - 1) };
    // A negative digit is added inverted; the one that completes its two's complement joins the offset.
    let offset = |s: &IntSegment| {
        s.offset + half + digits(s.slope).iter().filter(|(negative, _)| *negative).count() as i64
    };
    let reachable = reachable(&curve.segments, reach);
    let widest = reachable
        .iter()
        .map(|s| {
            let multiples: i64 = digits(s.slope).iter().map(|&(_, k)| reach.magnitude() << k).sum();
            multiples + offset(s).abs() + terms as i64
        })
        .max()
        .unwrap_or(0);
    let mag_width = if odd { reach.width().max(2) - 1 } else { in_width };
    let mag_width = mag_width.min(in_width);
    // An argument that is always zero still has a bit, which a digit of the slope moves up.
    let highest = reachable.iter().flat_map(|s| digits(s.slope)).map(|(_, k)| k).max().unwrap_or(0);
    let sum_width = [Interval::symmetric(widest).width(), curve.shift + out_width, mag_width + highest + 1];
    let sum_width = sum_width.into_iter().max().unwrap_or(1);
    let rounded_width = sum_width - curve.shift;

    let mut segments_down = Vec::new();
    for (n, segment) in reachable.iter().enumerate().rev() {
        let bound =
            if odd { format!("{mag_width}'d{}", segment.start) } else { signed(segment.start, in_width) };
        let last = segments_down.is_empty();
        let condition = match (n, last) {
            (0, true) => "begin".to_owned(),
            (0, false) => "end else begin".to_owned(),
            (_, true) => format!("if (arg_q >= {bound}) begin"),
            (_, false) => format!("end else if (arg_q >= {bound}) begin"),
        };
        let mut texts: Vec<String> = digits(segment.slope)
            .iter()
            .map(|&(negative, k)| {
                let multiple = if odd {
                    zero_extended("arg_q", mag_width, k, sum_width)
                } else {
                    fit("arg_q", in_width, k as i32, sum_width)
                };
                if negative { format!("~{multiple}") } else { multiple }
            })
            .collect();
        texts.resize(terms, format!("{sum_width}'sd0"));
        segments_down.push(SegmentText {
            condition,
            offset: signed(offset(segment), sum_width),
            terms: texts,
        });
    }

    let reads_argument =
        |s: &SegmentText| s.condition.contains("arg_q") || s.terms.iter().any(|term| term.contains("arg_q"));
    let unused_arg = !segments_down.iter().any(reads_argument);

    let mut term_delays = Vec::new();
    let mut sum_terms = Vec::new();
    for term in 0..terms {
        let name =
            |late: usize| if late == 0 { format!("term{term}_q") } else { format!("term{term}_d{late}_q") };
        term_delays.extend((1..=term).map(|late| DelayText { name: name(late), value: name(late - 1) }));
        sum_terms.push(name(term));
    }

    let unclamped = unclamped(&reachable, half, curve.shift, reach);
    let inside = fit("rounded", rounded_width, 0, out_width);
    let above = (unclamped.hi > curve.clamp.hi).then(|| {
        format!(
            "{} ? {} : ",
            is_above("rounded", rounded_width, curve.clamp.hi),
            wrapped(curve.clamp.hi, out_width)
        )
    });
    let below = (unclamped.lo < curve.clamp.lo).then(|| {
        format!(
            "{} ? {} : ",
            is_below("rounded", rounded_width, curve.clamp.lo),
            wrapped(curve.clamp.lo, out_width)
        )
    });
    let saturated = format!("{}{}{inside}", above.unwrap_or_default(), below.unwrap_or_default());
    let (symmetry_note, reflected) = match curve.symmetry {
        Symmetry::None => ("The argument a is x itself.".to_owned(), String::new()),
        Symmetry::Odd { center: 0 } => {
            ("Odd: the argument a is |x|, and y(-x) = -y(x).".to_owned(), "-piece".to_owned())
        }
        Symmetry::Odd { center } => (
            format!("Odd about {center}: the argument a is |x|, and y(-x) = {} - y(x).", 2 * center),
            format!("{} - piece", wrapped(2 * center, out_width)),
        ),
    };
    CurveText {
        odd,
        symmetry_note,
        segments: reachable.iter().map(|s| note(s, curve.shift)).collect(),
        segments_down,
        in_fraction,
        out_fraction: curve.fraction,
        in_width,
        out_width,
        mag_width,
        sum_width,
        rounded_width,
        shift: curve.shift,
        terms,
        latency: latency(curve),
        unused_arg,
        term_delays,
        sum_terms,
        last_sum: format!("sum{}_q", terms - 1),
        saturated,
        reflected,
    }
}

/// The segments that hold for some argument.
fn reachable(segments: &[IntSegment], reach: Interval) -> Vec<&IntSegment> {
    let end = |n: usize| segments.get(n + 1).map_or(i64::MAX, |next| next.start);
    let holds = |n: usize| (n == 0 || segments[n].start <= reach.hi) && end(n) > reach.lo;
    (0..segments.len()).filter(|&n| holds(n)).map(|n| &segments[n]).collect()
}

/// The unsigned value `name` (of `width` bits) times `2^shift`, as a vector of exactly `target` bits, which is more.
fn zero_extended(name: &str, width: u32, shift: u32, target: u32) -> String {
    let zeros = target - width - shift;
    if shift == 0 { format!("{{{zeros}'b0, {name}}}") } else { format!("{{{zeros}'b0, {name}, {shift}'b0}}") }
}

/// A constant modulo `2^width`: where only negative arguments occur, what is reflected need not fit what comes of it.
fn wrapped(value: i64, width: u32) -> String {
    signed(value << (64 - width) >> (64 - width), width)
}

/// What a segment computes, for the header.
fn note(segment: &IntSegment, shift: u32) -> SegmentNote {
    let product = match digits(segment.slope).as_slice() {
        [] => String::new(),
        _ => format!("a * {} + ", segment.slope),
    };
    SegmentNote { from: segment.start, formula: format!("({product}{}) / 2^{shift}", segment.offset) }
}

/// The rounded values before saturation, over all arguments: extremes lie at the ends of the pieces.
fn unclamped(segments: &[&IntSegment], half: i64, shift: u32, reach: Interval) -> Interval {
    let mut range: Option<Interval> = None;
    for (n, segment) in segments.iter().enumerate() {
        let from = if n == 0 { reach.lo } else { segment.start.max(reach.lo) };
        let to = segments.get(n + 1).map_or(reach.hi, |next| next.start - 1).min(reach.hi);
        if from > to {
            continue;
        }
        for x in [from, to] {
            let y = (segment.slope * x + segment.offset + half) >> shift;
            range = Some(
                range.map_or(Interval { lo: y, hi: y }, |r| Interval { lo: r.lo.min(y), hi: r.hi.max(y) }),
            );
        }
    }
    range.expect("some piece holds for every argument")
}
