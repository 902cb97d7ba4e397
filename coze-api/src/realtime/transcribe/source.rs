//! Detects the format of a recording, and reads its samples piece by piece.

use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::base::error::{Error, Result};
use crate::generated::realtime::{InputAudio, InputAudioCodec, InputAudioFormat};
use crate::realtime::wav::{Parsed, PcmFormat, WavEncoding, WavHeader};

pub(super) type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// The duration of a piece.
pub(super) const PIECE: Duration = Duration::from_millis(100);

/// The length of a piece in bytes, if the duration of the audio does not follow from its length.
const PIECE_BYTES: usize = 4096;

/// The maximum length of a header, which may contain cover art and lyrics.
const HEADER_LIMIT: usize = 4 * 1024 * 1024;

/// A recording.
pub(super) struct Source {
    reader: Reader,
    /// Bytes that were read ahead, for example to detect the format.
    ahead: BytesMut,
    /// The remaining length of the samples in bytes, if that is known.
    left: Option<u64>,
    piece: usize,
    input: InputAudio,
    tells_time: bool,
}

impl Source {
    /// Detects the format of a recording. `given` is the format of raw samples.
    pub(super) async fn open(reader: Reader, given: Option<InputAudio>) -> Result<Self> {
        let (input, piece) = (InputAudio::new(), PIECE_BYTES);
        let mut source =
            Self { reader, ahead: BytesMut::new(), left: None, piece, input, tells_time: false };
        loop {
            match Parsed::of(&source.ahead) {
                Parsed::Header(header) => return source.of_wav(&header),
                Parsed::Incomplete if source.ahead.len() < HEADER_LIMIT => {
                    // The recording ends here, so it is not a WAV file.
                    if source.read().await? == 0 {
                        break;
                    }
                }
                _ => break,
            }
        }
        while source.ahead.len() < 4 && source.read().await? > 0 {}
        source.input = match given {
            Some(given) => given,
            None if source.ahead.starts_with(b"OggS") => {
                InputAudio::new().format(InputAudioFormat::Ogg).codec(InputAudioCodec::Opus)
            }
            None => PcmFormat::default().into(),
        };
        source.set_piece();
        Ok(source)
    }

    fn of_wav(mut self, header: &WavHeader) -> Result<Self> {
        let codec = match header.encoding {
            WavEncoding::Pcm => InputAudioCodec::Pcm,
            WavEncoding::ALaw => InputAudioCodec::G711a,
            WavEncoding::MuLaw => InputAudioCodec::G711u,
            WavEncoding::Other(number) => {
                let message =
                    format!("the WAV file has encoding {number}; only PCM and G.711 are supported");
                return Err(Error::upload(message));
            }
        };
        // Only the samples are sent. The rest of the file would be heard as noise.
        let _ = self.ahead.split_to(header.data_start);
        self.left = header.data_len;
        self.input = InputAudio::from(header.format).codec(codec);
        self.set_piece();
        Ok(self)
    }

    /// Sets the length of a piece to whole samples of [`PIECE`], if that is possible.
    fn set_piece(&mut self) {
        let InputAudio { format, codec, sample_rate, channel, bit_depth } = &self.input;
        let raw = !matches!(format, Some(InputAudioFormat::Ogg))
            && !matches!(codec, Some(InputAudioCodec::Opus));
        let default = PcmFormat::default();
        let format = PcmFormat {
            sample_rate: number(*sample_rate, default.sample_rate),
            channels: number(*channel, default.channels),
            bit_depth: number(*bit_depth, default.bit_depth),
        };
        let (rate, frame) = (u64::from(format.sample_rate), u64::from(format.frame_bytes()));
        let bytes = usize::try_from(rate / 10 * frame).unwrap_or(0);
        self.tells_time = raw && (1..=1 << 20).contains(&bytes);
        if self.tells_time {
            self.piece = bytes;
        }
    }

    /// Returns the format of the recording.
    pub(super) fn input(&self) -> &InputAudio {
        &self.input
    }

    /// Returns `true` if the duration of the audio follows from its length.
    pub(super) fn tells_time(&self) -> bool {
        self.tells_time
    }

    /// Returns the next piece of the audio, or `None` at the end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>> {
        let left = self.left.and_then(|left| usize::try_from(left).ok());
        let wanted = self.piece.min(left.unwrap_or(usize::MAX));
        while self.ahead.len() < wanted && self.read().await? > 0 {}
        let piece = self.ahead.split_to(wanted.min(self.ahead.len())).freeze();
        self.left = self.left.map(|left| left.saturating_sub(piece.len() as u64));
        Ok((!piece.is_empty()).then_some(piece))
    }

    async fn read(&mut self) -> Result<usize> {
        self.ahead.reserve(PIECE_BYTES);
        self.reader
            .read_buf(&mut self.ahead)
            .await
            .map_err(|e| Error::upload("cannot read the audio to transcribe").with_source(e))
    }
}

fn number<T: TryFrom<i32>>(given: Option<i32>, default: T) -> T {
    given.and_then(|number| number.try_into().ok()).unwrap_or(default)
}

/// Raw samples in PCM.
impl From<PcmFormat> for InputAudio {
    fn from(format: PcmFormat) -> Self {
        Self::new()
            .format(InputAudioFormat::Pcm)
            .codec(InputAudioCodec::Pcm)
            .sample_rate(i32::try_from(format.sample_rate).unwrap_or(i32::MAX))
            .channel(i32::from(format.channels))
            .bit_depth(i32::from(format.bit_depth))
    }
}
