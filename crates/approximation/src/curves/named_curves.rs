//! The classical multiplier-free stand-ins for `tanh(x/2)`: the sigmas 1 to 4 of the method.
//!
//! All are odd, so only `x >= 0` is written down. Greatest differences from `tanh(x/2)`:
//!
//! | name | definition for `x >= 0` | error |
//! |---|---|---|
//! | ASG (sigma1) | `1 - (1 - frac(x)/2) / 2^floor(x)` | .038 |
//! | PLAN (sigma2) | `x/2` to 1, `x/4 + 1/4` to 19/8, `x/16 + 89/128` to 5, then 1 | .038 |
//! | Linear I (sigma3) | `x/4`, 1 from 4 on | .27 |
//! | Linear II (sigma4) | `x/2`, 1 from 2 on | .24 |
//!
//! A curve made for `tanh(x/2)` stands for `tanh(x)` with its argument doubled, which [`stretched`] does exactly.

use lacuna_network::Dyadic;

use crate::{PiecewiseLinear, Segment, Symmetry};

/// Octaves after which ASG saturates: beyond, it differs from 1 by less than `2^-8`.
const ASG_OCTAVES: i32 = 8;

/// sigma2.
pub(crate) fn plan() -> PiecewiseLinear {
    odd(&[
        (Dyadic::ZERO, Dyadic::new(1, -1), Dyadic::ZERO),
        (Dyadic::ONE, Dyadic::new(1, -2), Dyadic::new(1, -2)),
        (Dyadic::new(19, -3), Dyadic::new(1, -4), Dyadic::new(89, -7)),
        (Dyadic::new(5, 0), Dyadic::ZERO, Dyadic::ONE),
    ])
}

/// sigma1: in the octave `[n, n+1)` the line from `1 - 2^-n` to `1 - 2^-(n+1)`.
pub(crate) fn asg() -> PiecewiseLinear {
    let mut segments: Vec<_> = (0..ASG_OCTAVES)
        .map(|n| {
            let slope = Dyadic::new(1, -n - 1);
            let start = Dyadic::new(i64::from(n), 0);
            (start, slope, Dyadic::ONE - Dyadic::new(1, -n) - slope * start)
        })
        .collect();
    segments.push((Dyadic::new(i64::from(ASG_OCTAVES), 0), Dyadic::ZERO, Dyadic::ONE));
    odd(&segments)
}

/// sigma3.
pub(crate) fn linear1() -> PiecewiseLinear {
    odd(&[(Dyadic::ZERO, Dyadic::new(1, -2), Dyadic::ZERO), (Dyadic::new(4, 0), Dyadic::ZERO, Dyadic::ONE)])
}

/// sigma4.
pub(crate) fn linear2() -> PiecewiseLinear {
    odd(&[(Dyadic::ZERO, Dyadic::new(1, -1), Dyadic::ZERO), (Dyadic::new(2, 0), Dyadic::ZERO, Dyadic::ONE)])
}

/// The curve `x -> y(2^power · x)`.
pub(crate) fn stretched(curve: &PiecewiseLinear, power: i32) -> PiecewiseLinear {
    let segments = curve
        .segments
        .iter()
        .map(|s| Segment {
            start: s.start * Dyadic::new(1, -power),
            slope: s.slope * Dyadic::new(1, power),
            offset: s.offset,
        })
        .collect();
    PiecewiseLinear { symmetry: curve.symmetry, segments }
}

fn odd(segments: &[(Dyadic, Dyadic, Dyadic)]) -> PiecewiseLinear {
    PiecewiseLinear {
        symmetry: Symmetry::Odd { center: Dyadic::ZERO },
        segments: segments.iter().map(|&(start, slope, offset)| Segment { start, slope, offset }).collect(),
    }
}
