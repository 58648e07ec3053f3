//! The WGSL that a program's structure and a chunk's shape decide: which loader serves which column,
//! and the calls of the steps in `visit`.

use crate::compose::{has_extreme, is_best, is_dated, loader, suffix};
use crate::constants::Constants;
use crate::params::{CHUNK_COLUMNS, COLUMN_WORDS, word};
use crate::{Method, Shape};
use graticule_columns::Kind;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Filter, Program};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Words of a chunk's descriptor.
pub(crate) fn chunk_words(shape: &Shape) -> u32 {
    CHUNK_COLUMNS + COLUMN_WORDS * word(shape.used().count() as u64)
}

pub(crate) fn glue(
    program: &Program,
    shape: &Shape,
    method: Method,
    constants: &Constants,
) -> String {
    let glue = Glue {
        program,
        shape,
        method,
        constants,
    };
    let mut text = format!(
        "const CHUNK_WORDS: u32 = {}u;\nconst KEY_WORDS: u32 = {}u;\n\n",
        chunk_words(shape),
        program.digits.len().max(1)
    );
    text +=
        "fn home_of(group: u32) -> u32 {\n    return params.records + group * params.stride;\n}\n";
    text += &glue.loads();
    for (i, digit) in program.digits.iter().enumerate() {
        text += &glue.digit(i, digit);
    }
    text += &glue.visit();
    text += &glue.key();
    text += &glue.publish();
    if method == Method::Bins {
        text += &glue.flush();
    }
    text
}

struct Glue<'a> {
    program: &'a Program,
    shape: &'a Shape,
    method: Method,
    constants: &'a Constants,
}

