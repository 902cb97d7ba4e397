//! WAV files: reading and writing the header of PCM samples.
//!
//! ```
//! use coze_api::realtime::wav::{self, PcmFormat};
//!
//! let samples = [0; 960];
//! let file = wav::encode(PcmFormat::default(), &samples);
//! let header = wav::WavHeader::parse(&file).expect("a WAV file");
//! assert_eq!(header.format, PcmFormat::default());
//! assert_eq!(&file[header.data_start..], &samples);
//! ```

use std::time::Duration;

/// The length of the header that [`header`] returns, in bytes.
pub const HEADER_LEN: usize = 44;

const PCM: u16 = 1;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// The layout of raw PCM samples. The default is that of the server: 24,000 Hz, one channel, 16
/// bits.
///
/// It is used to compute durations and to write headers; samples are little-endian and signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PcmFormat {
    /// The number of samples per second and channel, in Hz.
    pub sample_rate: u32,
    /// The number of channels.
    pub channels: u16,
    /// The number of bits of a sample.
    pub bit_depth: u16,
}

impl Default for PcmFormat {
    fn default() -> Self {
        Self { sample_rate: 24_000, channels: 1, bit_depth: 16 }
    }
}

impl PcmFormat {
    /// Returns the size of one sample of all channels, in bytes.
    ///
    /// For 16-bit mono it is 2.
    pub fn frame_bytes(&self) -> u32 {
        u32::from(self.channels) * u32::from(self.bit_depth.div_ceil(8))
    }

    /// Returns the size of one second of audio, in bytes.
    ///
    /// For the default format it is 48,000.
    pub fn bytes_per_second(&self) -> u64 {
        u64::from(self.sample_rate) * u64::from(self.frame_bytes())
    }

    /// Returns the duration of audio with this length in bytes, or zero if the format is invalid.
    pub fn duration(&self, bytes: u64) -> Duration {
        match self.bytes_per_second() {
            0 => Duration::ZERO,
            rate => {
                Duration::from_secs(bytes / rate)
                    + Duration::from_nanos(
                        u64::try_from(u128::from(bytes % rate) * 1_000_000_000 / u128::from(rate))
                            .unwrap_or(0),
                    )
            }
        }
    }
}

/// The encoding of the samples in a WAV file.
///
/// The API takes PCM and G.711. Recordings in other encodings have to be converted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WavEncoding {
    /// PCM.
    Pcm,
    /// G.711 A-law.
    ALaw,
    /// G.711 μ-law.
    MuLaw,
    /// Another encoding, by its format tag.
    Other(u16),
}

/// The contents of a WAV file's header.
///
/// [`WavHeader::parse`] reads it from the beginning of a file. Chunks that are not about the
/// samples are skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WavHeader {
    /// The encoding of the samples.
    pub encoding: WavEncoding,
    /// The layout of the samples.
    pub format: PcmFormat,
    /// The position of the samples in the file, in bytes.
    pub data_start: usize,
    /// The length of the samples in bytes, or `None` if the writer of the file did not know it.
    pub data_len: Option<u64>,
}

impl WavHeader {
    /// Parses the header at the beginning of a file.
    ///
    /// Returns `None` if the file is not a WAV file, or if `bytes` ends before the samples begin.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        match Parsed::of(bytes) {
            Parsed::Header(header) => Some(header),
            Parsed::Incomplete | Parsed::NotWav => None,
        }
    }
}

/// The result of parsing the beginning of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Parsed {
    Header(WavHeader),
    /// The header is longer than the bytes so far.
    Incomplete,
    NotWav,
}

impl Parsed {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let is = |at: usize, tag: &[u8]| {
            let there = bytes.get(at..).unwrap_or_default();
            let there = &there[..there.len().min(tag.len())];
            tag.starts_with(there)
        };
        if !is(0, b"RIFF") || !is(8, b"WAVE") {
            return Self::NotWav;
        }
        Self::chunks(bytes).unwrap_or(Self::Incomplete)
    }

    /// Skips the chunks before the samples. Returns `None` if the bytes end before that.
    fn chunks(bytes: &[u8]) -> Option<Self> {
        let mut format = None;
        let mut at = 12_usize;
        loop {
            let head: &[u8; 8] = bytes.get(at..)?.first_chunk()?;
            let [a, b, c, d, size @ ..] = *head;
            let size = u32::from_le_bytes(size);
            at += 8;
            match &[a, b, c, d] {
                b"data" => {
                    let Some((encoding, format)) = format else {
                        return Some(Self::NotWav);
                    };
                    // Programs that write to a pipe do not know the length and write one of these.
                    let known = !matches!(size, 0 | u32::MAX);
                    return Some(Self::Header(WavHeader {
                        encoding,
                        format,
                        data_start: at,
                        data_len: known.then_some(u64::from(size)),
                    }));
                }
                b"fmt " => {
                    let size = usize::try_from(size).ok()?;
                    let chunk = bytes.get(at..at.checked_add(size)?)?;
                    match read_format(chunk) {
                        Some(read) => format = Some(read),
                        None => return Some(Self::NotWav),
                    }
                }
                _ => {}
            }
            // Chunks begin at even positions.
            at = at.checked_add(usize::try_from(size).ok()?)?.checked_next_multiple_of(2)?;
        }
    }
}

