//! The first rows of a selection by the values of columns: all are looked at, and as many are kept as are wanted.

use crate::run::Progress;
use crate::runtime::io;
use crate::stream::{Out, Stop, Working, bytes_of, channel};
use crate::{Dataset, Engine, Error, HANDED, Receipt, Rows};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{SortOptions, filter_record_batch, interleave_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::{OwnedRow, RowConverter, SortField};
use graticule_plan::{Query, Select};
use std::sync::Arc;
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
        let limit = select.first()?;
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
        // Who works for the rows stops when these are not wanted any more, and does not wait for a row that passes.
        let stop = Stop(rows.stopped());
        let query = query.clone();
        let task = io().spawn_blocking(move || first.answer(rows, query, out));
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
    fn answer(mut self, mut rows: Rows, query: Query, mut out: Out) {
        let columns: Vec<usize> = (0..self.wanted).collect();
        let ended = rows.schema().project(&columns).map_err(Error::from);
        let ended = ended.and_then(|schema| {
            let receipt = self.take_all(&mut rows)?;
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

    fn take_all(&mut self, rows: &mut Rows) -> Result<Receipt, Error> {
        for batch in rows.blocking() {
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
        let met = std::mem::take(&mut self.met);
        if met.is_empty() {
            return Ok(None);
        }
        let keys = met.iter().map(|batch| {
            self.converter
                .convert_columns(&batch.columns()[self.wanted..])
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let of_batch = |at: usize| (0..met[at].num_rows()).map(move |row| (at, row));
        let mut places: Vec<(usize, usize)> = (0..met.len()).flat_map(of_batch).collect();
        let key = |&(at, row): &(usize, usize)| keys[at].row(row);
        places.sort_unstable_by(|one, other| key(one).cmp(&key(other)).then(one.cmp(other)));
        places.truncate(self.limit);
        if places.len() == self.limit {
            self.bound = places.last().map(|last| key(last).owned());
        }
        let batches: Vec<&RecordBatch> = met.iter().collect();
        Ok(Some(interleave_record_batch(&batches, &places)?))
    }
}
