//! The page: everything in one file, drawn by the chart library that it holds.

use super::text::escape;
use super::{Report, charts, tables};
use std::fmt::Write;

const CHARTS: &str = include_str!("../../assets/chart.umd.min.js");
const STYLE: &str = include_str!("../../assets/page.css");
const SCRIPT: &str = include_str!("../../assets/page.js");

pub(crate) fn html(report: &Report) -> String {
    let title = escape(&report.name());
    let mut body = format!("<header><h1>{title}</h1>");
    for sentence in &report.headline {
        let class = if sentence.starts_with("MISMATCH") {
            " class=\"headline warning\""
        } else {
            " class=\"headline\""
        };
        let _ = write!(body, "<p{class}>{}</p>", escape(sentence));
    }
    body += "</header>";
    // People would rather look than read.
    let charts = charts::charts(report);
    body += "<section><h2>Charts</h2><noscript><p>The charts need JavaScript; the tables hold all figures.</p></noscript><div class=\"charts\">";
    for chart in &charts {
        let _ = write!(
            body,
            "<figure><figcaption>{}</figcaption><div class=\"canvas\" data-bars=\"{}\"><canvas id=\"{}\" role=\"img\" aria-label=\"{}\"></canvas></div></figure>",
            escape(&chart.title),
            chart.labels.len()
                * if chart.kind == charts::Kind::Bars {
                    chart.series.len()
                } else {
                    1
                },
            escape(&chart.id),
            escape(&chart.about)
        );
    }
    body += "</div></section>";
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
