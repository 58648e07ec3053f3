//! Folders of the layout, which a question reads as one: rows of all its times lie side by side along the curve.

use crate::days::Day;
use graticule::{Filter, Query, Work};
use graticule_layout::optimize::Partition;
use jiff::civil::Date;

/// Days of the dataset that would lie in one folder; folders of hours are taken as their day.
#[derive(Debug, PartialEq)]
pub(super) struct Folder {
    days: Vec<Day>,
    /// The first of those that were rewritten.
    tried: Option<Day>,
    /// Rows that were rewritten.
    pub(super) rows: u64,
}

impl Folder {
    /// The folders of all days, of which some were rewritten, with their rows.
    pub(super) fn all(partition: Partition, days: &[Day], tried: &[(Day, u64)]) -> Vec<Self> {
        let mut folders: Vec<Self> = Vec::new();
        for day in days {
            let found = tried.iter().find(|(other, _)| other == day);
            let rows = found.map_or(0, |found| found.1);
            let tried = found.map(|found| found.0);
            match folders.last_mut() {
                Some(last) if is_one(partition, last.days[0], *day) => {
                    last.days.push(*day);
                    last.tried = last.tried.or(tried);
                    last.rows += rows;
                }
                _ => folders.push(Self {
                    days: vec![*day],
                    tried,
                    rows,
                }),
            }
        }
        folders
    }

    /// Whether a question asks about some of it.
    fn is_asked(&self, query: &Query) -> bool {
        self.days.iter().any(|day| day.is_asked(query))
    }

    /// The question about what of this folder was rewritten, whatever the times that it asks about; `None` where nothing was.
    pub(super) fn question(&self, query: &Query) -> Option<Query> {
        let tried = self.tried?;
        let times = |filter: &Filter| matches!(filter, Filter::Time(_));
        let is_part =
            query.filters.iter().any(times) && !self.days.iter().all(|day| day.is_asked(query));
        let mut only = query.clone();
        only.filters.retain(|filter| !times(filter));
        let mut range = tried.range();
        if !is_part {
            range.from = self.days.first()?.range().from;
            range.to = self.days.last()?.range().to;
        }
        Some(only.during(range))
    }
}

/// Whether two days lie in one folder.
fn is_one(partition: Partition, a: Day, b: Day) -> bool {
    let (a, b) = (a.date, b.date);
    let week = |day: Date| (day.iso_week_date().year(), day.iso_week_date().week());
    match partition {
        Partition::Hour | Partition::Day => a == b,
        Partition::Week => week(a) == week(b),
        Partition::Month => (a.year(), a.month()) == (b.year(), b.month()),
    }
}

/// What of the dataset a question has to read.
pub(super) struct Asked {
    rows: f64,
    folders: f64,
}

impl Asked {
    /// Of a dataset of so many rows.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn of(query: &Query, folders: &[Folder], rows: u64) -> Self {
        let all: usize = folders.iter().map(|folder| folder.days.len()).sum();
        let asked = folders.iter().filter(|folder| folder.is_asked(query));
        let days: usize = asked.clone().map(|folder| folder.days.len()).sum();
        Self {
            rows: rows as f64 * days as f64 / all.max(1) as f64,
            folders: asked.count() as f64,
        }
    }

    /// What all of it takes, where some folders with so many rows take so much. A folder that has more rows is read in as
    /// many requests.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn scaled(&self, work: Work, folders: usize, rows: u64) -> Work {
        Work {
            requests: work.requests * self.folders / folders.max(1) as f64,
            ..work.times(self.rows / rows.max(1) as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_a_week_lie_together() {
        // 2026-03-01 is a Sunday.
        let days: Vec<Day> = (20_513..20_516)
            .map(|number| Day::new(number).expect("a day"))
            .collect();
        assert_eq!(days[0].date.to_string(), "2026-03-01");
        let tried = [(days[1], 7), (days[2], 5)];
        let of = |partition| -> Vec<(usize, u64)> {
            let folders = Folder::all(partition, &days, &tried);
            folders.iter().map(|f| (f.days.len(), f.rows)).collect()
        };
        assert_eq!(of(Partition::Day), [(1, 0), (1, 7), (1, 5)]);
        assert_eq!(of(Partition::Week), [(1, 0), (2, 12)]);
        assert_eq!(of(Partition::Month), [(3, 12)]);
    }

    #[test]
    fn a_question_about_some_days_of_a_folder_reads_all_of_it() {
        let days: Vec<Day> = (20_513..20_516)
            .map(|number| Day::new(number).expect("a day"))
            .collect();
        let tried = [(days[2], 5)];
        let folders = Folder::all(Partition::Month, &days, &tried);
        let during = |query: &Query| {
            let asked = folders[0].question(query).expect("a question");
            let Some(Filter::Time(ranges)) = asked.filters.last() else {
                panic!("a range")
            };
            let range = ranges.iter().next().expect("a range");
            let [from, to] = [range.from, range.to].map(|at| at.expect("an end").to_string());
            (asked.filters.len(), format!("{from}..{to}"))
        };
        assert_eq!(
            during(&Query::new()),
            (1, "2026-03-01T00:00:00Z..2026-03-04T00:00:00Z".to_owned())
        );
        // Its times have to be looked at, those of a day that is there.
        let one = Query::new().during(days[0].range());
        // 5 rows of 60 were tried, of a folder that has three days, in 2 requests.
        let asked = Asked::of(&one, &folders, 60);
        let read = Work {
            bytes: 10.0,
            requests: 2.0,
            ..Work::default()
        };
        let all = asked.scaled(read, 1, folders[0].rows);
        assert_eq!((all.bytes, all.requests), (120.0, 2.0));
        assert!(folders[0].is_asked(&one));
        assert_eq!(
            during(&one),
            (1, "2026-03-03T00:00:00Z..2026-03-04T00:00:00Z".to_owned())
        );
        assert_eq!(
            Folder::all(Partition::Day, &days, &tried)[0].question(&one),
            None
        );
    }
}
