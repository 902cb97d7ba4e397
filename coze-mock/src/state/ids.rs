//! Ids in the form of the platform: strings of 19 digits.

/// A generator of ids. Ids increase, and servers with the same seed generate the same ids.
#[derive(Clone, Debug)]
pub struct Ids(u64);

impl Ids {
    /// The first id of a server with seed 0.
    const FIRST: u64 = 7_500_000_000_000_000_000;

    /// The distance between the first ids of two seeds.
    const STRIDE: u64 = 1 << 40;

    pub(crate) fn new(seed: u64) -> Self {
        Self(Self::FIRST + (seed % 1_000_000) * Self::STRIDE)
    }

    /// The next id.
    #[allow(clippy::should_implement_trait, reason = "an iterator would have to end some day")]
    pub fn next(&mut self) -> String {
        self.0 += 1;
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_increase_and_have_19_digits() {
        for seed in [0, 7, u64::MAX] {
            let mut ids = Ids::new(seed);
            let (first, second) = (ids.next(), ids.next());
            assert!(first < second);
            assert_eq!(first.len(), 19);
            assert_eq!(Ids::new(seed).next(), first);
        }
    }
}
