//! Where a point lies in the hexagons of an icosahedron's face, as far as that can be proved.
//!
//! H3 projects a point gnomonically onto the face whose centre is nearest and rounds it to the nearest point of a
//! lattice there. h3o does so by way of angles, here it is three products and a quotient; both are the same numbers but
//! for roundings, which are bounded below. So where the point is farther than that from the rim of a hexagon, and from
//! where another face is as near, h3o has the same face and hexagon; elsewhere h3o is asked.

use h3o::Resolution;

/// By how much h3o's point is off in the plane of a face, whose centre is at distance 1, at most: 6 mm. Its arc cosine of
/// nearly 1 loses 6e-17 / distance from the centre, which is 8e-10 at the rim of the smallest cell there, and inside of it
/// not enough to reach the rim; all else loses some 1e-14, and what is done here no more than that.
const ROUNDING: f64 = 1e-9;

/// Steps of the circle at which sines are known.
const STEPS: usize = 256;
const DEGREES_PER_STEP: f64 = 360.0 / 256.0;

/// Adding it rounds to an integer, which then stands in the low bits.
const ROUND: f64 = 1.5 * 4_503_599_627_370_496.0;

type Vector = [f64; 3];

fn dot(a: &Vector, b: &Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn sum(a: f64, u: &Vector, b: f64, v: &Vector) -> Vector {
    [0, 1, 2].map(|axis| a * u[axis] + b * v[axis])
}

/// A hexagon of a face: steps along H3's first and second axis, which are 120 degrees apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hexagon {
    pub(super) face: usize,
    pub(super) i: i32,
    pub(super) j: i32,
}

/// The lattice on one face.
#[derive(Clone, Copy)]
struct Lattice {
    centre: Vector,
    /// What the product with a point, over that with the centre, is its place along an axis.
    i: Vector,
    j: Vector,
}

/// The lattices of one resolution on all faces.
pub(super) struct Planes {
    lattices: [Lattice; 20],
    /// How much nearer than half a step to a hexagon's centre a point must be.
    within: f64,
    /// Sines and cosines of all steps from -180 to 180 degrees.
    circle: Vec<[f64; 2]>,
    /// By step of latitude and of longitude the face of all points about it, once it is known.
    nearest: Vec<Nearest>,
}

/// The faces whose centres may be nearest.
#[derive(Clone, Copy)]
enum Nearest {
    Unknown,
    One(u8),
    /// As many as three, one perhaps twice.
    Few([u8; 3]),
    Any,
}

impl Planes {
    pub(super) fn new(resolution: Resolution) -> Self {
        let scale = scale(resolution);
        let mut lattices = [Lattice {
            centre: [0.0; 3],
            i: [0.0; 3],
            j: [0.0; 3],
        }; 20];
        for (lattice, (centre, azimuth)) in lattices.iter_mut().zip(FACES.iter().zip(AZIMUTHS)) {
            *lattice = Lattice::new(centre, azimuth, resolution, scale);
        }
        let circle = (0..=STEPS).map(|step| {
            #[expect(clippy::cast_precision_loss, reason = "256 at most")]
            let degrees = step as f64 * DEGREES_PER_STEP - 180.0;
            let (sine, cosine) = libm::sincos(degrees.to_radians());
            [sine, cosine]
        });
        Self {
            lattices,
            within: 0.5 - ROUNDING * scale,
            circle: circle.collect(),
            nearest: vec![Nearest::Unknown; (STEPS / 2 + 1) * (STEPS + 1)],
        }
    }

