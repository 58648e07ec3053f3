//! What the charts draw, as data; the page's script gives it to the chart library.

use super::conclusion::is_gpu;
use super::{Report, ReportRow};
use crate::money;
use crate::{BreakEven, Residency};
use serde::Serialize;

/// A chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Chart {
    pub(crate) id: String,
    pub(crate) title: String,
    /// What it shows, for who cannot see it.
    pub(crate) about: String,
    pub(crate) kind: Kind,
    pub(crate) x: String,
    pub(crate) y: String,
    /// Names of the bars; empty for lines.
    pub(crate) labels: Vec<String>,
    pub(crate) series: Vec<Series>,
    /// Where the axis of the values ends, if not with this chart's own.
    pub(crate) end: Option<f64>,
    /// A point to mark, and what it is.
    pub(crate) mark: Option<(f64, f64, String)>,
}

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Lying bars of parts.
    Stacked,
    /// Lying bars side by side.
    Bars,
    /// Lines, on logarithmic axes where the numbers are far apart.
    Lines,
    /// Stairs on logarithmic axes.
    Stairs,
}

/// A series: a value for each label, or points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which of the colours of lines; what is the same device and state has one in all charts.
    pub(crate) colour: usize,
    pub(crate) values: Vec<f64>,
    pub(crate) points: Vec<[f64; 2]>,
}

impl Series {
    fn of(name: &str, values: Vec<f64>) -> Self {
        Self {
            name: name.to_owned(),
            colour: 0,
            values,
            points: Vec::new(),
        }
    }

    fn points(name: String, colour: usize, points: Vec<[f64; 2]>) -> Self {
        Self {
            name,
            colour,
            values: Vec::new(),
            points,
        }
    }
}

pub(crate) fn charts(report: &Report) -> Vec<Chart> {
    let mut charts = stages(report);
    charts.extend(money_by_rate(report));
    charts.extend(speed(report));
    charts.extend(bytes(report));
    charts
}

fn whole(report: &Report) -> impl Iterator<Item = &ReportRow> {
    report
        .rows
        .iter()
        .filter(|r| r.row.share.is_none() && r.row.is_sound())
}

fn queries(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in whole(report) {
        if !names.contains(&row.row.query.as_str()) {
            names.push(&row.row.query);
        }
    }
    names
}

fn who(report: &Report, row: &ReportRow) -> String {
    let cell = &row.row;
    let layout = if report.layouts.len() > 1 {
        format!(" · {}", cell.layout)
    } else {
        String::new()
    };
    format!("{}, {}{layout}", cell.device, cell.state)
}

/// Which colour a device has in a state.
fn colour(report: &Report, device: &str, state: Residency) -> usize {
    let place = report.devices.iter().position(|d| d.asked == device);
    let states = [Residency::Warm, Residency::Resident, Residency::Cold];
    let of = states.iter().position(|s| *s == state).unwrap_or(0);
    3 * place.unwrap_or(0) + of
}

/// Stages of each question, a bar for each device and state.
fn stages(report: &Report) -> Vec<Chart> {
    let mut charts = Vec::new();
    for (number, query) in queries(report).iter().enumerate() {
        let mut rows: Vec<_> = whole(report)
            .filter(|r| r.row.query == *query && !r.stages.is_empty())
            .collect();
        // The rotation of the runs is not the order of a picture.
        rows.sort_by(|a, b| {
            (&a.row.layout, &a.row.device, a.row.state).cmp(&(
                &b.row.layout,
                &b.row.device,
                b.row.state,
            ))
        });
        let names = rows
            .first()
            .map_or_else(Vec::new, |r| r.stages.iter().map(|s| s.0).collect());
        let of = |stage: &str| {
            let find = |r: &&ReportRow| r.stages.iter().find(|s| s.0 == stage).map_or(0.0, |s| s.1);
            rows.iter().map(find).collect::<Vec<_>>()
        };
        let series = names.iter().map(|name| Series::of(name, of(name)));
        let series: Vec<_> = series
            .filter(|s| s.values.iter().any(|v| *v > 0.0))
            .collect();
        if series.is_empty() {
            continue;
        }
        charts.push(Chart {
            id: format!("stages-{number}"),
            title: (*query).to_owned(),
            about: format!("Stacked bars of the stages of {query}, one for each device and state; the figures are in the table of times."),
            kind: Kind::Stacked,
            x: "seconds".to_owned(),
            y: String::new(),
            labels: rows.iter().map(|r| who(report, r)).collect(),
            series,
            end: None,
            mark: None,
        });
    }
    let length = |chart: &Chart| {
        let bars = 0..chart.labels.len();
        let bars = bars.map(|bar| chart.series.iter().map(|s| s.values[bar]).sum::<f64>());
        bars.fold(0.0, f64::max)
    };
    let longest = charts.iter().map(length).fold(0.0, f64::max);
    for chart in &mut charts {
        chart.end = Some(longest);
    }
    gathered(charts, longest)
}

