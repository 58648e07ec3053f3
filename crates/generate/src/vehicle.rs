use crate::country::{City, Country};
use crate::rng::Rng;

/// What a vehicle is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Leg {
    Parked,
    /// Along the streets of its city, corner by corner.
    Street,
    /// `at` metres from the beginning of a road.
    Road {
        road: usize,
        at: f64,
        stretch: usize,
        forward: bool,
    },
}

/// Unit steps of a city grid's four directions, in the order of `City::headings`.
const STEPS: [(f64, f64); 4] = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];

/// Where a vehicle truly is, before its receiver adds noise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) lon_per_metre: f64,
    pub(crate) speed: f64,
    /// Compass degrees, not yet within 0..360.
    pub(crate) heading: f64,
}

/// A vehicle under way in the country.
#[derive(Debug, Clone)]
pub(crate) struct Vehicle {
    city: usize,
    /// The next corner in the city, and the metres that are left to it.
    corner: (f64, f64),
    direction: usize,
    left_m: f64,
    goal: (f64, f64),
    leg: Leg,
    /// The road to take from the city's centre.
    onward: Option<usize>,
    came_by: Option<usize>,
    speed: f64,
    cruise: f64,
    wait_s: f64,
    heading: f64,
    /// How many trips it has begun.
    pub(crate) trips: u32,
}

impl Vehicle {
    pub(crate) fn parked(city: usize, at: (f64, f64)) -> Self {
        Self {
            city,
            corner: at,
            direction: 0,
            left_m: 0.0,
            goal: at,
            leg: Leg::Parked,
            onward: None,
            came_by: None,
            speed: 0.0,
            cruise: 0.0,
            wait_s: 0.0,
            heading: 0.0,
            trips: 0,
        }
    }

    pub(crate) fn is_parked(&self) -> bool {
        self.leg == Leg::Parked
    }

    /// Sets out from where it is parked: with probability `roaming` to another city, most often back where it came
    /// from, else within its own.
    pub(crate) fn begin_trip(&mut self, country: &Country, roaming: f64, rng: &mut Rng) {
        self.trips += 1;
        self.leg = Leg::Street;
        self.left_m = 0.0;
        self.wait_s = 0.0;
        let city = &country.cities[self.city];
        if rng.chance(roaming) {
            let any = city.roads[rng.index(city.roads.len())];
            let back = self.came_by.filter(|_| rng.chance(0.6));
            self.onward = Some(back.unwrap_or(any));
            self.goal = (0.0, 0.0);
        } else {
            self.goal = city.crossing(rng);
        }
    }

    /// Lets so much time pass.
    pub(crate) fn drive(&mut self, country: &Country, seconds: f64, rng: &mut Rng) {
        if self.leg == Leg::Parked {
            self.speed = 0.0;
            return;
        }
        if self.wait_s > 0.0 {
            self.wait_s -= seconds;
            self.speed = 0.0;
            return;
        }
        self.speed += (self.cruise - self.speed) * (0.25 * seconds).min(1.0);
        let mut metres = self.speed.max(1.0) * seconds;
        // Bounded: a step turns a few corners at most, and what is left over after many is no loss.
        for _ in 0..64 {
            if metres <= 0.0 || self.leg == Leg::Parked {
                break;
            }
            metres = match self.leg {
                Leg::Road { .. } => self.along_road(country, metres, rng),
                _ => self.along_street(country, metres, rng),
            };
        }
        if self.leg == Leg::Parked {
            self.speed = 0.0;
        }
    }

    /// Drives to the next corner or as far as the metres go; returns what is left of them.
    fn along_street(&mut self, country: &Country, metres: f64, rng: &mut Rng) -> f64 {
        if self.left_m <= 0.0 && !self.turn(&country.cities[self.city], rng) {
            self.reach_goal(country, rng);
            return metres;
        }
        let step = self.left_m.min(metres);
        self.left_m -= step;
        metres - step
    }

