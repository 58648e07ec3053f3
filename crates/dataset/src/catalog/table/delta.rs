//! Delta Lake tables, by the format's own kernel: it replays the log, knows which features it
//! understands, and reads deletion vectors. The files themselves are read as all others are.

use super::{AsOf, Format, Table, TableFile, wrong};
use crate::DatasetError;
use crate::file::guard::guarded;
use crate::store::{StoreRoot, decode};
use arrow::datatypes::{Field, Fields, Schema as ArrowSchema};
use delta_kernel::engine::arrow_conversion::TryIntoArrow;
use delta_kernel::history_manager::{HistoryCommitType, latest_version_as_of};
use delta_kernel::scan::Scan;
use delta_kernel::scan::state::ScanFile;
use delta_kernel::schema::{ColumnMetadataKey, MetadataValue, StructField};
use delta_kernel::snapshot::{Snapshot, SnapshotRef};
use delta_kernel::table_features::ColumnMappingMode;
use delta_kernel::{Engine, KernelError};
use delta_kernel_default_engine::DefaultEngineBuilder;
use delta_kernel_default_engine::executor::tokio::{
    TokioBackgroundExecutor, TokioMultiThreadExecutor,
};
use graticule_columns::{ColumnMapping, Note, Partition, PartitionValue};
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;
use url::Url;

/// Deletion vectors that are read at the same time.
const VECTORS_IN_FLIGHT: usize = 16;

