//! The first rows of a selection by the values of columns: all are looked at, and as many are kept as are wanted.

use crate::run::Progress;
use crate::runtime::io;
use crate::stream::{Out, Stop, Working, bytes_of, channel};
use crate::{Dataset, Engine, Error, HANDED, Receipt, Rows};
use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{SortOptions, concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::{OwnedRow, RowConverter, SortField};
use graticule_plan::{PlanError, Query, Select};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

impl Engine {
    /// A selection in an order of its own.
    pub(crate) async fn ordered(
        &self,
        query: &Query,
        select: &Select,
        dataset: &Dataset,
        progress: Option<Progress>,
    ) -> Result<Rows, Error> {
        let begin = Instant::now();
        let limit = select.limit.ok_or_else(|| PlanError::OrderBy {
            asked: select
                .order
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            reason: "of rows the first ones are kept; say how many with `limit`".to_owned(),
        })?;
        // What rows are ordered by comes behind what is wanted, and goes again.
        let by = select.order.iter().map(|order| order.by.clone());
        let all = Select {
            columns: select.columns.iter().cloned().chain(by).collect(),
            keys: select.keys.clone(),
            exclude: select.exclude.clone(),
            order: Vec::new(),
            limit: None,
        };
        let inner = Query {
            select: Some(all),
            ..query.clone()
        };
        let rows = Box::pin(self.stream_with(&inner, dataset, progress)).await?;
        let first = First::new(rows.schema(), select, limit, self.memory_bytes() / 4)?;
        let (out, coming) = channel();
        let stopped: Arc<AtomicBool> = Arc::default();
        let stop = Stop(stopped.clone());
        let query = query.clone();
        let task = io().spawn_blocking(move || first.answer(rows, query, out, &stopped));
        Rows::of(coming, Working { stop, task }, begin).await
    }
}

/// The first rows of those that came.
struct First {
    converter: RowConverter,
    /// The columns that are wanted; those behind them order the rows.
    wanted: usize,
    limit: usize,
    allowed: u64,
    /// Rows that may be among the first, in the order of the dataset but for those that were sorted before.
    met: Vec<RecordBatch>,
    rows: usize,
    /// The last of the first rows when they were sorted last: what comes later must be before it.
    bound: Option<OwnedRow>,
}

impl First {
    fn new(schema: &SchemaRef, select: &Select, limit: u64, allowed: u64) -> Result<Self, Error> {
        let wanted = schema.fields().len().saturating_sub(select.order.len());
        let by = schema.fields()[wanted..].iter().zip(&select.order);
        let fields = by.map(|(field, order)| {
            let options = SortOptions {
                descending: order.descending.unwrap_or(false),
                nulls_first: false,
            };
            SortField::new_with_options(field.data_type().clone(), options)
        });
        Ok(Self {
            converter: RowConverter::new(fields.collect())?,
            wanted,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            allowed,
            met: Vec::new(),
            rows: 0,
            bound: None,
        })
    }

    /// Takes all rows in, and hands the first ones out.
    fn answer(mut self, mut rows: Rows, query: Query, mut out: Out, stopped: &AtomicBool) {
        let columns: Vec<usize> = (0..self.wanted).collect();
        let ended = rows.schema().project(&columns).map_err(Error::from);
        let ended = ended.and_then(|schema| {
            let receipt = self.take_all(&mut rows, stopped)?;
            out.begin(&Arc::new(schema));
            if let Some(first) = self.sorted()? {
                let first = first.project(&columns)?;
                for start in (0..first.num_rows()).step_by(HANDED) {
                    let count = HANDED.min(first.num_rows() - start);
                    out.hand().give(first.slice(start, count));
                }
            }
            Ok(Receipt { query, ..receipt })
        });
        out.end(ended);
    }

    fn take_all(&mut self, rows: &mut Rows, stopped: &AtomicBool) -> Result<Receipt, Error> {
        for batch in rows.blocking() {
            if stopped.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            self.add(batch?)?;
        }
        let receipt = rows.receipt().cloned();
        receipt.ok_or_else(|| Error::Worker("the rows ended without a receipt".to_owned()))
    }

    fn add(&mut self, batch: RecordBatch) -> Result<(), Error> {
        let batch = match &self.bound {
            None => batch,
            Some(bound) => {
                let keys = self
                    .converter
                    .convert_columns(&batch.columns()[self.wanted..])?;
                let bound = bound.row();
                let before: BooleanArray = keys.iter().map(|key| Some(key < bound)).collect();
                filter_record_batch(&batch, &before)?
            }
        };
        self.rows += batch.num_rows();
        self.met.push(batch);
        if self.rows >= self.limit.saturating_mul(2).max(HANDED) {
            let first = self.sorted()?;
            self.rows = first.iter().map(RecordBatch::num_rows).sum();
            self.met.extend(first);
        }
        let bytes: u64 = self.met.iter().map(bytes_of).sum();
        if bytes <= self.allowed {
            return Ok(());
        }
        Err(Error::OrderMemory {
            rows: self.rows as u64,
            bytes,
            allowed: self.allowed,
        })
    }

    /// The first rows of those that were met, which are met no more; equal ones in the order of the dataset.
    fn sorted(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some(schema) = self.met.first().map(RecordBatch::schema) else {
            return Ok(None);
        };
        let all = concat_batches(&schema, &std::mem::take(&mut self.met))?;
        let keys = self
            .converter
            .convert_columns(&all.columns()[self.wanted..])?;
        let mut places: Vec<u32> = (0..u32::try_from(all.num_rows()).unwrap_or(u32::MAX)).collect();
        places.sort_unstable_by(|one, other| {
            let [a, b] = [one, other].map(|place| keys.row(*place as usize));
            a.cmp(&b).then(one.cmp(other))
        });
        places.truncate(self.limit);
        if places.len() == self.limit {
            self.bound = places.last().map(|last| keys.row(*last as usize).owned());
        }
        Ok(Some(take_record_batch(&all, &UInt32Array::from(places))?))
    }
}
