//! Numbers of the coordinates, where their unit depends on them.

use crate::DatasetError;
use crate::catalog::units::{Ends, joined};
use crate::open::Dataset;
use arrow::array::AsArray;
use arrow::compute::{max, min};
use arrow::datatypes::Float64Type;
use graticule_columns::{Keep, Scan, Source};
use graticule_geo::unit::MOST_DEGREES;
use std::sync::Arc;

/// Rows that are decoded at once.
const CHUNK_ROWS: usize = 1 << 16;

impl Dataset {
    /// Least and greatest numbers of the coordinates, as far as it takes to meet one of more than three digits in each,
    /// for smaller ones may be anything.
    pub(crate) async fn sample(&self) -> Result<Ends, DatasetError> {
        let schema = &self.metadata().schema;
        let names = [&schema.lon.name, &schema.lat.name];
        let sources = vec![Source::FixedLon, Source::FixedLat];
        let scan = Arc::new(Scan::everything(self.metadata(), sources, names));
        let mut all: Ends = [None; 2];
        for group in &scan.groups {
            let fetched = self.fetch(&scan, group).await?;
            let mut chunks = fetched.chunks(&scan, 0..fetched.rows(), CHUNK_ROWS, Keep::All)?;
            while let Some((_, batch)) = chunks.next_carried().transpose()? {
                let of = |name: &String| {
                    let numbers = batch
                        .column_by_name(name)?
                        .as_primitive_opt::<Float64Type>()?;
                    Some([min(numbers)?, max(numbers)?])
                };
                all = joined(all, names.map(of));
            }
            let is_telling = |ends: &Option<[f64; 2]>| {
                ends.is_some_and(|ends| ends.iter().any(|end| end.abs() > MOST_DEGREES))
            };
            if all.iter().all(is_telling) {
                break;
            }
        }
        Ok(all)
    }
}
