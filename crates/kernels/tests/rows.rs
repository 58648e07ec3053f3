//! Sessions against a loop that takes one row at a time, over rows that lie awkwardly in their tiles.

#![expect(
    clippy::cast_possible_truncation,
    reason = "made-up rows are small numbers"
)]

use graticule_columns::{Chunk, Column, Data, ExactRows, Kind, Packed, RowOrigin};
use graticule_kernels::{
    Accumulator, Code, CpuSession, Digit, DigitPart, Filter, KernelError, Partial, Program,
    RecordLayout, Session, Slot, VECTOR, limbs,
};
use std::collections::BTreeMap;

/// Slots: two coordinates, what is filtered, keys, a time, and a value of some kind.
const PASS: usize = 2;
const KEY: usize = 3;
const TIME: usize = 4;
const VALUE: usize = 5;

const KINDS: [Kind; 6] = [
    Kind::I32,
    Kind::U32,
    Kind::I64,
    Kind::U64,
    Kind::F32,
    Kind::F64,
];

/// The upper half of a linear congruence (Knuth's MMIX).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        let mut half = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            self.0 >> 32
        };
        half() << 32 | half()
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 8) % end
    }
}

/// A value's bits, or none, for each row of each column.
type Rows = Vec<[Option<u64>; 6]>;

/// Bits of a value: ordinary in most chunks, anything in some.
fn value(random: &mut Random, kind: Kind, style: u64) -> u64 {
    let small = random.below(2000) as f64 / 8.0 - 100.0;
    let special = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e-310,
    ];
    let float = match style {
        0 => small,
        1 => 1.5,
        2 => special[random.below(6) as usize],
        // From 2^-30 to 2^30 and from 2^-120 to 2^120.
        3 => small * 2f64.powi(random.below(60) as i32 - 30),
        _ => small * 2f64.powi(random.below(240) as i32 - 120),
    };
    match kind {
        Kind::F32 => u64::from((float as f32).to_bits()),
        Kind::F64 => float.to_bits(),
        Kind::I32 | Kind::U32 => random.next() >> 32 >> random.below(32),
        Kind::I64 | Kind::U64 => random.next() >> random.below(64),
    }
}

/// Rows whose values, nulls, keys and passing change at other places than tiles do.
fn rows(random: &mut Random, kind: Kind) -> Rows {
    let edges = [
        1,
        VECTOR - 1,
        VECTOR,
        VECTOR + 1,
        2 * VECTOR,
        2 * VECTOR + 65,
    ];
    let count = edges[random.below(6) as usize];
    let run = [1, 3, 40, 700, 5000][random.below(5) as usize];
    let style = random.below(5);
    let (pass, nulls) = (random.below(5), random.below(5));
    let is_near = random.below(2) == 0;
    let mark = |random: &mut Random, how: u64, i: usize| match how {
        0 => true,
        1 => random.below(2) == 0,
        2 => !(VECTOR..VECTOR + 64).contains(&i),
        3 => [0, VECTOR - 1].contains(&(i % VECTOR)),
        _ => random.below(20) == 0,
    };
    let mut row = [Some(0); 6];
    let mut rows = Vec::new();
    for i in 0..count {
        if i == 0 || random.below(run) == 0 {
            let narrow = if is_near { 22 } else { 34 };
            row[0] = Some(random.next() >> 32);
            row[1] = Some(random.next() >> 32);
            row[KEY] = (random.below(4) > 0).then(|| random.below(7).wrapping_sub(3));
            let time = 1_700_000_000_000u64 + (random.next() >> (64 - narrow));
            row[TIME] = (random.below(8) > 0).then_some(time);
        }
        row[PASS] = Some(mark(random, pass, i).into());
        row[VALUE] = mark(random, nulls, i).then(|| value(random, kind, style));
        rows.push(row);
    }
    rows
}

fn column(random: &mut Random, kind: Kind, values: Vec<Option<u64>>) -> Column {
    // What lies under a null is anything.
    let bits: Vec<u64> = values
        .iter()
        .map(|v| v.unwrap_or(u64::MAX >> 1 & random.next()))
        .collect();
    let validity = values.iter().map(Option::is_some).collect();
    let how = random.below(3);
    if kind.is_wide() {
        let is_whole = matches!(kind, Kind::I64 | Kind::U64);
        return if is_whole && how > 0 {
            Column::compact(kind, bits.into(), Some(validity))
        } else {
            Column::new(kind, Data::Plain64(bits.into()), Some(validity))
        };
    }
    let bits: Vec<u32> = bits.iter().map(|bits| *bits as u32).collect();
    let data = if how == 0 {
        let packed = Packed::pack(&bits);
        Data::Packed { base: 0, packed }
    } else {
        Data::Plain32(bits.into())
    };
    Column::new(kind, data, Some(validity))
}

