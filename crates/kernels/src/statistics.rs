//! What the statistics of many rows answer of a program without the rows.

use crate::steps::{self, Buckets};
use crate::typed::U64;
use crate::{Accumulator, Code, Digit, DigitPart, Field, Filter, Program, RecordLayout};
use graticule_geo::{Rect, Side};

/// Where the statistics of a program's slot are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// In the accumulators of this slot: [`Accumulator::Min`], [`Accumulator::Max`] and, but for
    /// columns without nulls, [`Accumulator::Valid`].
    Slot {
        /// Of the statistics.
        slot: usize,
        /// Whether a value may be NaN.
        may_be_nan: bool,
    },
    /// All rows have this ordered word.
    Constant(u64),
    /// Nowhere.
    Nothing,
}

/// What statistics say of some rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No row passes the filters.
    Outside,
    /// All rows with a point pass, and are of the group with these digits.
    Inside(Vec<u32>),
    /// That depends on the row.
    Mixed,
}

/// A program as it looks at statistics, which are records of a layout.
#[derive(Debug)]
pub struct Statistics<'p> {
    program: &'p Program,
    known: Vec<Known>,
    layout: RecordLayout,
    /// For each accumulator of the program the place of its field in the layout.
    fields: Vec<usize>,
    count: usize,
}

/// What is known of a slot's values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Values {
    /// The least and the greatest ordered word of those that are neither null nor NaN; not in order
    /// where there is none.
    low: u64,
    high: u64,
    /// Whether no row is null or NaN.
    is_whole: bool,
    /// Whether a row may be NaN.
    may_be_nan: bool,
}

impl<'p> Statistics<'p> {
    /// Nothing where the layout lacks what the program accumulates or groups by. `known` has an entry
    /// for each slot of the program.
    pub fn new(program: &'p Program, layout: &RecordLayout, known: &[Known]) -> Option<Self> {
        let field = |wanted: Accumulator| {
            let mut fields = layout.fields.iter();
            fields.position(|f| f.accumulator == wanted)
        };
        let of = |slot: usize| match known.get(slot) {
            Some(Known::Slot { slot, .. }) => Some(*slot),
            _ => None,
        };
        let place = |accumulator: &Accumulator| {
            field(match *accumulator {
                Accumulator::Count => Accumulator::Count,
                Accumulator::Valid { slot } => Accumulator::Valid { slot: of(slot)? },
                Accumulator::Sum { slot } => Accumulator::Sum { slot: of(slot)? },
                Accumulator::Min { slot } => Accumulator::Min { slot: of(slot)? },
                Accumulator::Max { slot } => Accumulator::Max { slot: of(slot)? },
                Accumulator::Squares { .. }
                | Accumulator::First { .. }
                | Accumulator::Last { .. } => return None,
            })
        };
        let fields = program.accumulators.iter().map(place);
        let fields: Vec<usize> = fields.collect::<Option<_>>()?;
        let is_known = |digit: &Digit| match digit.code {
            Code::Log { .. } => false,
            Code::Zone { .. } => true,
            _ => known
                .get(digit.code.slot())
                .is_some_and(|k| *k != Known::Nothing),
        };
        let is_answerable = program.live.is_none() && program.digits.iter().all(is_known);
        let count = field(Accumulator::Count)?;
        is_answerable.then(|| Self {
            program,
            known: known.to_vec(),
            layout: layout.clone(),
            fields,
            count,
        })
    }

    /// The layout of the program's records that [`Self::record`] makes.
    pub fn record_layout(&self) -> RecordLayout {
        RecordLayout::new(&self.program.accumulators, |sum| {
            let place = self.program.accumulators.iter().position(|a| *a == sum);
            place.map_or(0..0, |place| self.field(place).limbs.clone())
        })
    }

    fn field(&self, accumulator: usize) -> &Field {
        &self.layout.fields[self.fields[accumulator]]
    }

    /// The record of the program from a record of the statistics.
    pub fn record(&self, statistics: &[u64]) -> Vec<u64> {
        let words = (0..self.fields.len()).flat_map(|place| {
            let field = self.field(place);
            let words = match field.accumulator {
                Accumulator::Sum { .. } => field.limbs.len(),
                _ => 1,
            };
            &statistics[field.at..field.at + words]
        });
        words.copied().collect()
    }

    /// How many rows have a point.
    pub fn rows(&self, statistics: &[u64]) -> u64 {
        statistics[self.layout.fields[self.count].at]
    }

    /// What a record of the statistics says of its rows.
    pub fn judge(&self, statistics: &[u64]) -> Verdict {
        if self.rows(statistics) == 0 {
            return Verdict::Outside;
        }
        let [x, y] = [0, 1].map(|slot| self.values(slot, statistics));
        let rect = match (x, y) {
            (Some(x), Some(y)) => rect(x, y),
            _ => None,
        };
        let side = |filter: &Filter| self.side(filter, rect.as_ref(), statistics);
        let all = self.program.filters.iter().map(side).min();
        match all.unwrap_or(Side::Inside) {
            Side::Outside => Verdict::Outside,
            Side::Edge => Verdict::Mixed,
            Side::Inside => {
                // A receipt tells how many NaN were left out, and statistics do not.
                let may_be_nan = |a: &Accumulator| {
                    let values = a.slot().and_then(|slot| self.values(slot, statistics));
                    values.is_some_and(|v| v.may_be_nan)
                };
                if self.program.accumulators.iter().any(may_be_nan) {
                    return Verdict::Mixed;
                }
                let digits = self.program.digits.iter();
                let digits = digits.map(|digit| self.digit(digit, rect.as_ref(), statistics));
                digits
                    .collect::<Option<_>>()
                    .map_or(Verdict::Mixed, Verdict::Inside)
            }
        }
    }

