use super::Usage;
use super::prices::Tariff;
use super::question::{question, unused};
use crate::args::{self, Explain};
use crate::flags::as_flags;
use crate::output::{self, note, say};
use crate::progress::bar;
use crate::stop::{Stoppable, is_stopped, or_interrupted};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use graticule::{
    Aggregate, Cost, Dataset, Engine, Error, Filter, Format, Function, Key, OpenOptions, Plan,
    Progress, Query, Rates, Receipt, RowsWriter, Schema, TimeUnit, Work, printable,
};
use graticule_compare::spent;
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `graticule query`.
pub(crate) fn query(mut options: args::Query) -> anyhow::Result<()> {
    // - is where the answer goes anyway, and as a receipt's file it is standard error.
    options.output.take_if(|path| is_dash(path));
    let receipt = options.receipt.take_if(|path| is_dash(path));
    let kept = ask(&options)?;
    match (kept, receipt) {
        (Some(receipt), Some(_)) => output::line(&serde_json::to_string_pretty(&receipt)?),
        (Some(receipt), None) => keep(&options, &receipt)?,
        (None, _) => {}
    }
    Ok(())
}

fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Answers, or explains; the receipt is of an answer that somebody has read.
fn ask(options: &args::Query) -> anyhow::Result<Option<Receipt>> {
    super::small_pages(options.memory);
    output::check(options)?;
    let format = output::format_of(options)?;
    let engine = engine(options);
    let question = question(options)?;
    unused(options, &question)?;
    super::warn(question.notes.iter());
    if options.output.is_none() && !format.is_text() && stdout().is_terminal() {
        return Err(Usage(format!(
            "{format:?} is not for a terminal; name a file with -o or pipe it"
        ))
        .into());
    }
    if options.output.is_none() && options.explain.is_none() {
        output::check_open()?;
    }
    // What is wrong with prices is said before anything is read.
    let tariff = tariff(options)?;
    let how = OpenOptions {
        footers: super::footers(options.memory),
        ..super::found(&options.dataset.found)
    };
    let dataset = super::open_with(&options.dataset, how)?;
    super::warn_of(
        dataset.notes(),
        &touched(&question, &dataset.metadata().schema),
    );
    for out in options.output.iter().chain(&options.receipt) {
        output::spares_dataset(out, &dataset)?;
    }
    if let (Some(_), Some(tariff)) = (options.explain, &tariff) {
        let notes = dataset.notes().chain(&question.notes);
        let notes: String = notes.map(super::noted).collect();
        let (explained, planned) = explained(&question, &engine, &dataset)?;
        say(&(explained + &notes + &cost(options, tariff, &dataset, &planned)));
    }
    if options.explain == Some(Explain::Plan) {
        return Ok(None);
    }
    let progress = bar(None, "rows");
    let shown = progress.clone();
    let on_progress: Progress = Arc::new(move |done, total| {
        shown.set_length(total);
        shown.set_position(done);
    });
    if options.explain == Some(Explain::Run) {
        let receipt = receive(&question, &engine, &dataset, on_progress, |_| {
            Ok(|_| Ok(()))
        });
        progress.finish_and_clear();
        let mut receipt = receipt?;
        receipt.fallback = receipt.fallback.map(|reason| as_flags(&reason));
        told_why(&receipt);
        say(&graticule::measured(&receipt));
        return Ok(None);
    }
    let receipt = answer(options, format, &question, &engine, &dataset, on_progress);
    progress.finish_and_clear();
    match receipt {
        Err(error) if output::is_broken_pipe(&error) => Ok(None),
        Err(error @ Error::NoGeometry) if !options.select.is_empty() => {
            let schema = &dataset.metadata().schema;
            let [lon, lat] = [&schema.lon.name, &schema.lat.name];
            Err(Usage(format!("{error}: here --select {lon},{lat}")).into())
        }
        // Whatever failed because of it.
        Err(_) if is_stopped() => Err(Error::Stopped.into()),
        receipt => Ok(Some(priced(tariff.as_ref(), receipt?))),
    }
}