    /// The hexagon of a valid point in degrees; `None` where roundings might matter.
    #[inline]
    pub(super) fn hexagon(&mut self, lon: f64, lat: f64) -> Option<Hexagon> {
        let (column, [sin_lon, cos_lon]) = self.turn(lon)?;
        let (row, [sin_lat, cos_lat]) = self.turn(lat)?;
        let point = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat];
        let place = (row - STEPS / 4) * (STEPS + 1) + column;
        if let Nearest::Unknown = self.nearest.get(place)? {
            self.nearest[place] = self.learn(row, column);
        }
        let face = match self.nearest[place] {
            Nearest::One(face) => face.into(),
            Nearest::Few(faces) => face_of(&point, faces.into_iter().map(usize::from))?,
            Nearest::Any | Nearest::Unknown => face_of(&point, 0..FACES.len())?,
        };
        let lattice = &self.lattices[face];
        let depth = 1.0 / dot(&point, &lattice.centre);
        let (i, j) = (
            dot(&point, &lattice.i) * depth,
            dot(&point, &lattice.j) * depth,
        );
        let (i, j) = round(i, j, self.within)?;
        Some(Hexagon { face, i, j })
    }

    /// The step nearest to an angle in degrees, and the angle's sine and cosine, to 1e-14.
    #[inline]
    fn turn(&self, degrees: f64) -> Option<(usize, [f64; 2])> {
        let whole = degrees * (1.0 / DEGREES_PER_STEP) + ROUND;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits are the integer"
        )]
        let step = (whole.to_bits() as u32).wrapping_add(128) as usize;
        let [sine, cosine] = *self.circle.get(step)?;
        // At most 0.0123, exact before it is multiplied: both are close, or the step is 0. Of the series the first terms
        // left out are 9e-18 and 5e-15.
        let by = (degrees - (whole - ROUND) * DEGREES_PER_STEP) * (std::f64::consts::PI / 180.0);
        let square = by * by;
        let sin = by * (1.0 - square * (1.0 / 6.0 - square * (1.0 / 120.0)));
        let cos = 1.0 - square * (0.5 - square * (1.0 / 24.0));
        Some((step, [sine * cos + cosine * sin, cosine * cos - sine * sin]))
    }

    /// The faces that points about a step may have.
    #[cold]
    fn learn(&self, row: usize, column: usize) -> Nearest {
        let ([sin_lat, cos_lat], [sin_lon, cos_lon]) = (self.circle[row], self.circle[column]);
        let middle = [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat];
        // No point is farther from the middle than half a step on each axis, both of which move it by no more than
        // the angle.
        let radius = (DEGREES_PER_STEP / 2.0).to_radians() * std::f64::consts::SQRT_2;
        let nearness = FACES.map(|centre| dot(&middle, &centre));
        let (first, most) = (0..FACES.len())
            .zip(nearness)
            .fold(
                (0, f64::MIN),
                |best, next| if next.1 > best.1 { next } else { best },
            );
        // What is less near than the nearest by more than the two can change is not among them.
        let may_be = |face: &usize| {
            let apart = sum(1.0, &FACES[*face], -1.0, &FACES[first]);
            most - nearness[*face] <= libm::sqrt(dot(&apart, &apart)) * radius + 3.0 * ROUNDING
        };
        let near: Vec<u8> = (0..FACES.len())
            .filter(may_be)
            .filter_map(|face| u8::try_from(face).ok())
            .collect();
        match near[..] {
            [one] => Nearest::One(one),
            [one, two] => Nearest::Few([one, two, two]),
            [one, two, three] => Nearest::Few([one, two, three]),
            _ => Nearest::Any,
        }
    }
}

impl Lattice {
    fn new(centre: &Vector, azimuth: f64, resolution: Resolution, scale: f64) -> Self {
        // As h3o has them: north on the face, and from it clockwise the first axis of H3's even resolutions; that of odd
        // ones is asin(sqrt(3/28)) before it.
        let along = -centre[2];
        let north = sum(1.0, &[0.0, 0.0, 1.0], along, centre);
        let length = libm::sqrt(dot(&north, &north));
        let north = north.map(|axis| axis / length);
        let east = [
            north[1] * centre[2] - north[2] * centre[1],
            north[2] * centre[0] - north[0] * centre[2],
            north[0] * centre[1] - north[1] * centre[0],
        ];
        let is_odd = u8::from(resolution) % 2 == 1;
        let turned = if is_odd {
            libm::asin(libm::sqrt(3.0 / 28.0))
        } else {
            0.0
        };
        let (sine, cosine) = libm::sincos(azimuth - turned);
        let x = sum(cosine * scale, &north, sine * scale, &east);
        let y = sum(sine * scale, &north, -cosine * scale, &east);
        // x = i - j / 2 and y = j sqrt(3) / 2.
        let root = 1.0 / libm::sqrt(3.0);
        Self {
            centre: *centre,
            i: sum(1.0, &x, root, &y),
            j: y.map(|axis| axis * 2.0 * root),
        }
    }
}

/// Steps of the lattice in the plane of a face whose centre is at distance 1: at resolution 0 the golden ratio's square.
fn scale(resolution: Resolution) -> f64 {
    let resolution = u8::from(resolution);
    let golden = (1.0 + libm::sqrt(5.0)) / 2.0;
    let odd = if resolution % 2 == 1 {
        libm::sqrt(7.0)
    } else {
        1.0
    };
    let even = 7u32.pow(u32::from(resolution / 2));
    golden * golden * odd * f64::from(even)
}

/// The face of some whose centre is nearest, if no other is as near but for roundings.
#[inline]
fn face_of(point: &Vector, faces: impl Iterator<Item = usize>) -> Option<usize> {
    let (mut first, mut second) = ((f64::MIN, 0), f64::MIN);
    for face in faces {
        let near = dot(point, &FACES[face]);
        if near > first.0 {
            (first, second) = ((near, face), first.0);
        } else if near > second && face != first.1 {
            // One may come twice.
            second = near;
        }
    }
    (first.0 - second > 2.0 * ROUNDING).then_some(first.1)
}

