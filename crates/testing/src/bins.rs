//! Multiples of decimal numbers.

use crate::cell::Cell;

/// So many multiples from zero are the infinite bins.
const FAR: i128 = 1 << 53;

/// The greatest multiple of `width * 10^-places` that a number reaches; the least or the greatest integer that is told
/// where an integer's lies beyond.
pub(crate) fn bin(value: &Cell, width: i64, places: i32, most: i128) -> Cell {
    let width = i128::from(width);
    match *value {
        Cell::Int(value) => {
            let width = whole(width, places);
            Cell::Int(held(value.div_euclid(width) * width, most))
        }
        Cell::Float(value) => float(value, width, places, |edge| edge, 0),
        Cell::Float32(value) => float(value.into(), width, places, narrow, 0),
        _ => Cell::Null,
    }
}

/// The nearest multiple of `10^-places`, of two the one further from zero.
pub(crate) fn round(value: &Cell, places: i32, most: i128) -> Cell {
    fn cell(value: f64, places: i32, nearest: fn(f64) -> f64) -> Cell {
        match float(value.abs(), 1, places, nearest, 1) {
            Cell::Float(told) if value < 0.0 => Cell::Float(0.0 - told),
            cell => cell,
        }
    }
    match *value {
        Cell::Int(value) if places >= 0 => Cell::Int(value),
        Cell::Int(value) => {
            let width = whole(1, places);
            let count = (value.abs() + width / 2) / width;
            Cell::Int(held(value.signum() * count * width, most))
        }
        Cell::Float(value) => cell(value, places, |edge| edge),
        Cell::Float32(value) => cell(value.into(), places, narrow),
        _ => Cell::Null,
    }
}

fn whole(width: i128, places: i32) -> i128 {
    width * 10i128.pow((-places).try_into().expect("integers have no digits there"))
}

fn held(value: i128, most: i128) -> i128 {
    value.clamp(i64::MIN.into(), most)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
fn narrow(edge: f64) -> f64 {
    f64::from(edge as f32)
}

/// The bin of a float; it begins so many halves of the width below the multiple that it is told as.
fn float(value: f64, width: i128, places: i32, nearest: impl Fn(f64) -> f64, halves: i128) -> Cell {
    if value.is_nan() {
        return Cell::Null;
    }
    // The parser of floats rounds decimals once.
    let decimal = |digits: i128, places: i32| -> f64 {
        format!("{digits}e{}", -places).parse().expect("a float")
    };
    let begin = |k: i128| nearest(decimal((2 * k - halves) * width * 5, places + 1));
    if value >= begin(FAR) {
        return Cell::Float(f64::INFINITY);
    }
    if value < begin(1 - FAR) {
        return Cell::Float(f64::NEG_INFINITY);
    }
    let (mut low, mut high) = (1 - FAR, FAR);
    while high - low > 1 {
        let middle = (low + high).div_euclid(2);
        if begin(middle) <= value {
            low = middle;
        } else {
            high = middle;
        }
    }
    // Where floats are further apart than multiples, several begin at the value: the one that is reached without rounding.
    if begin(low - 1) == value {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "24 digits hold its fraction"
        )]
        let scaled = (value * 2f64.powi(24)) as i128
            * 10i128.pow(places.try_into().expect("digits behind the point"));
        low = ((2 * scaled).div_euclid(width << 24) + halves).div_euclid(2);
    }
    Cell::Float(decimal(low * width, places))
}
