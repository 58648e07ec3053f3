//! The matching rows themselves, in the dataset's order, batch after batch.

use crate::Error;
use crate::format::{ROLE, Role};
use crate::run::Work;
use crate::stages::Stage;
use crate::stream::{Job, Jobs};
use arrow::array::{
    ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray, UInt32Array,
};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use graticule_columns::{Keep, PartitionValue, Scan};
use graticule_kernels::{Counters, CpuSession};
use graticule_plan::SelectedColumn;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Takes rows as they come, from any thread, in their order.
pub type Sink = Box<dyn FnMut(&RecordBatch) -> Result<(), Error> + Send>;

/// What is selected, and where it goes.
pub(crate) struct Selection {
    pub(crate) columns: Vec<SelectedColumn>,
    pub(crate) limit: u64,
    pub(crate) sink: Mutex<Sink>,
}

/// Batches that a thread holds before its turn.
const AHEAD: usize = 4;

/// Whose turn it is to hand rows out, and how many may still be.
struct Turn {
    state: Mutex<(usize, u64)>,
    changed: Condvar,
}

/// Runs all jobs; rows go to the sink in the order of the scan.
pub(crate) fn run(work: &Work<'_>, selection: &Selection) -> Result<Counters, Error> {
    let schema = schema(work.scan, &selection.columns);
    let turn = Turn {
        state: Mutex::new((0, selection.limit)),
        changed: Condvar::new(),
    };
    // Whoever reads the head of the rows learns the columns even if there is none.
    hand_out(selection, &RecordBatch::new_empty(schema.clone()))?;
    let jobs = work.jobs((0..work.scan.groups.len()).collect());
    let results: Vec<Result<Counters, Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..work.schedule.threads)
            .map(|_| {
                let (jobs, turn, schema) = (&jobs, &turn, &schema);
                scope.spawn(move || {
                    let result = thread(work, selection, jobs, turn, schema);
                    if result.is_err() {
                        work.stop();
                        turn.changed.notify_all();
                    }
                    result
                })
            })
            .collect();
        let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended
            .map(|e| e.unwrap_or_else(|_| Err(Error::Worker("it panicked".to_owned()))))
            .collect()
    });
    let mut counters = Counters::default();
    let mut failure = None;
    for result in results {
        match result {
            Ok(found) => counters.add(&found),
            // The first failure tells more than the stops that it caused.
            Err(Error::Stopped) => failure = failure.or(Some(Error::Stopped)),
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(counters), Err)
}

fn thread(
    work: &Work<'_>,
    selection: &Selection,
    jobs: &Jobs,
    turn: &Turn,
    schema: &SchemaRef,
) -> Result<Counters, Error> {
    let mut session = CpuSession::new(&work.programs[..1], usize::MAX)?;
    while let Some(job) = work.clock.time(Stage::Fetch, || jobs.next()).transpose()? {
        if job.rows.start == 0 {
            work.note_fetched(&job.fetched);
        }
        let mut ready: Vec<RecordBatch> = Vec::new();
        let mut chunks = work.clock.time(Stage::Decode, || {
            let rows = work.schedule.chunk_rows;
            job.fetched
                .chunks(work.scan, job.rows.clone(), rows, Keep::All)
        })?;
        while let Some(next) = work.clock.time(Stage::Decode, || chunks.next_carried()) {
            work.check()?;
            let (chunk, batch) = next?;
            work.note_decoded(&chunk)?;
            let begin = Instant::now();
            let rows = session.matching(&chunk)?;
            if !rows.is_empty() {
                ready.push(rows_of(work.scan, &job, selection, schema, &batch, rows)?);
            }
            work.clock.add(Stage::Kernel, begin.elapsed());
            work.note_rows(chunk.len());
            if ready.len() >= AHEAD || turn.is(job.number) {
                turn.wait(work, job.number)?;
                if turn.give(selection, &mut ready)? {
                    return Ok(session.counters());
                }
            }
        }
        turn.wait(work, job.number)?;
        let is_enough = turn.give(selection, &mut ready)?;
        turn.pass();
        if is_enough {
            break;
        }
    }
    Ok(session.counters())
}

