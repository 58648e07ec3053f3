//! Asking a question and waiting for all of its answer.

use crate::{Answer, Dataset, Engine, Error, Progress, Query, Sink, stream_with};
use arrow::array::RecordBatch;
use std::sync::{Arc, Mutex, PoisonError};

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
    let batches: Arc<Mutex<Vec<RecordBatch>>> = Arc::default();
    let kept = batches.clone();
    let (mut rows, mut bytes, allowed) = (0, 0, engine.memory_bytes() / 2);
    let sink: Sink = Box::new(move |batch| {
        rows += batch.num_rows() as u64;
        bytes += batch.get_array_memory_size() as u64;
        if bytes > allowed {
            return Err(Error::AnswerSize {
                rows,
                needed: 4 * bytes,
                allowed: 2 * allowed,
            });
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(batch.clone());
        Ok(())
    });
    let receipt = stream_with(query, engine, dataset, progress, sink).await?;
    let batches = batches.lock().unwrap_or_else(PoisonError::into_inner);
    // The first batch is there even if there is no row.
    let batch = arrow::compute::concat_batches(&batches[0].schema(), batches.iter())?;
    Ok(Answer::new(batch, receipt))
}
