//! One WGSL module for each structure of a program, shape of chunk and method: the texts of
//! `shaders/`, and glue that calls them.

use crate::constants::Constants;
use crate::glue;
use crate::params::prelude;
use crate::record::DeviceRecord;
use crate::{ColumnShape, Encoding, Shape};
use graticule_columns::Kind;
use graticule_kernels::{Accumulator, Code, Filter, Program};

/// How groups are found on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// In workgroup memory, then added to a dense table.
    Bins,
    /// In a dense table.
    Dense,
    /// In a hash table.
    Sparse,
    /// Not at all: a bit for each row of a chunk says whether it matches.
    Matching,
}

/// Changes the text of a shader file, given its name: how tests make mutants.
pub type Rewrite = dyn Fn(&str, &str) -> String + Send + Sync;

macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        /// The shader files by name.
        pub const SHADERS: &[(&str, &str)] = &[
            $(($name, include_str!(concat!("../../../shaders/", $name, ".wgsl")))),*
        ];
    };
}

texts![
    "layout",
    "wide",
    "kind",
    "bitmap",
    "column_plain32",
    "column_plain64",
    "column_offset",
    "column_packed",
    "column_constant",
    "bbox",
    "circle",
    "layer",
    "range",
    "cell",
    "bucket",
    "offset",
    "null",
    "log",
    "count",
    "valid",
    "sum",
    "squares",
    "min",
    "max",
    "best",
    "dated",
    "scan",
    "bins",
    "dense",
    "sparse",
    "matching",
    "publish",
    "checksum",
];

/// The module that runs a program over chunks of a shape. Entry points: `fused`, and `publish` where
/// [`needs_publish`].
pub fn compose(
    program: &Program,
    shape: &Shape,
    method: Method,
    rewrite: Option<&Rewrite>,
) -> String {
    let filters = (method == Method::Matching).then(|| filters_of(program));
    let program = filters.as_ref().unwrap_or(program);
    let layout = DeviceRecord::new(program, program.layout());
    let constants = Constants::new(program, &layout);
    let mut names = vec!["layout", "wide", "kind", "bitmap"];
    names.extend(columns(shape));
    names.extend(steps(program, method));
    if has_extreme(program) {
        names.push("best");
    }
    names.extend(["scan", method_file(method)]);
    if needs_publish(program, method) {
        names.push("publish");
    }
    names.dedup();
    let mut text = prelude();
    text += &glue::glue(program, shape, method, &constants);
    for name in names {
        text += "\n";
        text += &file(name, rewrite);
    }
    text
}

/// The module that adds up what will be read back. Entry point: `checksum`.
pub fn compose_checksum(rewrite: Option<&Rewrite>) -> String {
    let mut text = prelude();
    for name in ["layout", "checksum"] {
        text += "\n";
        text += &file(name, rewrite);
    }
    text
}

/// The program that has the same matching rows and nothing to keep of them.
pub(crate) fn filters_of(program: &Program) -> Program {
    Program {
        live: None,
        digits: Vec::new(),
        accumulators: vec![Accumulator::Count],
        ..program.clone()
    }
}

/// Whether a publish pass must follow each fused pass.
pub fn needs_publish(program: &Program, method: Method) -> bool {
    method == Method::Sparse || has_best(program)
}

fn has_best(program: &Program) -> bool {
    let mut accumulators = program.accumulators.iter();
    accumulators.any(|a| is_best(program, *a) || is_dated(*a))
}

/// Whether a value is kept by its time.
pub(crate) fn is_dated(accumulator: Accumulator) -> bool {
    accumulator.time().is_some()
}

/// Whether the texts of min and max are in the module, which call those of `best`.
pub(crate) fn has_extreme(program: &Program) -> bool {
    let is_extreme =
        |a: &Accumulator| matches!(a, Accumulator::Min { .. } | Accumulator::Max { .. });
    program.accumulators.iter().any(is_extreme)
}

/// Whether an accumulator is a minimum or maximum of 64 bits.
pub(crate) fn is_best(program: &Program, accumulator: Accumulator) -> bool {
    match accumulator {
        Accumulator::Min { slot } | Accumulator::Max { slot } => {
            program.slots.get(slot).is_some_and(|s| s.kind.is_wide())
        }
        _ => false,
    }
}

fn file(name: &str, rewrite: Option<&Rewrite>) -> String {
    let text = SHADERS.iter().find(|(n, _)| *n == name).map_or("", |f| f.1);
    rewrite.map_or_else(|| text.to_owned(), |rewrite| rewrite(name, text))
}

fn method_file(method: Method) -> &'static str {
    match method {
        Method::Bins => "bins",
        Method::Dense => "dense",
        Method::Sparse => "sparse",
        Method::Matching => "matching",
    }
}

/// The loaders that a shape needs.
fn columns(shape: &Shape) -> Vec<&'static str> {
    let mut names: Vec<_> = shape
        .used()
        .map(|(_, column)| match column.encoding {
            Encoding::Plain32 => "column_plain32",
            Encoding::Plain64 => "column_plain64",
            Encoding::Offset => "column_offset",
            Encoding::Packed => "column_packed",
            Encoding::Constant => "column_constant",
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The steps that a program needs.
fn steps(program: &Program, method: Method) -> Vec<&'static str> {
    let mut names = Vec::new();
    for filter in &program.filters {
        names.push(match filter {
            Filter::Bbox(_) => "bbox",
            Filter::Circle(_) => "circle",
            Filter::Layer { .. } => "layer",
            _ => "range",
        });
    }
    names.extend(program.digits.iter().map(|digit| match digit.code {
        Code::Cell { .. } => "cell",
        Code::Bucket { .. } => "bucket",
        Code::Offset { .. } => "offset",
        Code::Null { .. } => "null",
        Code::Zone { .. } => "layer",
        Code::Log { .. } => "log",
    }));
    let keeps = method != Method::Matching;
    for accumulator in program.accumulators.iter().filter(|_| keeps) {
        names.extend(match accumulator {
            Accumulator::Count => vec!["count"],
            Accumulator::Valid { .. } => vec!["valid"],
            Accumulator::Sum { .. } => vec!["sum"],
            // Squares are added to limbs as the values of sums are.
            Accumulator::Squares { .. } => vec!["squares", "sum"],
            Accumulator::Min { .. } => vec!["min"],
            Accumulator::Max { .. } => vec!["max"],
            Accumulator::First { .. } | Accumulator::Last { .. } => vec!["dated"],
        });
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The loader of a column.
pub(crate) fn loader(column: ColumnShape) -> &'static str {
    match (column.encoding, column.kind.is_wide()) {
        (Encoding::Plain32, _) => "column_plain32",
        (Encoding::Plain64, _) => "column_plain64",
        (Encoding::Offset, _) => "column_offset",
        (Encoding::Packed, false) => "column_packed32",
        (Encoding::Packed, true) => "column_packed64",
        (Encoding::Constant, _) => "column_constant",
    }
}

/// The ending of the functions for a kind.
pub(crate) fn suffix(kind: Kind) -> &'static str {
    match kind {
        Kind::I32 => "i32",
        Kind::U32 => "u32",
        Kind::I64 => "i64",
        Kind::U64 => "u64",
        Kind::F32 => "f32",
        Kind::F64 => "f64",
    }
}
