//! Random programs, every step among them.

use crate::cases::Steps;
use crate::places::{bbox, circle, layer};
use crate::support::Random;
use crate::values::{Draw, bits, lowest, mask};
use graticule_columns::Kind;
use graticule_geo::layer::Layer;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Filter, Program, Slot, log};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The columns that a program reads, and how they are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) kinds: &'a [Kind],
    pub(crate) draws: &'a [Draw],
}

pub(crate) fn program(random: &mut Random, steps: Steps, columns: Columns<'_>) -> Program {
    let kinds = columns.kinds;
    let is_plain = steps == Steps::Plain;
    let layers: Vec<Arc<Layer>> = match steps {
        Steps::Plain => Vec::new(),
        Steps::Small => (0..random.index(2)).map(|_| layer(random, steps)).collect(),
        Steps::All => (0..random.index(3)).map(|_| layer(random, steps)).collect(),
    };
    let mut filters = Vec::new();
    for _ in 0..random.index(3) {
        filters.push(region(random, steps, layers.len()));
    }
    for _ in 0..random.index(3) {
        filters.push(if is_plain {
            range(random, columns)
        } else {
            test(random, columns, 2)
        });
    }
    let mut live = None;
    if !is_plain {
        if random.one_in(2) {
            filters.reverse();
        }
        live = random.one_in(4).then(|| random.index(kinds.len()));
    }
    let mut digits = Vec::new();
    for _ in 0..random.index(4) {
        let step = if is_plain { 3 } else { random.below(4) };
        match step {
            0 if !layers.is_empty() => zone(random, &layers, &mut digits),
            0 | 1 => digits.push(bucket(random, columns, live)),
            _ => digit(random, columns, &mut digits),
        }
    }
    tell_nulls(&mut digits);
    Program {
        slots: kinds.iter().map(|&kind| Slot { kind }).collect(),
        layers,
        filters,
        live,
        digits,
        accumulators: accumulators(random, steps, kinds),
    }
}

/// A digit for the nulls of each slot, which may not be in the group of a value.
fn tell_nulls(digits: &mut Vec<Digit>) {
    let codes = digits.iter().map(|digit| digit.code.clone());
    let slots: BTreeSet<usize> = codes
        .filter(|code| !matches!(code, Code::Zone { .. }))
        .map(|code| code.slot())
        .collect();
    for slot in slots {
        let code = Code::Null { slot };
        if digits.iter().all(|digit| digit.code != code) {
            digits.push(whole(code, 2));
        }
    }
}

fn region(random: &mut Random, steps: Steps, layers: usize) -> Filter {
    if steps == Steps::Plain {
        return Filter::Bbox(bbox(random));
    }
    match random.below(4) {
        0 => Filter::Bbox(bbox(random)),
        2.. if layers > 0 => Filter::Layer {
            layer: random.index(layers),
        },
        _ => Filter::Circle(circle(random, steps)),
    }
}

/// A test of values, with up to `depth` lists of tests in one another.
fn test(random: &mut Random, columns: Columns<'_>, depth: u32) -> Filter {
    match random.below(4) {
        0 => Filter::IsNull {
            slot: random.index(columns.kinds.len()),
            negate: random.one_in(2),
        },
        1 if depth > 0 => {
            let is_empty = random.one_in(16);
            let count = if is_empty { 0 } else { 1 + random.index(3) };
            let filters = (0..count).map(|_| test(random, columns, depth - 1));
            let filters = filters.collect();
            if random.one_in(2) {
                Filter::All(filters)
            } else {
                Filter::Any(filters)
            }
        }
        _ => range(random, columns),
    }
}

fn range(random: &mut Random, columns: Columns<'_>) -> Filter {
    let Columns { kinds, draws } = columns;
    let slot = random.index(kinds.len());
    let mut word = || kinds[slot].order(bits(random, kinds[slot], draws[slot]));
    let (a, b) = (word(), word());
    let is_empty = random.one_in(8);
    Filter::Range {
        slot,
        low: if is_empty { a.max(b).max(1) } else { a.min(b) },
        high: if is_empty { 0 } else { a.max(b) },
        negate: random.one_in(3),
    }
}

fn whole(code: Code, extent: u64) -> Digit {
    Digit {
        code,
        part: DigitPart::Whole,
        extent,
    }
}