/// The table at a place, as of a version.
pub(super) async fn read(
    place: &StoreRoot,
    url: &str,
    as_of: Option<&AsOf>,
) -> Result<Table, DatasetError> {
    let root = place.root_url();
    let engine = engine(place);
    let (asked, of) = (as_of.copied(), (place.clone(), url.to_owned()));
    let (send, receive) = oneshot::channel();
    // On a thread of its own, for the kernel blocks and may be on no runtime's thread.
    let thread = std::thread::Builder::new().name("graticule-delta".to_owned());
    let spawned = thread.spawn(move || {
        let (place, url) = &of;
        let read = || root.and_then(|root| table(place, url, engine.as_ref(), &root, asked));
        // Where it panics the other end hears nothing, which says enough.
        if let Ok(table) = guarded(read) {
            // Nobody waits any more.
            let _ = send.send(table);
        }
    });
    let told = match spawned {
        Ok(_) => receive
            .await
            .map_err(|_| "its log cannot be understood".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    told.and_then(|table| table)
        .map_err(|reason| wrong(url, Format::Delta, reason))
}

fn engine(place: &StoreRoot) -> Arc<dyn Engine> {
    let builder = DefaultEngineBuilder::new(place.store());
    let handle = Handle::current();
    match handle.runtime_flavor() {
        RuntimeFlavor::MultiThread => {
            let executor = Arc::new(TokioMultiThreadExecutor::new(handle));
            Arc::new(builder.with_task_executor(executor).build())
        }
        _ => {
            let executor = Arc::new(TokioBackgroundExecutor::new());
            Arc::new(builder.with_task_executor(executor).build())
        }
    }
}

fn table(
    place: &StoreRoot,
    url: &str,
    engine: &dyn Engine,
    root: &Url,
    as_of: Option<AsOf>,
) -> Result<Table, String> {
    let said = |error: KernelError| format!("its log cannot be followed: {error}");
    let snapshot = snapshot(engine, root, as_of)?;
    let scan = snapshot.clone().scan_builder().build().map_err(said)?;
    let mut files: Vec<ScanFile> = Vec::new();
    for part in scan.scan_metadata(engine).map_err(said)? {
        let part = part.map_err(said)?;
        let found = part.visit_scan_files(files, |files, file| files.push(file));
        files = found.map_err(said)?;
    }
    let deleted = deleted(engine, root, &files).map_err(said)?;
    let columns = Columns::of(&snapshot, &scan)?;
    let mut files = files
        .iter()
        .zip(deleted)
        .map(|(file, deleted)| {
            Ok(TableFile {
                location: place.file_at(url, &decode(&file.path))?,
                partitions: columns.values(file)?,
                deleted,
            })
        })
        .collect::<Result<Vec<_>, String>>()?;
    files.sort_by(|a, b| a.location.cmp(&b.location));
    Ok(Table {
        format: Format::Delta,
        version: format!("version {}", snapshot.version()),
        files,
        fields: columns.fields,
        partitions: columns
            .partitions
            .into_iter()
            .map(|(partition, _)| partition)
            .collect(),
        are_partitions_in_files: false,
        defaults: Vec::new(),
        mapping: columns.mapping,
        notes: columns.notes,
        // Its own requests the kernel keeps to itself.
        requests: 0,
    })
}

fn snapshot(engine: &dyn Engine, root: &Url, as_of: Option<AsOf>) -> Result<SnapshotRef, String> {
    let builder = || Snapshot::builder_for(root.as_str());
    let newest = || {
        let built = builder().build(engine);
        built.map_err(|e| format!("its log cannot be followed: {e}"))
    };
    let of = |version: u64| {
        let built = builder().at_version(version).build(engine);
        built.map_err(|e| match newest() {
            Ok(newest) if newest.version() < version => {
                format!(
                    "it has no version {version}; the newest is {}",
                    newest.version()
                )
            }
            _ => format!("version {version} of it cannot be had: {e}"),
        })
    };
    match as_of {
        None => newest(),
        Some(AsOf::Version(version)) => {
            of(u64::try_from(version).map_err(|_| format!("there is no version {version}"))?)
        }
        Some(AsOf::Time(millis)) => {
            let kind = HistoryCommitType::Recreatable;
            let commit = latest_version_as_of(&*newest()?, engine, millis, kind);
            let commit = commit
                .map_err(|e| format!("it has no version as of {}: {e}", AsOf::Time(millis)))?;
            of(commit.version)
        }
    }
}

/// Numbers of the rows that are deleted of each file.
fn deleted(
    engine: &dyn Engine,
    root: &Url,
    files: &[ScanFile],
) -> Result<Vec<Vec<u64>>, KernelError> {
    let mut deleted = vec![Vec::new(); files.len()];
    let with: Vec<usize> = (0..files.len())
        .filter(|place| files[*place].dv_info.has_vector())
        .collect();
    let each = with.len().div_ceil(VECTORS_IN_FLIGHT).max(1);
    let read = |places: &[usize]| {
        let rows = places.iter().map(|place| {
            let rows = files[*place].dv_info.get_row_indexes(engine, root)?;
            let mut rows = rows.unwrap_or_default();
            rows.sort_unstable();
            Ok((*place, rows))
        });
        rows.collect::<Result<Vec<_>, KernelError>>()
    };
    let read = std::thread::scope(|scope| {
        let threads = with
            .chunks(each)
            .map(|places| scope.spawn(move || guarded(|| read(places))));
        let threads: Vec<_> = threads.collect();
        let joined = threads.into_iter().map(|thread| {
            let gave_up = |_| KernelError::generic("a deletion vector cannot be understood");
            thread
                .join()
                .ok()
                .and_then(Result::ok)
                .ok_or(())
                .map_err(gave_up)?
        });
        joined.collect::<Result<Vec<_>, KernelError>>()
    })?;
    for (place, rows) in read.into_iter().flatten() {
        deleted[place] = rows;
    }
    Ok(deleted)
}

/// The columns of a version.
struct Columns {
    fields: Fields,
    notes: Vec<Note>,
    /// With the names that they have in the log.
    partitions: Vec<(Partition, String)>,
    mapping: ColumnMapping,
}

impl Columns {
    fn of(snapshot: &Snapshot, scan: &Scan) -> Result<Self, String> {
        let logical = scan.logical_schema();
        let schema: ArrowSchema = logical
            .as_ref()
            .try_into_arrow()
            .map_err(|e| format!("its columns have types that cannot be read: {e}"))?;
        let mode = snapshot.table_properties().column_mapping_mode;
        let mode = mode.unwrap_or(ColumnMappingMode::None);
        let in_files = |field: &StructField| {
            let name = physical_name(field, mode);
            scan.physical_schema().field(name).is_some()
        };
        let partitions = schema.fields().iter().zip(logical.fields());
        let partitions = partitions.filter(|(_, field)| !in_files(field));
        let partitions = partitions.map(|(arrow, field)| {
            let partition = Partition {
                name: field.name.clone(),
                is_integer: arrow.data_type().is_integer(),
            };
            (partition, physical_name(field, mode).to_owned())
        });
        let plain = |field: &Arc<Field>| {
            Field::new(field.name(), field.data_type().clone(), field.is_nullable())
        };
        // The parts of nested columns have other names in the files, too.
        let is_renamed = |f: &Field| mode != ColumnMappingMode::None && f.data_type().is_nested();
        let fields = schema.fields().iter();
        let (nested, fields): (Vec<_>, Vec<_>) = fields.map(plain).partition(is_renamed);
        let note = |field: Field| Note {
            text: format!(
                "column '{}' is left out: the table renames columns, and it is nested",
                field.name()
            ),
            is_warning: false,
        };
        let fields = Fields::from(fields);
        let flat = || logical.fields().filter(|f| fields.find(&f.name).is_some());
        let names = || {
            let names = flat().map(|f| (physical_name(f, mode).to_owned(), f.name.clone()));
            names.collect()
        };
        let mapping = match mode {
            ColumnMappingMode::None => ColumnMapping::Same,
            ColumnMappingMode::Name => ColumnMapping::Names(names()),
            ColumnMappingMode::Id => {
                let ids = flat().filter_map(|f| {
                    let id = i32::try_from(f.column_mapping_id()?).ok()?;
                    Some((id, f.name.clone()))
                });
                ColumnMapping::Ids(ids.collect(), names())
            }
        };
        Ok(Self {
            notes: nested.into_iter().map(note).collect(),
            partitions: partitions.collect(),
            mapping,
            fields,
        })
    }

    /// A file's values of the partition columns.
    fn values(&self, file: &ScanFile) -> Result<Vec<Option<PartitionValue>>, String> {
        let value = |(partition, name): &(Partition, String)| {
            let text = file.partition_values.get(name);
            // The log writes a null as no text.
            match text.filter(|text| !text.is_empty()) {
                None => Ok(PartitionValue::Null),
                Some(text) if partition.is_integer => {
                    let integer = text.parse().map(PartitionValue::Integer);
                    integer.map_err(|e| {
                        format!(
                            "'{text}' is no value of partition '{}': {e}",
                            partition.name
                        )
                    })
                }
                Some(text) => Ok(PartitionValue::Text(text.clone())),
            }
        };
        self.partitions
            .iter()
            .map(|partition| value(partition).map(Some))
            .collect()
    }
}

/// The name of a column in the files and in the log.
fn physical_name(field: &StructField, mode: ColumnMappingMode) -> &str {
    let key = &ColumnMetadataKey::ColumnMappingPhysicalName;
    match field.get_config_value(key) {
        Some(MetadataValue::String(name)) if mode != ColumnMappingMode::None => name,
        _ => &field.name,
    }
}
