//! For each shader a mutant, one constant or comparison changed, that the comparison with the CPU
//! must catch.

mod list;

use crate::cases::Case;
use crate::layout::{METHODS, shape};
use crate::support::{
    Random, matching_on_cpu, matching_on_gpu, on_cpu, on_gpu, opened_or_skipped, same,
};
use graticule_gpu::{Gpu, GpuError, GpuOptions, Method, SHADERS, SessionOptions, compose};
use list::MUTANTS;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        "matching" => Some(Method::Matching),
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
        for method in METHODS {
            compose(&case.program, &shape, method, Some(&rewrite));
        }
    }
    is_read.load(Ordering::Relaxed)
}

/// Whether a run that went otherwise shows that the mutant is a wrong kernel: one that does not compile is
/// none, whatever its text.
fn is_noticed(name: &str, error: Option<GpuError>) -> bool {
    match error {
        Some(error @ GpuError::Compile { .. }) => panic!("{name}: {error}"),
        _ => true,
    }
}

fn is_caught(gpu: &Gpu, name: &str) -> bool {
    let mut random = Random(77);
    for tries in 0..200 {
        let case = Case::random(&mut random, 1 + tries % 2, 500);
        if !reads(&case, name) {
            continue;
        }
        if method(name) == Some(Method::Matching) {
            match matching_on_gpu(gpu, &case) {
                Ok(found) if found == matching_on_cpu(&case) => continue,
                found => return is_noticed(name, found.err()),
            }
        }
        let options = SessionOptions {
            method: method(name),
            ..SessionOptions::default()
        };
        let found = match on_gpu(gpu, &case, options) {
            Ok(found) => found,
            Err(error) => return is_noticed(name, Some(error)),
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
        let opened = Gpu::open_rewritten(&GpuOptions::default(), Arc::new(rewrite));
        let Some(gpu) = opened_or_skipped(opened) else {
            return;
        };
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