impl Glue<'_> {
    fn kind(&self, slot: usize) -> Kind {
        self.program.slots.get(slot).map_or(Kind::U32, |s| s.kind)
    }

    /// `load_S` gives the bits of a row of slot S, `live_S` whether it is not null.
    fn loads(&self) -> String {
        let mut text = String::new();
        for (i, (slot, column)) in self.shape.used().enumerate() {
            let at = format!(
                "chunk * CHUNK_WORDS + {}u",
                CHUNK_COLUMNS + COLUMN_WORDS * word(i as u64)
            );
            let live = if column.has_nulls {
                format!("bitmap(chunks[{at} + COLUMN_VALIDITY], row)")
            } else {
                "true".to_owned()
            };
            let _ = write!(
                text,
                "\nfn load_{slot}(chunk: u32, row: u32) -> vec2<u32> {{\n    return {}({at}, row);\n}}\n\
                 \nfn live_{slot}(chunk: u32, row: u32) -> bool {{\n    return {live};\n}}\n",
                loader(column)
            );
        }
        text
    }

    /// `digit_I` gives the digit from a row's bits, before it is known to be below its extent.
    fn digit(&self, i: usize, digit: &Digit) -> String {
        let at = self.constants.digits[i];
        let order = suffix(self.kind(digit.code.slot()));
        let zero = "vec2(0u, 0u)";
        let code = match digit.code {
            Code::Cell { .. } => format!("select({zero}, cell_code({at}u, bits), live)"),
            Code::Bucket { .. } => {
                format!("select({zero}, bucket_code({at}u, order_{order}(bits)), live)")
            }
            Code::Offset { .. } => {
                format!("select({zero}, offset_code({at}u, order_{order}(bits)), live)")
            }
            Code::Log { .. } => format!("select({zero}, log_{order}({at}u, bits), live)"),
            Code::Null { .. } => "null_code(live)".to_owned(),
            // Both coordinates decide it: `bits` is the code.
            Code::Zone { .. } => "bits".to_owned(),
        };
        let part = match digit.part {
            DigitPart::Whole => "code",
            DigitPart::High => "vec2(code.y, 0u)",
            DigitPart::Low => "vec2(code.x, 0u)",
        };
        format!(
            "\nfn digit_{i}(bits: vec2<u32>, live: bool) -> vec2<u32> {{\n    let code = {code};\n    return {part};\n}}\n"
        )
    }

    /// `visit`: a row from its columns to its record, or its bit.
    fn visit(&self) -> String {
        let mut text = String::from(
            "\nfn visit(chunk: u32, row: u32) {\n    let id = id_of(chunk, row);\n    var side = INSIDE;\n    var keep = true;\n",
        );
        let mut loaded = BTreeSet::new();
        if self.shape.has_invalid {
            text += "    if (!bitmap(chunks[chunk * CHUNK_WORDS + CHUNK_VALID], row)) {\n        return;\n    }\n";
        }
        let mut places = self.constants.filters.iter();
        for filter in &self.program.filters {
            filter.slots(&mut |slot| load(&mut text, &mut loaded, slot));
            let side = match filter {
                Filter::Bbox(_) => "bbox_side",
                Filter::Circle(_) => "circle_side",
                Filter::Layer { .. } => "layer_side",
                _ => {
                    let holds = self.condition(filter, &mut places);
                    let _ = writeln!(text, "    keep = keep & {holds};");
                    continue;
                }
            };
            let place = places.next().copied().unwrap_or(0);
            let at = match filter {
                Filter::Layer { layer } => self.constants.layers[*layer],
                _ => place,
            };
            let _ = writeln!(
                text,
                "    side = min(side, {side}({at}u, v0.x, v1.x));\n    if (side == OUTSIDE) {{\n        return;\n    }}"
            );
        }
        text += "    if (!keep) {\n        return;\n    }\n";
        let open =
            "    if (side == EDGE) {\n        recheck(chunk, row);\n        return;\n    }\n";
        text += open;
        self.live(&mut text, &mut loaded);
        if self.zones(&mut text, &mut loaded) {
            text += open;
        }
        text += "    matched += 1u;\n";
        if self.method == Method::Matching {
            text += "    mark(row);\n";
        } else {
            self.group(&mut text, &mut loaded);
            self.accumulate(&mut text, &mut loaded);
        }
        text + "}\n"
    }

    /// The expression of a filter that is no region; `places` are of its leaves, in order. All of it is evaluated:
    /// with `&&` each condition would be a branch within the one before, and from some 75 of these on Mesa's software
    /// adapter (22.3.6, LLVM 15) held no row to pass, without a word.
    fn condition<'a>(&self, filter: &Filter, places: &mut impl Iterator<Item = &'a u32>) -> String {
        let mut joined = |filters: &[Filter], by: &str, none: &str| {
            let all: Vec<String> = filters.iter().map(|f| self.condition(f, places)).collect();
            if all.is_empty() {
                return none.to_owned();
            }
            format!("({})", all.join(by))
        };
        match filter {
            Filter::All(filters) => joined(filters, " & ", "true"),
            Filter::Any(filters) => joined(filters, " | ", "false"),
            &Filter::Range { slot, .. } => {
                let at = places.next().copied().unwrap_or(0);
                let (order, width) = (suffix(self.kind(slot)), self.width(slot));
                format!("(l{slot} & range_holds{width}({at}u, order_{order}(v{slot})))")
            }
            &Filter::IsNull { slot, negate } => {
                places.next();
                if negate {
                    format!("l{slot}")
                } else {
                    format!("(!l{slot})")
                }
            }
            Filter::Bbox(_) | Filter::Circle(_) | Filter::Layer { .. } => "true".to_owned(),
        }
    }

    /// Leaves out rows whose value in the program's live slot is null or NaN.
    fn live(&self, text: &mut String, loaded: &mut BTreeSet<usize>) {
        let Some(slot) = self.program.live else {
            return;
        };
        load(text, loaded, slot);
        let order = suffix(self.kind(slot));
        let number = if self.kind(slot).is_float() {
            format!(" || !number_{order}(order_{order}(v{slot}))")
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "    if (!l{slot}{number}) {{\n        return;\n    }}"
        );
    }

    /// The codes of zones (`zL` of layer L); says whether there are any.
    fn zones(&self, text: &mut String, loaded: &mut BTreeSet<usize>) -> bool {
        let layers: BTreeSet<usize> = (self.program.digits.iter())
            .filter_map(|digit| match digit.code {
                Code::Zone { layer } => Some(layer),
                _ => None,
            })
            .collect();
        for layer in &layers {
            load(text, loaded, 0);
            load(text, loaded, 1);
            let at = self.constants.layers[*layer];
            let _ = writeln!(
                text,
                "    let z{layer} = layer_code({at}u, v0.x, v1.x);\n    side = select(side, EDGE, layer_open(z{layer}));"
            );
        }
        !layers.is_empty()
    }

    fn width(&self, slot: usize) -> u32 {
        if self.kind(slot).is_wide() { 64 } else { 32 }
    }

    /// Digits, and with them `record` and `home`, where the row's accumulators lie.
    fn group(&self, text: &mut String, loaded: &mut BTreeSet<usize>) {
        let mut digits = Vec::new();
        let mut place = String::from("0u");
        for (i, digit) in self.program.digits.iter().enumerate() {
            let extent = self.constants.extents[i];
            let value = if let Code::Zone { layer } = digit.code {
                format!("z{layer}, true")
            } else {
                let slot = digit.code.slot();
                load(text, loaded, slot);
                // A null that no digit tells of would be of another group.
                if !self.program.tells_nulls(slot) {
                    let _ = write!(
                        text,
                        "    if (!l{slot}) {{\n        stray += 1u;\n        return;\n    }}\n"
                    );
                }
                format!("v{slot}, l{slot}")
            };
            let _ = write!(
                text,
                "    let d{i} = digit_{i}({value});\n    if (!less64(d{i}, step64({extent}u))) {{\n        stray += 1u;\n        return;\n    }}\n"
            );
            digits.push(format!("d{i}.x"));
            let _ = write!(place, " + d{i}.x * params.steps[{}]", extent + 2);
        }
        if self.method == Method::Sparse {
            if digits.is_empty() {
                digits.push("0u".to_owned());
            }
            let key = digits.join(", ");
            let _ = writeln!(
                text,
                "    let group = find(array<u32, KEY_WORDS>({key}), id);"
            );
        } else {
            let _ = writeln!(text, "    let group = {place};");
        }
        *text += "    let record = record_of(group);\n    let home = home_of(group);\n";
    }

    /// Accumulators, in runs over the same slot: a NaN counts once for each run, as on the CPU.
    fn accumulate(&self, text: &mut String, loaded: &mut BTreeSet<usize>) {
        let mut runs: Vec<(usize, Vec<usize>)> = Vec::new();
        for (i, accumulator) in self.program.accumulators.iter().enumerate() {
            match (accumulator.slot(), runs.last_mut()) {
                (None, _) => {
                    let _ = writeln!(text, "    count_add(record + {});", self.field(i));
                }
                (Some(slot), Some((same, fields))) if slot == *same => fields.push(i),
                (Some(slot), _) => runs.push((slot, vec![i])),
            }
        }
        for (slot, fields) in runs {
            load(text, loaded, slot);
            for i in &fields {
                if let Some(time) = self.program.accumulators[*i].time() {
                    load(text, loaded, time);
                }
            }
            let kind = self.kind(slot);
            let mut body = String::new();
            for i in fields {
                let _ = writeln!(body, "        {}", self.keep(i, slot));
            }
            let order = suffix(kind);
            let body = if kind.is_float() {
                format!(
                    "        if (number_{order}(w)) {{\n{body}        }} else {{\n            nan += 1u;\n        }}\n"
                )
            } else {
                body
            };
            let _ = write!(
                text,
                "    if (l{slot}) {{\n        let w = order_{order}(v{slot});\n{body}    }}\n"
            );
        }
    }

    /// The call that keeps a value.
    fn keep(&self, field: usize, slot: usize) -> String {
        let accumulator = self.program.accumulators[field];
        let (at, kind, width) = (self.field(field), self.kind(slot), self.width(slot));
        let name = match accumulator {
            Accumulator::Min { .. } => "min",
            _ => "max",
        };
        match accumulator {
            Accumulator::Count | Accumulator::Valid { .. } => format!("valid_add(record + {at});"),
            Accumulator::Sum { .. } => format!(
                "sum_{}(record + {at}, params.steps[{}], v{slot});",
                suffix(kind),
                self.constants.fields[field] + 1
            ),
            Accumulator::Squares { .. } => format!(
                "squares_{}(record + {at}, params.steps[{}], v{slot});",
                suffix(kind),
                self.constants.fields[field] + 1
            ),
            Accumulator::First { time, .. } | Accumulator::Last { time, .. } => {
                let last = matches!(accumulator, Accumulator::Last { .. });
                format!(
                    "if (l{time}) {{ dated_keep(home + {at}, order_i64(v{time}), w, {last}, {slot}u, id); }}"
                )
            }
            _ if is_best(self.program, accumulator) => {
                format!("{name}_keep{width}(home + {at}, w, {slot}u, id);")
            }
            _ => format!("{name}_keep{width}(record + {at}, w);"),
        }
    }

    /// The expression of a field's place in a record.
    fn field(&self, i: usize) -> String {
        format!("params.steps[{}]", self.constants.fields[i])
    }

    /// `key_of` computes the digits of a row again, `ordered_at` its ordered word.
    fn key(&self) -> String {
        let mut text = String::new();
        if self.method == Method::Sparse {
            let digits = self.program.digits.iter().enumerate().map(|(i, digit)| {
                if let Code::Zone { layer } = digit.code {
                    let at = self.constants.layers[layer];
                    return format!(
                        "digit_{i}(layer_code({at}u, load_0(chunk, row).x, load_1(chunk, row).x), true).x"
                    );
                }
                let slot = digit.code.slot();
                format!("digit_{i}(load_{slot}(chunk, row), live_{slot}(chunk, row)).x")
            });
            let mut digits: Vec<_> = digits.collect();
            if digits.is_empty() {
                digits.push("0u".to_owned());
            }
            let _ = write!(
                text,
                "\nfn key_of(chunk: u32, row: u32) -> array<u32, KEY_WORDS> {{\n    return array<u32, KEY_WORDS>(\n        {},\n    );\n}}\n",
                digits.join(",\n        ")
            );
        }
        text += &self.dated();
        let best = self.program.accumulators.iter();
        let best = best.filter(|a| is_best(self.program, **a));
        let slots: BTreeSet<_> = best.filter_map(|a| a.slot()).collect();
        if !has_extreme(self.program) {
            return text;
        }
        text += "\nfn ordered_at(slot: u32, id: u32) -> vec2<u32> {\n    let chunk = chunk_of(id);\n    let row = row_of(id);\n    switch slot {\n";
        for slot in slots {
            let _ = writeln!(
                text,
                "        case {slot}u: {{ return order_{}(load_{slot}(chunk, row)); }}",
                suffix(self.kind(slot))
            );
        }
        text + "        default: { return vec2(0u, 0u); }\n    }\n}\n"
    }

    /// `dated_at` gives time and value of a row, ordered.
    fn dated(&self) -> String {
        let dated: BTreeSet<(usize, usize)> = (self.program.accumulators.iter())
            .filter_map(|a| Some((a.slot()?, a.time()?)))
            .collect();
        if dated.is_empty() {
            return String::new();
        }
        let mut text = String::from(
            "\nfn dated_at(slot: u32, id: u32) -> vec4<u32> {\n    let chunk = chunk_of(id);\n    let row = row_of(id);\n    switch slot {\n",
        );
        for (slot, time) in dated {
            let _ = writeln!(
                text,
                "        case {slot}u: {{ return vec4(order_i64(load_{time}(chunk, row)), order_{}(load_{slot}(chunk, row))); }}",
                suffix(self.kind(slot))
            );
        }
        text + "        default: { return vec4(0u, 0u, 0u, 0u); }\n    }\n}\n"
    }

    /// `publish_slot` makes a slot's digits public, `publish_record` its minima and maxima.
    fn publish(&self) -> String {
        if !crate::needs_publish(self.program, self.method) {
            return String::new();
        }
        let mut text = String::from("\nfn publish_slot(slot: u32) -> bool {\n");
        text += if self.method == Method::Sparse {
            "    let state = atomicLoad(&table[slot]);
    if (state != EMPTY && state != PUBLISHED) {
        let key = key_of(chunk_of(state - 1u), row_of(state - 1u));
        for (var i = 0u; i < KEY_WORDS; i += 1u) {
            atomicStore(&table[params.groups + slot * KEY_WORDS + i], key[i]);
        }
        atomicStore(&table[slot], PUBLISHED);
    }
    return state != EMPTY;
}
"
        } else {
            "    return atomicLoad(&table[home_of(slot)]) != 0u;\n}\n"
        };
        text += "\nfn publish_record(home: u32) {\n";
        for (i, accumulator) in self.program.accumulators.iter().enumerate() {
            let Some(slot) = accumulator.slot() else {
                continue;
            };
            let name = match accumulator {
                a if is_dated(*a) => "dated",
                a if is_best(self.program, *a) => "best",
                _ => continue,
            };
            let _ = writeln!(
                text,
                "    publish_{name}(home + {}, {slot}u);",
                self.field(i)
            );
        }
        text + "}\n"
    }

    /// `flush_record` adds a workgroup's record to the table's.
    fn flush(&self) -> String {
        let mut text = String::from("\nfn flush_record(bin: u32, home: u32) {\n");
        for (i, accumulator) in self.program.accumulators.iter().enumerate() {
            if is_best(self.program, *accumulator) || is_dated(*accumulator) {
                continue;
            }
            let at = self.field(i);
            let _ = match accumulator {
                Accumulator::Count | Accumulator::Valid { .. } => {
                    writeln!(text, "    flush_count(bin + {at}, home + {at});")
                }
                Accumulator::Sum { .. } | Accumulator::Squares { .. } => writeln!(
                    text,
                    "    flush_limbs(bin + {at}, home + {at}, params.steps[{}]);",
                    self.constants.fields[i] + 2
                ),
                Accumulator::Min { .. } => writeln!(
                    text,
                    "    flush_max(bin + {at}, home + {at});\n    flush_max(bin + {at} + 1u, home + {at} + 1u);"
                ),
                Accumulator::Max { .. } => {
                    writeln!(text, "    flush_max(bin + {at}, home + {at});")
                }
                Accumulator::First { .. } | Accumulator::Last { .. } => Ok(()),
            };
        }
        text + "}\n"
    }
}

/// Loads a slot's bits (`vS`) and liveness (`lS`) unless that was done before.
fn load(text: &mut String, loaded: &mut BTreeSet<usize>, slot: usize) {
    if loaded.insert(slot) {
        let _ = write!(
            text,
            "    let v{slot} = load_{slot}(chunk, row);\n    let l{slot} = live_{slot}(chunk, row);\n"
        );
    }
}