/// A number as it is typed, for `max_bytes`.
fn exactly(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The plans of a question, one below the other where others are asked first, and the seconds that they took.
fn explained(
    question: &Query,
    engine: &Engine,
    dataset: &Dataset,
) -> anyhow::Result<(String, (Vec<Plan>, f64))> {
    let (first, asked) = question.steps();
    let (mut text, mut plans, mut planning) = (String::new(), Vec::new(), 0.0);
    for (step, also) in first.iter().zip(&question.also_in) {
        text += &format!("first      the values of {}\n", also.column);
        let begin = Instant::now();
        let plan = dataset.plan_blocking(step)?;
        planning += begin.elapsed().as_secs_f64();
        text += &graticule::explain(&plan, engine, dataset)?;
        plans.push(plan);
    }
    for also in &question.also_in {
        text += &format!("then       rows whose {} is one of them\n", also.column);
    }
    let begin = Instant::now();
    let plan = dataset.plan_blocking(&asked)?;
    planning += begin.elapsed().as_secs_f64();
    text += &graticule::explain(&plan, engine, dataset)?;
    plans.push(plan);
    Ok((text, (plans, planning)))
}

/// What plans take, before they run.
fn cost(
    options: &args::Query,
    tariff: &Tariff,
    dataset: &Dataset,
    (plans, planning): &(Vec<Plan>, f64),
) -> String {
    let Tariff {
        machine,
        store,
        currency,
    } = tariff;
    let opened = dataset.opening_cost();
    let works = plans.iter().map(|plan| {
        let cost = dataset.cost(plan);
        (Work::of(plan.part(), cost), cost)
    });
    let works: Vec<(Work, Cost)> = works.collect();
    let (here, rates) = (
        Rates::here(dataset.is_remote()),
        Rates::of(dataset.is_remote()),
    );
    let cores = || {
        std::thread::available_parallelism()
            .map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
    };
    let threads = options.threads.map_or_else(cores, u32::from);
    let bytes: u64 = works.iter().map(|(_, cost)| cost.bytes).sum();
    let requests: u64 = works.iter().map(|(_, cost)| cost.requests).sum();
    let all = |rates: &Rates, threads: u32| -> f64 {
        works
            .iter()
            .map(|(work, _)| rates.seconds(work, threads))
            .sum()
    };
    let refused = match options.max_bytes {
        Some(allowed) if bytes > allowed => {
            format!(", which --max-bytes refuses: it allows {allowed}")
        }
        _ => String::new(),
    };
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let asked = [
        (requests + opened.requests) as f64,
        (bytes + opened.bytes) as f64,
    ];
    let seconds = all(&rates, machine.vcpus.unwrap_or(1));
    let money = spent(machine, store.as_ref(), seconds, asked);
    format!(
        "opening    took {} in {}, for the listing, footers, page indexes and statistics\n\
         cost       at most {} in {}{refused}\n\
         estimate   about {:.3} s on {threads} threads here; {} {currency} on {}{} (prices of {})\n",
        exactly(opened.bytes, "byte"),
        exactly(opened.requests, "request"),
        exactly(bytes, "byte"),
        exactly(requests, "request"),
        planning + all(&here, threads),
        match money > 0.0 {
            true => format!("{money:.2e}"),
            false => "0".to_owned(),
        },
        machine.kind,
        store
            .as_ref()
            .map_or_else(String::new, |s| format!(" with {}", s.kind)),
        machine.date,
    )
}

/// The prices of what is asked, where they are wanted.
fn tariff(options: &args::Query) -> anyhow::Result<Option<Tariff>> {
    if options.explain.is_none() && !options.money.is_given() {
        return Ok(None);
    }
    let tariff = Tariff::of(&options.money, &options.dataset.dataset)?;
    if options.explain.is_none() && tariff.currency != "USD" {
        let reason = "a receipt tells dollars; give prices in USD, or none";
        return Err(Usage(reason.to_owned()).into());
    }
    Ok(Some(tariff))
}

/// The receipt with what the answer cost.
fn priced(tariff: Option<&Tariff>, mut receipt: Receipt) -> Receipt {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts that money is multiplied with"
    )]
    let fetched = [
        (receipt.requests + receipt.opening.requests) as f64,
        (receipt.bytes_fetched + receipt.opening.bytes) as f64,
    ];
    let wall = receipt.seconds.wall;
    receipt.dollars = tariff.map(|t| spent(&t.machine, t.store.as_ref(), wall, fetched));
    receipt
}