    fn values(&self, slot: usize, statistics: &[u64]) -> Option<Values> {
        let (of, has_nan) = match self.known[slot] {
            Known::Nothing => return None,
            Known::Constant(word) => {
                return Some(Values {
                    low: word,
                    high: word,
                    is_whole: true,
                    may_be_nan: false,
                });
            }
            Known::Slot { slot, may_be_nan } => (slot, may_be_nan),
        };
        let word = |wanted: Accumulator| {
            let mut fields = self.layout.fields.iter();
            let field = fields.find(|f| f.accumulator == wanted)?;
            Some(statistics[field.at])
        };
        let valid = word(Accumulator::Valid { slot: of });
        let is_whole = valid.is_none_or(|valid| valid == self.rows(statistics));
        Some(Values {
            low: word(Accumulator::Min { slot: of })?,
            high: word(Accumulator::Max { slot: of })?,
            is_whole,
            may_be_nan: !is_whole && has_nan,
        })
    }

    /// Where all rows are of what a filter lets pass.
    fn side(&self, filter: &Filter, rect: Option<&Rect>, statistics: &[u64]) -> Side {
        match filter {
            Filter::Bbox(bbox) => rect.map_or(Side::Edge, |rect| bbox.side_of(rect)),
            Filter::Circle(circle) => rect.map_or(Side::Edge, |rect| circle.side_of(rect)),
            Filter::Layer { layer } => {
                let layer = &self.program.layers[*layer];
                match rect.and_then(|rect| layer.code_of_all(rect)) {
                    None => Side::Edge,
                    Some(0) => Side::Outside,
                    Some(_) => Side::Inside,
                }
            }
            Filter::Range {
                slot,
                low,
                high,
                negate,
            } => match self.values(*slot, statistics) {
                None => Side::Edge,
                Some(values) => self.range(*slot, values, (*low, *high), *negate),
            },
            Filter::IsNull { slot, negate } => match self.values(*slot, statistics) {
                Some(values) if values.is_whole && *negate => Side::Inside,
                Some(values) if values.is_whole => Side::Outside,
                _ => Side::Edge,
            },
            Filter::All(filters) => {
                let sides = filters.iter().map(|f| self.side(f, rect, statistics));
                sides.min().unwrap_or(Side::Inside)
            }
            Filter::Any(filters) => {
                let sides = filters.iter().map(|f| self.side(f, rect, statistics));
                sides.max().unwrap_or(Side::Outside)
            }
        }
    }

    fn range(&self, slot: usize, values: Values, (low, high): (u64, u64), negate: bool) -> Side {
        let is_empty = values.low > values.high;
        let within = low <= values.low && values.high <= high;
        let apart = values.high < low || high < values.low || high < low;
        let (all, none) = match negate {
            false => (within, apart),
            true => (apart, within),
        };
        let (least, greatest) = self.program.slots[slot].kind.numbers();
        // NaN, which statistics leave out, may pass where the range is not of numbers only.
        let is_told = !values.may_be_nan || (!negate && least <= low && high <= greatest);
        match (all, none) {
            (true, _) if values.is_whole && !is_empty => Side::Inside,
            (_, true) if is_told => Side::Outside,
            _ if is_empty && is_told => Side::Outside,
            _ => Side::Edge,
        }
    }

    /// The digit of all rows, if it is one.
    fn digit(&self, digit: &Digit, rect: Option<&Rect>, statistics: &[u64]) -> Option<u32> {
        let code = match digit.code {
            Code::Zone { layer } => self.program.layers[layer].code_of_all(rect?)?,
            _ => self.code(&digit.code, statistics)?,
        };
        let part = match digit.part {
            DigitPart::Whole => code,
            DigitPart::High => code >> 32,
            DigitPart::Low => code & 0xffff_ffff,
        };
        // Beyond the extent statistics lie, and the rows will tell.
        let part = Some(part).filter(|part| *part < digit.extent)?;
        u32::try_from(part).ok()
    }

    fn code(&self, code: &Code, statistics: &[u64]) -> Option<u64> {
        let values = self.values(code.slot(), statistics)?;
        if !values.is_whole || values.low > values.high {
            return None;
        }
        let ends = [values.low, values.high];
        let mut codes = [0; 2];
        match *code {
            Code::Cell { shift, first, .. } => {
                codes = ends.map(|word| steps::cell_of(word, shift, first));
            }
            Code::Bucket {
                first, lead, width, ..
            } => steps::bucket::<U64>(&ends, Buckets { first, lead, width }, &mut codes),
            Code::Offset { low, .. } => steps::offset::<U64>(&ends, low, &mut codes),
            Code::Null { .. } => {}
            Code::Zone { .. } | Code::Log { .. } => return None,
        }
        // Codes grow with the values, or wrap round less than once.
        (codes[0] == codes[1]).then_some(codes[0])
    }
}

fn rect(x: Values, y: Values) -> Option<Rect> {
    let ends = |v: Values| {
        let ends = [u32::try_from(v.low).ok()?, u32::try_from(v.high).ok()?];
        (ends[0] <= ends[1]).then_some(ends)
    };
    Some(Rect {
        x: ends(x)?,
        y: ends(y)?,
    })
}
