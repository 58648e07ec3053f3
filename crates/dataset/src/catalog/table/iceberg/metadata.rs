//! Iceberg's metadata file: schemas, partitions, snapshots.

use super::{AsOf, Folder};
use crate::DatasetError;
use graticule_columns::requoted;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// Bytes of the largest metadata that is unpacked.
const MOST_UNPACKED: u64 = 256 << 20;

/// The newest version of the format that is understood.
const NEWEST_FORMAT: u8 = 3;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Metadata {
    pub(super) location: String,
    #[serde(default)]
    last_updated_ms: i64,
    /// Of the first version, which may have no list of them.
    schema: Option<Schema>,
    #[serde(default)]
    schemas: Vec<Schema>,
    current_schema_id: Option<i32>,
    #[serde(default)]
    partition_specs: Vec<Spec>,
    /// Of the first version.
    partition_spec: Option<Vec<SpecField>>,
    current_snapshot_id: Option<i64>,
    #[serde(default)]
    snapshots: Vec<Snapshot>,
    #[serde(default)]
    snapshot_log: Vec<LogEntry>,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, String>,
    #[serde(default)]
    encryption_keys: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Snapshot {
    #[serde(rename = "snapshot-id")]
    pub(super) id: i64,
    timestamp_ms: i64,
    schema_id: Option<i32>,
    pub(super) manifest_list: Option<String>,
    /// Of the first version: the manifests themselves.
    #[serde(default)]
    pub(super) manifests: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct LogEntry {
    snapshot_id: i64,
    timestamp_ms: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Schema {
    schema_id: Option<i32>,
    pub(super) fields: Vec<SchemaField>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SchemaField {
    pub(super) id: i32,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) data_type: Value,
    pub(super) initial_default: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Spec {
    spec_id: i32,
    fields: Vec<SpecField>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct SpecField {
    source_id: Option<i32>,
    name: String,
    transform: String,
}

/// The newest metadata file, and its name: what `version-hint.text` names, or the one of the highest number.
pub(super) async fn newest(folder: &Folder<'_>) -> Result<(Metadata, String), DatasetError> {
    let place = folder.place;
    let directory = place.root().clone().join("metadata");
    let (_, files) = place.names(folder.url, &directory).await?;
    let hint = match files.iter().any(|file| file == "version-hint.text") {
        true => {
            let bytes = folder
                .bytes(&directory.clone().join("version-hint.text"))
                .await?;
            String::from_utf8_lossy(&bytes).trim().parse::<u64>().ok()
        }
        false => None,
    };
    let numbered = files.iter().filter_map(|file| Some((number(file)?, file)));
    let mut numbered: Vec<_> = numbered.collect();
    // A writer without a catalog renames the file before it writes the hint, so that newer ones count too.
    let newest = numbered.iter().map(|(number, _)| *number).max();
    numbered.retain(|(number, _)| Some(*number) >= newest.max(hint));
    let mut found: Option<(Metadata, String)> = None;
    for (_, file) in numbered {
        let bytes = folder.bytes(&directory.clone().join(file.as_str())).await?;
        let metadata = parse(file, &bytes);
        let metadata = metadata.map_err(|e| folder.wrong(format!("its metadata/{file}: {e}")))?;
        // Of writers that raced to one version the catalog knows the winner; the later is as likely.
        let is_later =
            |(other, _): &(Metadata, String)| other.last_updated_ms < metadata.last_updated_ms;
        if found.as_ref().is_none_or(is_later) {
            found = Some((metadata, file.clone()));
        }
    }
    found.ok_or_else(|| {
        folder.wrong("its folder 'metadata' has no metadata file with a number; restore it")
    })
}

/// The number of a metadata file: `v3.metadata.json`, or `00003-` and a UUID.
fn number(file: &str) -> Option<u64> {
    let name = file.strip_suffix(".gz").unwrap_or(file);
    let name = name.strip_suffix(".metadata.json")?;
    let name = name.strip_suffix(".gz").unwrap_or(name);
    match name.strip_prefix('v') {
        Some(number) => number.parse().ok(),
        None => name.split('-').next()?.parse().ok(),
    }
}

fn parse(file: &str, bytes: &[u8]) -> Result<Metadata, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Version {
        format_version: u8,
    }
    let mut unpacked = Vec::new();
    let json = match file.contains(".gz") {
        false => bytes,
        true => {
            let most = MOST_UNPACKED + 1;
            let mut reader = flate2::read::GzDecoder::new(bytes).take(most);
            let read = reader
                .read_to_end(&mut unpacked)
                .map_err(|e| e.to_string())?;
            if read as u64 == most {
                return Err(format!("it unpacks to more than {MOST_UNPACKED} bytes"));
            }
            &unpacked
        }
    };
    // The version first, for another one may have other fields.
    let Version { format_version } = serde_json::from_slice(json).map_err(requoted)?;
    if format_version > NEWEST_FORMAT {
        return Err(format!(
            "it is of version {format_version} of Iceberg's format, and this graticule reads up to {NEWEST_FORMAT}"
        ));
    }
    let metadata: Metadata = serde_json::from_slice(json).map_err(requoted)?;
    if !metadata.encryption_keys.is_empty() {
        return Err(
            "the table is encrypted, which is not understood; rewrite it in plain".to_owned(),
        );
    }
    Ok(metadata)
}

impl Metadata {
    /// The snapshot that is meant; none of a table that never had one.
    pub(super) fn snapshot(&self, as_of: Option<&AsOf>) -> Result<Option<&Snapshot>, String> {
        let by_id = |id: i64| self.snapshots.iter().find(|snapshot| snapshot.id == id);
        let id = match as_of {
            // Older writers say -1 for none.
            None => self.current_snapshot_id.filter(|id| *id != -1),
            Some(AsOf::Version(id)) => Some(*id),
            Some(AsOf::Time(millis)) => Some(self.id_at(*millis)?),
        };
        let Some(id) = id else {
            return Ok(None);
        };
        by_id(id).map(Some).ok_or_else(|| {
            let known: Vec<_> = self.snapshots.iter().map(|s| s.id.to_string()).collect();
            format!("it has no snapshot {id}; it has {}", known.join(", "))
        })
    }

    /// The snapshot that was the table at some time.
    fn id_at(&self, millis: i64) -> Result<i64, String> {
        let log = self
            .snapshot_log
            .iter()
            .map(|e| (e.timestamp_ms, e.snapshot_id));
        let snapshots = self.snapshots.iter().map(|s| (s.timestamp_ms, s.id));
        let mut known: Vec<_> = match self.snapshot_log.is_empty() {
            true => snapshots.collect(),
            false => log.collect(),
        };
        // Stable: of two at once the later entry counts.
        known.sort_by_key(|(time, _)| *time);
        let before = known.partition_point(|(time, _)| *time <= millis);
        let first = known.first().map_or_else(
            || "it has none at all".to_owned(),
            |(time, _)| format!("the first is of {}", AsOf::Time(*time)),
        );
        let found = before.checked_sub(1).map(|last| known[last].1);
        found.ok_or_else(|| format!("it has no snapshot as of {}: {first}", AsOf::Time(millis)))
    }

    /// The columns: the table's, or of an older version that version's.
    pub(super) fn schema(
        &self,
        snapshot: Option<&Snapshot>,
        as_of: Option<&AsOf>,
    ) -> Result<&Schema, String> {
        let own = snapshot
            .filter(|_| as_of.is_some())
            .and_then(|s| s.schema_id);
        let id = own.or(self.current_schema_id);
        let found = self
            .schemas
            .iter()
            .find(|s| id.is_some() && s.schema_id == id);
        let found = found.or(self.schema.as_ref().filter(|_| self.schemas.is_empty()));
        found.ok_or_else(|| format!("its metadata has no schema {id:?}; restore it"))
    }

    /// All versions of the schema.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.schemas.iter().chain(&self.schema)
    }

    /// Ids of the columns that are partitions as they are in some version of the partitioning, with their
    /// names there.
    pub(super) fn identities(&self, spec: i32) -> Vec<(i32, &str)> {
        let found = self.partition_specs.iter().find(|s| s.spec_id == spec);
        let fields = match (found, &self.partition_spec) {
            (Some(spec), _) => &spec.fields,
            (None, Some(fields)) => fields,
            (None, None) => return Vec::new(),
        };
        let identity = fields.iter().filter(|field| field.transform == "identity");
        identity
            .filter_map(|f| Some((f.source_id?, f.name.as_str())))
            .collect()
    }

    /// Ids of the columns that are partitions as they are in any version of the partitioning.
    pub(super) fn identity_ids(&self) -> Vec<i32> {
        let specs = self.partition_specs.iter().flat_map(|spec| &spec.fields);
        let fields = specs.chain(self.partition_spec.iter().flatten());
        let identity = fields.filter(|field| field.transform == "identity");
        let mut ids: Vec<i32> = identity.filter_map(|field| field.source_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_files_are_numbered() {
        assert_eq!(number("00012-6ba7b810-9dad.metadata.json"), Some(12));
        assert_eq!(number("v3.metadata.json"), Some(3));
        assert_eq!(number("v3.gz.metadata.json"), Some(3));
        assert_eq!(number("v3.metadata.json.gz"), Some(3));
        assert_eq!(number("snap-1.avro"), None);
        assert_eq!(number("copy.metadata.json"), None);
    }

    #[test]
    fn snapshots_by_time_are_those_that_were_the_table() {
        let text = r#"{"format-version":2,"location":"x","current-snapshot-id":3,
            "snapshots":[{"snapshot-id":1,"timestamp-ms":100},{"snapshot-id":2,"timestamp-ms":200},
                {"snapshot-id":3,"timestamp-ms":300}],
            "snapshot-log":[{"snapshot-id":1,"timestamp-ms":100},{"snapshot-id":3,"timestamp-ms":300}]}"#;
        let metadata = parse("v1.metadata.json", text.as_bytes()).expect("it is well");
        let id = |as_of: Option<AsOf>| {
            let found = metadata.snapshot(as_of.as_ref());
            found.map(|snapshot| snapshot.map(|s| s.id))
        };
        assert_eq!(id(None), Ok(Some(3)));
        assert_eq!(id(Some(AsOf::Version(2))), Ok(Some(2)));
        assert_eq!(id(Some(AsOf::Time(250))), Ok(Some(1)));
        assert_eq!(id(Some(AsOf::Time(300))), Ok(Some(3)));
        assert!(id(Some(AsOf::Time(99))).is_err_and(|e| e.contains("the first is of 1970")));
        assert!(id(Some(AsOf::Version(7))).is_err_and(|e| e.contains("it has 1, 2, 3")));
    }
}
