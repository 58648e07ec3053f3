use std::collections::BTreeSet;

use crate::rng::{Rng, Stream};
use crate::road::{METRES_PER_DEGREE, Road, distance_m, lon_per_metre};

const CITIES: usize = 60;
const CENTRE: (f64, f64) = (10.0, 50.0);
/// Half the country's width and height, degrees: with winding roads it stays within 5..15 and 45..55.
const HALF: (f64, f64) = (3.6, 3.7);
/// Corners of the terrain's grid per side, over the 10 by 10 degrees.
const TERRAIN: usize = 129;

/// A city: a tilted grid of streets around its centre.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    pub(crate) radius_m: f64,
    /// Length of a block's side, metres.
    pub(crate) block_m: f64,
    /// Compass degrees of the grid's +x, +y, -x, -y.
    pub(crate) headings: [f64; 4],
    pub(crate) lon_per_metre: f64,
    /// Indices of the roads that begin or end here.
    pub(crate) roads: Vec<usize>,
    tilt: (f64, f64),
}

impl City {
    fn new(rank: usize, (lon, lat): (f64, f64), rng: &mut Rng) -> Self {
        let tilt = rng.between(0.0, 90.0);
        let headings = [90.0, 0.0, 270.0, 180.0].map(|compass| compass - tilt);
        let sin_cos = libm::sincos(tilt.to_radians());
        Self {
            lon,
            lat,
            radius_m: 14_000.0 / libm::pow(rank as f64, 0.4),
            block_m: rng.between(80.0, 180.0),
            headings,
            lon_per_metre: lon_per_metre(lat),
            roads: Vec::new(),
            tilt: sin_cos,
        }
    }

    /// Longitude and latitude of a place on the city's grid, metres from its centre.
    pub(crate) fn position(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (sin, cos) = self.tilt;
        let (east, north) = (x * cos - y * sin, x * sin + y * cos);
        (
            self.lon + east * self.lon_per_metre,
            self.lat + north / METRES_PER_DEGREE,
        )
    }

    /// A crossing of two streets, the likelier the nearer to the centre.
    pub(crate) fn crossing(&self, rng: &mut Rng) -> (f64, f64) {
        let (x, y) = rng.bells();
        let snap = |v: f64| (v * 0.4 * self.radius_m / self.block_m).round() * self.block_m;
        (snap(x), snap(y))
    }
}

/// The invented country: all that devices share.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) cities: Vec<City>,
    pub(crate) roads: Vec<Road>,
    /// Running sums of the cities' Zipf sizes.
    sizes: Vec<f64>,
    heights: Vec<f64>,
}

impl Country {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::keyed(seed, Stream::Country, 0, 0);
        let places = places(&mut rng);
        let mut cities: Vec<City> = places
            .iter()
            .enumerate()
            .map(|(i, &place)| City::new(i + 1, place, &mut rng))
            .collect();
        let mut roads = Vec::new();
        for (a, b) in joined(&places) {
            cities[a].roads.push(roads.len());
            cities[b].roads.push(roads.len());
            roads.push(Road::winding([a, b], places[a], places[b], &mut rng));
        }
        let sizes = (1..=CITIES)
            .scan(0.0, |sum, rank| {
                *sum += 1.0 / rank as f64;
                Some(*sum)
            })
            .collect();
        Self {
            cities,
            roads,
            sizes,
            heights: heights(&mut rng),
        }
    }

    /// A city, as likely as it is large.
    pub(crate) fn home(&self, rng: &mut Rng) -> usize {
        let at = rng.unit() * self.sizes[CITIES - 1];
        self.sizes.partition_point(|&sum| sum <= at).min(CITIES - 1)
    }

    /// Height of the terrain, metres: linear between the corners of its grid.
    pub(crate) fn height(&self, lon: f64, lat: f64) -> f64 {
        let (x, i) = grid_place(lon - 5.0);
        let (y, j) = grid_place(lat - 45.0);
        let corner = |i: usize, j: usize| self.heights[j * TERRAIN + i];
        let south = corner(i, j) + (corner(i + 1, j) - corner(i, j)) * x;
        let north = corner(i, j + 1) + (corner(i + 1, j + 1) - corner(i, j + 1)) * x;
        south + (north - south) * y
    }
}

/// Share and index of the terrain's grid cell at so many degrees from its edge.
fn grid_place(degrees: f64) -> (f64, usize) {
    let cells = (degrees * ((TERRAIN - 1) as f64 / 10.0)).clamp(0.0, (TERRAIN - 2) as f64);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the grid")]
    let index = cells as usize;
    (cells - index as f64, index)
}