/// Stages that are nowhere long enough to be seen are told as `other`, in all charts.
fn gathered(mut charts: Vec<Chart>, longest: f64) -> Vec<Chart> {
    const SEEN: f64 = 0.01;
    let mut seen: Vec<String> = vec!["other".to_owned()];
    for series in charts.iter().flat_map(|c| &c.series) {
        if series.values.iter().any(|v| *v >= SEEN * longest) {
            seen.push(series.name.clone());
        }
    }
    for chart in &mut charts {
        let series = std::mem::take(&mut chart.series);
        let (mut kept, small): (Vec<_>, Vec<_>) =
            series.into_iter().partition(|s| seen.contains(&s.name));
        if !small.is_empty() && !kept.iter().any(|s| s.name == "other") {
            kept.push(Series::of("other", vec![0.0; chart.labels.len()]));
        }
        if let Some(other) = kept.iter_mut().find(|s| s.name == "other") {
            for (bar, value) in other.values.iter_mut().enumerate() {
                *value += small.iter().map(|s| s.values[bar]).sum::<f64>();
            }
        }
        chart.series = kept;
    }
    charts
}

/// Money a month against questions an hour, of the mean question of the suite.
fn money_by_rate(report: &Report) -> Option<Chart> {
    let (mut series, mut cpu) = (Vec::new(), None);
    let count = queries(report).len();
    let first_layout = report.layouts.first()?.name.as_str();
    for asked in &report.devices {
        let Some(rent) = report.tariff.machines.get(&asked.asked) else {
            continue;
        };
        for state in [Residency::Warm, Residency::Resident] {
            let rows: Vec<_> = whole(report)
                .filter(|r| {
                    r.row.device == asked.asked
                        && r.row.state == state
                        && r.row.layout == first_layout
                })
                .collect();
            if rows.is_empty() || rows.len() < count {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a suite has few queries")]
            let mean = |of: &dyn Fn(&ReportRow) -> f64| {
                rows.iter().map(|r| of(r)).sum::<f64>() / rows.len() as f64
            };
            let seconds = mean(&|r| r.row.median.as_ref().map_or(0.0, |m| m.wall));
            let machine = |s: f64| money::machine_seconds(s, rent.machine.per_hour);
            let per_question = mean(&|r| {
                let own = r.row.median.as_ref().map_or(0.0, |m| machine(m.wall));
                r.money.map_or(0.0, |m| (m.per_query - own).max(0.0))
            });
            let at = move |rate: f64| {
                money::per_month(rate, seconds, rent.machine.per_hour, per_question)
            };
            if asked.asked == "cpu" {
                cpu = Some(at);
            }
            let name = format!("{}, {state}: {}", asked.asked, rent.machine.kind);
            let colour = colour(report, &asked.asked, state);
            series.push(Series::points(name, colour, stairs(at)));
        }
    }
    if series.is_empty() {
        return None;
    }
    let all = report
        .pays
        .iter()
        .find(|p| p.query.is_none())
        .or(report.pays.first());
    let mark =
        all.filter(|p| p.layout == first_layout)
            .and_then(|pays| match pays.questions_an_hour? {
                BreakEven::From(rate) if rate >= 1.0 => Some((
                    rate,
                    cpu.as_ref()?(rate),
                    format!("renting {} pays from", pays.device),
                )),
                _ => None,
            });
    series.extend(infinitely_fast(report));
    Some(Chart {
        id: "money".to_owned(),
        title: format!("{} a month against questions an hour", report.tariff.currency),
        about: "Stairs of whole machines for the mean question of the suite, on the first layout; the figures are in the tables of money and of when a GPU pays.".to_owned(),
        kind: Kind::Stairs,
        x: "questions an hour".to_owned(),
        y: format!("{} a month", report.tariff.currency),
        labels: Vec::new(),
        series,
        end: None,
        mark,
    })
}

/// Money by the rate, from one question an hour to ten millions.
fn stairs(at: impl Fn(f64) -> f64) -> Vec<[f64; 2]> {
    const STEPS: i32 = 120;
    let rate = |step: i32| 10f64.powf(7.0 * f64::from(step) / f64::from(STEPS));
    (0..=STEPS)
        .map(|step| [rate(step), at(rate(step))])
        .collect()
}

/// What no GPU can beat, where none was measured.
fn infinitely_fast(report: &Report) -> Option<Series> {
    /// The resident CPU's, which there is not.
    const COLOUR: usize = 1;
    let machine = report.tariff.gpu.as_ref()?;
    if report.devices.iter().any(is_gpu) {
        return None;
    }
    let ceiling = report.ceiling.as_ref()?;
    #[expect(clippy::cast_precision_loss, reason = "a suite has few queries")]
    let seconds = ceiling.left / ceiling.questions as f64;
    let at = |rate: f64| money::per_month(rate, seconds, machine.per_hour, 0.0);
    let name = format!("an infinitely fast GPU: {}", machine.kind);
    Some(Series::points(name, COLOUR, stairs(at)))
}

/// Rows a second against rows, of the questions that were asked of several sizes.
fn speed(report: &Report) -> Option<Chart> {
    let mut series: Vec<Series> = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "drawn")]
    for row in report
        .rows
        .iter()
        .filter(|r| r.row.share.is_some() && r.row.is_sound())
    {
        let (Some(median), Some(rate)) = (&row.row.median, row.rows_per_second) else {
            continue;
        };
        let name = format!("{}: {}", row.row.query, who(report, row));
        let colour = colour(report, &row.row.device, row.row.state);
        let point = [median.rows as f64, rate];
        match series.iter_mut().find(|s| s.name == name) {
            Some(found) => found.points.push(point),
            None => series.push(Series::points(name, colour, vec![point])),
        }
    }
    for found in &mut series {
        found.points.sort_by(|a, b| a[0].total_cmp(&b[0]));
    }
    series.retain(|s| s.points.len() > 1);
    (!series.is_empty()).then(|| Chart {
        id: "speed".to_owned(),
        title: "Speed against points".to_owned(),
        about: "Rows a second against the rows that a question looks at.".to_owned(),
        kind: Kind::Lines,
        x: "rows looked at".to_owned(),
        y: "rows a second".to_owned(),
        labels: Vec::new(),
        series,
        end: None,
        mark: None,
    })
}

