// Speech: recordings for the transcription, and answers that are read aloud.

import { TextError } from './texts.js';

const SAMPLE_RATE = 16000;

/** Writes samples as a WAV file. @param {Float32Array} samples @param {number} rate */
export function wav(samples, rate) {
  const bytes = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const word = (/** @type {number} */ at, /** @type {string} */ text) => {
    for (let i = 0; i < text.length; i += 1) bytes.setUint8(at + i, text.charCodeAt(i));
  };
  word(0, 'RIFF');
  bytes.setUint32(4, 36 + samples.length * 2, true);
  word(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, rate * 2, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  word(36, 'data');
  bytes.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, at) => {
    const limited = Math.max(-1, Math.min(1, sample));
    bytes.setInt16(44 + at * 2, Math.round(limited * 32767), true);
  });
  return new Blob([bytes], { type: 'audio/wav' });
}

/** Returns true if this browser and page can record. */
export function canRecord() {
  return Boolean(
    window.isSecureContext && navigator.mediaDevices && 'MediaRecorder' in window && 'AudioContext' in window,
  );
}

/** A recording of the microphone. */
export class Recording {
  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    this.recorder = new MediaRecorder(stream);
    /** @type {Blob[]} */
    this.chunks = [];
    this.startedAt = Date.now();
    this.recorder.ondataavailable = ({ data }) => this.chunks.push(data);
    this.recorder.start();
  }

  static async start() {
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio: true }));
  }

  get seconds() {
    return Math.floor((Date.now() - this.startedAt) / 1000);
  }

  /** Ends the recording without a result. */
  discard() {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    for (const track of this.stream.getTracks()) track.stop();
  }

  /** Ends the recording and returns it as WAV, which every server understands. */
  async finish() {
    const ended = new Promise((resolve) => this.recorder.addEventListener('stop', resolve, { once: true }));
    this.discard();
    await ended;
    const recorded = await new Blob(this.chunks, { type: this.recorder.mimeType }).arrayBuffer();
    const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
    const decoded = await context.decodeAudioData(recorded).catch(() => {
      throw new TextError('cannotRead');
    });
    const mono = new Float32Array(decoded.length);
    for (let channel = 0; channel < decoded.numberOfChannels; channel += 1)
      decoded.getChannelData(channel).forEach((sample, at) => {
        mono[at] += sample / decoded.numberOfChannels;
      });
    return wav(mono, decoded.sampleRate);
  }
}

/**
 * Splits a text into parts of at most so many bytes of UTF-8, at the ends of sentences if possible.
 * @param {string} text @param {number} [limit]
 */
export function splitSpeech(text, limit = 1000) {
  const size = (/** @type {string} */ part) => new TextEncoder().encode(part).length;
  /** @type {string[]} */
  const parts = [];
  let part = '';
  const add = (/** @type {string} */ piece) => {
    if (part && size(part + piece) > limit) {
      parts.push(part);
      part = '';
    }
    part += piece;
  };
  for (const sentence of text.match(/[^.!?。！？\n]+[.!?。！？\n]*|[.!?。！？\n]+/g) || []) {
    if (size(sentence) <= limit) add(sentence);
    else for (const character of sentence) add(character);
  }
  parts.push(part);
  return parts.map((each) => each.trim()).filter(Boolean);
}

/** Reads texts aloud, one at a time. */
export class Speaker {
  /** @param {import('./api.js').Api} api @param {() => void} onChange */
  constructor(api, onChange) {
    this.api = api;
    this.onChange = onChange;
    /** The key of what is read. */
    this.key = '';
    /** @type {HTMLAudioElement | null} */
    this.audio = null;
  }

  stop() {
    if (this.audio) this.audio.pause();
    this.audio = null;
    this.key = '';
    this.onChange();
  }

  /** @param {string} key @param {string} text */
  async play(key, text) {
    this.stop();
    this.key = key;
    this.onChange();
    try {
      for (const part of splitSpeech(text)) {
        const json = { input: part, response_format: 'mp3' };
        const speech = await this.api.blob('/v1/audio/speech', { json });
        if (this.key !== key) return;
        await this.playOnce(key, speech);
        if (this.key !== key) return;
      }
    } finally {
      if (this.key === key) this.stop();
    }
  }

  /** @param {string} key @param {Blob} speech */
  playOnce(key, speech) {
    const url = URL.createObjectURL(speech);
    const audio = new Audio(url);
    this.audio = audio;
    /** @type {Promise<void>} */
    const end = new Promise((resolve, reject) => {
      audio.onended = () => resolve();
      // It is also paused by `stop`.
      audio.onpause = () => this.key !== key && resolve();
      const fail = () => reject(new TextError('cannotPlay'));
      audio.onerror = fail;
      audio.play().catch(fail);
    });
    return end.finally(() => URL.revokeObjectURL(url));
  }
}