fn chunk(random: &mut Random, program: &Program, rows: &Rows) -> Chunk {
    let columns = (0..6).map(|slot| {
        let values = rows.iter().map(|row| row[slot]).collect();
        column(random, program.slots[slot].kind, values)
    });
    Chunk {
        columns: columns.collect(),
        origin: RowOrigin {
            store: "".into(),
            object: "".into(),
            etag: "".into(),
            row_group: 0,
            first_row: 0,
            rows: rows.len(),
        },
        valid: None,
        exact: ExactRows::none(),
        texts: Vec::new(),
    }
}

fn program(random: &mut Random, kind: Kind) -> Program {
    let digit = |code: Code, part: DigitPart, extent: u64| Digit { code, part, extent };
    let slot = KEY;
    let low = Kind::I64.order((-3i64).cast_unsigned());
    let offset = || Code::Offset { slot, low };
    let time = |width| Code::Bucket {
        slot: TIME,
        first: Kind::I64.order(1_699_999_999_990),
        lead: width / 2 + 1,
        width,
    };
    let width = [1 << 20, 1 << 33, 7][random.below(3) as usize];
    let digits = match random.below(6) {
        0 => vec![],
        1 => vec![digit(
            Code::Cell {
                slot: 0,
                shift: 29,
                first: 5,
            },
            DigitPart::Whole,
            8,
        )],
        2 => vec![
            digit(Code::Null { slot }, DigitPart::Whole, 2),
            digit(offset(), DigitPart::Whole, 7),
        ],
        3 => vec![
            digit(Code::Null { slot: TIME }, DigitPart::Whole, 2),
            digit(time(width), DigitPart::Whole, 1 << 32),
        ],
        4 => vec![
            digit(Code::Null { slot: TIME }, DigitPart::Whole, 2),
            digit(time(width), DigitPart::High, 1),
            digit(time(width), DigitPart::Low, 1 << 32),
        ],
        _ => vec![digit(
            Code::Cell {
                slot: 1,
                shift: 8,
                first: 0,
            },
            DigitPart::Whole,
            1 << 24,
        )],
    };
    let filter = Filter::Range {
        slot: PASS,
        low: 1,
        high: 1,
        negate: false,
    };
    let slot = VALUE;
    let mut accumulators = vec![
        Accumulator::Valid { slot },
        Accumulator::Sum { slot },
        Accumulator::Min { slot },
        Accumulator::Max { slot },
        Accumulator::Squares { slot },
        Accumulator::First { slot, time: TIME },
        Accumulator::Last { slot, time: TIME },
    ];
    accumulators.retain(|_| random.below(3) > 0);
    accumulators.insert(0, Accumulator::Count);
    let kinds = [Kind::U32, Kind::U32, Kind::U32, Kind::I64, Kind::I64, kind];
    Program {
        slots: kinds.map(|kind| Slot { kind }).to_vec(),
        layers: Vec::new(),
        filters: vec![filter],
        live: (random.below(4) == 0).then_some(VALUE),
        digits,
        accumulators,
    }
}

/// Records of all limbs, by their digits.
type Groups = BTreeMap<Vec<u64>, Vec<u64>>;

fn all_limbs(program: &Program) -> RecordLayout {
    RecordLayout::new(&program.accumulators, |sum| {
        0..limbs::most(sum).max(limbs::END)
    })
}

fn code(code: &Code, row: &[Option<u64>; 6]) -> u64 {
    let value = row[code.slot()];
    let word = value.map(|bits| match code {
        Code::Cell { .. } => bits,
        _ => Kind::I64.order(bits),
    });
    match (word, code) {
        (_, Code::Null { .. }) => value.is_none().into(),
        (None, _) => 0,
        (Some(word), Code::Cell { shift, first, .. }) => {
            ((word >> shift) + (1 << 32 >> shift) - u64::from(*first)) % (1 << 32 >> shift)
        }
        (Some(word), Code::Offset { low, .. }) => word - low,
        (
            Some(word),
            Code::Bucket {
                first, lead, width, ..
            },
        ) => {
            let distance = word - first;
            distance
                .checked_sub(*lead)
                .map_or(0, |beyond| beyond / width + 1)
        }
        _ => unreachable!("no such digit is made"),
    }
}

