use crate::args;
use crate::progress::bar;
use crate::stop::{Stoppable, or_interrupted};
use graticule::{Answer, Engine, Error, Filter, Format, Query, Receipt, Top};
use std::io::{IsTerminal, Write, stdout};
use std::sync::Arc;
use std::time::Instant;

/// `graticule query`.
pub(crate) fn query(options: &args::Query) -> anyhow::Result<()> {
    let engine = engine(options);
    let question = question(options);
    if options.output.is_none() && !options.format.is_text() && stdout().is_terminal() {
        anyhow::bail!(
            "{:?} is not for a terminal; name a file with -o or pipe it",
            options.format
        );
    }
    let dataset = super::open(&options.dataset)?;
    if options.explain {
        let plan = graticule::plan(&question, dataset.metadata()).map_err(Error::from)?;
        print!("{}", graticule::explain(&plan, &engine)?);
        return Ok(());
    }
    let progress = bar(0, "rows");
    let shown = progress.clone();
    let on_progress = Arc::new(move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    });
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
    if let Some(memory) = options.device_memory {
        engine = engine.device_memory(memory);
    }
    engine
}

fn question(options: &args::Query) -> Query {
    let boxes = options.bbox.iter().map(|b| Filter::Bbox(*b));
    let times = options.time.iter().map(|t| Filter::Time(*t));
    let wheres = options
        .wheres
        .iter()
        .flat_map(|w| w.0.iter().cloned().map(Filter::Where));
    let mut query = Query::new()
        .by(options.by.iter().cloned())
        .aggregate(options.agg.iter().cloned());
    query.filters = boxes.chain(times).chain(wheres).collect();
    query.top = options.top.map(|rows| Top {
        rows,
        by: options.order_by.clone(),
    });
    query
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
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
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
