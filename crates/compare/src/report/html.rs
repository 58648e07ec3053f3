//! The page: everything in one file, drawn by the chart library that it holds.

use super::charts::{self, Chart, Kind};
use super::text::escape;
use super::{Report, asked, tables};
use std::fmt::Write;

const CHARTS: &str = include_str!("../../assets/chart.umd.min.js");
const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");

pub(crate) fn html(report: &Report) -> String {
    let title = escape(&report.name());
    let mut body = header(report);
    let charts = charts::charts(report);
    body += &drawn(&charts);
    for table in tables::tables(report) {
        body += &table.html();
    }
    body += "<section><h2>How it was measured</h2><ul>";
    for line in tables::method(report) {
        let _ = write!(body, "<li>{}</li>", escape(&line));
    }
    body += "</ul></section>";
    // In a script nothing is text but the end of the script.
    let data = serde_json::to_string(&charts)
        .unwrap_or_default()
        .replace("</", "<\\/")
        .replace("<!--", "<\\!--");
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<main>{body}</main>\n\
         <script>{CHARTS}</script>\n<script type=\"application/json\" id=\"data\">{data}</script>\n<script>{SCRIPT}</script>\n</body></html>\n"
    )
}

/// The verdict, what must be known beside it, and what was asked.
fn header(report: &Report) -> String {
    let mut out = "<header>".to_owned();
    for (number, sentence) in report.headline.iter().enumerate() {
        let tag = if number == 0 { "h1" } else { "p" };
        let class = match sentence.starts_with("MISMATCH") {
            true => " class=\"warning\"",
            false => "",
        };
        let _ = write!(out, "<{tag}{class}>{}</{tag}>", escape(sentence));
    }
    out += "</header><section class=\"asked\"><h2>What was asked</h2>";
    for line in asked::data(report) {
        let _ = write!(out, "<p>{}</p>", escape(&line));
    }
    out += "<dl>";
    for question in &report.questions {
        let (name, words) = (escape(&question.name), escape(&question.words));
        let _ = write!(out, "<dt>{name}</dt><dd>{words}</dd>");
    }
    out + "</dl></section>"
}

/// Room for the charts; those of stages share a legend and a scale.
fn drawn(charts: &[Chart]) -> String {
    const STAGES: &str = "Stages along the critical path, so that they add up: plan (which files and pages), fetch (their bytes), decode (bytes to columns), \
        derive (cells and local times that are no column), upload, kernel (filters, keys, adding up), readback, merge (groups of all threads), other (what no stage explains, and stages too short to be seen).";
    let figure = |chart: &Chart| {
        let side_by_side = match chart.kind {
            Kind::Bars => chart.series.len(),
            _ => 1,
        };
        format!(
            "<figure><figcaption>{}</figcaption><div class=\"canvas\" data-bars=\"{}\"><canvas id=\"{}\" role=\"img\" aria-label=\"{}\"></canvas></div></figure>",
            escape(&chart.title),
            chart.labels.len() * side_by_side,
            escape(&chart.id),
            escape(&chart.about)
        )
    };
    let (stages, others): (Vec<_>, Vec<_>) = charts.iter().partition(|c| c.kind == Kind::Stacked);
    let mut out = String::new();
    if !stages.is_empty() {
        out += "<section><h2>Where the time goes</h2><noscript><p>The charts need JavaScript; the tables hold all figures.</p></noscript>";
        let _ = write!(
            out,
            "<p>{STAGES}</p><ul id=\"legend\" class=\"legend\"></ul><div class=\"charts\">"
        );
        out.extend(stages.into_iter().map(figure));
        out += "</div></section>";
    }
    if !others.is_empty() {
        out += "<section><h2>What follows</h2><div class=\"charts\">";
        out.extend(others.into_iter().map(figure));
        out += "</div></section>";
    }
    out
}
