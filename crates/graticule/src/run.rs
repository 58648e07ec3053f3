//! Asking a question and waiting for all of its answer.

use crate::{Answer, Dataset, Engine, Error, Progress, Query};
use arrow::compute::concat_batches;
use futures::StreamExt;
use graticule_exec::bytes_of;

/// Asking a question.
pub trait Run {
    /// Answers the question; dropping the future stops the work.
    ///
    /// # Errors
    /// [`Error`] when the question makes no sense, the dataset cannot be read, or the device that
    /// was asked for fails.
    fn run(
        &self,
        engine: &Engine,
        dataset: &Dataset,
    ) -> impl Future<Output = Result<Answer, Error>>;

    /// The blocking twin of [`Self::run`].
    ///
    /// # Errors
    /// As [`Self::run`].
    fn run_blocking(&self, engine: &Engine, dataset: &Dataset) -> Result<Answer, Error> {
        pollster::block_on(self.run(engine, dataset))
    }
}

impl Run for Query {
    async fn run(&self, engine: &Engine, dataset: &Dataset) -> Result<Answer, Error> {
        run_with(self, engine, dataset, None).await
    }
}

/// As [`Run::run`], and tells how far it is.
///
/// # Errors
/// As [`Run::run`]; [`Error::AnswerSize`] when the answer does not fit half of the engine's memory.
pub async fn run_with(
    query: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Option<Progress>,
) -> Result<Answer, Error> {
    let mut rows = engine.stream_with(query, dataset, progress).await?;
    let (mut batches, mut count, mut bytes) = (Vec::new(), 0, 0);
    let allowed = engine.memory_bytes() / 2;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        count += batch.num_rows() as u64;
        bytes += bytes_of(&batch);
        if bytes > allowed {
            return Err(Error::AnswerSize {
                rows: count,
                needed: 4 * bytes,
                allowed: 2 * allowed,
            });
        }
        batches.push(batch);
    }
    let batch = concat_batches(rows.schema(), &batches)?;
    let missing = || Error::Worker("an answer came without its receipt".to_owned());
    let receipt = rows.receipt().cloned().ok_or_else(missing)?;
    Ok(Answer::new(batch, receipt))
}
