use crate::args::{self, Coordinates, Partition, Sort};
use crate::output::note;
use crate::{progress, stop};
use graticule::{OpenOptions, counted, printable, shown_bytes};
use graticule_layout::optimize as layout;
use std::ops::ControlFlow;
use std::sync::Mutex;

/// `graticule optimize`.
pub(crate) fn optimize(options: &args::Optimize) -> anyhow::Result<()> {
    super::small_pages(Some(options.memory));
    let open = OpenOptions {
        without: options.without.clone(),
        footers: super::footers(Some(options.memory)),
        ..super::found(&options.found)
    };
    let optimize = layout::Optimize {
        coordinates: match options.coordinates {
            Coordinates::Auto => None,
            Coordinates::Decimal => Some(layout::Coordinates::Decimal),
            Coordinates::F64 => Some(layout::Coordinates::F64),
        },
        lossy: options.lossy,
        ..self::options(
            open,
            options.partition,
            options.sort,
            options.memory,
            options.threads,
        )
    };
    let bar = Mutex::new(None);
    let _pressed = stop::on_interrupt();
    let report = optimize.run(&options.source, &options.destination, &|at| {
        show(&bar, at);
        if stop::is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    if let Ok(Some((_, bar))) = bar.into_inner() {
        bar.finish_and_clear();
    }
    let report = report?;
    for text in &report.notes {
        note(&format!("note: {}", printable(text)));
    }
    if report.was_there {
        note("there already, and nothing was done:");
    }
    note(&describe(&report, options));
    if let Some(hint) = grown(&report, options.partition) {
        note(&hint);
    }
    Ok(())
}

/// How a dataset is rewritten; nothing is lost.
pub(super) fn options(
    open: OpenOptions,
    partition: Partition,
    sort: Sort,
    memory: u64,
    threads: Option<u16>,
) -> layout::Optimize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    layout::Optimize {
        open,
        partition: match partition {
            Partition::Auto => None,
            Partition::Hour => Some(layout::Partition::Hour),
            Partition::Day => Some(layout::Partition::Day),
            Partition::Week => Some(layout::Partition::Week),
            Partition::Month => Some(layout::Partition::Month),
        },
        sort: match sort {
            Sort::Hilbert => layout::Sort::Hilbert,
            Sort::Geohash => layout::Sort::Geohash,
            Sort::None => layout::Sort::None,
        },
        coordinates: None,
        lossy: false,
        memory,
        threads: threads.map_or_else(cores, usize::from),
    }
}

/// The stage that is under way and its bar.
type Bar = Option<(layout::Stage, indicatif::ProgressBar)>;

fn show(bar: &Mutex<Bar>, at: layout::Progress) {
    let Ok(mut bar) = bar.lock() else { return };
    if bar.as_ref().is_none_or(|(stage, _)| *stage != at.stage) {
        if let Some((_, done)) = bar.take() {
            done.finish_and_clear();
        }
        let what = match at.stage {
            layout::Stage::Sort => "rows sorted",
            layout::Stage::Write => "rows written",
        };
        *bar = Some((at.stage, progress::bar(Some(at.rows_total), what)));
    }
    if let Some((_, bar)) = bar.as_ref() {
        bar.set_position(at.rows);
    }
}

/// What there is to say of a layout that takes more than its source.
fn grown(report: &layout::Report, asked: Partition) -> Option<String> {
    let rows = report.rows / report.files.max(1);
    let is_coarsest = report.partition == Some(layout::Partition::Month);
    let is_grown = report.bytes > report.bytes_before && report.files > 1 && rows < 100_000;
    (is_grown && !is_coarsest && asked != Partition::Auto).then(|| {
        format!(
            "it grew: a file holds {}, and few are dear; try --partition auto",
            counted(rows, "row")
        )
    })
}

fn describe(report: &layout::Report, options: &args::Optimize) -> String {
    let mut text = format!(
        "{}{} in {}{}: {}\n{} before, {} after; longitude and latitude are {}: {} bytes a point",
        counted(report.rows, "row"),
        super::of_them_invalid(report.invalid),
        counted(report.files, "file"),
        report
            .partition
            .map_or_else(String::new, |scale| format!(" by {}", scale.name())),
        options.destination.display(),
        shown_bytes(report.bytes_before),
        shown_bytes(report.bytes),
        coordinates(report),
        per_point(report.bytes_coordinates, report.rows),
    );
    if !report.was_there {
        text += &format!("\n{:.1} seconds", report.seconds);
    }
    text
}

/// How coordinates are written, and why.
fn coordinates(report: &layout::Report) -> String {
    let tried = |sizes: layout::Sizes| {
        if sizes.rows == 0 {
            return String::new();
        }
        format!(
            " ({} to {} bytes a point, tried on {})",
            per_point(sizes.decimals, sizes.rows),
            per_point(sizes.floats, sizes.rows),
            counted(sizes.rows, "row"),
        )
    };
    let mut text = match report.coordinates {
        layout::Coordinates::Decimal => "decimals".to_owned(),
        layout::Coordinates::F64 => "floats".to_owned(),
    };
    match report.because {
        None => {}
        Some(layout::Because::Asked) => text += ", as asked",
        Some(layout::Because::Inexact) => text += ", for decimals of seven places are not exact",
        Some(layout::Because::Smaller(sizes)) => {
            text += &format!(", exact and smaller than floats{}", tried(sizes));
        }
        Some(layout::Because::Larger(sizes)) => {
            text += &format!(", for decimals, exact too, are not smaller{}", tried(sizes));
        }
    }
    text += match (report.exact, report.residuals) {
        (true, false) => "",
        (true, true) => ", and residuals lead back to the source's bits",
        (false, _) => ", rounded to 1e-7 degrees",
    };
    text
}

fn per_point(bytes: u64, rows: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let per_point = bytes as f64 / rows.max(1) as f64;
    format!("{per_point:.2}")
}
