//! 16-bit samples: channels, rates and levels.

use std::iter::repeat_n;

/// Mixes the channels of samples.
pub(super) fn mono(samples: &[i16], channels: u16) -> Vec<i16> {
    let channels = usize::from(channels.max(1));
    let mix = |frame: &[i16]| {
        let sum: i64 = frame.iter().copied().map(i64::from).sum();
        i16::try_from(sum / i64::try_from(channels).unwrap_or(1)).unwrap_or_default()
    };
    samples.chunks_exact(channels).map(mix).collect()
}

/// Repeats each sample in all channels.
pub(super) fn spread(samples: impl IntoIterator<Item = i16>, channels: u16) -> Vec<i16> {
    samples.into_iter().flat_map(|sample| repeat_n(sample, usize::from(channels))).collect()
}

/// Changes the sample rate by linear interpolation, which is enough for speech.
pub(super) struct Resampler {
    from: u32,
    to: u32,
    /// The distance of the next output from `last`, in parts of an input sample: 1 / `to`.
    phase: u32,
    last: i16,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Self {
        Self { from, to, phase: 0, last: 0 }
    }

    /// Returns the next samples.
    pub(super) fn resample(&mut self, samples: &[i16]) -> Vec<i16> {
        let mut resampled = Vec::new();
        for &sample in samples {
            while self.phase < self.to {
                let (last, next) = (i64::from(self.last), i64::from(sample));
                let step = (next - last) * i64::from(self.phase) / i64::from(self.to);
                resampled.push(i16::try_from(last + step).unwrap_or_default());
                self.phase += self.from;
            }
            self.phase -= self.to;
            self.last = sample;
        }
        resampled
    }
}

/// Returns samples as bytes, little-endian.
pub(super) fn to_bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().copied().flat_map(i16::to_le_bytes).collect()
}

/// Returns the samples in bytes. An odd byte at the end is dropped.
pub(super) fn from_bytes(bytes: &[u8]) -> Vec<i16> {
    bytes.as_chunks().0.iter().copied().map(i16::from_le_bytes).collect()
}

/// The number of steps of a meter.
const STEPS: u32 = 24;

/// Draws the loudness of samples. Each step is 2 dB.
pub(super) fn meter(samples: &[i16]) -> String {
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default();
    // Full scale is 0 dB, and silence is far below the first step.
    let decibels = 20.0 * (f64::from(peak.max(1)) / f64::from(i16::MAX)).log10();
    let filled = (0..STEPS).filter(|step| decibels > -2.0 * f64::from(STEPS - step)).count();
    let bar: String = repeat_n('█', filled).chain(repeat_n('·', STEPS as usize - filled)).collect();
    format!("[{bar}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_mixed_and_repeated() {
        assert_eq!(mono(&[1, 3, -5, -7, i16::MAX, i16::MAX, 9], 2), [2, -6, i16::MAX]);
        assert_eq!(mono(&[1, 2], 0), [1, 2]);
        assert_eq!(spread([1, -2], 2), [1, 1, -2, -2]);
    }

    #[test]
    fn the_rate_changes_without_gaps_between_pieces() {
        let samples: Vec<i16> = (0..4_800).map(|n| n * 5).collect();
        for (from, to) in [(48_000, 24_000), (44_100, 24_000), (24_000, 48_000), (8_000, 24_000)] {
            let whole = Resampler::new(from, to).resample(&samples);
            let expected = samples.len() * to as usize / from as usize;
            assert!(whole.len().abs_diff(expected) <= 1, "{from} {to}: {}", whole.len());
            assert!(whole.is_sorted(), "a ramp stays a ramp");
            let mut resampler = Resampler::new(from, to);
            let pieces: Vec<i16> =
                samples.chunks(333).flat_map(|piece| resampler.resample(piece)).collect();
            assert_eq!(pieces, whole);
        }
        assert_eq!(Resampler::new(2, 2).resample(&[5, 6, 7]), [0, 5, 6]);
    }

    #[test]
    fn bytes_are_little_endian() {
        assert_eq!(to_bytes(&[1, -2]), [1, 0, 0xfe, 0xff]);
        assert_eq!(from_bytes(&[1, 0, 0xfe, 0xff, 7]), [1, -2]);
    }

    #[test]
    fn a_meter_shows_loudness() {
        let filled = |samples: &[i16]| meter(samples).matches('█').count();
        assert_eq!(filled(&[]), 0);
        assert_eq!(filled(&[0, 1]), 0);
        assert_eq!(filled(&[i16::MIN]), 24);
        let half = filled(&[-16_384]);
        assert!((20..24).contains(&half), "{half}");
        assert!(filled(&[1_000]) < half);
    }
}