fn read_format(chunk: &[u8]) -> Option<(WavEncoding, PcmFormat)> {
    let short = |at: usize| chunk.get(at..)?.first_chunk().copied().map(u16::from_le_bytes);
    let sample_rate = chunk.get(4..)?.first_chunk().copied().map(u32::from_le_bytes)?;
    let tag = match short(0)? {
        // The tag is then at the start of a longer ID.
        EXTENSIBLE => short(24)?,
        tag => tag,
    };
    let encoding = match tag {
        PCM => WavEncoding::Pcm,
        A_LAW => WavEncoding::ALaw,
        MU_LAW => WavEncoding::MuLaw,
        other => WavEncoding::Other(other),
    };
    let format = PcmFormat { sample_rate, channels: short(2)?, bit_depth: short(14)? };
    Some((encoding, format))
}

/// Returns the header of a WAV file with PCM samples of this length in bytes.
///
/// The format is limited to lengths of 4 GiB. For longer files the header states that the length is
/// unknown, and players read to the end of the file.
pub fn header(format: PcmFormat, data_len: u64) -> [u8; HEADER_LEN] {
    let data = u32::try_from(data_len).ok().filter(|len| *len < u32::MAX - 36);
    let (data, riff) = match data {
        Some(data) => (data, data + 36 + data % 2),
        None => (u32::MAX, u32::MAX),
    };
    let rate = u32::try_from(format.bytes_per_second()).unwrap_or(u32::MAX);
    let align = u16::try_from(format.frame_bytes()).unwrap_or(u16::MAX);
    let parts: [&[u8]; 13] = [
        b"RIFF",
        &riff.to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &format.channels.to_le_bytes(),
        &format.sample_rate.to_le_bytes(),
        &rate.to_le_bytes(),
        &align.to_le_bytes(),
        &format.bit_depth.to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    let mut header = [0; HEADER_LEN];
    for (place, byte) in header.iter_mut().zip(parts.concat()) {
        *place = byte;
    }
    header
}

/// Returns a complete WAV file with PCM samples.
///
/// The samples are copied behind a [`header`]. Write large recordings as a stream: the header
/// first, then the samples.
pub fn encode(format: PcmFormat, samples: &[u8]) -> Vec<u8> {
    let mut file = header(format, samples.len() as u64).to_vec();
    file.extend_from_slice(samples);
    if samples.len() % 2 == 1 {
        file.push(0);
    }
    file
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The output of Python's `wave` module for four stereo samples at 8 kHz.
    const KNOWN: &[u8] =
        b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\0\x7d\0\0\x04\0\
        \x10\0data\x10\0\0\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0";

    #[test]
    fn a_file_equals_that_of_python() {
        let format = PcmFormat { sample_rate: 8_000, channels: 2, bit_depth: 16 };
        assert_eq!(encode(format, &KNOWN[HEADER_LEN..]), KNOWN);
        let header = WavHeader::parse(KNOWN).expect("a WAV file");
        let expected = WavHeader {
            encoding: WavEncoding::Pcm,
            format,
            data_start: HEADER_LEN,
            data_len: Some(16),
        };
        assert_eq!(header, expected);
    }

    #[test]
    fn other_chunks_and_the_extended_format_are_understood() {
        let mut file =
            b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x28\0\0\0\xfe\xff\x01\0\x80\x3e\
            \0\0\0\x7d\0\0\x02\0\x10\0\x16\0\x10\0\x04\0\0\0\x07\0\0\0\0\0\x10\0\x80\0\0\xaa\0\
            \x38\x9b\x71"
                .to_vec();
        file.extend(b"data\xff\xff\xff\xffxy");
        let header = WavHeader::parse(&file).expect("a WAV file");
        assert_eq!((header.encoding, header.data_len), (WavEncoding::MuLaw, None));
        assert_eq!(header.format.sample_rate, 16_000);
        assert_eq!(&file[header.data_start..], b"xy");
        for end in 0..header.data_start {
            assert_eq!(Parsed::of(&file[..end]), Parsed::Incomplete, "{end}");
        }
    }

    #[test]
    fn other_files_are_recognized_by_their_first_bytes() {
        for bytes in [&b"OggS"[..], b"\0\0", b"RIFX", b"RIFF\0\0\0\0AVI "] {
            assert_eq!(Parsed::of(bytes), Parsed::NotWav, "{bytes:?}");
        }
        assert_eq!(Parsed::of(b"RIFF\0\0\0\0WAVEdata\0\0\0\0"), Parsed::NotWav);
        assert_eq!(Parsed::of(b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x01\0"), Parsed::NotWav);
    }

    #[test]
    fn a_length_beyond_the_limit_is_unknown() {
        let long = header(PcmFormat::default(), 5 << 30);
        assert_eq!(WavHeader::parse(&long).expect("a WAV file").data_len, None);
    }

    #[test]
    fn duration_follows_from_length() {
        let format = PcmFormat::default();
        assert_eq!(format.duration(72_000), Duration::from_millis(1_500));
        let none = PcmFormat { channels: 0, ..format };
        assert_eq!(none.duration(7), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn a_header_is_read_as_it_was_written(
            sample_rate: u32, channels: u16, bit_depth: u16, samples in prop::collection::vec(any::<u8>(), 1..64)
        ) {
            let format = PcmFormat { sample_rate, channels, bit_depth };
            let file = encode(format, &samples);
            prop_assert_eq!(file.len() % 2, 0);
            let header = WavHeader::parse(&file).expect("a WAV file");
            prop_assert_eq!(header.format, format);
            prop_assert_eq!(header.data_len, Some(samples.len() as u64));
            prop_assert_eq!(&file[header.data_start..][..samples.len()], &samples[..]);
        }

        #[test]
        fn any_bytes_are_handled(tail in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Parsed::of(&tail);
            let _ = Parsed::of(&[&b"RIFF\0\0\0\0WAVE"[..], &tail].concat());
            let _ = Parsed::of(&[&b"RIFF\0\0\0\0WAVEfmt "[..], &tail].concat());
        }
    }
}