/// Adds a value to a sum of all limbs.
fn add(kind: Kind, bits: u64, limbs: &mut [u64]) {
    let mut add = |limb: u32, cuts: &[i64]| {
        for (limb, cut) in limbs[limb as usize..].iter_mut().zip(cuts) {
            *limb = limb.wrapping_add(cut.cast_unsigned());
        }
    };
    let halves = |value: i128| [(value & 0xffff_ffff) as i64, (value >> 32) as i64];
    match kind {
        Kind::I32 => add(limbs::ZERO, &[i64::from(bits as u32 as i32)]),
        Kind::U32 => add(limbs::ZERO, &[i64::from(bits as u32)]),
        Kind::I64 => add(limbs::ZERO, &halves(bits.cast_signed().into())),
        Kind::U64 => add(limbs::ZERO, &halves(bits.into())),
        Kind::F32 => {
            if let Some(cut) = limbs::cut_f32(bits as u32) {
                add(cut.first, &cut.cuts);
            }
        }
        Kind::F64 => {
            if let Some(cut) = limbs::cut_f64(bits) {
                add(cut.first, &cut.cuts);
            }
        }
    }
}

fn take(program: &Program, layout: &RecordLayout, row: &[Option<u64>; 6], groups: &mut Groups) {
    let kind = program.slots[VALUE].kind;
    let (least, greatest) = kind.numbers();
    let live = row[VALUE].filter(|bits| (least..=greatest).contains(&kind.order(*bits)));
    if row[PASS] != Some(1) || (program.live.is_some() && live.is_none()) {
        return;
    }
    let digits = program.digits.iter().map(|digit| {
        let code = code(&digit.code, row);
        match digit.part {
            DigitPart::Whole => code,
            DigitPart::High => code >> 32,
            DigitPart::Low => code & 0xffff_ffff,
        }
    });
    let record = groups
        .entry(digits.collect())
        .or_insert_with(|| layout.identity());
    record[0] += 1;
    let Some(bits) = live else { return };
    let word = kind.order(bits);
    for field in &layout.fields {
        let words = &mut record[field.at..];
        match field.accumulator {
            Accumulator::Count => {}
            Accumulator::Valid { .. } => words[0] += 1,
            Accumulator::Min { .. } => words[0] = words[0].min(word),
            Accumulator::Max { .. } => words[0] = words[0].max(word),
            Accumulator::Sum { .. } => add(kind, bits, words),
            Accumulator::Squares { .. } => {
                if let Some((limb, cuts)) = limbs::square(kind, bits) {
                    for (word, cut) in words[limb as usize..].iter_mut().zip(cuts) {
                        *word += u64::from(cut);
                    }
                }
            }
            Accumulator::First { .. } | Accumulator::Last { .. } => {
                let Some(time) = row[TIME].map(|time| Kind::I64.order(time)) else {
                    continue;
                };
                let is_first = matches!(field.accumulator, Accumulator::First { .. });
                let nearer = if is_first {
                    time < words[1]
                } else {
                    time > words[1]
                };
                words[0] += 1;
                if nearer || (time == words[1] && word < words[2]) {
                    (words[1], words[2]) = (time, word);
                }
            }
        }
    }
}

/// Merges partials to records of all limbs.
fn merged(layout: &RecordLayout, partials: &[Partial]) -> Groups {
    let mut groups = Groups::new();
    for partial in partials {
        for group in 0..partial.groups() {
            let digits = partial.digits.iter().map(|d| d[group].into()).collect();
            let record = groups.entry(digits).or_insert_with(|| layout.identity());
            layout.merge(record, &partial.layout, partial.record(group));
        }
    }
    groups
}

fn check(seed: u64) {
    let random = &mut Random(seed);
    let kind = KINDS[random.below(6) as usize];
    let program = program(random, kind);
    let layout = all_limbs(&program);
    let chunks: Vec<Rows> = (0..=random.below(3)).map(|_| rows(random, kind)).collect();
    let mut want = Groups::new();
    for row in chunks.iter().flatten() {
        take(&program, &layout, row, &mut want);
    }
    let allowed = [usize::MAX, 200_000][random.below(2) as usize];
    let mut session = CpuSession::new([program.clone()], allowed).expect("room");
    let mut partials = Vec::new();
    for rows in &chunks {
        let chunk = chunk(random, &program, rows);
        if allowed == usize::MAX {
            session.push(&chunk).expect("digits within their extents");
        } else {
            session
                .push_draining::<KernelError>(&chunk, true, &mut |_, partial| {
                    partials.push(partial);
                    Ok(())
                })
                .expect("digits within their extents");
        }
    }
    let outcome = session.finish();
    let scanned: usize = chunks.iter().map(Vec::len).sum();
    assert_eq!(outcome.counters.scanned, scanned as u64);
    partials.extend(outcome.partials);
    let mut found = merged(&layout, &partials);
    for record in found.values_mut().chain(want.values_mut()) {
        layout.normalise(record);
    }
    assert_eq!(found, want, "seed {seed}: {program:?}");
}

#[test]
fn tiles_of_rows_are_their_rows() {
    for seed in 0..600 {
        check(seed);
    }
}
