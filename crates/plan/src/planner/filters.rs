//! Filters: as steps of the program and as tests for pruning.

use super::Planner;
use crate::prune::Test;
use crate::query::Filter;
use crate::zones::NamedZone;
use crate::{PlanError, TimeRanges, lower};
use graticule_columns::{Kind, Source};
use graticule_geo::layer::{Layer, Zone};
use graticule_geo::{Bbox, Circle, GeoError, geohash};
use graticule_kernels::Filter as Step;
use std::sync::Arc;

/// What a filter is to the kernels, and to pruning. No step where whole files decide.
pub(super) struct Lowered {
    pub(super) step: Option<Step>,
    pub(super) test: Test,
}

impl Planner<'_> {
    pub(super) fn filter(&mut self, filter: &Filter) -> Result<(), PlanError> {
        match filter {
            Filter::Bbox(bbox) => {
                let fixed = bbox.fixed();
                self.narrow.push([fixed.x, fixed.y].map(|span| {
                    let last = span.first.wrapping_add(span.extent);
                    (span.first <= last).then_some((span.first, last))
                }));
                self.steps.push(Step::Bbox(*bbox));
                self.tests.push(Test::Bbox(*bbox));
            }
            Filter::Polygon(zones) => self.polygon(zones)?,
            Filter::Near(circle) => self.near(circle),
            Filter::Geohash(prefixes) => self.prefixes(prefixes)?,
            Filter::Time(ranges) => self.times(ranges)?,
            Filter::Where(expression) => self.expression(&expression.normalised())?,
        }
        Ok(())
    }

    /// Puts a filter among those that must all hold.
    pub(super) fn take(&mut self, lowered: Lowered) {
        self.steps.extend(lowered.step);
        self.tests.push(lowered.test);
    }

    fn times(&mut self, ranges: &TimeRanges) -> Result<(), PlanError> {
        let time = self.dataset.schema.time.as_ref().ok_or(PlanError::NoTime)?;
        let order = |count: i64| Kind::I64.order(count.cast_unsigned());
        let mut words: Vec<(u64, u64)> = Vec::new();
        words.extend(
            ranges
                .counts(time.unit)
                .iter()
                .map(|(low, high)| (order(*low), order(*high))),
        );
        if words.is_empty() {
            words.push((1, 0));
        }
        let lowered = words.into_iter().map(|(low, high)| {
            let negate = false;
            self.range(Source::Time, Some(2), lower::Words { low, high, negate })
        });
        let mut lowered: Vec<Lowered> = lowered.collect();
        let lowered = match lowered.len() {
            1 => lowered.remove(0),
            _ => Lowered {
                step: Some(Step::Any(
                    lowered.iter_mut().filter_map(|l| l.step.take()).collect(),
                )),
                test: Test::Any(lowered.into_iter().map(|l| l.test).collect()),
            },
        };
        self.take(lowered);
        Ok(())
    }

    /// The place of a layer of these zones.
    pub(super) fn layer(&mut self, zones: &[NamedZone]) -> Result<usize, PlanError> {
        let rings = zones.iter().map(|zone| Zone {
            rings: zone.rings.clone(),
        });
        let layer = Layer::new(rings.collect()).map_err(|error| {
            let named = error.zone().and_then(|zone| zones.get(zone));
            PlanError::Region(match named {
                Some(NamedZone {
                    name: Some(name), ..
                }) => format!("zone '{name}', {}", error.of_one()),
                Some(_) => format!("a zone without a name, {}", error.of_one()),
                None => error.to_string(),
            })
        })?;
        self.layers.push(Arc::new(layer));
        Ok(self.layers.len() - 1)
    }

    fn polygon(&mut self, zones: &[NamedZone]) -> Result<(), PlanError> {
        let layer = self.layer(zones)?;
        let [west, south, east, north] = self.layers[layer].bounds();
        let bounds = Bbox::new(west, south, east, north).map_err(region)?;
        let fixed = bounds.fixed();
        self.narrow.push(
            [fixed.x, fixed.y].map(|span| Some((span.first, span.first.wrapping_add(span.extent)))),
        );
        self.steps.push(Step::Layer { layer });
        let layer = self.layers[layer].clone();
        self.tests.push(Test::Layer(bounds, layer));
        Ok(())
    }

    fn near(&mut self, circle: &Circle) {
        self.narrow.push([circle.columns(), Some(circle.rows())]);
        self.steps.push(Step::Circle(*circle));
        self.tests.push(Test::Circle(*circle));
    }

    fn prefixes(&mut self, prefixes: &[String]) -> Result<(), PlanError> {
        let (mut steps, mut tests) = (Vec::new(), Vec::new());
        let mut around: Option<[(u32, u32); 2]> = None;
        for prefix in prefixes {
            let cells = geohash::cells(prefix).map_err(region)?;
            let [west, south, east, north] = geohash::bounds(prefix).map_err(region)?;
            let bounds = Bbox::new(west, south, east, north).map_err(region)?;
            let axis = |slot: usize| Step::Range {
                slot,
                low: u64::from(cells[slot].0),
                high: u64::from(cells[slot].1),
                negate: false,
            };
            steps.push(Step::All(vec![axis(0), axis(1)]));
            tests.push(Test::Bbox(bounds));
            let union = |a: (u32, u32), b: (u32, u32)| (a.0.min(b.0), a.1.max(b.1));
            around = Some(around.map_or(cells, |a| [union(a[0], cells[0]), union(a[1], cells[1])]));
        }
        self.narrow.extend(around.map(|cells| cells.map(Some)));
        self.steps.push(Step::Any(steps));
        self.tests.push(Test::Any(tests));
        Ok(())
    }

    /// A range of a column's ordered words; `column` is its place in the files, where footers tell of it.
    pub(super) fn range(
        &mut self,
        source: Source,
        column: Option<usize>,
        words: lower::Words,
    ) -> Lowered {
        let kind = source.kind();
        let slot = self.slot(source);
        Lowered {
            test: column.map_or(Test::Always, |column| Test::Words {
                column,
                kind,
                words,
            }),
            step: Some(Step::Range {
                slot,
                low: words.low,
                high: words.high,
                negate: words.negate,
            }),
        }
    }
}

/// The slot that a step is of and the words outside which no row passes it, where it is one range or several of one slot.
pub(crate) fn hull(step: &Step) -> Option<(usize, u64, u64)> {
    match step {
        &Step::Range {
            slot,
            low,
            high,
            negate: false,
        } => Some((slot, low, high)),
        Step::Any(steps) => {
            let mut hulls = steps.iter().map(hull);
            let first = hulls.next()??;
            hulls.try_fold(first, |a, b| {
                let b = b.filter(|b| b.0 == a.0)?;
                Some((a.0, a.1.min(b.1), a.2.max(b.2)))
            })
        }
        _ => None,
    }
}

fn region(error: GeoError) -> PlanError {
    PlanError::Region(error.to_string())
}