/// Where the cities lie: each at the emptiest of a few random places.
fn places(rng: &mut Rng) -> Vec<(f64, f64)> {
    let mut places = vec![CENTRE];
    while places.len() < CITIES {
        let mut best = (CENTRE, -1.0);
        for _ in 0..12 {
            let place = loop {
                let (u, v) = (rng.between(-1.0, 1.0), rng.between(-1.0, 1.0));
                if u * u + v * v < 1.0 {
                    break (CENTRE.0 + u * HALF.0, CENTRE.1 + v * HALF.1);
                }
            };
            let nearest = places
                .iter()
                .map(|&other| distance_m(place, other))
                .fold(f64::MAX, f64::min);
            if nearest > best.1 {
                best = (place, nearest);
            }
        }
        places.push(best.0);
    }
    places
}

/// Pairs of cities with a road: each with its three nearest, and whatever else makes the country one piece.
fn joined(places: &[(f64, f64)]) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    let between = |a: usize, b: usize| distance_m(places[a], places[b]);
    for a in 0..places.len() {
        let mut others: Vec<usize> = (0..places.len()).filter(|&b| b != a).collect();
        others.sort_by(|&b, &c| between(a, b).total_cmp(&between(a, c)));
        pairs.extend(others.iter().take(3).map(|&b| (a.min(b), a.max(b))));
    }
    // Prim's tree: the nearest city outside joins the city inside that it is nearest to.
    let mut nearest: Vec<usize> = vec![0; places.len()];
    let mut outside: BTreeSet<usize> = (1..places.len()).collect();
    while let Some(&b) = outside
        .iter()
        .min_by(|&&b, &&c| between(b, nearest[b]).total_cmp(&between(c, nearest[c])))
    {
        outside.remove(&b);
        pairs.insert((b.min(nearest[b]), b.max(nearest[b])));
        for &c in &outside {
            if between(c, b) < between(c, nearest[c]) {
                nearest[c] = b;
            }
        }
    }
    pairs
}

/// Hills of three sizes on land that rises to the south.
fn heights(rng: &mut Rng) -> Vec<f64> {
    let mut heights: Vec<f64> = (0..TERRAIN * TERRAIN)
        .map(|i| {
            let south = 1.0 - (i / TERRAIN) as f64 / (TERRAIN - 1) as f64;
            30.0 + 900.0 * south * south * south
        })
        .collect();
    for (step, size) in [(32, 180.0), (8, 90.0), (2, 35.0)] {
        let side = (TERRAIN - 1) / step + 1;
        let lattice: Vec<f64> = (0..side * side).map(|_| size * rng.unit()).collect();
        for (i, height) in heights.iter_mut().enumerate() {
            let (x, y) = (i % TERRAIN, i / TERRAIN);
            let (left, low) = ((x / step).min(side - 2), (y / step).min(side - 2));
            let share = |v: usize, cell: usize| (v - cell * step) as f64 / step as f64;
            let (u, v) = (share(x, left), share(y, low));
            let corner = |dx: usize, dy: usize| lattice[(low + dy) * side + left + dx];
            let bottom = corner(0, 0) * (1.0 - u) + corner(1, 0) * u;
            let top = corner(0, 1) * (1.0 - u) + corner(1, 1) * u;
            *height += bottom * (1.0 - v) + top * v;
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_is_one_piece_within_its_bounds() {
        for seed in 0..20 {
            let country = Country::new(seed);
            let mut reached = [false; CITIES];
            let mut open = vec![0];
            while let Some(city) = open.pop() {
                if !std::mem::replace(&mut reached[city], true) {
                    open.extend(
                        country.cities[city]
                            .roads
                            .iter()
                            .flat_map(|&r| country.roads[r].ends),
                    );
                }
            }
            assert!(reached.iter().all(|&r| r), "seed {seed}");
            for bend in country.roads.iter().flat_map(|road| &road.bends) {
                assert!(
                    (5.5..14.5).contains(&bend.lon) && (45.5..54.5).contains(&bend.lat),
                    "seed {seed}"
                );
            }
        }
    }

    #[test]
    fn a_road_goes_from_city_to_city() {
        let country = Country::new(3);
        let road = &country.roads[0];
        let [a, b] = road.ends.map(|city| &country.cities[city]);
        assert_eq!(road.position(0.0, road.stretch(0.0, 5)), (a.lon, a.lat));
        let end = road.position(road.length, road.stretch(road.length, 0));
        assert!((end.0 - b.lon).abs() < 1e-9 && (end.1 - b.lat).abs() < 1e-9);
    }
}
