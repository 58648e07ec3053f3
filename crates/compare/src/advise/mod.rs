//! Whether rewriting a dataset into the graticule layout pays for a mix of questions, told from a sample.
//!
//! What the questions read now is planned, not guessed: footers and page indexes say it. What they would read is
//! planned too, on some days of the dataset that are really rewritten, one plan a question and [folder](folders); that is
//! taken as often as the dataset has the rows that were tried, and the folders' least and most is the spread. Seconds and
//! money are those of a [model](graticule::Rates).

mod folders;
mod sample;
mod text;

use crate::days;
use crate::estimate::{priced, spent};
use crate::money::{self, BreakEven};
use crate::prices::{Machine, Store};
use crate::suite::{NamedQuery, Suite};
use crate::{CompareError, region};
use folders::{Asked, Folder};
use graticule::{Dataset, Engine, Query, Rates, Work};
use graticule_layout::optimize::{Optimize, Partition};
use sample::Sample;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Called with what is being done; stops the work where it answers so.
pub type Watch = Arc<dyn Fn(&str) -> ControlFlow<()> + Send + Sync>;

/// What advice is asked about.
pub struct Advise {
    /// The questions, each as often as any other.
    pub suite: Suite,
    /// How the dataset would be rewritten.
    pub optimize: Optimize,
    /// Days of the dataset to try it on, at least 1.
    pub days: usize,
    /// What computes.
    pub machine: Machine,
    /// What is read from, where that costs.
    pub store: Option<Store>,
    /// The prices' currency.
    pub currency: String,
    /// Hears how far it is.
    pub progress: Watch,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The dataset.
    pub url: String,
    /// Whether its files say that they are in that layout already.
    pub is_made: bool,
    /// What was rewritten to find out.
    pub sampled: Sampled,
    /// Question by question.
    pub questions: Vec<Question>,
    /// All questions once, as the dataset is.
    pub now: Spend,
    /// The same in the layout.
    pub then: Spend,
    /// Rewriting the dataset, once.
    pub once: Spend,
    /// Bytes that the rewritten dataset takes.
    pub bytes_after: f64,
    /// Bytes that the dataset takes.
    pub bytes_before: f64,
    /// After how often asking all questions that has paid, in seconds.
    pub pays_seconds: BreakEven,
    /// The same in money.
    pub pays_money: BreakEven,
    /// The same in money, if all days were like the best and like the worst of the folders that were tried.
    pub pays_within: [BreakEven; 2],
    /// The rates of the model.
    pub rates: Rates,
    /// The kind of machine.
    pub machine: String,
    /// The kind of store.
    pub store: Option<String>,
    /// Of all money.
    pub currency: String,
}

/// The days that were rewritten.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sampled {
    /// UTC days, as 2026-03-01.
    pub days: Vec<String>,
    /// Days of the dataset.
    pub of_days: usize,
    /// Rows of them.
    pub rows: u64,
    /// Seconds that rewriting them took.
    pub seconds: f64,
    /// Bytes of them in the layout.
    pub bytes: u64,
    /// Bytes of them for longitude and latitude.
    pub bytes_coordinates: u64,
}

/// A question of the suite.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// Its name.
    pub name: String,
    /// Days of the dataset that it asks about.
    pub days: usize,
    /// What it takes as the dataset is.
    pub now: Spend,
    /// What it would take in the layout.
    pub then: Spend,
    /// Bytes that it would read if all its days were like the best and like the worst of the folders that were tried.
    pub then_bytes: [f64; 2],
}

/// Work, and what it costs by the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spend {
    /// Bytes, requests and rows.
    #[serde(flatten)]
    pub work: Work,
    /// Seconds on the machine.
    pub seconds: f64,
    /// Money for the machine's seconds and to the store.
    pub money: f64,
}

