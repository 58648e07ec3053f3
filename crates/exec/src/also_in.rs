//! Rows whose column has a value that rows in another region have, too: those values are found first, and then the
//! question is asked of their rows alone.

use crate::run::Progress;
use crate::text::cell;
use crate::{Dataset, Engine, Error, Receipt, Rows};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use futures::StreamExt;
use graticule_plan::{Aggregate, AlsoIn, Expression, Filter, Key, Literal, Operand, Query};

impl Engine {
    /// A question about values that are also in other regions.
    pub(crate) async fn also_in(
        &self,
        query: &Query,
        dataset: &Dataset,
        progress: Option<Progress>,
    ) -> Result<Rows, Error> {
        let mut asked = query.clone();
        asked.also_in.clear();
        let mut before = Vec::new();
        for also in &query.also_in {
            let (list, receipt) = self.values(query, also, dataset).await?;
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

    /// The values of a column in another region, of the rows that pass what is no region.
    async fn values(
        &self,
        query: &Query,
        also: &AlsoIn,
        dataset: &Dataset,
    ) -> Result<(Vec<Literal>, Receipt), Error> {
        let others = query.filters.iter().filter(|filter| !filter.is_region());
        let question = Query {
            filters: others.chain([&also.region]).cloned().collect(),
            timezone: query.timezone.clone(),
            ..Query::new()
                .by([Key::column(&also.column)])
                .aggregate([Aggregate::Count])
        };
        let mut rows = Box::pin(self.stream_with(&question, dataset, None)).await?;
        let mut values = Vec::new();
        while let Some(batch) = rows.next().await {
            literals(&batch?, &mut values)?;
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
