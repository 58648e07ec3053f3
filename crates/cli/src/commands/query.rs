use crate::args;
use crate::progress::bar;
use crate::stop::{Stoppable, or_interrupted};
use anyhow::Context;
use arrow::array::RecordBatch;
use graticule::{
    Answer, Cost, Dataset, Engine, Error, Filter, Format, Key, Progress, Query, Receipt,
    RowsWriter, Sink, Top,
};
use std::io::{BufWriter, ErrorKind, IsTerminal, Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

/// `graticule query`.
pub(crate) fn query(options: &args::Query) -> anyhow::Result<()> {
    let engine = engine(options);
    let question = question(options)?;
    if options.output.is_none() && !options.format.is_text() && stdout().is_terminal() {
        anyhow::bail!(
            "{:?} is not for a terminal; name a file with -o or pipe it",
            options.format
        );
    }
    let dataset = super::open(&options.dataset)?;
    if options.explain {
        let plan = dataset.plan_blocking(&question)?;
        print!("{}", graticule::explain(&plan, &engine)?);
        let Cost { bytes, requests } = dataset.cost(&plan);
        println!("cost       at most {bytes} bytes in {requests} requests");
        return Ok(());
    }
    let progress = bar(0, "rows");
    let shown = progress.clone();
    let on_progress: Progress = Arc::new(move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    });
    if question.select.is_some() {
        let receipt = select(options, &question, &engine, &dataset, on_progress);
        progress.finish_and_clear();
        return match receipt {
            // Whoever reads the pipe has seen enough, as head has.
            Err(Error::Write { source, .. }) if source.kind() == ErrorKind::BrokenPipe => Ok(()),
            receipt => keep(options, &receipt?),
        };
    }
    let work = graticule::run_with(&question, &engine, &dataset, Some(on_progress));
    let answer = or_interrupted(work).ok_or(Error::Stopped)?;
    progress.finish_and_clear();
    let answer = answer?;
    let begin = Instant::now();
    write(options, &answer)?;
    let mut receipt = answer.receipt().clone();
    receipt.seconds.write = begin.elapsed().as_secs_f64();
    receipt.busy_seconds.write = receipt.seconds.write;
    receipt.seconds.wall += receipt.seconds.write;
    receipt.busy_seconds.wall = receipt.seconds.wall;
    keep(options, &receipt)
}

fn engine(options: &args::Query) -> Engine {
    let mut engine = Engine::on(options.device.clone());
    if let Some(threads) = options.threads {
        engine = engine.threads(threads.into());
    }
    if let Some(memory) = options.memory {
        engine = engine.memory(memory);
    }
    if let Some(bytes) = options.max_bytes {
        engine = engine.max_bytes(bytes);
    }
    if let Some(memory) = options.device_memory {
        engine = engine.device_memory(memory);
    }
    engine
}

fn question(options: &args::Query) -> anyhow::Result<Query> {
    let mut keys = Vec::new();
    for key in options.by.iter().flat_map(|k| &k.0) {
        keys.push(match key {
            Key::Zone(zone) => {
                let text = read(Path::new(&zone.file))?;
                let loaded = Key::zone(&zone.file, &zone.property, &text);
                loaded.map_err(|e| e.in_file(&zone.file))?
            }
            key => key.clone(),
        });
    }
    let aggregates = options.agg.iter().flat_map(|a| &a.0);
    let mut query = Query::new().by(keys).aggregate(aggregates.cloned());
    query
        .filters
        .extend(options.bbox.iter().map(|b| Filter::Bbox(*b)));
    for path in &options.polygon {
        let zones = graticule::polygons(&read(path)?);
        let zones = zones.map_err(|e| e.in_file(&path.display().to_string()))?;
        query.filters.push(Filter::Polygon(zones));
    }
    query
        .filters
        .extend(options.near.iter().map(|c| Filter::Near(*c)));
    for prefixes in &options.geohash {
        let prefixes = prefixes.split(',').map(|p| p.trim().to_owned());
        query.filters.push(Filter::Geohash(prefixes.collect()));
    }
    query
        .filters
        .extend(options.time.iter().map(|t| Filter::Time(*t)));
    let wheres = options.wheres.iter().cloned();
    query.filters.extend(wheres.map(Filter::Where));
    if options.top.is_some() || options.order_by.is_some() {
        query.top = Some(Top {
            rows: options.top,
            by: options.order_by.clone(),
        });
    }
    query.min_distinct.clone_from(&options.min_distinct);
    query.timezone.clone_from(&options.timezone);
    query.other = options.other;
    if !options.select.is_empty() {
        query = query.select(options.select.iter().map(|c| c.trim()));
        query = options.limit.into_iter().fold(query, Query::limit);
    }
    Ok(query)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("'{}' cannot be read", path.display()))
}

