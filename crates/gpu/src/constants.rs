//! The words of `params.steps`: constants of filters, digits and fields, and where each begins. The
//! places follow from the program's structure alone, so a module serves every query of that structure.

use crate::params::{high, low, word};
use crate::record::DeviceRecord;
use graticule_columns::Kind;
use graticule_geo::Span;
use graticule_kernels::{Code, Filter, Program};

/// Where constants lie, and the constants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constants {
    pub(crate) words: Vec<u32>,
    /// First word of each filter, those within `All` and `Any` counted instead of these.
    pub(crate) filters: Vec<u32>,
    /// For each layer of the program, and then each circle: its first word in `lookup`.
    pub(crate) layers: Vec<u32>,
    /// For each digit: the first word of its code.
    pub(crate) digits: Vec<u32>,
    /// For each digit: the word of its extent (2 words), which its step in a dense table follows.
    pub(crate) extents: Vec<u32>,
    /// For each field: its place in a record, its first limb, its limbs.
    pub(crate) fields: Vec<u32>,
}

impl Constants {
    pub(crate) fn new(program: &Program, layout: &DeviceRecord) -> Self {
        let mut constants = Self::default();
        let lookup = Lookup::new(program);
        let mut circles = lookup.circles.iter();
        for filter in &program.filters {
            constants.filter(program, filter, &mut circles);
        }
        for first in &lookup.layers {
            constants.layers.push(constants.here());
            constants.words.push(*first);
        }
        let steps = dense_steps(program);
        for (digit, step) in program.digits.iter().zip(steps) {
            constants.digits.push(constants.here());
            constants.code(&digit.code);
            constants.extents.push(constants.here());
            constants.wide(digit.extent);
            constants.words.push(step);
        }
        for (at, field) in layout.at.iter().zip(&layout.layout.fields) {
            constants.fields.push(constants.here());
            let limbs = &field.limbs;
            let count = word(limbs.len() as u64);
            constants.words.extend([*at, limbs.start, count]);
        }
        // An array binding must hold something.
        constants.words.push(0);
        constants
    }

    fn here(&self) -> u32 {
        word(self.words.len() as u64)
    }

    fn wide(&mut self, value: u64) {
        self.words.extend([low(value), high(value)]);
    }

    fn filter<'a>(
        &mut self,
        program: &Program,
        filter: &Filter,
        circles: &mut impl Iterator<Item = &'a u32>,
    ) {
        if let Filter::All(filters) | Filter::Any(filters) = filter {
            for filter in filters {
                self.filter(program, filter, circles);
            }
            return;
        }
        self.filters.push(self.here());
        match filter {
            Filter::Bbox(bbox) => {
                let fixed = bbox.fixed();
                self.words.extend(axis(&fixed.x));
                self.words.extend(axis(&fixed.y));
            }
            Filter::Circle(_) => self.words.extend(circles.next()),
            // Layers have their own words, and null is null.
            Filter::Layer { .. } | Filter::IsNull { .. } => {}
            Filter::All(_) | Filter::Any(_) => {}
            &Filter::Range {
                slot,
                low: least,
                high: most,
                negate,
            } => {
                let kind = program.slots.get(slot).map_or(Kind::U32, |s| s.kind);
                let is_empty = least > most;
                let mut extent = most.wrapping_sub(least);
                let mut least = least;
                if !kind.is_wide() {
                    // As the CPU does: ordered words of 32-bit kinds.
                    (least, extent) = (u64::from(low(least)), u64::from(low(extent)));
                }
                self.wide(least);
                self.wide(extent);
                self.words.push(2 * u32::from(is_empty) + u32::from(negate));
            }
        }
    }

    fn code(&mut self, code: &Code) {
        match *code {
            Code::Cell { shift, first, .. } => self.words.extend([shift, first]),
            Code::Bucket {
                first, lead, width, ..
            } => {
                let width = width.max(1);
                self.wide(first);
                self.wide(lead);
                self.wide(width);
                self.wide(u64::MAX / width);
            }
            Code::Offset { low, .. } => self.wide(low),
            Code::Log { first, .. } => self.wide(first),
            Code::Null { .. } | Code::Zone { .. } => {}
        }
    }
}

/// What `lookup` holds: the tables of layers and circles.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    pub(crate) words: Vec<u32>,
    /// First word of each layer.
    layers: Vec<u32>,
    /// First word of each circle among the filters.
    circles: Vec<u32>,
}

impl Lookup {
    pub(crate) fn new(program: &Program) -> Self {
        let mut lookup = Self::default();
        for layer in &program.layers {
            lookup.layers.push(word(lookup.words.len() as u64));
            lookup.words.extend_from_slice(layer.words());
        }
        for filter in &program.filters {
            if let Filter::Circle(circle) = filter {
                lookup.circles.push(word(lookup.words.len() as u64));
                lookup.words.extend(circle.words());
            }
        }
        lookup
    }
}

fn axis(span: &Span) -> [u32; 6] {
    [
        span.first,
        span.extent,
        span.edges[0],
        span.edges[1],
        u32::from(span.partial[0]),
        u32::from(span.partial[1]),
    ]
}

/// Distance of neighbouring values of each digit in a dense table; meaningless for a sparse one.
pub(crate) fn dense_steps(program: &Program) -> Vec<u32> {
    let mut places = 1u64;
    let mut steps: Vec<u32> = (program.digits.iter().rev())
        .map(|digit| {
            let step = word(places);
            places = places.saturating_mul(digit.extent);
            step
        })
        .collect();
    steps.reverse();
    steps
}