/// The columns whose values, to the last digit, the answer depends on.
fn touched<'a>(question: &'a Query, schema: &'a Schema) -> Vec<&'a str> {
    let time = schema.time.as_ref().map(|time| &time.name);
    let aggregates = question.aggregates.iter();
    let aggregates = aggregates.flat_map(|aggregate| {
        let functions = aggregate.functions().into_iter();
        let functions = functions.flat_map(|(function, column)| {
            let is_by_time = matches!(function, Function::First | Function::Last);
            [Some(column), time.filter(|_| is_by_time)]
        });
        let filters = aggregate.filters().into_iter();
        let filters = filters.flat_map(|filter| filter.columns().into_iter().map(Some));
        functions.chain(filters).collect::<Vec<_>>()
    });
    // Buckets of time begin at whole seconds.
    let keys = question.keys.iter();
    let keys = keys.chain(question.aggregates.iter().flat_map(Aggregate::keys));
    let keys = keys.filter_map(|key| match key {
        Key::Column { name } => Some(name),
        _ => None,
    });
    let filters = question.filters.iter().flat_map(|filter| match filter {
        Filter::Where(expression) => expression.columns(),
        Filter::Time(ranges)
            if ranges
                .iter()
                .any(|r| r.is_finer_than(TimeUnit::Microsecond)) =>
        {
            time.into_iter().collect()
        }
        _ => Vec::new(),
    });
    let floor = question.min_distinct.iter().map(|floor| &floor.column);
    let selected = question.select.iter();
    let selected = selected.flat_map(|select| {
        let ordering = select.order.iter().map(|order| &order.by);
        select.columns.iter().chain(ordering)
    });
    let names = match question.select {
        Some(_) => selected.chain(filters).collect::<Vec<_>>(),
        None => aggregates
            .flatten()
            .chain(keys)
            .chain(filters)
            .chain(floor)
            .collect(),
    };
    names.into_iter().map(String::as_str).collect()
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

/// Writes the rows to the output while they are found. A file is whole only once all have come.
fn answer(
    options: &args::Query,
    format: Format,
    question: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Progress,
) -> Result<Receipt, Error> {
    let begin = Instant::now();
    let mut writing = Duration::ZERO;
    let all = |out: &mut (dyn Write + Send)| -> Result<Receipt, Error> {
        let mut rows = None;
        let receipt = receive(question, engine, dataset, progress, |schema| {
            let writer = rows.insert(RowsWriter::new(format, schema, out)?);
            Ok(|batch: RecordBatch| {
                let begin = Instant::now();
                writer.write(&batch)?;
                writing += begin.elapsed();
                Ok(())
            })
        })?;
        let begin = Instant::now();
        rows.map_or(Ok(()), RowsWriter::finish)?;
        writing += begin.elapsed();
        Ok(receipt)
    };
    let mut receipt = if let Some(path) = &options.output {
        let mut receipt = None;
        graticule::save(path, |out| {
            receipt = Some(all(&mut Stoppable(out))?);
            Ok(())
        })?;
        receipt.ok_or(Error::Stopped)?
    } else {
        let mut out = BufWriter::new(stdout());
        let receipt = all(&mut out).map_err(|error| error.writing_to(output::STDOUT))?;
        out.flush().map_err(output::unwritten)?;
        receipt
    };
    // What was left to write when the answer was found comes on top of the time that it took.
    let wall = begin.elapsed().as_secs_f64().max(receipt.seconds.wall);
    receipt.seconds.write += wall - receipt.seconds.wall;
    receipt.seconds.wall = wall;
    receipt.busy_seconds.write = writing.as_secs_f64();
    receipt.busy_seconds.wall = wall;
    Ok(receipt)
}

/// Asks, and hands the batches on as they come: `begin` is told the columns and gives what takes the rows.
fn receive<T: FnMut(RecordBatch) -> Result<(), Error>>(
    question: &Query,
    engine: &Engine,
    dataset: &Dataset,
    progress: Progress,
    begin: impl FnOnce(&SchemaRef) -> Result<T, Error>,
) -> Result<Receipt, Error> {
    let work = async {
        let mut rows = engine
            .stream_with(question, dataset, Some(progress))
            .await?;
        let mut take = begin(rows.schema())?;
        while let Some(batch) = rows.next().await {
            take(batch?)?;
        }
        rows.receipt().cloned().ok_or(Error::Stopped)
    };
    or_interrupted(work).unwrap_or(Err(Error::Stopped))
}

/// Says why an answer has no row.
fn told_why(receipt: &Receipt) {
    if let Some(why) = &receipt.unmatched {
        note(&format!("note: {}", printable(why)));
    }
}

/// Writes the receipt to its file, or its short form to stderr.
fn keep(options: &args::Query, receipt: &Receipt) -> anyhow::Result<()> {
    told_why(receipt);
    match &options.receipt {
        Some(path) => {
            output::keep(path, &(serde_json::to_string_pretty(receipt)? + "\n"))?;
        }
        None => note(&receipt.to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use graticule::{Expression, TimeRange};

    fn touches(question: Query) -> Vec<String> {
        let schema = serde_json::json!({
            "lon": {"name": "lon", "kind": "F64", "stored": "Float64"},
            "lat": {"name": "lat", "kind": "F64", "stored": "Float64"},
            "time": {"name": "seen", "unit": "us", "data_type": {"Timestamp": ["Microsecond", null]}},
            "attributes": [],
            "partitions": [],
        });
        let schema: Schema = serde_json::from_value(schema).expect("a schema");
        let touched = touched(&question, &schema);
        touched.into_iter().map(str::to_owned).collect()
    }

    fn during(range: &str) -> Query {
        let range: TimeRange = range.parse().expect("a range");
        Query::new().during(range)
    }

    fn where_is(text: &str) -> Query {
        let expression: Expression = text.parse().expect("an expression");
        Query::new().filter(Filter::Where(expression))
    }

    /// What is said of a column is said wherever its last digits decide something.
    #[test]
    fn columns_count_whose_last_digits_do() {
        let by = |keys: &str| Query::new().by(Key::parse_all(keys).expect("keys"));
        let agg =
            |list: &str| Query::new().aggregate(Aggregate::parse_all(list).expect("aggregates"));
        let floor = Query {
            min_distinct: Some("user:5".parse().expect("a floor")),
            ..by("kind,\"seen\",time:1h")
        };
        assert_eq!(touches(floor), ["kind", "seen", "user"]);
        assert_eq!(touches(agg("count,max(a),last(b)")), ["a", "b", "seen"]);
        let asked = where_is("a > 1 or not (b in (1, 2) and hour_of_day() = 3)");
        assert_eq!(touches(asked.clone()), ["a", "b"]);
        assert_eq!(touches(asked.select(["c"])), ["c", "a", "b"]);
        // Times that are cut to microseconds are on the same side of a whole one.
        assert!(touches(during("2024-03-01..2024-03-01T12:00:00.123456Z")).is_empty());
        assert_eq!(touches(during("2024-03-01T12:00:00.1234567Z..")), ["seen"]);
    }
}