/// The lattice point whose hexagon holds a place, farther than a margin from its rim.
#[inline]
fn round(i: f64, j: f64, within: f64) -> Option<(i32, i32)> {
    let (whole_i, whole_j) = (i + ROUND - ROUND, j + ROUND - ROUND);
    let (di, dj) = (i - whole_i, j - whole_j);
    // Distances along the axes at 0 and at 120 degrees; half a step is the rim. Of a rounded place only these may be
    // beyond it, and the farther one tells the neighbour.
    let (along_i, along_j) = (di - 0.5 * dj, dj - 0.5 * di);
    let is_i = along_i.abs() >= along_j.abs();
    let more = |along: f64, is_this: bool| match is_this && along.abs() > 0.5 {
        true => 1f64.copysign(along),
        false => 0.0,
    };
    let (more_i, more_j) = (more(along_i, is_i), more(along_j, !is_i));
    let (di, dj) = (di - more_i, dj - more_j);
    let along = [di - 0.5 * dj, 0.5 * (di + dj), dj - 0.5 * di];
    let is_inside = along
        .iter()
        .fold(true, |all, along| all & (along.abs() < within));
    #[expect(clippy::cast_possible_truncation, reason = "at most 8 million steps")]
    is_inside.then_some(((whole_i + more_i) as i32, (whole_j + more_j) as i32))
}

/// Centres of the faces, and the clockwise azimuths from north of their first axes, in radians: H3's `faceCenterPoint`
/// and `faceAxesAzRadsCII`.
#[rustfmt::skip]
pub(super) const FACES: [Vector; 20] = [
    [0.219_930_779_140_460_6, 0.658_369_178_027_499_6, 0.719_847_537_892_618_2],
    [-0.213_923_483_450_142_1, 0.147_817_182_955_070_3, 0.965_601_793_521_420_5],
    [0.109_262_527_878_479_7, -0.481_195_157_287_321, 0.869_777_512_128_725_3],
    [0.742_856_730_158_679_1, -0.359_394_167_827_802_8, 0.564_800_593_651_703_3],
    [0.811_253_470_914_096_9, 0.344_895_323_763_938_4, 0.472_138_773_641_393],
    [-0.105_549_814_961_392_1, 0.979_445_729_641_141_3, 0.171_887_461_000_936_5],
    [-0.807_540_757_997_009_2, 0.153_355_248_589_881_8, 0.569_526_199_488_268_8],
    [-0.284_614_806_978_790_7, -0.864_408_097_265_420_6, 0.414_479_255_247_353_9],
    [0.740_562_147_385_448_2, -0.667_329_956_456_552_4, -0.078_983_764_632_673_7],
    [0.851_230_398_647_429_3, 0.472_234_378_858_268_1, -0.228_913_738_868_780_8],
    [-0.740_562_147_385_448_1, 0.667_329_956_456_552_4, 0.078_983_764_632_673_7],
    [-0.851_230_398_647_429_2, -0.472_234_378_858_268_2, 0.228_913_738_868_780_8],
    [0.105_549_814_961_391_9, -0.979_445_729_641_141_3, -0.171_887_461_000_936_5],
    [0.807_540_757_997_009_2, -0.153_355_248_589_881_9, -0.569_526_199_488_268_8],
    [0.284_614_806_978_790_8, 0.864_408_097_265_420_4, -0.414_479_255_247_353_9],
    [-0.742_856_730_158_679_1, 0.359_394_167_827_802_7, -0.564_800_593_651_703_3],
    [-0.811_253_470_914_097, -0.344_895_323_763_938_2, -0.472_138_773_641_393],
    [-0.219_930_779_140_460_7, -0.658_369_178_027_499_6, -0.719_847_537_892_618_2],
    [0.213_923_483_450_142, -0.147_817_182_955_070_4, -0.965_601_793_521_420_5],
    [-0.109_262_527_878_479_6, 0.481_195_157_287_321, -0.869_777_512_128_725_3],
];
#[rustfmt::skip]
const AZIMUTHS: [f64; 20] = [
    5.619_958_268_523_939_5, 5.760_339_081_714_187_5, 0.780_213_654_393_43, 0.430_469_363_979_999_9, 6.130_269_123_335_111,
    2.692_877_706_530_643, 2.982_963_003_477_244, 3.532_912_002_790_141, 3.494_305_004_259_568, 3.003_214_169_499_538_2,
    5.930_472_956_509_812, 0.138_378_484_090_254_86, 0.448_714_947_059_150_4, 0.158_629_650_112_549_37, 5.891_865_957_979_238,
    2.711_123_289_609_793, 3.294_508_837_434_268, 3.804_819_692_245_44, 3.664_438_879_055_192_3, 2.361_378_999_196_363,
];
