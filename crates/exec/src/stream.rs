//! The rows of an answer as they come: pulled by the caller, with a bound on what is ready before that.

use crate::{Error, Receipt};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::Stream;
use graticule_plan::Query;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// The rows of an answer, batch after batch, in their order. What works for it stops when this goes.
///
/// It can be polled by any executor, or none ([`Rows::blocking`]); nothing is computed within a poll. While nobody asks
/// for rows, at most a few batches are made ready and the store is read no further.
#[derive(Debug)]
pub struct Rows {
    schema: SchemaRef,
    receive: UnboundedReceiver<Message>,
    receipt: Option<Receipt>,
    begin: Instant,
    /// When the last batch went out, and the time that the caller had batches for.
    gone: Option<Instant>,
    away: Duration,
    has_ended: bool,
    /// The question that was asked, where others had to be answered first, and what those cost.
    asked: Option<(Query, Vec<Receipt>)>,
    work: Working,
}

/// Tells workers that the asker has gone, when this goes.
#[derive(Debug)]
pub(crate) struct Stop(pub(crate) Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What works for an answer; stops when this goes.
#[derive(Debug)]
pub(crate) struct Working {
    pub(crate) stop: Stop,
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
enum Message {
    Batch(Handed),
    End(Box<Result<Receipt, Error>>),
}

/// A batch on its way.
#[derive(Debug)]
struct Handed {
    batch: RecordBatch,
    bytes: u64,
    queue: Arc<Queue>,
}

/// What is ready for the caller.
#[derive(Debug, Default)]
struct Queue {
    bytes: AtomicU64,
    room: Arc<Notify>,
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.queue.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.queue.room.notify_one();
    }
}

/// Where the rows of an answer go; the caller's end is [`Rows`].
#[derive(Debug)]
pub(crate) struct Out {
    send: UnboundedSender<Message>,
    /// Taken by the first schema.
    head: Option<oneshot::Sender<Result<SchemaRef, Error>>>,
    queue: Arc<Queue>,
    /// Rows that were handed out.
    handed: Arc<AtomicU64>,
}

/// The caller's end, of which nothing is known yet.
#[derive(Debug)]
pub(crate) struct Coming {
    receive: UnboundedReceiver<Message>,
    head: oneshot::Receiver<Result<SchemaRef, Error>>,
}

/// The two ends of a stream of rows.
pub(crate) fn channel() -> (Out, Coming) {
    let (send, receive) = unbounded_channel();
    let (begin, head) = oneshot::channel();
    let out = Out {
        send,
        head: Some(begin),
        queue: Arc::default(),
        handed: Arc::default(),
    };
    (out, Coming { receive, head })
}

/// Hands batches out.
#[derive(Debug, Clone)]
pub(crate) struct Hand {
    send: UnboundedSender<Message>,
    queue: Arc<Queue>,
    handed: Arc<AtomicU64>,
}

/// Bytes of a batch's own rows, which may be a part of larger buffers.
pub fn bytes_of(batch: &RecordBatch) -> u64 {
    let columns = batch.columns().iter().map(|column| {
        let data = column.to_data();
        let bytes = data.get_slice_memory_size();
        bytes.unwrap_or_else(|_| column.get_array_memory_size()) as u64
    });
    columns.sum()
}

impl Out {
    /// Tells the columns, unless they were told.
    pub(crate) fn begin(&mut self, schema: &SchemaRef) {
        if let Some(head) = self.head.take() {
            let _ = head.send(Ok(schema.clone()));
        }
    }

    pub(crate) fn hand(&self) -> Hand {
        Hand {
            send: self.send.clone(),
            queue: self.queue.clone(),
            handed: self.handed.clone(),
        }
    }

    /// Tells the end.
    pub(crate) fn end(&mut self, ended: Result<Receipt, Error>) {
        match (self.head.take(), ended) {
            (Some(head), Err(error)) => drop(head.send(Err(error))),
            (_, ended) => drop(self.send.send(Message::End(Box::new(ended)))),
        }
    }
}

impl Hand {
    /// Hands a batch out; one to a caller who has gone is lost.
    pub(crate) fn give(&self, batch: RecordBatch) {
        let bytes = bytes_of(&batch);
        self.queue.bytes.fetch_add(bytes, Ordering::Relaxed);
        let rows = batch.num_rows() as u64;
        self.handed.fetch_add(rows, Ordering::Relaxed);
        let queue = self.queue.clone();
        let _ = self.send.send(Message::Batch(Handed {
            batch,
            bytes,
            queue,
        }));
    }

    /// Rows that were handed out.
    pub(crate) fn rows(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }

    /// Bytes that are ready.
    pub(crate) fn ready(&self) -> u64 {
        self.queue.bytes.load(Ordering::Relaxed)
    }

    /// Tells of room: notified whenever the caller has taken a batch.
    pub(crate) fn room(&self) -> Arc<Notify> {
        self.queue.room.clone()
    }

    /// Waits until at most so many bytes are ready.
    pub(crate) async fn wait(&self, allowed: u64) {
        while self.ready() > allowed {
            self.queue.room.notified().await;
        }
    }
}

impl Rows {
    /// The rows that come, as soon as their columns are known.
    pub(crate) async fn of(coming: Coming, work: Working, begin: Instant) -> Result<Self, Error> {
        let lost = |_| Error::Worker("the task of a question was lost".to_owned());
        let schema = coming.head.await.map_err(lost)??;
        Ok(Self {
            schema,
            receive: coming.receive,
            receipt: None,
            begin,
            gone: None,
            away: Duration::ZERO,
            has_ended: false,
            asked: None,
            work,
        })
    }

    /// Answers a question, for which others were answered before.
    pub(crate) fn after(&mut self, asked: Query, before: Vec<Receipt>) {
        self.begin = before.iter().fold(self.begin, |begin, receipt| {
            let earlier = Duration::try_from_secs_f64(receipt.seconds.wall).ok();
            earlier
                .and_then(|wall| begin.checked_sub(wall))
                .unwrap_or(begin)
        });
        self.asked = Some((asked, before));
    }

    /// What tells those who work for these rows to stop.
    pub(crate) fn stopped(&self) -> Arc<AtomicBool> {
        self.work.stop.0.clone()
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What the answer cost, once its last row was taken.
    pub fn receipt(&self) -> Option<&Receipt> {
        self.receipt.as_ref()
    }

    /// The same for callers without an executor: an iterator that waits.
    pub fn blocking(&mut self) -> impl Iterator<Item = Result<RecordBatch, Error>> {
        std::iter::from_fn(|| {
            pollster::block_on(std::future::poll_fn(|context| {
                Pin::new(&mut *self).poll_next(context)
            }))
        })
    }

    /// The receipt with the caller's own time in it, as far as nothing else went on meanwhile.
    fn settled(&self, mut receipt: Receipt) -> Receipt {
        let wall = self.begin.elapsed().as_secs_f64();
        let before = self.asked.iter().flat_map(|(_, before)| before);
        let before: f64 = before.map(|earlier| earlier.seconds.wall).sum();
        let known: f64 = receipt
            .seconds
            .stages()
            .map(|(_, seconds)| seconds)
            .sum::<f64>()
            + before;
        let write = self.away.as_secs_f64();
        receipt.seconds.write = write.min((wall - known).max(0.0));
        receipt.seconds.wall = wall;
        receipt.busy_seconds.write = write;
        receipt.busy_seconds.wall = wall;
        if let Some((asked, before)) = &self.asked {
            receipt.query = asked.clone();
            for earlier in before {
                receipt.include(earlier);
            }
        }
        receipt
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(gone) = self.gone.take() {
            self.away += gone.elapsed();
        }
        if self.has_ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(message) = self.receive.poll_recv(context) else {
            return Poll::Pending;
        };
        let ended = match message {
            Some(Message::Batch(handed)) => {
                self.gone = Some(Instant::now());
                return Poll::Ready(Some(Ok(handed.batch.clone())));
            }
            Some(Message::End(ended)) => *ended,
            None => Err(Error::Worker("the task of a question was lost".to_owned())),
        };
        self.has_ended = true;
        match ended {
            Ok(receipt) => {
                self.receipt = Some(self.settled(receipt));
                Poll::Ready(None)
            }
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}