/// Bytes fetched by each question, a bar for each layout.
fn bytes(report: &Report) -> Option<Chart> {
    if report.layouts.len() < 2 {
        return None;
    }
    let labels = queries(report);
    let mut series = Vec::new();
    for layout in &report.layouts {
        let fetched = |query: &&str| {
            let warm = whole(report).find(|r| {
                r.row.query == *query
                    && r.row.layout == layout.name
                    && r.row.state != Residency::Resident
            });
            #[expect(clippy::cast_precision_loss, reason = "drawn")]
            let mebibytes = |r: &ReportRow| {
                Some(r.row.median.as_ref()?.receipt.as_ref()?.bytes_fetched as f64 / 1_048_576.0)
            };
            warm.and_then(mebibytes).unwrap_or(0.0)
        };
        series.push(Series::of(
            &layout.name,
            labels.iter().map(fetched).collect(),
        ));
    }
    (!labels.is_empty()).then(|| Chart {
        id: "bytes".to_owned(),
        title: "MiB fetched by layout".to_owned(),
        about: "Bytes that each question fetches from each layout.".to_owned(),
        kind: Kind::Bars,
        x: "MiB fetched".to_owned(),
        y: String::new(),
        labels: labels.iter().map(|l| (*l).to_owned()).collect(),
        series,
        end: None,
        mark: None,
    })
}
