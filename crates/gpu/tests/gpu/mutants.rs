//! For each shader a mutant, one constant or comparison changed, that the comparison with the CPU
//! must catch.

use crate::cases::Case;
use crate::layout::shape;
use crate::support::{Random, on_cpu, on_gpu, open, same};
use graticule_gpu::{Gpu, GpuOptions, Method, SHADERS, SessionOptions, compose};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// File, text, changed text.
const MUTANTS: &[(&str, &str, &str)] = &[
    (
        "layout",
        "<< params.row_bits) - 1u",
        "<< params.row_bits) - 2u",
    ),
    (
        "wide",
        "select(0u, 1u, low < a.x)",
        "select(0u, 0u, low < a.x)",
    ),
    (
        "wide",
        "select(0u, 1u, a.x < b.x)",
        "select(0u, 1u, a.x > b.x)",
    ),
    ("wide", "vec2(p00.y, 0u)", "vec2(p00.x, 0u)"),
    ("kind", "bits.y ^ 0x80000000u", "bits.y ^ 0x40000000u"),
    ("kind", "word.x <= 0xff800000u", "word.x < 0xff800000u"),
    ("kind", "vec2(0u, 0xfff00000u)", "vec2(0u, 0xffe00000u)"),
    ("bitmap", "== 1u", "== 0u"),
    ("column_plain32", "+ row]", "+ row + 1u]"),
    ("column_plain64", "word + 1u", "word + 2u"),
    (
        "column_offset",
        "COLUMN_DATA] + row",
        "COLUMN_DATA] + (row ^ 1u)",
    ),
    ("column_packed", "row % PACKED_BLOCK", "row % 64u"),
    ("column_packed", "(31u - shift)", "(30u - shift)"),
    ("column_constant", "COLUMN_BASE]", "COLUMN_BASE] + 1u"),
    (
        "bbox",
        "> params.steps[at + 1u]",
        ">= params.steps[at + 1u]",
    ),
    (
        "bbox",
        "== params.steps[at + 2u]",
        "!= params.steps[at + 2u]",
    ),
    (
        "range",
        "<= params.steps[at + 2u]",
        "> params.steps[at + 2u]",
    ),
    ("range", "mode < 2u", "mode < 1u"),
    ("cell", "0xffffffffu >> shift", "0x7fffffffu >> shift"),
    ("bucket", "return vec2(0u, 0u)", "return vec2(1u, 0u)"),
    ("bucket", "!less64(rest, width)", "less64(rest, width)"),
    ("offset", "sub64(word", "add64(word"),
    ("null", "select(1u, 0u", "select(0u, 1u"),
    ("count", "1u", "2u"),
    ("valid", "1u", "2u"),
    (
        "sum",
        "select(0u, 1u, old > 0xffffffffu - low)",
        "select(0u, 0u, old > 0xffffffffu - low)",
    ),
    ("sum", "LANE_ZERO - 150u", "LANE_ZERO - 149u"),
    ("sum", "LANE_ZERO - 1075u", "LANE_ZERO - 1074u"),
    (
        "sum",
        "cuts.x == 0u && cuts.y == 0u",
        "cuts.x == 0u && cuts.y == 1u",
    ),
    ("min", "let complement = ~word.x", "let complement = word.x"),
    (
        "min",
        "less64(word, best_of(at, state, slot))",
        "less64(best_of(at, state, slot), word)",
    ),
    (
        "max",
        "less64(best_of(at, state, slot), word)",
        "less64(word, best_of(at, state, slot))",
    ),
    (
        "max",
        "record_max(at, word.x)",
        "record_max(at, word.x + 1u)",
    ),
    (
        "best",
        "let word = ordered_at(slot, state - 1u)",
        "let word = ordered_at(slot, state)",
    ),
    ("scan", "+ group.x * WORKGROUP", "+ group.x * 128u"),
    ("dense", "atomicMax", "atomicMin"),
    ("bins", "value != 0u", "value > 1u"),
    ("bins", "old > 0xffffffffu - low", "old > 0xffffffffu"),
    ("sparse", "other[i] != key[i]", "other[i] > key[i]"),
    (
        "publish",
        "slot < params.groups",
        "slot < params.groups / 2u",
    ),
    ("checksum", "2u * place + 1u", "2u * place + 3u"),
];

#[test]
fn every_shader_has_a_mutant() {
    for (name, text) in SHADERS {
        assert!(MUTANTS.iter().any(|m| m.0 == *name), "{name}");
        for mutant in MUTANTS.iter().filter(|m| m.0 == *name) {
            assert!(text.contains(mutant.1), "{name}: {}", mutant.1);
        }
    }
}

/// The method under which a file is in the module.
fn method(name: &str) -> Option<Method> {
    match name {
        "sparse" | "publish" | "layout" => Some(Method::Sparse),
        "dense" => Some(Method::Dense),
        "bins" => Some(Method::Bins),
        _ => None,
    }
}

/// Whether a case's modules hold a file.
fn reads(case: &Case, name: &str) -> bool {
    let is_read = Arc::new(AtomicBool::new(name == "checksum"));
    let note = Arc::clone(&is_read);
    let name = name.to_owned();
    let rewrite = move |file: &str, text: &str| {
        note.fetch_or(file == name, Ordering::Relaxed);
        text.to_owned()
    };
    for chunk in &case.chunks {
        let shape = shape(&case.program, chunk);
        for method in [Method::Sparse, Method::Dense, Method::Bins] {
            compose(&case.program, &shape, method, Some(&rewrite));
        }
    }
    is_read.load(Ordering::Relaxed)
}

fn is_caught(gpu: &Gpu, name: &str) -> bool {
    let mut random = Random(77);
    for tries in 0..200 {
        let case = Case::random(&mut random, 1 + tries % 2, 500);
        if !reads(&case, name) {
            continue;
        }
        let options = SessionOptions {
            method: method(name),
            ..SessionOptions::default()
        };
        let Ok(found) = on_gpu(gpu, &case, options) else {
            return true;
        };
        if same(&case.program, &on_cpu(&case), &found.outcome).is_err() {
            return true;
        }
    }
    false
}

/// Mutants in four parts, which run side by side.
fn part(number: usize) {
    let mut unnoticed = Vec::new();
    for (name, from, to) in MUTANTS.iter().skip(number).step_by(4) {
        let rewrite = move |file: &str, text: &str| {
            if file == *name {
                text.replacen(from, to, 1)
            } else {
                text.to_owned()
            }
        };
        let options = GpuOptions {
            trusted: false,
            rewrite: Some(Arc::new(rewrite)),
            ..GpuOptions::default()
        };
        let Some(gpu) = open(&options) else { return };
        if !is_caught(&gpu, name) {
            unnoticed.push(format!("{name}: {from} -> {to}"));
        }
    }
    assert!(unnoticed.is_empty(), "went unnoticed: {unnoticed:?}");
}

#[test]
fn the_first_quarter_is_caught() {
    part(0);
}

#[test]
fn the_second_quarter_is_caught() {
    part(1);
}

#[test]
fn the_third_quarter_is_caught() {
    part(2);
}

#[test]
fn the_last_quarter_is_caught() {
    part(3);
}
