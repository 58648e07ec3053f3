//! Rows whose column has a value that rows in another region have, too: those values are found first, and then the
//! question is asked of their rows alone.

use crate::run::Progress;
use crate::text::cell;
use crate::{Dataset, Engine, Error, Receipt, Rows};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use futures::StreamExt;
use graticule_dataset::Cost;
use graticule_plan::{Expression, Filter, Literal, Operand, Query};

/// Bytes that a value of a list takes where rows are looked up in it.
const LISTED: u64 = 180;

impl Engine {
    /// A question about values that are also in other regions.
    pub(crate) async fn also_in(
        &self,
        query: &Query,
        dataset: &Dataset,
        progress: Option<Progress>,
    ) -> Result<Rows, Error> {
        let (first, mut asked) = query.steps();
        self.allow_all(first.iter().chain([&asked]), dataset)
            .await?;
        let mut before = Vec::new();
        for (also, question) in query.also_in.iter().zip(&first) {
            let (list, receipt) = self.values(&also.column, question, dataset).await?;
            before.push(receipt);
            asked.filters.push(Filter::Where(Expression::In {
                operand: Operand::Column(also.column.clone()),
                list,
                negate: false,
            }));
        }
        let mut rows = Box::pin(self.stream_with(&asked, dataset, progress)).await?;
        rows.after(query.clone(), before);
        Ok(rows)
    }

    /// Refuses questions that together read more than the engine may.
    async fn allow_all(
        &self,
        questions: impl Iterator<Item = &Query>,
        dataset: &Dataset,
    ) -> Result<(), Error> {
        if self.runtime.settings.max_bytes.is_none() {
            return Ok(());
        }
        let mut all = Cost::default();
        for question in questions {
            let cost = dataset.cost(&dataset.plan(question).await?);
            all.bytes += cost.bytes;
            all.requests += cost.requests;
        }
        self.runtime.settings.allow(all)
    }

    /// The values of a column that a question groups by.
    async fn values(
        &self,
        column: &str,
        question: &Query,
        dataset: &Dataset,
    ) -> Result<(Vec<Literal>, Receipt), Error> {
        let allowed = self.runtime.memory();
        let most = allowed / 4 / LISTED;
        let mut rows = Box::pin(self.stream_with(question, dataset, None)).await?;
        let mut values = Vec::new();
        while let Some(batch) = rows.next().await {
            literals(&batch?, &mut values)?;
            if values.len() as u64 > most {
                return Err(Error::AlsoInMemory {
                    column: column.to_owned(),
                    values: most,
                    allowed,
                });
            }
        }
        let receipt = rows.receipt().cloned();
        let lost = || Error::Worker("the rows ended without a receipt".to_owned());
        Ok((values, receipt.ok_or_else(lost)?))
    }
}

/// The values of a batch's first column as they are compared with.
fn literals(batch: &RecordBatch, into: &mut Vec<Literal>) -> Result<(), Error> {
    let column = batch.column(0);
    let live = (0..column.len()).filter(|row| !column.is_null(*row));
    match column.data_type() {
        DataType::Boolean => {
            let values = column.as_boolean();
            into.extend(live.map(|row| Literal::Boolean(values.value(row))));
        }
        data_type if data_type.is_integer() && *data_type != DataType::UInt64 => {
            let values = cast(column, &DataType::Int64)?;
            let values = values.as_primitive::<Int64Type>();
            into.extend(live.map(|row| Literal::Integer(values.value(row).into())));
        }
        data_type if data_type.is_numeric() => {
            // By how it is told.
            let told = live.filter_map(|row| cell(column, row));
            into.extend(told.filter_map(|text| Literal::number(&text)));
        }
        _ => into.extend(live.filter_map(|row| cell(column, row)).map(Literal::Text)),
    }
    Ok(())
}
