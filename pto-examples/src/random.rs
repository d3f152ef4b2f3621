//! Reproducible random numbers.

/// The SplitMix64 generator: the same numbers for a seed on every machine and in every release.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `low..high`, uniform over the multiples of 2^-24 of the interval.
    pub fn uniform(&mut self, low: f32, high: f32) -> f32 {
        let unit = (self.bits() >> 40) as f32 / (1 << 24) as f32;
        low + (high - low) * unit
    }

    /// An integer in `0..limit`; `limit` must not be zero.
    pub fn below(&mut self, limit: u32) -> u32 {
        // Multiply-shift: the bias is below limit / 2^32 and of no matter for test data.
        (((self.bits() >> 32) * u64::from(limit)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1234567);
        let got: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(
            got,
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423
            ]
        );
    }

    #[test]
    fn numbers_stay_inside_their_interval_and_fill_it() {
        let mut random = Random::new(0);
        let mean = (0..10_000)
            .map(|_| random.uniform(-0.5, 0.5))
            .inspect(|x| assert!((-0.5..0.5).contains(x)))
            .sum::<f32>();
        assert!(mean.abs() < 100.0, "a mean of {mean} / 10000");
        let mut seen = [false; 7];
        (0..200).for_each(|_| seen[random.below(7) as usize] = true);
        assert!(seen.iter().all(|seen| *seen));
    }
}
