//! Which folders fit a dataset.

use super::options::Partition;
use super::write::GROUP_ROWS;
use graticule_columns::DatasetMetadata;

/// From the finest on.
const SCALES: [Partition; 3] = [Partition::Day, Partition::Week, Partition::Month];

impl Partition {
    /// The finest of day, week and month whose folders hold 1,048,576 rows on average, as many as a full row group;
    /// months where none does.
    ///
    /// A question about a region reads at least a page of each folder, so that folders of few pages cost more than
    /// what is in them. How many folders there would be is told by the bounds of the row groups' times; where footers
    /// have none, the folders of a dataset that fills a row group are days.
    pub fn fit(metadata: &DatasetMetadata) -> Self {
        let groups = metadata.files.iter().flat_map(|file| &file.row_groups);
        let rows: u64 = groups.clone().map(|group| group.rows).sum();
        let Some(time) = &metadata.schema.time else {
            return Self::Day;
        };
        let column = metadata.schema.file_column(&time.name);
        let spans: Vec<[i64; 2]> = groups
            .filter_map(|group| group.columns.get(column?)?.bounds)
            .map(|bounds| [bounds.low.cast_signed(), bounds.high.cast_signed()])
            .collect();
        let fits = |scale: &Self| {
            let ends = spans.iter().filter_map(|[low, high]| {
                let low = scale.ordinal(*low, time.unit)?;
                Some([low, scale.ordinal(*high, time.unit)?])
            });
            rows / covered(ends.collect()).max(1) >= GROUP_ROWS
        };
        match spans.is_empty() && rows >= GROUP_ROWS {
            true => Self::Day,
            false => SCALES.into_iter().find(fits).unwrap_or(Self::Month),
        }
    }
}

/// How many whole numbers lie in one of the inclusive ranges at least.
fn covered(mut ranges: Vec<[i64; 2]>) -> u64 {
    ranges.sort_unstable();
    let mut count = 0;
    let mut next = i64::MIN;
    for [low, high] in ranges {
        let from = low.max(next);
        if high >= from {
            count += high.abs_diff(from) + 1;
            next = high.saturating_add(1);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use graticule_columns::{
        Bounds, ColumnChunk, Coordinate, FileMetadata, Kind, RowGroup, Schema, TimeColumn, TimeUnit,
    };

    #[test]
    fn ranges_are_counted_once() {
        assert_eq!(covered(vec![]), 0);
        assert_eq!(covered(vec![[5, 7], [1, 2], [2, 2], [6, 9], [-1, -1]]), 8);
        assert_eq!(covered(vec![[i64::MAX, i64::MAX], [3, 2]]), 1);
    }

    /// Row groups of so many rows, from and to a day of 2026.
    fn dataset(groups: &[(u64, Option<[u64; 2]>)]) -> DatasetMetadata {
        const FIRST: u64 = 1_767_225_600;
        let bounds = |days: [u64; 2]| Bounds {
            low: FIRST + 86_400 * (days[0] - 1),
            high: FIRST + 86_400 * days[1] - 1,
        };
        let group = |(rows, days): &(u64, Option<[u64; 2]>)| RowGroup {
            rows: *rows,
            columns: [None, None, days.map(bounds)]
                .map(|bounds| ColumnChunk {
                    bounds,
                    ..ColumnChunk::default()
                })
                .into_iter()
                .collect(),
            live: None,
        };
        let coordinate = |name: &str| Coordinate {
            name: name.to_owned(),
            kind: Kind::F64,
            unit: Default::default(),
            stored: "Float64".to_owned(),
        };
        DatasetMetadata {
            url: "pings".to_owned(),
            schema: Schema {
                lon: coordinate("lon"),
                lat: coordinate("lat"),
                time: Some(TimeColumn {
                    name: "time".to_owned(),
                    unit: TimeUnit::Second,
                    data_type: arrow::datatypes::DataType::Int64,
                    numbers: Some(TimeUnit::Second),
                }),
                attributes: Vec::new(),
                partitions: Vec::new(),
                mapping: Default::default(),
                set_aside: Vec::new(),
                folders_fill: true,
            },
            files: vec![FileMetadata {
                path: "/pings/a.parquet".to_owned(),
                size: 1,
                etag: String::new(),
                partitions: Vec::new(),
                row_groups: groups.iter().map(group).collect(),
            }],
            notes: Vec::new(),
        }
    }

    #[test]
    fn folders_hold_a_row_group() {
        let fit = |groups: &[_]| Partition::fit(&dataset(groups));
        // Thirty days, from Thursday 2026-01-01: five weeks, one month.
        let month = |rows| [(rows, Some([1, 30]))];
        assert_eq!(fit(&month(30 << 20)), Partition::Day);
        assert_eq!(fit(&month((30 << 20) - 1)), Partition::Week);
        assert_eq!(fit(&month(5 << 20)), Partition::Week);
        assert_eq!(fit(&month((5 << 20) - 1)), Partition::Month);
        assert_eq!(fit(&month(7)), Partition::Month);
        // Days between which nothing lies are no folders; bounds that are not known tell nothing.
        let gaps = [(1 << 20, Some([1, 1])), (1 << 20, Some([200, 200]))];
        assert_eq!(fit(&gaps), Partition::Day);
        assert_eq!(fit(&[(7, None)]), Partition::Month);
        assert_eq!(fit(&[(3 << 20, None)]), Partition::Day);
        assert_eq!(fit(&[(3 << 20, None), (7, Some([3, 5]))]), Partition::Day);
    }
}
