//! Every module is valid, without an adapter, and its numbers are those of Rust.

use crate::cases::Case;
use crate::support::Random;
use graticule_columns::Chunk;
use graticule_gpu::{
    ColumnShape, Encoding, Header, Method, SHADERS, Shape, compose, compose_checksum, constants,
    needs_publish,
};
use graticule_kernels::Program;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::mem::offset_of;

pub(crate) const METHODS: [Method; 4] = [
    Method::Bins,
    Method::Dense,
    Method::Sparse,
    Method::Matching,
];

pub(crate) fn shape(program: &Program, chunk: &Chunk) -> Shape {
    let used = program.used_slots();
    let columns = chunk.columns.iter().zip(used).map(|(column, used)| {
        used.then(|| ColumnShape {
            encoding: Encoding::of(column),
            kind: column.kind(),
            has_nulls: column.validity().is_some(),
        })
    });
    Shape {
        columns: columns.collect(),
        has_invalid: chunk.invalid() > 0,
    }
}

fn parse(text: &str) -> naga::Module {
    let module = naga::front::wgsl::parse_str(text);
    let module = module.unwrap_or_else(|e| panic!("{}\n{text}", e.emit_to_string(text)));
    // No capability: no 64-bit integer, no subgroup, no float of 64 bits.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    if let Err(error) = validator.validate(&module) {
        panic!("{}\n{text}", error.emit_to_string(text));
    }
    module
}

fn names(module: &naga::Module) -> Vec<&str> {
    module
        .entry_points
        .iter()
        .map(|e| e.name.as_str())
        .collect()
}

#[test]
fn every_module_is_valid_and_agrees_with_rust() {
    let mut random = Random(40);
    agrees(&parse(&compose_checksum(None)));
    for _ in 0..60 {
        let case = Case::random(&mut random, 1, 30);
        for method in METHODS {
            let shape = shape(&case.program, &case.chunks[0]);
            let text = compose(&case.program, &shape, method, None);
            let module = parse(&text);
            agrees(&module);
            let mut entries = vec!["fused"];
            if method != Method::Matching && needs_publish(&case.program, method) {
                entries.push("publish");
            }
            assert_eq!(names(&module), entries);
        }
    }
}

fn agrees(module: &naga::Module) {
    for (name, value) in constants() {
        let found = module
            .constants
            .iter()
            .find(|c| c.1.name.as_deref() == Some(name));
        let init = found.map(|(_, c)| &module.global_expressions[c.init]);
        let literal = naga::Expression::Literal(naga::Literal::U32(value));
        assert_eq!(init, Some(&literal), "{name}");
    }
    let (_, params) = module
        .types
        .iter()
        .find(|(_, t)| t.name.as_deref() == Some("Params"))
        .unwrap();
    let naga::TypeInner::Struct { members, .. } = &params.inner else {
        panic!("Params is a struct");
    };
    let found: Vec<(&str, usize)> = members
        .iter()
        .map(|m| (m.name.as_deref().unwrap_or(""), m.offset as usize))
        .collect();
    let stated = [
        ("row_bits", offset_of!(Header, row_bits)),
        ("groups", offset_of!(Header, groups)),
        ("stride", offset_of!(Header, stride)),
        ("records", offset_of!(Header, records)),
        ("replicas", offset_of!(Header, replicas)),
        ("recheck_capacity", offset_of!(Header, recheck_capacity)),
        ("table_words", offset_of!(Header, table_words)),
        ("aux_words", offset_of!(Header, aux_words)),
        ("steps", size_of::<Header>()),
    ];
    assert_eq!(found, stated);
}

#[test]
fn every_file_has_its_contract_and_is_known() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shaders");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<String> = SHADERS.iter().map(|(n, _)| format!("{n}.wgsl")).collect();
    known.sort();
    assert_eq!(files, known);
    for (name, text) in SHADERS {
        assert!(text.starts_with("// "), "{name} begins with its contract");
        assert!(text.lines().count() <= 180, "{name} is a small room");
    }
}