    /// At a corner: picks the next one nearer to the goal. False at the goal.
    fn turn(&mut self, city: &City, rng: &mut Rng) -> bool {
        let (east, north) = (self.goal.0 - self.corner.0, self.goal.1 - self.corner.1);
        if east.abs() + north.abs() < 1.0 {
            return false;
        }
        let run = city.block_m * f64::from(1 + rng.below(5));
        let along_x = rng.unit() * (east.abs() + north.abs()) < east.abs();
        let ahead = if along_x { east } else { north };
        self.left_m = ahead.abs().min(run);
        self.direction = usize::from(!along_x) + if ahead < 0.0 { 2 } else { 0 };
        let step = STEPS[self.direction];
        self.corner.0 += step.0 * self.left_m;
        self.corner.1 += step.1 * self.left_m;
        self.heading = city.headings[self.direction];
        self.cruise = rng.between(5.5, 14.5);
        if rng.chance(0.2) {
            self.wait_s = rng.between(4.0, 40.0);
        }
        true
    }

    fn reach_goal(&mut self, country: &Country, rng: &mut Rng) {
        self.corner = self.goal;
        self.leg = Leg::Parked;
        if let Some(road) = self.onward.take() {
            self.take_road(country, road, rng);
        }
    }

    fn take_road(&mut self, country: &Country, road: usize, rng: &mut Rng) {
        let forward = country.roads[road].ends[0] == self.city;
        let at = if forward {
            0.0
        } else {
            country.roads[road].length
        };
        let stretch = country.roads[road].stretch(at, 0);
        self.leg = Leg::Road {
            road,
            at,
            stretch,
            forward,
        };
        self.cruise = rng.between(21.0, 34.0);
    }

    /// Drives along the road; at its end passes through the city or heads for a place in it.
    fn along_road(&mut self, country: &Country, metres: f64, rng: &mut Rng) -> f64 {
        let Leg::Road {
            road: number,
            at,
            stretch,
            forward,
        } = self.leg
        else {
            return metres;
        };
        let road = &country.roads[number];
        let at = if forward { at + metres } else { at - metres };
        if (0.0..road.length).contains(&at) {
            let stretch = road.stretch(at, stretch);
            let back = if forward { 0.0 } else { 180.0 };
            self.heading = road.bends[stretch].heading + back;
            self.leg = Leg::Road {
                road: number,
                at,
                stretch,
                forward,
            };
            if rng.chance(0.03) {
                self.cruise = rng.between(21.0, 34.0);
            }
            return 0.0;
        }
        self.city = road.ends[usize::from(forward)];
        self.came_by = Some(number);
        self.corner = (0.0, 0.0);
        self.left_m = 0.0;
        let city = &country.cities[self.city];
        self.goal = city.crossing(rng);
        self.leg = Leg::Street;
        if rng.chance(0.25) {
            let through = city.roads[rng.index(city.roads.len())];
            if through != number {
                self.take_road(country, through, rng);
            }
        }
        0.0
    }

    pub(crate) fn place(&self, country: &Country) -> Position {
        let ((lon, lat), lon_per_metre) = match self.leg {
            Leg::Road {
                road, at, stretch, ..
            } => {
                let road = &country.roads[road];
                (
                    road.position(at, stretch),
                    road.bends[stretch].lon_per_metre,
                )
            }
            _ => {
                let city = &country.cities[self.city];
                let step = STEPS[self.direction];
                let here = (
                    self.corner.0 - step.0 * self.left_m,
                    self.corner.1 - step.1 * self.left_m,
                );
                (city.position(here), city.lon_per_metre)
            }
        };
        Position {
            lon,
            lat,
            lon_per_metre,
            speed: self.speed,
            heading: self.heading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;
    use crate::road::distance_m;

    #[test]
    fn a_vehicle_moves_no_faster_than_its_speed() {
        let country = Country::new(1);
        let mut rng = Rng::keyed(1, Stream::DeviceDay, 0, 0);
        let mut vehicle = Vehicle::parked(0, (0.0, 0.0));
        let (mut street, mut road) = (0, 0);
        for _ in 0..20_000 {
            if vehicle.is_parked() {
                vehicle.begin_trip(&country, 0.3, &mut rng);
            }
            let before = vehicle.place(&country);
            vehicle.drive(&country, 2.0, &mut rng);
            let after = vehicle.place(&country);
            let moved = distance_m((before.lon, before.lat), (after.lon, after.lat));
            assert!(
                moved <= 2.0 * 36.0 * 1.1,
                "moved {moved} m in 2 s: {vehicle:?}"
            );
            assert!((0.0..35.0).contains(&after.speed));
            match vehicle.leg {
                Leg::Street => street += 1,
                Leg::Road { .. } => road += 1,
                Leg::Parked => {}
            }
        }
        assert!(
            street > 1_000 && road > 1_000,
            "{street} on streets, {road} on roads"
        );
    }
}