impl Turn {
    fn is(&self, number: usize) -> bool {
        self.state.lock().is_ok_and(|state| state.0 == number)
    }

    /// Waits for a job's turn, or for there being enough.
    fn wait(&self, work: &Work<'_>, number: usize) -> Result<(), Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.0 != number && state.1 > 0 {
            work.check()?;
            let wait = self.changed.wait_timeout(state, Duration::from_millis(50));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    /// Hands rows out, up to the limit; says whether that is reached.
    fn give(&self, selection: &Selection, ready: &mut Vec<RecordBatch>) -> Result<bool, Error> {
        for batch in ready.drain(..) {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let rows = usize::try_from(state.1).unwrap_or(usize::MAX);
            let rows = rows.min(batch.num_rows());
            state.1 -= rows as u64;
            drop(state);
            if rows > 0 {
                hand_out(selection, &batch.slice(0, rows))?;
            }
        }
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_enough = state.1 == 0;
        drop(state);
        if is_enough {
            self.changed.notify_all();
        }
        Ok(is_enough)
    }

    fn pass(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).0 += 1;
        self.changed.notify_all();
    }
}

fn hand_out(selection: &Selection, batch: &RecordBatch) -> Result<(), Error> {
    let mut sink = selection
        .sink
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    sink(batch)
}

/// The columns of the selected rows.
fn schema(scan: &Scan, columns: &[SelectedColumn]) -> SchemaRef {
    let schema = &scan.schema;
    let float = |kind| match kind {
        graticule_columns::Kind::F32 => DataType::Float32,
        _ => DataType::Float64,
    };
    let role = |field: Field, role: Role| {
        field.with_metadata([(ROLE.to_owned(), role.name().to_owned())].into())
    };
    let field = |column: &SelectedColumn| match column {
        SelectedColumn::Partition(place) => {
            let partition = &schema.partitions[*place];
            let data_type = if partition.is_integer {
                DataType::Int64
            } else {
                DataType::Utf8
            };
            Field::new(&partition.name, data_type, true)
        }
        SelectedColumn::File(name) if *name == schema.lon.name => {
            role(Field::new(name, float(schema.lon.kind), true), Role::Lon)
        }
        SelectedColumn::File(name) if *name == schema.lat.name => {
            role(Field::new(name, float(schema.lat.kind), true), Role::Lat)
        }
        SelectedColumn::File(name) => {
            let time = schema.time.as_ref().filter(|t| t.name == *name);
            let attribute = schema.attributes.iter().find(|a| a.name == *name);
            let found = time
                .map(|t| &t.data_type)
                .or(attribute.map(|a| &a.data_type));
            Field::new(name, found.cloned().unwrap_or(DataType::Null), true)
        }
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn rows_of(
    scan: &Scan,
    job: &Job,
    selection: &Selection,
    schema: &SchemaRef,
    batch: &RecordBatch,
    rows: Vec<u32>,
) -> Result<RecordBatch, Error> {
    let count = rows.len();
    let places = UInt32Array::from(rows);
    let partitions = &scan.files[scan.groups[job.place].file].partitions;
    let columns = selection.columns.iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| -> Result<ArrayRef, Error> {
        Ok(match column {
            SelectedColumn::File(name) => {
                let column = batch
                    .column_by_name(name)
                    .ok_or_else(|| Error::Worker(format!("column {name} was not read")))?;
                let taken = take(column, &places, None)?;
                if taken.data_type() == field.data_type() {
                    taken
                } else {
                    cast(&taken, field.data_type())?
                }
            }
            SelectedColumn::Partition(place) => match &partitions[*place] {
                PartitionValue::Integer(value) if *field.data_type() == DataType::Int64 => {
                    Arc::new(Int64Array::from(vec![*value; count]))
                }
                PartitionValue::Integer(value) => {
                    Arc::new(StringArray::from(vec![value.to_string(); count]))
                }
                PartitionValue::Text(value) => {
                    Arc::new(StringArray::from(vec![value.as_str(); count]))
                }
                PartitionValue::Null => arrow::array::new_null_array(field.data_type(), count),
            },
        })
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(count));
    Ok(RecordBatch::try_new_with_options(
        schema.clone(),
        columns,
        &options,
    )?)
}