/// Streams the selected rows to the output while they are found.
fn select(
    options: &args::Query,
    question: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Progress,
) -> Result<Receipt, Error> {
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<RecordBatch>(4);
        let found = scope.spawn(move || {
            let sink: Sink = Box::new(move |batch| {
                // A writer that has failed wants no more.
                send.send(batch.clone()).map_err(|_| Error::Stopped)
            });
            let work = graticule::select_with(question, engine, dataset, Some(progress), sink);
            or_interrupted(work).ok_or(Error::Stopped)?
        });
        let found = || {
            let found = found.join();
            found.unwrap_or_else(|_| Err(Error::Worker("it panicked".to_owned())))
        };
        stream(options, receive, found)
    })
}

/// Writes batches as they come. A file is whole only once `found` says that all have come.
fn stream(
    options: &args::Query,
    batches: Receiver<RecordBatch>,
    found: impl FnOnce() -> Result<Receipt, Error>,
) -> Result<Receipt, Error> {
    let all = |out: &mut (dyn Write + Send)| -> Result<Receipt, Error> {
        let Ok(first) = batches.recv() else {
            return found();
        };
        let mut writer = RowsWriter::new(options.format, &first.schema(), out)?;
        for batch in &batches {
            writer.write(&batch)?;
        }
        let receipt = found()?;
        writer.finish()?;
        Ok(receipt)
    };
    if let Some(path) = &options.output {
        let mut receipt = None;
        graticule::save(path, |out| {
            receipt = Some(all(&mut Stoppable(out))?);
            Ok(())
        })?;
        return receipt.ok_or(Error::Stopped);
    }
    let mut out = BufWriter::new(stdout());
    let receipt = all(&mut out)?;
    out.flush().map_err(|source| Error::Write {
        path: "standard output".to_owned(),
        source,
    })?;
    Ok(receipt)
}

fn write(options: &args::Query, answer: &Answer) -> Result<(), Error> {
    if let Some(path) = &options.output {
        return graticule::save(path, |out| {
            answer.write(options.format, &mut Stoppable(out))
        });
    }
    let mut text = Vec::new();
    answer.write(options.format, &mut text)?;
    let mut out = stdout().lock();
    match out.write_all(&text).and_then(|()| out.flush()) {
        // Whoever reads the pipe has seen enough, as head has.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(source) => Err(Error::Write {
            path: "standard output".to_owned(),
            source,
        }),
        Ok(()) => Ok(()),
    }
}

/// Writes the receipt to its file, or its short form to stderr.
fn keep(options: &args::Query, receipt: &Receipt) -> anyhow::Result<()> {
    match &options.receipt {
        Some(path) => {
            let text = serde_json::to_string_pretty(receipt)? + "\n";
            graticule::save(path, |out| {
                out.write_all(text.as_bytes())
                    .map_err(|source| Error::Write {
                        path: path.display().to_string(),
                        source,
                    })
            })?;
        }
        None => eprintln!("{receipt}"),
    }
    if options.format == Format::Table && options.output.is_none() && stdout().is_terminal() {
        eprintln!();
    }
    Ok(())
}