fn halves(digits: &mut Vec<Digit>, code: &Code, extents: [u64; 2]) {
    for (part, extent) in [DigitPart::High, DigitPart::Low].into_iter().zip(extents) {
        digits.push(Digit {
            code: code.clone(),
            part,
            extent,
        });
    }
}

fn zone(random: &mut Random, layers: &[Arc<Layer>], digits: &mut Vec<Digit>) {
    let layer = random.index(layers.len());
    let code = Code::Zone { layer };
    match layers[layer].extents() {
        [1, low] => digits.push(whole(code, low)),
        extents => halves(digits, &code, extents),
    }
}

/// A log-linear bucket of any value that its slot may have; of numbers only where others are left out.
fn bucket(random: &mut Random, columns: Columns<'_>, live: Option<usize>) -> Digit {
    let slot = random.index(columns.kinds.len());
    let kind = columns.kinds[slot];
    let narrow = match columns.draws[slot] {
        Draw::Narrow { base, span } => lowest(kind, base, span).map(|low| (low, low + (span - 1))),
        Draw::Wild => None,
    };
    let all = if live == Some(slot) {
        kind.numbers()
    } else {
        (0, mask(kind))
    };
    let (least, greatest) = narrow.unwrap_or(all);
    let of = |word| log::bucket(kind, kind.unorder(word));
    let first = of(least);
    whole(Code::Log { slot, first }, of(greatest) - first + 1)
}

fn digit(random: &mut Random, columns: Columns<'_>, digits: &mut Vec<Digit>) {
    let Columns { kinds, draws } = columns;
    let slot = random.index(kinds.len());
    let full = [1 << 32; 2];
    match (draws[slot], random.below(4)) {
        (_, 0) => digits.push(whole(Code::Null { slot }, 2)),
        (Draw::Narrow { base, span }, 1) => {
            let low = lowest(kinds[slot], base, span);
            // Wrapped spans lie at both ends of the order: such a digit needs both halves.
            match low {
                Some(low) => digits.push(whole(Code::Offset { slot, low }, span)),
                None => halves(digits, &Code::Offset { slot, low: 3 }, full),
            }
        }
        (Draw::Narrow { base, span }, _) if lowest(kinds[slot], base, span).is_some() => {
            let low = lowest(kinds[slot], base, span).unwrap();
            let width = 1 + random.below(50);
            let code = Code::Bucket {
                slot,
                first: low,
                lead: 1 + random.below(width),
                width,
            };
            digits.push(whole(code, span / width + 3));
        }
        (_, 1) if kinds[slot].is_wide() => {
            let width = *random.pick(&[2, 1000, 86_400_000, 1 << 33, u64::MAX / 3]);
            let code = Code::Bucket {
                slot,
                first: 0,
                lead: 1 + random.below(width),
                width,
            };
            halves(digits, &code, full);
        }
        _ => {
            let slot = random.index(2);
            let shift = *random.pick(&[0, 8, 20, 26, 29, 31]);
            let first = (random.next() as u32) >> shift;
            let code = Code::Cell { slot, shift, first };
            digits.push(whole(code, 1 << (32 - shift)));
        }
    }
}

fn accumulators(random: &mut Random, steps: Steps, kinds: &[Kind]) -> Vec<Accumulator> {
    let time = kinds.iter().position(|kind| *kind == Kind::I64);
    let mut accumulators = vec![Accumulator::Count];
    // Of floats they are wide: no more than one, and none in a small table.
    let mut squares = u32::from(steps == Steps::Small);
    for _ in 0..random.index(6) {
        let slot = random.index(kinds.len());
        let step = random.below(if steps == Steps::Plain { 4 } else { 7 });
        accumulators.push(match (step, time) {
            (0, _) => Accumulator::Valid { slot },
            (1, _) => Accumulator::Sum { slot },
            (2, _) => Accumulator::Min { slot },
            (4, _) if squares == 0 || !kinds[slot].is_float() => {
                squares += u32::from(kinds[slot].is_float());
                Accumulator::Squares { slot }
            }
            (5, Some(time)) => Accumulator::First { slot, time },
            (6, Some(time)) => Accumulator::Last { slot, time },
            _ => Accumulator::Max { slot },
        });
    }
    // A sum twice would share one window: once is what plans make.
    let mut seen = Vec::new();
    accumulators.retain(|a| {
        !seen.contains(a) && {
            seen.push(*a);
            true
        }
    });
    accumulators
}