impl Advise {
    /// Looks at the dataset, tries the layout on some days of it, and compares. The sample lies in the system's folder
    /// for temporary files while that goes on.
    ///
    /// # Errors
    /// [`CompareError`] when the dataset has no times or no rows, a question does not fit it, there is no space, or
    /// the work is stopped.
    pub fn run(&self, dataset: &Dataset, engine: &Engine) -> Result<Advice, CompareError> {
        let rates = Rates::of(dataset.is_remote());
        let days = days::days(dataset)?;
        let sample = Sample::take(self, dataset, engine, &days)?;
        // The sample's files have been opened by now.
        let is_made = self.is_made(dataset)?;
        let spend = |work: Work| Spend {
            work,
            seconds: rates.seconds(&work, self.machine.vcpus.unwrap_or(1)),
            money: priced(&rates, &work, &self.machine, self.store.as_ref()),
        };
        let folders = Folder::all(self.partition(dataset), &days, &sample.days);
        let tried = folders.iter().filter(|folder| folder.rows > 0);
        let tried: Vec<&Folder> = tried.collect();
        let mut questions = Vec::new();
        // All questions, were all days like those of one folder.
        let mut like = vec![0.0; tried.len()];
        for named in &self.suite.queries {
            self.say(&format!("planning {}", named.name))?;
            let query = self.resolved(named, &sample)?;
            let now = work(dataset, &query, &named.name, dataset)?;
            let asked = Asked::of(&query, &folders, dataset.metadata().rows());
            let (mut total, mut rows, mut bytes) = (Work::default(), 0, Vec::new());
            for (folder, like) in tried.iter().zip(&mut like) {
                let Some(only) = folder.question(&query) else {
                    continue;
                };
                let read = work(&sample.made, &only, &named.name, dataset)?;
                (total, rows) = (total.and(read), rows + folder.rows);
                let alone = asked.scaled(read, 1, folder.rows);
                *like += spend(alone).money;
                bytes.push(alone.bytes);
            }
            questions.push(Question {
                name: named.name.clone(),
                days: days.iter().filter(|day| day.is_asked(&query)).count(),
                now: spend(now),
                then: spend(asked.scaled(total, bytes.len(), rows)),
                then_bytes: ends(&bytes),
            });
        }
        let sum = |of: fn(&Question) -> &Spend| {
            // Even no work takes a question's own time.
            let zero = Spend {
                work: Work::default(),
                seconds: 0.0,
                money: 0.0,
            };
            questions.iter().map(of).fold(zero, |all, one| Spend {
                work: all.work.and(one.work),
                seconds: all.seconds + one.seconds,
                money: all.money + one.money,
            })
        };
        let (now, then) = (sum(|q| &q.now), sum(|q| &q.then));
        like.push(then.money);
        let once = self.once(dataset, &sample, &rates);
        let repeats = |once: f64, now: f64, then: f64| money::repeats(once + then, then, now);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        Ok(Advice {
            url: dataset.metadata().url.clone(),
            is_made,
            bytes_after: sample.report.bytes as f64 * sample.share(dataset),
            bytes_before: bytes_of(dataset),
            sampled: sample.told(days.len()),
            pays_seconds: repeats(once.seconds, now.seconds, then.seconds),
            pays_money: repeats(once.money, now.money, then.money),
            pays_within: ends(&like).map(|then| repeats(once.money, now.money, then)),
            questions,
            now,
            then,
            once,
            rates,
            machine: self.machine.kind.clone(),
            store: self.store.as_ref().map(|store| store.kind.clone()),
            currency: self.currency.clone(),
        })
    }

    /// Rewriting all of it: the sample's seconds, scaled, and all bytes of the dataset read.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn once(&self, dataset: &Dataset, sample: &Sample, rates: &Rates) -> Spend {
        let metadata = dataset.metadata();
        let groups: usize = metadata.files.iter().map(|f| f.row_groups.len()).sum();
        let work = Work {
            bytes: bytes_of(dataset),
            requests: groups as f64,
            rows: metadata.rows() as f64,
            ..Work::default()
        };
        let seconds = sample.report.seconds * sample.share(dataset) + rates.seconds(&work, 1);
        let fetched = [work.requests, work.bytes];
        Spend {
            work,
            seconds,
            money: spent(&self.machine, self.store.as_ref(), seconds, fetched),
        }
    }

    /// Whether the dataset is in the layout that it would be rewritten to.
    fn is_made(&self, dataset: &Dataset) -> Result<bool, CompareError> {
        let mark = dataset.layout_blocking();
        let mark = mark.map_err(|source| CompareError::Question {
            what: "the dataset's layout".to_owned(),
            source: Box::new(source),
        })?;
        Ok(mark.is_some_and(|mark| {
            mark.sort == self.optimize.sort.name()
                && mark.partition.as_deref() == Some(self.partition(dataset).name())
        }))
    }

    /// What time a folder of the layout would hold.
    fn partition(&self, dataset: &Dataset) -> Partition {
        let asked = self.optimize.partition;
        asked.unwrap_or_else(|| Partition::fit(dataset.metadata()))
    }

    /// A question with its region, which is the sample's busiest where the suite leaves it open.
    fn resolved(&self, named: &NamedQuery, sample: &Sample) -> Result<Query, CompareError> {
        let Some(region) = &named.region else {
            return Ok(named.query.clone());
        };
        let cell = region::busiest_of(&sample.made, region.busiest)?;
        let filter = region.filter(&cell);
        let filter =
            filter.ok_or_else(|| CompareError::Argument(format!("'{cell}' is no geohash")))?;
        Ok(named.query.clone().filter(filter))
    }

    fn say(&self, what: &str) -> Result<(), CompareError> {
        match (self.progress)(what) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(CompareError::Stopped),
        }
    }
}

/// The least and the greatest.
fn ends(values: &[f64]) -> [f64; 2] {
    let values = values.iter().copied();
    [
        values.clone().fold(f64::INFINITY, f64::min),
        values.fold(0.0, f64::max),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn bytes_of(dataset: &Dataset) -> f64 {
    dataset.metadata().files.iter().map(|f| f.size).sum::<u64>() as f64
}

/// What a question takes of a dataset, if it lay where another one lies.
fn work(
    dataset: &Dataset,
    query: &Query,
    name: &str,
    place: &Dataset,
) -> Result<Work, CompareError> {
    let plan = dataset.plan_blocking(query);
    let plan = plan.map_err(|source| CompareError::Question {
        what: format!("query '{name}'"),
        source: Box::new(source),
    })?;
    Ok(Work::of(plan.part(), dataset.cost_at(&plan, place)))
}
