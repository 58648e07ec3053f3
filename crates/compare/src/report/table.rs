//! Tables that become Markdown and HTML.

use super::text::escape;
use std::fmt::Write;

/// A table of the report.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    pub(crate) title: String,
    /// What must be known to read it.
    pub(crate) about: String,
    /// What all rows have in common, as a sentence, or nothing.
    pub(crate) common: String,
    /// Names of the columns, and whether they hold numbers.
    pub(crate) columns: Vec<(String, bool)>,
    pub(crate) rows: Vec<Vec<Field>>,
}

/// A field: what is shown, and what it is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) text: String,
    pub(crate) value: Option<f64>,
    /// Whether it warns.
    pub(crate) is_warning: bool,
}

impl Field {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            value: None,
            is_warning: false,
        }
    }

    /// A number and how it is shown; a dash where there is none.
    pub(crate) fn number(value: Option<f64>, show: impl Fn(f64) -> String) -> Self {
        Self {
            text: value.map_or_else(|| "—".to_owned(), show),
            value,
            is_warning: false,
        }
    }

    pub(crate) fn warning(text: impl Into<String>) -> Self {
        Self {
            is_warning: true,
            ..Self::text(text)
        }
    }
}

impl Table {
    pub(crate) fn new(title: &str, about: &str, columns: &[(&str, bool)]) -> Self {
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            common: String::new(),
            columns: columns
                .iter()
                .map(|(name, is_number)| ((*name).to_owned(), *is_number))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Without the columns that say the same in all rows, which one sentence says instead; the first column stays.
    pub(crate) fn folded(mut self) -> Self {
        let Some((first, others)) = self.rows.split_first().filter(|rows| !rows.1.is_empty())
        else {
            return self;
        };
        let is_same = |column: usize| others.iter().all(|row| row[column] == first[column]);
        let stays: Vec<bool> = (0..self.columns.len())
            .map(|column| column == 0 || !is_same(column))
            .collect();
        let mut common = Vec::new();
        let mut unknown = Vec::new();
        let folded = self.columns.iter().zip(first).zip(&stays);
        for ((column, field), _) in folded.filter(|(_, stays)| !**stays) {
            match field.text.as_str() {
                "" => {}
                "—" => unknown.push(column.0.clone()),
                text => common.push(format!("{} {text}", column.0)),
            }
        }
        if !common.is_empty() {
            self.common = format!("All rows: {}. ", common.join("; "));
        }
        if !unknown.is_empty() {
            self.common += &format!("Not known here: {}.", unknown.join(", "));
        }
        self.common.truncate(self.common.trim_end().len());
        let mut places = stays.iter();
        self.columns.retain(|_| places.next() != Some(&false));
        for row in &mut self.rows {
            let mut places = stays.iter();
            row.retain(|_| places.next() != Some(&false));
        }
        self
    }

    pub(crate) fn markdown(&self) -> String {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let mut out = format!("## {}\n\n", self.title);
        for text in [&self.about, &self.common] {
            if !text.is_empty() {
                let _ = write!(out, "{text}\n\n");
            }
        }
        let names: Vec<_> = self.columns.iter().map(|c| cell(&c.0)).collect();
        let rules: Vec<_> = self
            .columns
            .iter()
            .map(|c| if c.1 { "---:" } else { "---" })
            .collect();
        let _ = writeln!(out, "| {} |\n|{}|", names.join(" | "), rules.join("|"));
        for row in &self.rows {
            let fields = row.iter().map(|field| match field.is_warning {
                true => format!("**{}**", cell(&field.text)),
                false => cell(&field.text),
            });
            let _ = writeln!(out, "| {} |", fields.collect::<Vec<_>>().join(" | "));
        }
        out + "\n"
    }

    pub(crate) fn html(&self) -> String {
        let mut out = format!("<section><h2>{}</h2>", escape(&self.title));
        for text in [&self.about, &self.common] {
            if !text.is_empty() {
                let _ = write!(out, "<p>{}</p>", escape(text));
            }
        }
        let _ = write!(
            out,
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"sortable\"><thead><tr>",
            escape(&self.title)
        );
        for (name, is_number) in &self.columns {
            let class = if *is_number { " class=\"n\"" } else { "" };
            let _ = write!(
                out,
                "<th scope=\"col\" aria-sort=\"none\"{class}><button type=\"button\">{}</button></th>",
                escape(name)
            );
        }
        out += "</tr></thead><tbody>";
        for row in &self.rows {
            out += "<tr>";
            for (field, (_, is_number)) in row.iter().zip(&self.columns) {
                let class = match (field.is_warning, is_number) {
                    (true, _) => " class=\"warning\"",
                    (false, true) => " class=\"n\"",
                    (false, false) => "",
                };
                let value = field
                    .value
                    .map_or_else(String::new, |v| format!(" data-value=\"{v}\""));
                let _ = write!(out, "<td{class}{value}>{}</td>", escape(&field.text));
            }
            out += "</tr>";
        }
        out + "</tbody></table></div></section>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_rows_say_is_said_once() {
        let names = [
            ("q", false),
            ("device", false),
            ("s", true),
            ("joules", true),
            ("notes", false),
        ];
        let mut table = Table::new("T", "", &names);
        for seconds in [1.0, 2.0] {
            table.rows.push(vec![
                Field::text("same"),
                Field::text("cpu"),
                Field::number(Some(seconds), |s| s.to_string()),
                Field::number(None, |s| s.to_string()),
                Field::text(""),
            ]);
        }
        let one = Table {
            rows: table.rows[..1].to_vec(),
            ..table.clone()
        };
        assert_eq!(
            one.clone().folded(),
            one,
            "one row has nothing in common with others"
        );
        let markdown = table.folded().markdown();
        assert_eq!(
            markdown,
            "## T\n\nAll rows: device cpu. Not known here: joules.\n\n| q | s |\n|---|---:|\n| same | 1 |\n| same | 2 |\n\n"
        );
    }

    #[test]
    fn fields_cannot_break_out() {
        let mut table = Table::new("T", "", &[("a|b", false), ("n", true)]);
        let number = Field::number(Some(1.5), |v| format!("{v} s"));
        table.rows.push(vec![Field::warning("<b>|"), number]);
        table.rows.push(vec![
            Field::text("x"),
            Field::number(None, |v| v.to_string()),
        ]);
        let markdown = table.markdown();
        assert!(
            markdown.contains("| a\\|b | n |\n|---|---:|\n| **<b>\\|** | 1.5 s |\n| x | — |"),
            "{markdown}"
        );
        let html = table.html();
        assert!(
            html.contains(
                "<td class=\"warning\">&lt;b&gt;|</td><td class=\"n\" data-value=\"1.5\">1.5 s</td>"
            ),
            "{html}"
        );
    }
}
