/// SplitMix64: eight bytes of state per device, and the same sequence on every platform and for ever.
/// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014.)
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What a sequence is for; keeps the sequences of one seed apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Country,
    Days,
    Habit,
    Weight,
    DeviceDay,
    Sessions,
}

impl Rng {
    /// The sequence that belongs to a seed, a purpose and two numbers such as day and device.
    pub(crate) fn keyed(seed: u64, stream: Stream, a: u64, b: u64) -> Self {
        let keys = [stream as u64, a, b];
        Self(
            keys.iter()
                .fold(mix(seed.wrapping_add(GOLDEN)), |state, &key| {
                    mix(state ^ mix(key.wrapping_add(GOLDEN)))
                }),
        )
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        (self.next() >> 11) as f64 * STEP
    }

    /// Uniform in [low, high).
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n (n > 0).
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let product = (self.next() >> 32) * u64::from(n);
        (product >> 32) as u32
    }

    /// Uniform index of a slice of `n` > 0 elements.
    pub(crate) fn index(&mut self, n: usize) -> usize {
        self.below(u32::try_from(n).unwrap_or(u32::MAX)) as usize
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Two independent values of mean 0 and variance 1 within +-2.45: sums of two uniforms, as near to a
    /// normal as noise needs and without logarithms.
    pub(crate) fn bells(&mut self) -> (f64, f64) {
        const ROOT_6: f64 = 2.449_489_742_783_178;
        let r = self.next();
        let lane = |i: u32| ((r >> (16 * i)) & 0xFFFF) as f64 / 65_536.0;
        (
            (lane(0) + lane(1) - 1.0) * ROOT_6,
            (lane(2) + lane(3) - 1.0) * ROOT_6,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        let mut rng = Rng(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| rng.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn values_stay_in_their_ranges() {
        let mut rng = Rng::keyed(1, Stream::Country, 2, 3);
        let mut mean = 0.0;
        for _ in 0..10_000 {
            assert!((0.0..1.0).contains(&rng.unit()));
            assert!(rng.below(7) < 7);
            let (a, b) = rng.bells();
            assert!(a.abs() < 2.46 && b.abs() < 2.46);
            mean += (a + b) / 20_000.0;
        }
        assert!(mean.abs() < 0.05);
    }
}
