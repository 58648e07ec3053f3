//! The manifest: what the footers of a dataset's files say, in one Arrow stream of the user's
//! cache, with a hash behind it. It is only believed as far as the listing agrees with it, version by version.

use crate::catalog::outline::{Group, Outline};
use crate::file::footer::{Chunk, Ends};
use crate::file::view::Declared;
use crate::store::Object;
use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray, UInt8Array, UInt32Array,
    UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, UInt8Type, UInt32Type, UInt64Type};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use std::collections::HashMap;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twox_hash::XxHash64;

/// The version that a manifest is written with; others are not read.
const VERSION: &str = "7";
const VERSION_KEY: &str = "graticule_manifest";
const SCHEMAS_KEY: &str = "schemas";
/// In the metadata of each schema.
const DECLARED_KEY: &str = "declared";
/// Bytes of the hash behind the stream.
const HASH: u64 = 8;
/// Column chunks from which on a batch holds no further file: a manifest is never in memory as a whole.
const BATCH_CHUNKS: usize = 1 << 16;

/// What is written, and a hash of it.
struct Hashed<W> {
    out: W,
    hash: XxHash64,
}

impl<W> Hashed<W> {
    fn of(out: W) -> Self {
        let hash = XxHash64::with_seed(0);
        Self { out, hash }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.write(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Where a dataset's manifest lies, within [`cache_folder`].
pub(crate) fn path(directory: Option<&PathBuf>, url: &str) -> Option<PathBuf> {
    let name = XxHash64::oneshot(0, url.as_bytes());
    Some(cache_folder(directory)?.join(format!("manifest-{name:016x}.arrows")))
}

/// Where what a later run may want again lies: the directory given, `GRATICULE_CACHE_DIR`, or graticule's in the user's
/// cache. Nowhere where there is none of these.
pub fn cache_folder(directory: Option<&PathBuf>) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    directory
        .cloned()
        .or_else(|| variable("GRATICULE_CACHE_DIR").map(PathBuf::from))
        .or_else(|| {
            let usual = variable("XDG_CACHE_HOME").or_else(|| variable("LOCALAPPDATA"));
            let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
            Some(usual.map(PathBuf::from).or_else(home)?.join("graticule"))
        })
}

/// Reads a manifest; empty where there is none, or one that cannot be understood.
pub(crate) fn read(path: &Path) -> Vec<Outline> {
    let whole = File::open(path).ok().and_then(|mut file| {
        let length = file.metadata().ok()?.len().checked_sub(HASH)?;
        let mut hashed = Hashed::of(io::sink());
        io::copy(&mut (&file).take(length), &mut hashed).ok()?;
        let mut hash = [0; 8];
        file.read_exact(&mut hash).ok()?;
        file.rewind().ok()?;
        let is_whole = hashed.hash.finish().to_le_bytes() == hash;
        is_whole.then(|| BufReader::new(file.take(length)))
    });
    whole.and_then(outlines).unwrap_or_default()
}

fn outlines(stream: impl Read) -> Option<Vec<Outline>> {
    let reader = StreamReader::try_new(stream, None).ok()?;
    let schema = reader.schema();
    let metadata = schema.metadata();
    if metadata.get(VERSION_KEY)? != VERSION {
        return None;
    }
    let schemas: Vec<Schema> = serde_json::from_str(metadata.get(SCHEMAS_KEY)?).ok()?;
    let declared = schemas.iter().map(|schema| {
        let declared: Declared = serde_json::from_str(schema.metadata.get(DECLARED_KEY)?).ok()?;
        Some(Arc::new(declared))
    });
    let declared: Vec<Arc<Declared>> = declared.collect::<Option<_>>()?;
    let mut outlines = Vec::new();
    for batch in reader {
        let batch = batch.ok()?;
        let lists: Vec<&ListArray> = ["rows", "offset", "bytes", "type", "low", "high", "nulls"]
            .iter()
            .map(|name| batch.column_by_name(name)?.as_list_opt::<i32>())
            .collect::<Option<_>>()?;
        let paths = batch.column_by_name("path")?.as_string_opt::<i32>()?;
        let sizes = batch
            .column_by_name("size")?
            .as_primitive_opt::<UInt64Type>()?;
        let versions = batch.column_by_name("version")?.as_string_opt::<i32>()?;
        let of = batch
            .column_by_name("schema")?
            .as_primitive_opt::<UInt32Type>()?;
        for file in 0..batch.num_rows() {
            let schema = usize::try_from(of.value(file)).ok()?;
            let fields = &schemas.get(schema)?.fields;
            outlines.push(Outline {
                object: Object::new(paths.value(file), sizes.value(file), versions.value(file))
                    .ok()?,
                fields: fields.clone(),
                declared: declared[schema].clone(),
                groups: groups(&lists, file, fields.len())?,
            });
        }
    }
    Some(outlines)
}

/// The row groups of a file, column after column in each.
fn groups(lists: &[&ListArray], file: usize, columns: usize) -> Option<Vec<Group>> {
    let part = |list: &ListArray| {
        let offsets = list.value_offsets();
        let range =
            usize::try_from(offsets[file]).ok()?..usize::try_from(offsets[file + 1]).ok()?;
        Some(range)
    };
    let numbers = |place: usize| -> Option<&[u64]> {
        let values = lists[place].values().as_primitive_opt::<UInt64Type>()?;
        values.values().get(part(lists[place])?)
    };
    let rows = numbers(0)?;
    let (offsets, bytes, low, high) = (numbers(1)?, numbers(2)?, numbers(4)?, numbers(5)?);
    let types = lists[3].values().as_primitive_opt::<UInt8Type>()?;
    let types = types.values().get(part(lists[3])?)?;
    let nulls = lists[6].values().as_primitive_opt::<UInt64Type>()?;
    let first_null = part(lists[6])?.start;
    let count = rows.len() * columns;
    let lengths = [
        offsets.len(),
        bytes.len(),
        types.len(),
        low.len(),
        high.len(),
        part(lists[6])?.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        return None;
    }
    let chunk = |at: usize| {
        Some(Chunk {
            offset: offsets[at],
            bytes: bytes[at],
            ends: match types[at] {
                0 => None,
                of => Some(Ends::of_bits(of, low[at], high[at])?),
            },
            nulls: nulls
                .is_valid(first_null + at)
                .then(|| nulls.value(first_null + at)),
        })
    };
    let mut groups: Vec<Group> = Vec::with_capacity(rows.len());
    for (place, rows) in rows.iter().enumerate() {
        let first = place * columns;
        let chunks: Option<Vec<Chunk>> = (first..first + columns).map(chunk).collect();
        groups.push(Group::new(*rows, chunks?, groups.last()));
    }
    Some(groups)
}

/// Writes a manifest, whole or not at all.
pub(crate) fn write(path: &Path, outlines: &[Outline]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    // Of one process and thread, for several may open the dataset at once.
    let beside = path.with_extension(format!(
        "{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let written = stream(outlines, &beside).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn stream(outlines: &[Outline], path: &Path) -> io::Result<()> {
    let mut out = Hashed::of(BufWriter::new(File::create(path)?));
    batches(outlines, &mut out).map_err(|failure| match failure.downcast() {
        Ok(error) => *error,
        Err(failure) => io::Error::other(failure),
    })?;
    let Hashed { mut out, hash } = out;
    out.write_all(&hash.finish().to_le_bytes())?;
    out.flush()
}

fn batches(outlines: &[Outline], out: impl Write) -> Result<(), Failure> {
    let (schemas, of) = schemas(outlines)?;
    let metadata = [
        (VERSION_KEY.to_owned(), VERSION.to_owned()),
        (SCHEMAS_KEY.to_owned(), serde_json::to_string(&schemas)?),
    ];
    let metadata: HashMap<_, _> = metadata.into_iter().collect();
    let mut writer = StreamWriter::try_new(out, &batch(&[], &[], &metadata)?.schema())?;
    let mut first = 0;
    while first < outlines.len() {
        let mut chunks = 0;
        let some = outlines[first..].iter().take_while(|outline| {
            let is_room = chunks < BATCH_CHUNKS;
            chunks += in_groups(outline);
            is_room
        });
        let end = first + some.count();
        writer.write(&batch(&outlines[first..end], &of[first..end], &metadata)?)?;
        first = end;
    }
    Ok(writer.finish()?)
}

/// Column chunks of a file.
fn in_groups(outline: &Outline) -> usize {
    outline.groups.len() * outline.fields.len()
}

/// The different schemas, and of each file the place of its own.
fn schemas(outlines: &[Outline]) -> Result<(Vec<Schema>, Vec<u32>), Failure> {
    let mut schemas: Vec<(Schema, &Arc<Declared>)> = Vec::new();
    let mut of: Vec<u32> = Vec::with_capacity(outlines.len());
    for outline in outlines {
        // Neighbours mostly share their schema, even its allocation.
        let is_same = |(schema, declared): &(Schema, &Arc<Declared>)| {
            schema.fields == outline.fields && *declared == &outline.declared
        };
        let known = schemas.iter().rposition(is_same);
        let place = match known {
            Some(place) => place,
            None => {
                let declared = serde_json::to_string(&*outline.declared)?;
                let metadata = [(DECLARED_KEY.to_owned(), declared)].into();
                let schema = Schema::new_with_metadata(outline.fields.clone(), metadata);
                schemas.push((schema, &outline.declared));
                schemas.len() - 1
            }
        };
        of.push(u32::try_from(place)?);
    }
    Ok((schemas.into_iter().map(|(schema, _)| schema).collect(), of))
}

fn batch(
    outlines: &[Outline],
    of: &[u32],
    metadata: &HashMap<String, String>,
) -> Result<RecordBatch, Failure> {
    let chunks = || {
        outlines
            .iter()
            .flat_map(|o| &o.groups)
            .flat_map(Group::chunks)
    };
    let numbers = |number: fn(Chunk) -> u64| -> ArrayRef {
        Arc::new(chunks().map(number).collect::<UInt64Array>())
    };
    let list = |values: ArrayRef, length: &dyn Fn(&Outline) -> usize| -> ArrayRef {
        let field = Arc::new(Field::new("item", values.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(outlines.iter().map(length));
        Arc::new(ListArray::new(field, offsets, values, None))
    };
    let rows = outlines.iter().flat_map(|o| &o.groups).map(|g| g.rows);
    let objects = || outlines.iter().map(|o| &o.object);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "path",
            Arc::new(objects().map(|o| Some(o.path())).collect::<StringArray>()),
        ),
        (
            "size",
            Arc::new(objects().map(|o| o.size).collect::<UInt64Array>()),
        ),
        (
            "version",
            Arc::new(
                objects()
                    .map(|o| Some(&*o.version))
                    .collect::<StringArray>(),
            ),
        ),
        ("schema", Arc::new(UInt32Array::from(of.to_vec()))),
        (
            "rows",
            list(Arc::new(rows.collect::<UInt64Array>()), &|o| o.groups.len()),
        ),
        ("offset", list(numbers(|c| c.offset), &in_groups)),
        ("bytes", list(numbers(|c| c.bytes), &in_groups)),
        (
            "type",
            list(
                Arc::new(
                    chunks()
                        .map(|c| Ends::bits(c.ends).0)
                        .collect::<UInt8Array>(),
                ),
                &in_groups,
            ),
        ),
        ("low", list(numbers(|c| Ends::bits(c.ends).1), &in_groups)),
        ("high", list(numbers(|c| Ends::bits(c.ends).2), &in_groups)),
        (
            "nulls",
            list(
                Arc::new(chunks().map(|c| c.nulls).collect::<UInt64Array>()),
                &in_groups,
            ),
        ),
    ];
    let field = |(name, array): &(&str, ArrayRef)| {
        Field::new(*name, DataType::clone(array.data_type()), false)
    };
    let schema =
        Schema::new(columns.iter().map(field).collect::<Vec<_>>()).with_metadata(metadata.clone());
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), arrays)?)
}

#[cfg(test)]
mod tests;
