use crate::rng::Rng;

/// Mean earth radius times pi / 180: metres in one degree of latitude.
pub(crate) const METRES_PER_DEGREE: f64 = 111_195.079_734_632_3;

/// Longest stretch between two bends before a road is bent again, metres.
const STRAIGHT_M: f64 = 2_500.0;

/// Degrees of longitude in one metre at a latitude.
pub(crate) fn lon_per_metre(lat: f64) -> f64 {
    1.0 / (METRES_PER_DEGREE * libm::cos(lat.to_radians()))
}

/// A bend of a road and the straight stretch that begins there.
#[derive(Debug)]
pub(crate) struct Bend {
    pub(crate) lon: f64,
    pub(crate) lat: f64,
    /// Metres from the road's beginning.
    pub(crate) at: f64,
    /// Compass degrees towards the next bend.
    pub(crate) heading: f64,
    pub(crate) lon_per_metre: f64,
}

/// A winding road between the centres of two cities.
#[derive(Debug)]
pub(crate) struct Road {
    /// Indices of the cities at its beginning and end.
    pub(crate) ends: [usize; 2],
    pub(crate) bends: Vec<Bend>,
    pub(crate) length: f64,
}

impl Road {
    pub(crate) fn winding(
        ends: [usize; 2],
        from: (f64, f64),
        to: (f64, f64),
        rng: &mut Rng,
    ) -> Self {
        let line = wind(from, to, rng);
        let mut bends = Vec::with_capacity(line.len());
        let mut at = 0.0;
        for (i, &(lon, lat)) in line.iter().enumerate() {
            let (next_lon, next_lat) = line[(i + 1).min(line.len() - 1)];
            let lon_per_metre = lon_per_metre((lat + next_lat) / 2.0);
            let east = (next_lon - lon) / lon_per_metre;
            let north = (next_lat - lat) * METRES_PER_DEGREE;
            let heading = libm::atan2(east, north).to_degrees();
            bends.push(Bend {
                lon,
                lat,
                at,
                heading,
                lon_per_metre,
            });
            at += (east * east + north * north).sqrt();
        }
        Self {
            ends,
            bends,
            length: at,
        }
    }

    /// The stretch that `at` lies on, searched from a near one.
    pub(crate) fn stretch(&self, at: f64, mut near: usize) -> usize {
        let last = self.bends.len() - 2;
        while near < last && self.bends[near + 1].at <= at {
            near += 1;
        }
        while near > 0 && self.bends[near].at > at {
            near -= 1;
        }
        near
    }

    /// Longitude and latitude `at` metres from the beginning, on a stretch from [`Self::stretch`].
    pub(crate) fn position(&self, at: f64, stretch: usize) -> (f64, f64) {
        let (a, b) = (&self.bends[stretch], &self.bends[stretch + 1]);
        let share = (at - a.at) / (b.at - a.at);
        (
            a.lon + (b.lon - a.lon) * share,
            a.lat + (b.lat - a.lat) * share,
        )
    }
}

/// Midpoint displacement: halves each stretch and pushes its middle aside until stretches are short.
fn wind(from: (f64, f64), to: (f64, f64), rng: &mut Rng) -> Vec<(f64, f64)> {
    let mut line = vec![from, to];
    let mut stretch = distance_m(from, to);
    while stretch > STRAIGHT_M {
        let mut finer = Vec::with_capacity(2 * line.len());
        for pair in line.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let aside = 0.045 * rng.bells().0;
            finer.push(a);
            finer.push((
                (a.0 + b.0) / 2.0 - (b.1 - a.1) * aside * 1.55,
                (a.1 + b.1) / 2.0 + (b.0 - a.0) * aside / 1.55,
            ));
        }
        finer.push(to);
        line = finer;
        stretch /= 2.0;
    }
    if line.len() == 2 {
        line.insert(1, ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0));
    }
    line
}

/// Planar distance with the middle of the country's width of a degree: good enough to lay out a map.
pub(crate) fn distance_m(a: (f64, f64), b: (f64, f64)) -> f64 {
    const WIDTH: f64 = 71_500.0;
    let (east, north) = ((a.0 - b.0) * WIDTH, (a.1 - b.1) * METRES_PER_DEGREE);
    (east * east + north * north).sqrt()
}
