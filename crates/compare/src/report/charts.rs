//! What the charts draw, as data; the page's script gives it to the chart library.

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
    /// Lines on logarithmic axes.
    Lines,
    /// Stairs on logarithmic axes.
    Stairs,
}

/// A series: a value for each label, or points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
    pub(crate) points: Vec<[f64; 2]>,
}

impl Series {
    fn of(name: &str, values: Vec<f64>) -> Self {
        Self {
            name: name.to_owned(),
            values,
            points: Vec::new(),
        }
    }

    fn points(name: String, points: Vec<[f64; 2]>) -> Self {
        Self {
            name,
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
            title: format!("Seconds by stage: {query}"),
            about: format!("Stacked bars of the stages of {query}, one for each device and state; the figures are in the table of times."),
            kind: Kind::Stacked,
            x: "seconds".to_owned(),
            y: String::new(),
            labels: rows.iter().map(|r| who(report, r)).collect(),
            series,
            mark: None,
        });
    }
    charts
}

/// Money a month against questions an hour, of the mean question of the suite.
fn money_by_rate(report: &Report) -> Option<Chart> {
    const STEPS: i32 = 120;
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
            let points = (0..=STEPS).map(|step| {
                // From one question an hour to ten millions.
                let rate = 10f64.powf(7.0 * f64::from(step) / f64::from(STEPS));
                [rate, at(rate)]
            });
            let name = format!("{} {state}: {}", asked.asked, rent.machine.kind);
            series.push(Series::points(name, points.collect()));
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
    Some(Chart {
        id: "money".to_owned(),
        title: format!("{} a month against questions an hour", report.tariff.currency),
        about: "Stairs of whole machines for the mean question of the suite, on the first layout; the figures are in the tables of money and of when a GPU pays.".to_owned(),
        kind: Kind::Stairs,
        x: "questions an hour".to_owned(),
        y: format!("{} a month", report.tariff.currency),
        labels: Vec::new(),
        series,
        mark,
    })
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
        let point = [median.rows as f64, rate];
        match series.iter_mut().find(|s| s.name == name) {
            Some(found) => found.points.push(point),
            None => series.push(Series::points(name, vec![point])),
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
        mark: None,
    })
}

/// Bytes fetched by each question, a bar for each layout.
fn bytes(report: &Report) -> Option<Chart> {
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
        mark: None,
    })
}
